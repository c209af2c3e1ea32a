from dataclasses import replace
from typing import get_args

import pytest

from hotline.domain.ivr.commands import Announce, Enqueue, Hangup, Play, Transfer
from hotline.domain.ivr.events import EndedBy, Played, QueueLeft, QueueOutcome, Transferred
from hotline.domain.ivr.interpreter import resume
from hotline.domain.ivr.problems import UnexpectedEvent
from tests.domain.ivr.helpers import Call, end, facts, flow_of

TARGETS = (
    "served",
    "agent_gone",
    "timeout",
    "voicemail",
    "callback",
    "overflow",
    "no_agents",
    "closed",
    "emergency",
    "failed",
)
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
    "outcome",
    [item for item in get_args(QueueOutcome) if item not in ("served", "survey", "outside", "prompt")],
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


@pytest.mark.parametrize(
    ("missing", "outcome", "way"),
    [
        (["voicemail"], "voicemail", "overflow"),
        (["callback"], "callback", "overflow"),
        (["closed"], "closed", "no_agents"),
        (["emergency"], "emergency", "closed"),
        (["emergency", "closed"], "emergency", "no_agents"),
    ],
)
def test_a_way_that_was_left_out_has_another_in_its_place(
    missing: list[str], outcome: QueueOutcome, way: str
) -> None:
    fields = {**FIELDS, "voicemail_key": "", **{f"on_{name}": "" for name in missing}}
    call = Call(flow_of({"queue": fields, **{name: end(name) for name in TARGETS}}, "queue"))
    assert call.says(QueueLeft(outcome)).node == way


def test_a_queue_that_sends_its_callers_to_an_outside_number_has_them_connected() -> None:
    call = Call(QUEUE).says(QueueLeft("outside", target="02112366"))
    assert call.command == Transfer("outside", "02112366", 30)
    assert resume(QUEUE, call.state, facts())[1] == call.command
    assert call.says(Transferred("connected")).node == "served"
    assert Call(QUEUE).says(QueueLeft("outside", target="1"), Transferred("busy")).node == "failed"
    assert Call(QUEUE).says(QueueLeft("outside")).node == "overflow"


def test_a_queue_that_lets_its_callers_hear_a_prompt_sends_them_away_after_it() -> None:
    call = Call(QUEUE).says(QueueLeft("prompt", target="call_later"))
    assert call.command == Play(("call_later",))
    assert resume(QUEUE, call.state, facts())[0].node == "overflow"
    assert call.says(Played()).node == "overflow"
    assert Call(QUEUE).says(QueueLeft("prompt")).node == "overflow"


ROUTED = flow_of({"queue": {**FIELDS, "routed": True}, **{name: end(name) for name in TARGETS}}, "queue")


@pytest.mark.parametrize(
    ("data", "queue", "priority"),
    [
        ({}, "policy", 5),
        ({"route_queue": "vip"}, "vip", 5),
        ({"route_queue": "", "route_priority": "20"}, "policy", 20),
        ({"route_queue": "vip", "route_priority": "99999999"}, "vip", 100),
        ({"route_priority": "-1"}, "policy", 5),
    ],
)
def test_a_routed_node_takes_what_the_script_chose(data: dict[str, str], queue: str, priority: int) -> None:
    command = Call(ROUTED, data=data).command
    assert isinstance(command, Enqueue)
    assert (command.queue, command.priority) == (queue, priority)
    unrouted = Call(QUEUE, data=data).command
    assert isinstance(unrouted, Enqueue)
    assert (unrouted.queue, unrouted.priority) == ("policy", 5)


def test_the_end_of_a_prompt_is_no_answer_to_queueing() -> None:
    with pytest.raises(UnexpectedEvent):
        Call(QUEUE).says(Played())


def test_it_is_known_which_outcomes_had_an_agent() -> None:
    served = {outcome for outcome in get_args(QueueOutcome) if QueueLeft(outcome).served}
    assert served == {"served", "survey", "agent_gone"}
