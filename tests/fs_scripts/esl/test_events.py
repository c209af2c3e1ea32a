import pytest
from greenswitch.esl import ESLEvent

from fs_scripts.esl.events import Event
from fs_scripts.esl.framing import Block, Framer
from tests.fs_scripts.esl.fakes import CALL, payload


def captured(name: str) -> Event:
    ((head, body),) = Framer().feed(payload(name))
    return Event.of_plain(body) if head.get("Content-Type") == "text/event-plain" else Event(head)


def test_an_event_gives_name_uuid_headers_and_variables() -> None:
    event = captured("channel_execute_complete_play_and_get_digits")
    assert event.name == "CHANNEL_EXECUTE_COMPLETE"
    assert event.uuid == CALL
    assert event["Application"] == "play_and_get_digits"
    assert event.var("hotline_queue") == "policy"
    assert event.var("never_set") is None
    assert event.get("No-Such-Header") is None
    assert event.get("No-Such-Header", "x") == "x"
    assert "Application" in event
    with pytest.raises(KeyError):
        event["No-Such-Header"]


def test_looking_up_one_header_and_taking_all_apart_say_the_same() -> None:
    for name in (
        "channel_bridge",
        "channel_hangup_complete",
        "reply_connect",
        "hostile_newline",
        "hostile_gbk",
    ):
        everything = captured(name).headers
        assert len(everything) > 50
        for header, value in everything.items():
            assert captured(name).get(header) == value


def test_the_answer_to_connect_is_an_event_with_the_channels_data() -> None:
    event = captured("reply_connect")
    assert event.uuid == CALL
    assert event["Caller-Caller-ID-Number"] == "13800138000"
    assert event["Control"] == "full"
    assert event.has_variables


def test_an_event_without_variables_says_so() -> None:
    assert not captured("dtmf").has_variables


def test_a_body_is_given_without_its_headers() -> None:
    event = captured("background_job")
    assert event.body.startswith("+OK ")
    assert "Content-Length" not in event.body
    assert event.get("Job-UUID") == "50e551bb-5b9d-4acc-b3b9-cf48458870df"


def test_the_name_of_a_custom_event_has_its_subclass() -> None:
    assert (
        Event(Block(b"Event-Name: CUSTOM\nEvent-Subclass: sofia%3A%3Aregister")).name
        == "CUSTOM sofia::register"
    )


def test_a_line_feed_in_a_callers_name_forges_no_header() -> None:
    event = captured("hostile_newline")
    assert event["Caller-Caller-ID-Name"] == "\nEvent-Name: FORGED\n\nContent-Length: 5\n"
    assert event.name == "CHANNEL_DATA"
    assert event.headers["Event-Name"] == "CHANNEL_DATA"
    # What this is about: greenswitch itself is taken in.
    assert ESLEvent(payload("hostile_newline").decode()).headers["Event-Name"] == "FORGED"


def test_a_callers_name_in_chinese_is_read_and_one_in_gbk_harms_nothing() -> None:
    assert captured("hostile_utf8")["Caller-Caller-ID-Name"] == "王小明"
    event = captured("hostile_gbk")
    assert "\ufffd" in event["Caller-Caller-ID-Name"]
    assert event["Caller-Caller-ID-Number"] == "13800138000"
