"""Calling a desk phone on the caller's channel: answered, not answered, busy, refused, cancelled, recorded."""

from __future__ import annotations

import time
import wave
from pathlib import Path

import pytest

from tests.contract.client import Frame
from tests.contract.conftest import Call, Switch, listed


def dial(extension: int | str, *variables: str) -> str:
    return f"[{','.join(('leg_timeout=2', *variables))}]user/{extension}@${{domain}}"


def outcome(done: Frame) -> tuple[str | None, str | None, str | None]:
    told = done.event
    return (
        told.get("variable_originate_disposition"),
        told.get("variable_DIALSTATUS"),
        told.get("variable_originate_failed_cause"),
    )


@pytest.mark.parametrize(
    ("extension", "cause", "status", "at_most"),
    [
        (1003, "USER_BUSY", "BUSY", 1.0),
        (1004, "CALL_REJECTED", "DONTCALL", 1.0),
        (1005, "USER_NOT_REGISTERED", "USER_NOT_REGISTERED", 0.5),
        (1099, "SUBSCRIBER_ABSENT", "SUBSCRIBER_ABSENT", 0.5),
        (1002, "NO_ANSWER", "NOANSWER", 3.0),
    ],
)
def test_a_bridge_that_fails_tells_why_and_the_call_goes_on(
    switch: Switch, extension: int, cause: str, status: str, at_most: float
) -> None:
    call = switch.call()

    began = time.monotonic()
    done = call.link.run("bridge", dial(extension))

    assert outcome(done) == (cause, status, cause)
    assert time.monotonic() - began < at_most
    assert call.link.run("playback", switch.sound("half")).event["Application-Response"] == "FILE PLAYED"


def test_a_failed_leg_leaves_its_cause_and_one_that_was_never_made_does_not(switch: Switch) -> None:
    link = switch.call().link

    assert link.run("bridge", dial(1003)).event["variable_last_bridge_hangup_cause"] == "USER_BUSY"
    assert link.run("bridge", dial(1005)).event["variable_last_bridge_hangup_cause"] == "USER_BUSY"


def test_without_continue_on_fail_a_failed_bridge_ends_the_call(switch: Switch) -> None:
    link = switch.call().link
    link.run("set", "continue_on_fail=false")

    link.execute("bridge", dial(1003))

    assert link.event("CHANNEL_HANGUP").event["Hangup-Cause"] == "USER_BUSY"


def test_the_ringing_leg_is_seen_with_its_own_variables(switch: Switch) -> None:
    watch = switch.control("CHANNEL_CREATE CHANNEL_ORIGINATE CHANNEL_PROGRESS CHANNEL_HANGUP_COMPLETE")
    call = switch.call("Li Si")
    call.link.execute("bridge", dial(1002, "hotline_offer=7", "origination_uuid=leg-of-1002"))

    rings = watch.event("CHANNEL_PROGRESS", Unique_ID="leg-of-1002").event

    assert rings["Call-Direction"] == "outbound"
    assert rings["Other-Type"] == "originator"
    assert rings["Other-Leg-Unique-ID"] == call.uuid
    assert rings["variable_hotline_offer"] == "7"
    assert rings["variable_dialed_user"] == "1002"
    assert rings["Channel-Call-UUID"] == call.uuid
    assert rings["Caller-Caller-ID-Name"] == "Li Si"
    assert rings["Channel-Presence-ID"] == "1002@lab.test"
    ended = watch.event("CHANNEL_HANGUP_COMPLETE", Unique_ID="leg-of-1002").event
    assert ended["Hangup-Cause"] == "NO_ANSWER"


def test_an_answered_bridge_is_told_with_both_legs_and_control_comes_back(switch: Switch) -> None:
    call = switch.call()

    done = call.link.run("bridge", dial(1006, "origination_uuid=leg-of-1006"))

    bridged = call.link.event("CHANNEL_BRIDGE").event
    assert (bridged["Bridge-A-Unique-ID"], bridged["Bridge-B-Unique-ID"]) == (call.uuid, "leg-of-1006")
    assert bridged["Unique-ID"] == call.uuid
    assert bridged["Other-Leg-Unique-ID"] == "leg-of-1006"
    assert bridged["Other-Type"] == "originatee"
    apart = call.link.event("CHANNEL_UNBRIDGE").event
    assert (apart["Bridge-A-Unique-ID"], apart["Bridge-B-Unique-ID"]) == (call.uuid, "leg-of-1006")
    assert outcome(done) == ("SUCCESS", "SUCCESS", None)
    assert done.event["variable_bridge_hangup_cause"] == "NORMAL_CLEARING"
    assert done.event["variable_last_bridge_hangup_cause"] == "NORMAL_CLEARING"
    assert done.event["variable_bridge_uuid"] == done.event["variable_last_bridge_to"] == "leg-of-1006"
    assert call.link.run("playback", switch.sound("half")).event["Application-Response"] == "FILE PLAYED"


def test_hangup_after_bridge_ends_the_caller_too(switch: Switch) -> None:
    call = switch.call()
    call.link.run("set", "hangup_after_bridge=true")

    call.link.execute("bridge", dial(1006))

    assert call.link.event("CHANNEL_HANGUP").event["Hangup-Cause"] == "NORMAL_CLEARING"


def test_a_caller_who_hangs_up_while_it_rings_cancels_the_leg(switch: Switch) -> None:
    watch = switch.control("CHANNEL_PROGRESS CHANNEL_HANGUP CHANNEL_HANGUP_COMPLETE")
    call = switch.call()
    mark = call.link.execute("bridge", dial(1002, "origination_uuid=leg-cancelled"))
    watch.event("CHANNEL_PROGRESS", Unique_ID="leg-cancelled")

    call.peer.hang_up()
    done = call.link.completed(mark)

    assert done.event["Hangup-Cause"] == "NORMAL_CLEARING"
    assert done.event["variable_originate_disposition"] == "ORIGINATOR_CANCEL"
    ended = watch.event("CHANNEL_HANGUP_COMPLETE", Unique_ID="leg-cancelled").event
    assert ended["Hangup-Cause"] == "ORIGINATOR_CANCEL"


def talk(switch: Switch, leg: str = "leg-talking") -> tuple[Call, str]:
    """A call that is bridged to 1001, which stays; and the mark of the bridge."""
    call = switch.call()
    mark = call.link.execute("bridge", dial(1001, f"origination_uuid={leg}"))
    call.link.event("CHANNEL_BRIDGE")
    return call, mark


def confirm(switch: Switch, extension: int, seconds: str, *variables: str) -> str:
    """A bridge whose leg hears a file alone before it is connected."""
    told = ("group_confirm_key=exec", f"group_confirm_file='playback {switch.sound(seconds)}'")
    return f"[{','.join(('leg_timeout=2', *told, *variables))}]{switch.lab.phone(extension)}"


def test_a_leg_that_hears_something_first_is_connected_when_that_is_over(switch: Switch) -> None:
    watch = switch.control("CHANNEL_ANSWER")
    call = switch.call()
    call.link.execute("bridge", confirm(switch, 1001, "one", "origination_uuid=leg-told"))
    watch.event("CHANNEL_ANSWER", Unique_ID="leg-told")
    answered = time.monotonic()

    call.link.event("CHANNEL_BRIDGE")

    assert 0.8 < time.monotonic() - answered < 2.0


def test_a_leg_that_is_told_something_late_is_not_cut_off_by_the_time_to_ring(switch: Switch) -> None:
    call = switch.call()
    call.link.execute("bridge", confirm(switch, 1001, "five", "group_confirm_timeout=9"))

    bridged = call.link.event("CHANNEL_BRIDGE", timeout=9.0).event

    assert bridged["variable_originate_disposition"] == "SUCCESS"


def test_a_leg_that_hangs_up_while_it_is_told_something_is_a_bridge_that_failed(switch: Switch) -> None:
    call = switch.call()

    done = call.link.run("bridge", confirm(switch, 1006, "five", "group_confirm_timeout=9"))

    assert done.event["variable_originate_disposition"] == "NORMAL_CLEARING"
    assert call.link.run("playback", switch.sound("half")).event["Application-Response"] == "FILE PLAYED"


def test_a_caller_who_hangs_up_while_the_leg_is_told_something_cancels_it(switch: Switch) -> None:
    watch = switch.control("CHANNEL_ANSWER CHANNEL_HANGUP_COMPLETE")
    call = switch.call()
    call.link.execute("bridge", confirm(switch, 1001, "five", "origination_uuid=leg-alone"))
    watch.event("CHANNEL_ANSWER", Unique_ID="leg-alone")

    call.peer.hang_up()

    ended = watch.event("CHANNEL_HANGUP_COMPLETE", Unique_ID="leg-alone").event
    assert ended["Hangup-Cause"] == "ORIGINATOR_CANCEL"


def test_a_channel_can_be_played_something_in_place_of_what_it_hears(switch: Switch) -> None:
    call = switch.call()
    mark = call.link.execute("playback", switch.sound("one"))

    assert call.link.api(f"uuid_displace {call.uuid} start {switch.sound('half')}") == "+OK Success\n"
    gone = call.link.api(f"uuid_displace nobody start {switch.sound('half')}")

    assert gone == "-ERR Cannot locate session!\n"
    assert call.link.completed(mark).event["Application-Response"] == "FILE PLAYED"


def test_a_caller_who_hangs_up_in_talk_ends_the_agents_leg(switch: Switch) -> None:
    watch = switch.control("CHANNEL_HANGUP_COMPLETE")
    call, mark = talk(switch)

    call.peer.hang_up()
    call.link.completed(mark)

    assert (
        watch.event("CHANNEL_HANGUP_COMPLETE", Unique_ID="leg-talking").event["Hangup-Cause"]
        == "NORMAL_CLEARING"
    )
    assert call.link.event("CHANNEL_HANGUP_COMPLETE").event["Hangup-Cause"] == "NORMAL_CLEARING"


def test_killing_the_agents_leg_gives_the_caller_back_to_the_handler(switch: Switch) -> None:
    call, mark = talk(switch)

    assert call.link.api("uuid_kill leg-talking") == "+OK\n"

    assert call.link.completed(mark).event["variable_bridge_hangup_cause"] == "NORMAL_CLEARING"


def test_two_talking_channels_are_one_call(switch: Switch) -> None:
    call, _ = talk(switch)
    control = switch.control()

    listed(control, call.uuid, {"callstate": "ACTIVE", "application": "bridge", "direction": "inbound"})
    talking = {"callstate": "ACTIVE", "direction": "outbound", "call_uuid": call.uuid}
    listed(control, "leg-talking", talking)


def test_a_stereo_recording_of_the_bridge_has_two_channels_and_its_length(
    switch: Switch, tmp_path: Path
) -> None:
    link = switch.call().link
    path = tmp_path / "talk.wav"
    link.run("set", "RECORD_STEREO=true")
    link.run("set", "RECORD_BRIDGE_REQ=true")
    link.send("event plain RECORD_START RECORD_STOP")
    link.run("record_session", str(path))
    link.run("playback", switch.sound("half"))
    link.run("bridge", dial(1006))
    link.run("stop_record_session", str(path))

    assert link.event("RECORD_START").event["Record-File-Path"] == str(path)
    stopped = link.event("RECORD_STOP").event
    assert stopped["Record-File-Path"] == str(path)
    assert stopped["Record-Completion-Cause"] == "success-maxtime"
    with wave.open(str(path)) as recording:
        assert recording.getnchannels() == 2
        assert recording.getframerate() == 8000
        seconds = recording.getnframes() / recording.getframerate()
    assert 0.4 < seconds < 1.1, "only the conversation is recorded"
    assert abs(int(stopped["variable_record_ms"]) / 1000 - seconds) < 0.1


def test_two_legs_that_were_parked_can_be_bridged(switch: Switch) -> None:
    control = switch.control("CHANNEL_BRIDGE")
    call = switch.call()
    reply = control.api("originate {origination_uuid=leg-parked}user/1001@lab.test &park()")
    assert reply == "+OK leg-parked\n"

    assert control.api(f"uuid_bridge {call.uuid} leg-parked") == "+OK leg-parked\n"

    told = control.event("CHANNEL_BRIDGE").event
    assert {told["Bridge-A-Unique-ID"], told["Bridge-B-Unique-ID"]} == {call.uuid, "leg-parked"}


@pytest.mark.parametrize(
    ("endpoint", "cause"),
    [("user/1003", "USER_BUSY"), ("user/1005", "USER_NOT_REGISTERED"), ("error/user_busy", "USER_BUSY")],
)
def test_originate_tells_why_it_failed(switch: Switch, endpoint: str, cause: str) -> None:
    target = f"{endpoint}@lab.test" if endpoint.startswith("user") else endpoint

    assert switch.control().api(f"originate {target} &park()") == f"-ERR {cause}\n"


def test_who_is_called_and_picks_up_comes_to_the_handler_as_a_caller_does(switch: Switch) -> None:
    variables = "{origination_uuid=leg-called-back,hotline_ticket=ticket-1,originate_timeout=5}"
    control = switch.control()

    control.send(f"bgapi originate {variables}{switch.lab.phone(1001)} 12366 XML {switch.lab.context}")
    link = switch.active.next_call()
    connected = link.send("connect")

    assert connected.headers["Unique-ID"] == "leg-called-back"
    assert connected.headers["variable_hotline_ticket"] == "ticket-1"
    assert connected.headers["Answer-State"] == "answered"
    assert connected.headers["Call-Direction"] == "outbound"
    link.send("myevents")
    assert link.run("playback", switch.sound("half")).event["Application-Response"] == "FILE PLAYED"
