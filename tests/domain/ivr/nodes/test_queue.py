from dataclasses import replace
from typing import get_args

import pytest

from hotline.domain.ivr.commands import Announce, Enqueue, Hangup
from hotline.domain.ivr.events import EndedBy, Played, QueueLeft, QueueOutcome
from hotline.domain.ivr.interpreter import resume
from hotline.domain.ivr.problems import UnexpectedEvent
from tests.domain.ivr.helpers import Call, end, facts, flow_of

TARGETS = ("served", "agent_gone", "timeout", "voicemail", "overflow", "no_agents", "failed")
FIELDS = {
    "type": "queue",
    "queue": "policy",
    "priority": 5,
    "max_wait_s": 300,
    "join": ["join"],
    "again": ["busy"],
    "every_s": 30,
    "position": True,
    "voicemail_key": "9",
    **{f"on_{name}": name for name in TARGETS},
}
QUEUE = flow_of({"queue": FIELDS, **{name: end(name) for name in TARGETS}}, "queue")
ORDER = Enqueue("policy", 5, 300, Announce(("join",), ("busy",), 30, True, False, "9"))


def test_it_queues_the_caller_with_what_is_to_be_announced() -> None:
    assert Call(QUEUE).command == ORDER


@pytest.mark.parametrize(
    "outcome", [item for item in get_args(QueueOutcome) if item not in ("served", "survey")]
)
def test_each_outcome_leads_to_its_node(outcome: QueueOutcome) -> None:
    assert Call(QUEUE).says(QueueLeft(outcome)).node == outcome


def test_the_survey_comes_when_the_agent_hung_up_first_or_sent_the_caller_there() -> None:
    assert Call(QUEUE).says(QueueLeft("served", "agent")).node == "served"
    assert Call(QUEUE).says(QueueLeft("survey", "agent")).node == "served"


@pytest.mark.parametrize("ended_by", ["caller", "system", ""])
def test_a_talk_that_the_agent_did_not_end_ends_the_call(ended_by: EndedBy) -> None:
    call = Call(QUEUE).says(QueueLeft("served", ended_by))
    assert (call.node, call.command) == ("queue", Hangup())
    assert resume(QUEUE, call.state, facts())[1] == Hangup()


def test_a_lost_call_goes_on_queueing_without_the_announcement_for_joining() -> None:
    call = Call(QUEUE)
    assert resume(QUEUE, call.state, facts()) == (
        call.state,
        replace(ORDER, announce=replace(ORDER.announce, join=())),
    )


def test_a_voice_message_that_the_node_does_not_offer_is_no_answer() -> None:
    fields = {**FIELDS, "voicemail_key": "", "on_voicemail": ""}
    call = Call(flow_of({"queue": fields}, "queue"))
    with pytest.raises(UnexpectedEvent):
        call.says(QueueLeft("voicemail"))


def test_the_end_of_a_prompt_is_no_answer_to_queueing() -> None:
    with pytest.raises(UnexpectedEvent):
        Call(QUEUE).says(Played())


def test_it_is_known_which_outcomes_had_an_agent() -> None:
    served = {outcome for outcome in get_args(QueueOutcome) if QueueLeft(outcome).served}
    assert served == {"served", "survey", "agent_gone"}
