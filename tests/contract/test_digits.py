"""Collecting keys: results, time-outs, terminators, and where a key is lost."""

from __future__ import annotations

import time

from tests.contract.client import Frame
from tests.contract.conftest import Call, Switch

QUIET = "silence_stream://20"


def collect(switch: Switch, call: Call, *, least: int = 1, most: int = 4, timeout: int = 3000, file: str = "one",
            pattern: str = r"\d+", digit_timeout: int = 1000) -> str:  # fmt: skip
    """Start collecting into ``hotline_digits``; returns the completion's mark once it plays."""
    mark = call.link.execute(
        "play_and_get_digits",
        f"{least} {most} 1 {timeout} # {switch.sound(file)} {QUIET} hotline_digits {pattern} {digit_timeout}",
    )
    call.link.event("CHANNEL_EXECUTE", Application_UUID=mark)
    return mark


def result(done: Frame) -> tuple[str | None, str | None]:
    return done.event.get("variable_hotline_digits"), done.event.get("variable_read_result")


def test_digits_and_a_terminator_during_the_prompt(switch: Switch) -> None:
    call = switch.call()
    mark = collect(switch, call, most=6, file="five")

    call.peer.key("1001#")
    done = call.link.completed(mark)

    assert result(done) == ("1001", "success")
    assert done.event["variable_read_terminator_used"] == "#"


def test_the_most_digits_end_it_without_a_terminator(switch: Switch) -> None:
    call = switch.call()
    mark = collect(switch, call, most=1, file="five")

    call.peer.key("1")

    assert result(call.link.completed(mark)) == ("1", "success")


def test_each_digit_is_an_event(switch: Switch) -> None:
    call = switch.call()
    mark = collect(switch, call, most=2, file="five")

    call.peer.key("42")
    call.link.completed(mark)

    told = [f.event for f in call.link.frames if f.name == "DTMF"]
    assert [event["DTMF-Digit"] for event in told] == ["4", "2"]
    assert {event["DTMF-Source"] for event in told} == {"RTP"}
    assert all(event["DTMF-Duration"].isdigit() for event in told)


def test_no_digit_at_all_is_a_failure_after_prompt_and_timeout(switch: Switch) -> None:
    call = switch.call()

    began = time.monotonic()
    done = call.link.completed(collect(switch, call, file="half", timeout=1000))

    assert result(done) == (None, "failure")
    assert 1.4 < time.monotonic() - began < 2.4


def test_enough_digits_without_a_terminator_are_taken_after_the_digit_timeout(switch: Switch) -> None:
    call = switch.call()
    mark = collect(switch, call, file="five", digit_timeout=1000)

    call.peer.key("12")
    done = call.link.completed(mark, timeout=4.0)

    assert result(done) == ("12", "timeout")


def test_digits_that_do_not_match_are_told_apart(switch: Switch) -> None:
    call = switch.call()
    mark = collect(switch, call, file="five", pattern="^9$")

    call.peer.key("12#")
    done = call.link.completed(mark)

    assert result(done) == (None, "success")
    assert done.event["variable_hotline_digits_invalid"] == "12"


def test_a_break_ends_the_prompt_and_still_waits_for_digits(switch: Switch) -> None:
    call = switch.call()
    mark = collect(switch, call, most=1, file="five")

    call.link.api(f"uuid_break {call.uuid}")
    call.peer.key("7")

    assert result(call.link.completed(mark, timeout=3.0)) == ("7", "success")


def test_a_key_between_two_applications_is_told_and_then_lost(switch: Switch) -> None:
    call = switch.call()
    call.peer.key("5")
    call.link.event("DTMF")

    done = call.link.completed(collect(switch, call, most=1, file="half", timeout=1000))

    assert result(done) == (None, "failure")


def test_a_star_ends_a_playback(switch: Switch) -> None:
    call = switch.call()
    mark = call.link.execute("playback", switch.sound("five"))
    call.link.event("CHANNEL_EXECUTE", Application="playback")

    call.peer.key("*")
    done = call.link.completed(mark, timeout=2.0)

    assert done.event["variable_playback_terminator_used"] == "*"
    assert done.event["Application-Response"] == "FILE PLAYED"


def test_other_keys_do_not_end_a_playback(switch: Switch) -> None:
    call = switch.call()
    mark = call.link.execute("playback", switch.sound("one"))
    call.link.event("CHANNEL_EXECUTE", Application="playback")

    began = time.monotonic()
    call.peer.key("1")
    call.link.completed(mark)

    assert time.monotonic() - began > 0.7


def test_a_key_cuts_a_sleep_short(switch: Switch) -> None:
    call = switch.call()
    mark = call.link.execute("sleep", "5000")
    call.link.event("CHANNEL_EXECUTE", Application="sleep")

    call.peer.key("1")

    call.link.completed(mark, timeout=1.5)


def test_read_puts_digits_into_its_variable(switch: Switch) -> None:
    call = switch.call()
    mark = call.link.execute("read", f"1 3 {switch.sound('five')} hotline_digits 2000 #")
    call.link.event("CHANNEL_EXECUTE", Application="read")

    call.peer.key("123")

    assert result(call.link.completed(mark)) == ("123", "success")


def test_hanging_up_while_digits_are_collected_completes_it(switch: Switch) -> None:
    call = switch.call()
    mark = collect(switch, call, file="five")

    call.peer.hang_up()
    done = call.link.completed(mark)

    assert done.event["Hangup-Cause"] == "NORMAL_CLEARING"
    assert "variable_hotline_digits" not in done.event
