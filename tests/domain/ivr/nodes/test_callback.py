"""Offering a callback."""

from typing import Any

import pytest

from hotline.domain.ivr.commands import Collect, Play, RequestCallback, Say
from hotline.domain.ivr.events import CallbackTaken, Played
from tests.domain.ivr.helpers import SILENCE, Call, end, flow_of, keyed

WAYS = ("taken", "refused", "cancelled", "fail")
NODE = {
    "type": "callback",
    "queue": "policy",
    "priority": 2,
    "ask": ["we_call"],
    "hours": ["hours"],
    "confirm": ["is_it_right"],
    "change": ["which_number"],
    "wrong": ["wrong"],
    "taken": ["noted"],
    "attempts": 2,
    **{f"on_{name}": f"to_{name}" for name in WAYS},
}


def call(caller: str = "13812345678", **changes: Any) -> Call:
    nodes = {"callback": {**NODE, **changes}, **{f"to_{name}": end(name) for name in WAYS}}
    return Call(flow_of(nodes, "callback"), caller=caller)


def test_the_caller_hears_number_and_hours_and_confirms() -> None:
    asked = call()
    assert asked.prompts == ("we_call", Say("digits", "13812345678"), "hours", "is_it_right")
    assert asked.says(keyed("1")).command == RequestCallback("policy", "13812345678", 2)
    assert asked.says(CallbackTaken("taken")).command == Play(("noted",), interruptible=False)
    assert asked.state.data == {"callback_number": "13812345678"}
    assert asked.says(Played()).node == "to_taken"


def test_a_number_is_changed_by_keys_and_confirmed_like_the_first() -> None:
    asked = call().says(keyed("2"))
    assert asked.prompts == ("which_number",)
    asked.says(keyed("051253520000", "#"))
    assert Say("digits", "051253520000") in asked.prompts
    assert asked.says(keyed("1")).command == RequestCallback("policy", "051253520000", 2)


@pytest.mark.parametrize("caller", ["", "anonymous", "1001"])
def test_a_caller_without_a_number_is_asked_for_one(caller: str) -> None:
    assert call(caller).prompts == ("which_number",)


def test_a_caller_may_cancel_at_both_questions() -> None:
    assert call().says(keyed("*")).node == "to_cancelled"
    assert call().says(keyed("2"), keyed("", "*")).node == "to_cancelled"


def test_silence_and_wrong_keys_end_after_the_attempts() -> None:
    assert call().says(keyed("7")).prompts[0] == "wrong"
    assert call().says(keyed("7"), SILENCE).node == "to_fail"
    assert call().says(keyed("2"), keyed("12", "#")).prompts == ("wrong", "which_number")
    assert call().says(keyed("2"), keyed("12", "#"), SILENCE).node == "to_fail"


@pytest.mark.parametrize("outcome", ["refused", "failed"])
def test_a_callback_that_is_not_taken_has_a_way_of_its_own(outcome: Any) -> None:
    assert call().says(keyed("1"), CallbackTaken(outcome)).node == "to_refused"


def test_the_key_that_led_here_answers_nothing() -> None:
    command = call().command
    assert isinstance(command, Collect)
    assert not command.type_ahead


def test_a_next_handler_goes_on_where_the_call_was() -> None:
    asked = call()
    for event in (keyed("2"), keyed("051253520000", "#"), keyed("1")):
        before = asked.command
        assert asked.lost().command == before
        asked.says(event)
    assert asked.lost().command == RequestCallback("policy", "051253520000", 2)
    assert asked.says(CallbackTaken("taken")).lost().node == "to_taken"


def test_a_routed_call_is_called_back_for_the_queue_of_its_route() -> None:
    nodes = {"callback": {**NODE, "routed": True}, **{f"to_{name}": end(name) for name in WAYS}}
    asked = Call(flow_of(nodes, "callback"), caller="13812345678", data={"route_queue": "vip"})
    assert asked.says(keyed("1")).command == RequestCallback("vip", "13812345678", 2)
