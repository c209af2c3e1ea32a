from pathlib import Path

from bench import sip
from bench.dispatch import after_both_were_there, findings
from bench.legs import CallRecord, words
from bench.soak import Tally, faults

INVITE = (
    b"INVITE sip:1101@127.0.0.1:5070 SIP/2.0\r\nVia: SIP/2.0/UDP 127.0.0.1:5060;branch=z9hG4bK1\r\n"
    b'From: "139" <sip:13900000001@hotline>;tag=a\r\nTo: <sip:1101@127.0.0.1:5070>\r\nCall-ID: one\r\n'
    b"CSeq: 7 INVITE\r\nContact: <sip:mod_sofia@127.0.0.1:5060>\r\nContent-Length: 30\r\n\r\n"
    b"v=0\r\nm=audio 30002 RTP/AVP 8\r\n"
)


def call(number: str, joined: float, invited: float, released: float = 0.0) -> CallRecord:
    return CallRecord(
        number,
        joined=joined,
        invited=invited,
        talked=invited,
        released=released or invited + 4,
        ended=released or invited + 4,
        invites=1,
    )


def test_a_caller_who_finds_an_agent_free_waits_from_joining_on() -> None:
    assert after_both_were_there([call("1", 10.0, 10.5)], agents=1) == [500.0]


def test_a_caller_who_finds_nobody_free_waits_from_the_next_end_of_a_talk_on() -> None:
    served = [call("1", 10.0, 10.0, released=20.0), call("2", 11.0, 20.25)]
    assert after_both_were_there(served, agents=1) == [0.0, 250.0]


def test_a_call_that_never_reached_an_agent_has_failed() -> None:
    found = findings([call("1", 10.0, 10.1), CallRecord("2", joined=10.0, ended=20.0)], agents=2)
    assert (found["calls"], found["failed"], found["join_to_invite_ms"]["count"]) == (2, 1, 1)


def test_a_call_in_which_one_side_is_not_heard_is_a_fault() -> None:
    good = call("1", 10.0, 10.1)
    good.said, good.heard_by_agent, good.heard_by_caller = 50, 48, 48
    assert faults(good) == []
    good.heard_by_caller = 3
    assert faults(good) == ["caller_hears_nothing"]


def test_a_soak_goes_on_where_it_was_put_away(tmp_path: Path) -> None:
    first = Tally(tmp_path / "soak.json")
    first.add([call("1", 10.0, 10.1)], seconds=2.0)
    again = Tally(tmp_path / "soak.json")
    assert (again.calls, again.seconds) == (1, 2.0)
    assert again.as_data()["faults"] == {"caller_hears_nothing": 1, "agent_hears_nothing": 1}


def test_no_two_ends_of_calls_say_the_same() -> None:
    said = {words(str(number), by_agent=by_agent) for number in range(100) for by_agent in (True, False)}
    assert len(said) == 200
    assert {len(each) for each in said} == {160}


def test_an_invitation_is_read_and_answered() -> None:
    message = sip.parse(INVITE)
    assert (message.method, message.called, message.caller) == ("INVITE", "1101", "13900000001")
    assert (message.contact, message.rtp_port) == ("sip:mod_sofia@127.0.0.1:5060", 30002)
    answer = sip.parse(sip.respond(message, "200 OK", tag="b", body=sip.audio(40000)))
    assert (answer.status, answer.method, answer.call_id, answer.via) == (200, "INVITE", "one", message.via)
    assert answer.headers["to"].endswith(";tag=b")
    assert answer.rtp_port == 40000


def test_a_challenge_is_answered_as_the_standard_computes_it() -> None:
    # RFC 2617, section 3.5, without its client nonce.
    challenge = 'Digest realm="testrealm@host.com", nonce="dcd98b7102dd2f0e8b11d0f600bfb0c093"'
    answer = sip.credentials(
        challenge, user="Mufasa", password="Circle Of Life", method="GET", uri="/dir/index.html"
    )
    assert 'response="670fd8c2df070c60b045671b8b24ff02"' in answer
