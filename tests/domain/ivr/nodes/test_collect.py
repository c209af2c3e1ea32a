"""Taking digits."""

from typing import Any

import pytest

from hotline.domain.ivr.commands import Collect, Play, Say
from hotline.domain.ivr.events import Played
from tests.domain.ivr.helpers import SILENCE, Call, end, flow_of, keyed

NODE = {
    "type": "collect",
    "prompts": ["ask"],
    "key": "taxpayer",
    "min_digits": 4,
    "max_digits": 6,
    "wrong": ["wrong"],
    "no_key": ["none"],
    "attempts": 2,
    "on_collected": "collected",
    "on_fail": "fail",
}
CONFIRMED = {**NODE, "read_back": ["you_entered"], "confirm": ["is_it_right"]}


def call(node: dict[str, Any], **changes: Any) -> Call:
    nodes = {"collect": {**node, **changes}, "collected": end("collected"), "fail": end("fail")}
    return Call(flow_of(nodes, "collect"))


def test_it_asks_and_leaves_room_for_the_key_that_ends_the_digits() -> None:
    command = call(NODE).command
    assert isinstance(command, Collect)
    assert (command.prompts, command.min_digits, command.max_digits) == (("ask",), 4, 7)
    assert command.terminators == "#"
    unterminated = call(NODE, terminators="").command
    assert isinstance(unterminated, Collect)
    assert unterminated.max_digits == 6


def test_the_digits_are_attached_to_the_call() -> None:
    taken = call(NODE).says(keyed("12345", "#"))
    assert (taken.node, taken.state.data) == ("collected", {"taxpayer": "12345"})
    assert not taken.state.sensitive


def test_sensitive_digits_are_known_as_such() -> None:
    taken = call(NODE, sensitive=True)
    assert isinstance(taken.command, Collect)
    assert taken.command.sensitive
    assert taken.says(keyed("12345")).state.sensitive == {"taxpayer"}


@pytest.mark.parametrize("digits", ["123", "1234567", "12*45", "１２３４"])
def test_digits_that_do_not_fit_are_asked_for_again(digits: str) -> None:
    again = call(NODE).says(keyed(digits))
    assert again.prompts == ("wrong", "ask")
    assert again.says(keyed("1234")).node == "collected"


def test_after_the_last_attempt_the_caller_is_told_and_goes_on() -> None:
    failed = call(NODE).says(SILENCE)
    assert failed.prompts == ("none", "ask")
    failed.says(keyed("1"))
    assert failed.command == Play(("wrong",))
    assert failed.says(Played()).node == "fail"


def test_the_caller_confirms_what_was_read_back() -> None:
    asked = call(CONFIRMED).says(keyed("1234", "#"))
    assert asked.prompts == ("you_entered", Say("digits", "1234"), "is_it_right")
    assert asked.state.data == {}
    assert asked.says(keyed("1")).state.data == {"taxpayer": "1234"}


@pytest.mark.parametrize("answer", [keyed("2"), SILENCE])
def test_what_is_not_confirmed_is_asked_for_again_and_not_for_ever(answer: Any) -> None:
    asked = call(CONFIRMED).says(keyed("1234"), answer)
    assert asked.prompts == ("ask",)
    assert asked.says(keyed("1234"), answer).node == "fail"


def test_a_next_handler_reads_back_the_same_digits() -> None:
    asked = call(CONFIRMED).says(keyed("1234"))
    before = asked.command
    assert asked.lost().command == before
    assert asked.says(keyed("1")).node == "collected"


def test_keys_pressed_early_or_during_the_question_count_where_the_node_says_so() -> None:
    command = call(NODE, interruptible=False, type_ahead=False).command
    assert isinstance(command, Collect)
    assert (command.interruptible, command.type_ahead) == (False, False)
