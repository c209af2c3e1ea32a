"""What a handler sees on its own connection: connect, execute, completion, notices."""

from __future__ import annotations

import time

import pytest

from tests.contract.client import NothingCame, soon
from tests.contract.conftest import Switch, channels, listed


def test_connect_answers_with_the_channel_as_headers_and_variables(switch: Switch) -> None:
    told = switch.ring("Zhang San").connected.headers

    assert told["Event-Name"] == "CHANNEL_DATA"
    assert told["Content-Type"] == "command/reply"
    assert told["Reply-Text"] == "+OK\n"
    assert (told["Socket-Mode"], told["Control"]) == ("async", "full")
    assert told["Channel-State"] == "CS_EXECUTE"
    assert told["Call-Direction"] == "inbound"
    assert told["Answer-State"] == "ringing"
    assert told["Caller-Caller-ID-Name"] == "Zhang San"
    assert told["Caller-Caller-ID-Number"] == "13900001111"
    assert told["Caller-Destination-Number"] == "12366"
    assert told["Channel-Destination-Number"] == "12366"
    assert told["Unique-ID"] == told["variable_uuid"] == told["Caller-Unique-ID"]
    assert told["variable_hotline_trunk"] == "carrier"
    assert told["variable_current_application"] == "socket"
    assert told["variable_socket_host"] == "127.0.0.1"


def test_a_completion_names_the_event_uuid_of_its_execute(switch: Switch) -> None:
    link = switch.call().link

    mark = link.execute("playback", switch.sound("half"))
    done = link.completed(mark)

    assert done.event["Application"] == "playback"
    assert done.event["Application-Data"] == switch.sound("half")
    assert done.event["Application-Response"] == "FILE PLAYED"
    assert link.event("CHANNEL_EXECUTE", Application_UUID=mark).event["Application"] == "playback"


def test_a_file_plays_as_long_as_it_is(switch: Switch) -> None:
    link = switch.call().link

    began = time.monotonic()
    link.run("playback", switch.sound("one"))

    assert 0.95 < time.monotonic() - began < 1.5


def test_a_file_that_is_not_there_is_said_so_and_the_call_goes_on(switch: Switch) -> None:
    link = switch.call().link

    assert link.run("playback", switch.sound("absent")).event["Application-Response"] == "FILE NOT FOUND"
    assert link.run("playback", switch.sound("half")).event["Application-Response"] == "FILE PLAYED"


def test_files_in_a_row_are_one_playback(switch: Switch) -> None:
    link = switch.call().link

    began = time.monotonic()
    done = link.run("playback", f"file_string://{switch.sound('half')}!{switch.sound('half')}")

    assert done.event["Application-Response"] == "FILE PLAYED"
    assert 0.9 < time.monotonic() - began < 1.6


def test_endless_music_ends_at_once_when_it_is_broken(switch: Switch) -> None:
    call = switch.call()
    mark = call.link.execute("playback", "local_stream://moh")
    control = switch.control()
    call.link.event("CHANNEL_EXECUTE", Application="playback")

    began = time.monotonic()
    assert control.api(f"uuid_break {call.uuid}") == "+OK\n"
    done = call.link.completed(mark)

    assert time.monotonic() - began < 0.2
    assert done.event["Application-Response"] == "FILE PLAYED"


def test_a_break_while_nothing_plays_does_not_break_what_comes_next(switch: Switch) -> None:
    call = switch.call()
    call.link.api(f"uuid_break {call.uuid}")

    began = time.monotonic()
    call.link.run("playback", switch.sound("half"))

    assert time.monotonic() - began > 0.45


def test_a_second_play_without_lock_interrupts_the_first_which_then_goes_on(switch: Switch) -> None:
    link = switch.call().link
    first = link.execute("playback", switch.sound("one"))
    link.event("CHANNEL_EXECUTE", Application_UUID=first)

    second = link.execute("playback", switch.sound("half"))
    link.completed(second)

    assert first not in [
        f.event.get("Application-UUID") for f in link.frames if f.name == "CHANNEL_EXECUTE_COMPLETE"
    ]
    link.completed(first)


def test_plays_with_lock_follow_each_other(switch: Switch) -> None:
    link = switch.call().link

    first = link.execute("playback", switch.sound("half"), lock=True)
    second = link.execute("playback", switch.sound("half"), lock=True)
    link.completed(second)

    order = [f.event["Application-UUID"] for f in link.frames if f.name == "CHANNEL_EXECUTE_COMPLETE"]
    assert order.index(first) < order.index(second)


def test_park_sent_by_a_handler_returns_at_once(switch: Switch) -> None:
    assert switch.call().link.run("park", timeout=2.0).event["Application"] == "park"


def test_an_unknown_application_ends_the_call(switch: Switch) -> None:
    link = switch.call().link

    link.execute("frobnicate", "x")

    assert link.event("CHANNEL_HANGUP").event["Hangup-Cause"] == "DESTINATION_OUT_OF_ORDER"


def test_hanging_up_while_music_plays_completes_it_and_then_tells_the_end(switch: Switch) -> None:
    call = switch.call()
    mark = call.link.execute("playback", "local_stream://moh")
    call.link.event("CHANNEL_EXECUTE", Application="playback")

    call.peer.hang_up()
    done = call.link.completed(mark)
    notice = call.link.wait_for(lambda f: f.kind == "text/disconnect-notice")

    assert done.event["Application-Response"] == "PLAYBACK ERROR"
    assert done.event["Hangup-Cause"] == "NORMAL_CLEARING"
    names = call.link.names()
    tail = names[names.index("CHANNEL_HANGUP") :]
    assert tail == [
        "CHANNEL_HANGUP",
        "CHANNEL_EXECUTE_COMPLETE",
        "CHANNEL_UNPARK",
        "CHANNEL_EXECUTE_COMPLETE",
        "CHANNEL_STATE",
        "CHANNEL_STATE",
        "CHANNEL_HANGUP_COMPLETE",
    ]
    assert notice.headers["Content-Disposition"] == "linger"
    assert notice.headers["Controlled-Session-UUID"] == call.uuid
    assert notice.headers["Linger-Time"] == "1"


def test_the_last_event_tells_cause_and_times(switch: Switch) -> None:
    call = switch.call()
    call.peer.hang_up()

    told = call.link.event("CHANNEL_HANGUP_COMPLETE").event

    assert told["Hangup-Cause"] == told["variable_hangup_cause"] == "NORMAL_CLEARING"
    assert told["variable_hangup_cause_q850"] == "16"
    assert told["variable_sip_hangup_disposition"] == "recv_bye"
    assert told["Answer-State"] == "hangup"
    assert int(told["Caller-Channel-Answered-Time"]) >= int(told["Caller-Channel-Created-Time"])
    assert int(told["variable_end_epoch"]) >= int(told["variable_answer_epoch"]) > 0
    assert told["variable_billsec"].isdigit()


def test_a_handler_that_does_not_linger_is_closed_and_may_miss_the_last_events(switch: Switch) -> None:
    call = switch.ring()
    call.link.send("myevents")

    call.peer.hang_up()
    call.link.wait_closed()

    # FreeSWITCH closes as soon as the channel is gone; seen without CHANNEL_HANGUP once in some fifty runs.
    hangups = [frame.event for frame in call.link.frames if frame.name == "CHANNEL_HANGUP"]
    assert [event["Hangup-Cause"] for event in hangups] in ([], ["ORIGINATOR_CANCEL"])
    assert call.link.frames[-1].headers["Content-Disposition"] == "disconnect"
    assert call.link.frames[-1].body.startswith(b"Disconnected, goodbye.\n")


def test_a_lingering_handler_is_closed_when_its_time_is_over(switch: Switch) -> None:
    call = switch.call(linger=1)
    call.peer.hang_up()

    call.link.wait_for(lambda f: f.headers.get("Content-Disposition") == "linger")
    call.link.wait_closed(4.0)


def test_while_a_handler_lingers_the_list_shows_the_ended_channel_as_alive(switch: Switch) -> None:
    call = switch.call(linger=3)
    control = switch.control("CHANNEL_DESTROY")
    listed(control, call.uuid, {"callstate": "ACTIVE"})
    call.peer.hang_up()
    call.link.wait_for(lambda f: f.headers.get("Content-Disposition") == "linger")

    assert channels(control)[call.uuid]["callstate"] == "ACTIVE"
    assert control.api(f"uuid_exists {call.uuid}") == "false"
    call.link.close()
    control.event("CHANNEL_DESTROY", Unique_ID=call.uuid)
    soon(lambda: call.uuid not in channels(control))


def test_hangup_by_the_handler_is_a_bye_that_was_sent(switch: Switch) -> None:
    link = switch.call().link

    link.execute("hangup", "NORMAL_CLEARING")

    assert link.event("CHANNEL_HANGUP_COMPLETE").event["variable_sip_hangup_disposition"] == "send_bye"


@pytest.mark.parametrize(
    ("command", "reply"),
    [
        ("myevents", "-ERR aready enabled."),
        ("linger", "+OK will linger"),
        ("linger 7", "+OK will linger 7 seconds"),
        ("nolinger", "+OK will not linger"),
        ("getvar hotline_trunk", "carrier"),
        ("getvar nothing", "-ERR command not found"),
        ("divert_events on", "+OK events diverted"),
        ("divert_events", "-ERR missing value."),
        ("resume", "+OK"),
        ("frobnicate", "-ERR command not found"),
        ("sendmsg nobody\ncall-command: hangup", "-ERR invalid session id [nobody]"),
    ],
)
def test_replies_are_worded_as_freeswitch_words_them(switch: Switch, command: str, reply: str) -> None:
    assert switch.call().link.send(command).reply == reply


def test_variables_keep_blanks_quotes_and_chinese(switch: Switch) -> None:
    link = switch.call().link
    value = 'it\'s "a" b, c; 税务'

    assert link.run("set", f"hotline_x={value}").event["variable_hotline_x"] == value
    done = link.run("multiset", "^^|hotline_a=1|hotline_b=x y")
    assert (done.event["variable_hotline_a"], done.event["variable_hotline_b"]) == ("1", "x y")
    assert "variable_hotline_x" not in link.run("unset", "hotline_x").event


def test_variables_are_expanded_in_arguments(switch: Switch) -> None:
    call = switch.call()

    done = call.link.run("set", "hotline_x=${uuid} at ${domain} ${nothing}!")

    assert done.event["variable_hotline_x"] == f"{call.uuid} at lab.test !"
    assert done.event["Application-Data"] == f"hotline_x={call.uuid} at lab.test !"


def test_a_handler_without_myevents_hears_nothing(switch: Switch) -> None:
    link = switch.ring().link
    link.execute("answer")

    with pytest.raises(NothingCame):
        link.event("CHANNEL_ANSWER", timeout=0.3)
