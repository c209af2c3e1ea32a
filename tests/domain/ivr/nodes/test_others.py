"""The node types that take few words: branch_hours, voicemail, survey, transfer, hangup."""

from typing import Any, Literal

import pytest

from hotline.domain.ivr.commands import Collect, Hangup, Play, RecordMessage, Transfer
from hotline.domain.ivr.events import Played, Recorded, Transferred
from hotline.domain.ivr.interpreter import resume
from hotline.domain.ivr.problems import UnexpectedEvent
from tests.domain.ivr.helpers import SILENCE, Call, end, facts, flow_of, keyed

HOURS = {
    "type": "branch_hours",
    "on_open": "open",
    "on_closed": "closed",
    "on_holiday": "holiday",
    "on_emergency": "emergency",
}
ENDS = {name: end(name) for name in ("open", "closed", "holiday", "emergency")}


@pytest.mark.parametrize(
    ("so", "node"),
    [
        ({"open": True}, "open"),
        ({"open": False}, "closed"),
        ({"open": False, "holiday": "国庆节"}, "holiday"),
        ({"open": True, "holiday": "国庆节"}, "open"),
        ({"open": True, "emergency": True}, "emergency"),
        ({"open": False, "emergency": True}, "emergency"),
    ],
)
def test_the_hour_decides_the_way(so: dict[str, Any], node: str) -> None:
    assert Call(flow_of({"hours": HOURS, **ENDS}, "hours"), **so).node == node


def test_without_ways_of_their_own_holiday_and_emergency_go_by_the_plain_hours() -> None:
    plain = {"type": "branch_hours", "on_open": "open", "on_closed": "closed"}
    flow = flow_of({"hours": plain, **ENDS}, "hours")
    assert Call(flow, open=False, holiday="国庆节").node == "closed"
    assert Call(flow, open=True, emergency=True).node == "open"


VOICEMAIL = flow_of(
    {
        "vm": {
            "type": "voicemail",
            "box": "general",
            "prompts": ["ask"],
            "longest_s": 90,
            "silence_s": 4,
            "on_recorded": "recorded",
            "on_empty": "empty",
            "on_failed": "failed",
        },
        **{name: end(name) for name in ("recorded", "empty", "failed")},
    },
    "vm",
)


@pytest.mark.parametrize("outcome", ["recorded", "empty", "failed"])
def test_a_message_is_taken_and_its_outcome_decides_the_way(
    outcome: Literal["recorded", "empty", "failed"],
) -> None:
    call = Call(VOICEMAIL)
    assert call.command == RecordMessage("general", ("ask",), 90, 4, beep=True)
    assert call.says(Recorded(outcome, "m1", 3.2)).node == outcome


def test_a_call_lost_while_leaving_a_message_is_asked_again() -> None:
    call = Call(VOICEMAIL)
    assert resume(VOICEMAIL, call.state, facts()) == (call.state, call.command)


SURVEY = flow_of(
    {
        "survey": {
            "type": "survey",
            "prompts": ["ask"],
            "wrong": ["wrong"],
            "marks": {"1": "满意", "3": "不满意"},
            "attempts": 3,
            "on_marked": "thanks",
            "on_none": "bye",
        },
        "thanks": end("thanks"),
        "bye": end("bye"),
    },
    "survey",
)


def test_a_mark_is_attached_to_the_call() -> None:
    call = Call(SURVEY).says(keyed("3"))
    assert (call.node, call.state.data) == ("thanks", {"survey": "3"})


def test_a_wrong_mark_is_told_and_silence_is_just_asked_again() -> None:
    call = Call(SURVEY)
    assert call.says(keyed("2")).prompts == ("wrong", "ask")
    assert call.says(SILENCE).prompts == ("ask",)
    assert (call.says(SILENCE).node, call.state.data) == ("bye", {})


def test_a_call_lost_in_the_survey_is_asked_again_with_its_attempts_kept() -> None:
    call = Call(SURVEY).says(keyed("2"))
    state, command = resume(SURVEY, call.state, facts())
    assert isinstance(command, Collect)
    assert (command.prompts, state.attempts) == (("ask",), 1)


@pytest.mark.parametrize("outcome", ["connected", "no_answer", "busy", "failed"])
def test_a_transfer_is_made_and_its_outcome_decides_the_way(
    outcome: Literal["connected", "no_answer", "busy", "failed"],
) -> None:
    targets = ("connected", "no_answer", "busy", "failed")
    node = {"type": "transfer", "kind": "outside", "number": "+8651212366", "ring_s": 20}
    flow = flow_of(
        {"t": {**node, **{f"on_{name}": name for name in targets}}, **{n: end(n) for n in targets}}, "t"
    )
    call = Call(flow)
    assert call.command == Transfer("outside", "+8651212366", 20)
    assert call.says(Transferred(outcome)).node == outcome


def test_a_hang_up_says_good_bye_and_has_its_cause() -> None:
    call = Call(flow_of({"bye": {"type": "hangup", "prompts": ["bye"], "cause": "CALL_REJECTED"}}, "bye"))
    assert call.command == Play(("bye",))
    assert call.says(Played()).command == Hangup("CALL_REJECTED")


def test_a_call_lost_during_good_bye_hears_it_again() -> None:
    call = Call(flow_of({"bye": end("bye")}, "bye"))
    assert resume(call.flow, call.state, facts()) == (call.state, call.command)


@pytest.mark.parametrize("flow", [VOICEMAIL, SURVEY])
def test_the_end_of_a_prompt_answers_neither_a_message_nor_a_survey(flow: Any) -> None:
    with pytest.raises(UnexpectedEvent):
        Call(flow).says(Played())
