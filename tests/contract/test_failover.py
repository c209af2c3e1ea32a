"""What becomes of a call when its handler dies, and what must be set so that nobody is hung up."""

from __future__ import annotations

import time

import pytest

from tests.contract.client import NothingCame, soon
from tests.contract.conftest import Call, Switch


def in_application(switch: Switch, app: str, arg: str) -> Call:
    call = switch.call(linger=5)
    call.link.run("set", 'hotline_node=menu 1; it\'s "so" 税')
    call.link.execute(app, arg)
    call.link.event("CHANNEL_EXECUTE", Application=app)
    return call


@pytest.mark.parametrize(
    ("app", "arg"),
    [
        ("playback", "local_stream://moh"),
        ("playback", "{five}"),
        ("play_and_get_digits", r"1 4 1 9000 # {five} silence_stream://20 hotline_digits \d+ 1000"),
        ("sleep", "9000"),
        ("bridge", "[leg_timeout=9]user/1002@lab.test"),
    ],
)
def test_the_standby_gets_a_waiting_call_at_once_with_its_variables(
    switch: Switch, app: str, arg: str
) -> None:
    call = in_application(switch, app, arg.replace("{five}", switch.sound("five")))

    began = time.monotonic()
    call.link.close()
    taken = switch.standby.next_call()

    assert time.monotonic() - began < 0.5
    told = taken.send("connect").headers
    assert told["Unique-ID"] == call.uuid
    assert told["Answer-State"] == "answered"
    assert told["variable_hotline_node"] == 'menu 1; it\'s "so" 税'
    taken.send("linger 1")
    taken.send("myevents")
    assert taken.run("playback", switch.sound("half")).event["Application-Response"] == "FILE PLAYED"


def test_an_idle_call_goes_to_the_standby_too(switch: Switch) -> None:
    call = switch.call()

    call.link.close()

    assert switch.standby.next_call().send("connect").headers["Unique-ID"] == call.uuid


def test_exit_hands_the_call_on(switch: Switch) -> None:
    call = switch.call()

    assert call.link.send("exit").reply == "+OK bye"

    assert switch.standby.next_call().send("connect").headers["Unique-ID"] == call.uuid


def test_with_socket_resume_a_dying_handler_tears_the_bridge(switch: Switch) -> None:
    watch = switch.control("CHANNEL_HANGUP_COMPLETE")
    call = in_application(switch, "bridge", "[origination_uuid=leg-torn]user/1001@lab.test")
    call.link.event("CHANNEL_BRIDGE")

    call.link.close()

    assert (
        watch.event("CHANNEL_HANGUP_COMPLETE", Unique_ID="leg-torn").event["Hangup-Cause"]
        == "NORMAL_CLEARING"
    )
    switch.standby.next_call()


def test_without_socket_resume_the_talk_goes_on_and_the_standby_comes_after_it(switch: Switch) -> None:
    call = switch.call(linger=5)
    call.link.run("set", "socket_resume=false")
    call.link.execute("bridge", "[origination_uuid=leg-kept]user/1001@lab.test")
    call.link.event("CHANNEL_BRIDGE")
    control = switch.control()

    call.link.close()

    assert switch.standby.no_call(0.5)
    assert control.api("uuid_exists leg-kept") == "true"
    began = time.monotonic()
    control.api("uuid_kill leg-kept")
    told = switch.standby.next_call().send("connect").headers
    assert time.monotonic() - began < 0.5
    assert told["Unique-ID"] == call.uuid


@pytest.mark.parametrize(
    "arrangement",
    [
        (
            "multiset",
            "^^;execute_on_pre_bridge=set socket_resume=false;execute_on_post_bridge=set socket_resume=true",
        ),
        ("set", "hotline_leg=,api_on_answer='uuid_setvar ${uuid} socket_resume false'"),
    ],
    ids=["execute_on_pre_bridge", "api_on_answer"],
)
def test_the_switch_itself_keeps_the_talk_when_told_so(switch: Switch, arrangement: tuple[str, str]) -> None:
    call = switch.call(linger=5)
    call.link.run(*arrangement)
    call.link.execute("bridge", "[origination_uuid=leg-safe${hotline_leg}]user/1001@lab.test")
    call.link.event("CHANNEL_BRIDGE")
    control = switch.control()
    soon(lambda: control.api(f"uuid_getvar {call.uuid} socket_resume") == "false")

    call.link.close()

    assert switch.standby.no_call(0.5)
    assert control.api("uuid_exists leg-safe") == "true"


def test_after_the_talk_a_dying_handler_is_replaced_at_once_again(switch: Switch) -> None:
    call = switch.call()
    call.link.run("set", "execute_on_pre_bridge=set socket_resume=false")
    call.link.run("set", "execute_on_post_bridge=set socket_resume=true")
    assert call.link.run("bridge", "user/1006@lab.test").event["variable_socket_resume"] == "true"
    call.link.execute("playback", "local_stream://moh")
    call.link.event("CHANNEL_EXECUTE", Application="playback")

    call.link.close()

    assert switch.standby.next_call(timeout=0.5)


def test_without_socket_resume_what_plays_is_finished_first(switch: Switch) -> None:
    call = switch.call()
    call.link.run("set", "socket_resume=false")
    call.link.execute("playback", switch.sound("one"))
    call.link.event("CHANNEL_EXECUTE", Application="playback")

    began = time.monotonic()
    call.link.close()
    switch.standby.next_call()

    assert 0.5 < time.monotonic() - began < 2.0


def test_a_handler_that_is_not_there_leaves_the_call_to_the_standby(switch: Switch) -> None:
    switch.active.close()
    switch.lab.call()

    assert switch.standby.next_call().send("connect").headers["Caller-Destination-Number"] == "12366"


def test_nobody_there_means_an_apology(switch: Switch) -> None:
    watch = switch.control("CHANNEL_EXECUTE CHANNEL_HANGUP_COMPLETE")
    switch.active.close()
    switch.standby.close()

    switch.lab.call()

    played = watch.event("CHANNEL_EXECUTE", Application="playback").event
    assert played["Application-Data"] == switch.sound("apology")
    ended = watch.event("CHANNEL_HANGUP_COMPLETE", Unique_ID=played["Unique-ID"]).event
    assert ended["Hangup-Cause"] == "NORMAL_TEMPORARY_FAILURE"


def test_a_caller_who_is_gone_is_not_offered_to_the_standby(switch: Switch) -> None:
    call = switch.call()
    call.peer.hang_up()
    call.link.event("CHANNEL_HANGUP_COMPLETE")

    call.link.close()

    with pytest.raises(NothingCame):
        switch.standby.next_call(timeout=0.3)
