"""Callers who would wait too long are taken elsewhere, or not let in."""

from __future__ import annotations

import pytest

from hotline.domain.acd.effects import MakeOffer, QueueMoved, SendAway
from hotline.domain.acd.events import CallLeft, OfferFailed, StateRequested, TalkEnded
from hotline.domain.acd.spec import OverflowRule, QueueSpec, SkillNeed
from hotline.domain.agent import AgentState
from tests.domain.acd.centre import Centre, agent, away, offer, only, policy

OTHER = QueueSpec("other", "Other", (SkillNeed("other"),), no_agents_seconds=0)
TO_OTHER = OverflowRule("wait", 30, "queue", "other")


def busy(centre: Centre, *numbers: str) -> Centre:
    for number in numbers:
        centre.do(StateRequested(number, AgentState.BUSY, "", number))
    return centre


def test_after_the_time_the_caller_is_moved_to_another_queue_and_keeps_the_place() -> None:
    centre = busy(
        Centre(agent("8001"), agent("8002", other=5), queues=(policy(overflow=(TO_OTHER,)), OTHER)),
        "8001",
        "8002",
    )
    centre.queue("a")
    centre.queue("b", "other", after=5)
    effects = centre.wait(25)
    assert only(effects, QueueMoved) == [QueueMoved("a", "policy", "other", "wait")]
    assert [centre.state.position(call) for call in ("a", "b")] == [1, 2]
    centre.do(StateRequested("8002", AgentState.IDLE, "", "8002"))
    assert [o.call_id for o in centre.state.offers.values()] == ["a"]


@pytest.mark.parametrize(
    ("action", "target"),
    [("outside", "051255550000"), ("voicemail", ""), ("callback", ""), ("prompt", "sorry")],
)
def test_other_ways_out_are_the_flow_s_business(action: str, target: str) -> None:
    rule = OverflowRule("wait", 30, action, target)
    centre = busy(Centre(agent("8001"), queues=(policy(overflow=(rule,)),)), "8001")
    centre.queue("a")
    assert away(centre.wait(30)) == SendAway("a", "policy", action, target, "wait")


def test_two_queues_that_overflow_into_each_other_pass_a_caller_once() -> None:
    back = QueueSpec(
        "other",
        "Other",
        (SkillNeed("other"),),
        no_agents_seconds=0,
        overflow=(OverflowRule("wait", 30, "queue", "policy"),),
    )
    centre = busy(Centre(agent("8001"), queues=(policy(overflow=(TO_OTHER,)), back)), "8001")
    centre.queue("a")
    assert len(only(centre.wait(500), QueueMoved)) == 1
    assert centre.state.waiting["a"].queue == "other"


def test_a_rule_whose_queue_is_full_waits_until_there_is_room() -> None:
    full = QueueSpec("other", "Other", (SkillNeed("other"),), max_waiting=1, no_agents_seconds=0)
    centre = busy(Centre(agent("8001"), queues=(policy(overflow=(TO_OTHER,)), full)), "8001")
    centre.queue("b", "other")
    centre.queue("a")
    assert not only(centre.wait(60), QueueMoved)
    centre.do(CallLeft("b"))
    assert only(centre.wait(10), QueueMoved)


def test_beyond_a_place_in_line_one_overflows_at_once() -> None:
    rule = OverflowRule("position", 2, "voicemail")
    centre = busy(Centre(agent("8001"), queues=(policy(overflow=(rule,)),)), "8001")
    centre.queue("a")
    assert not only(centre.queue("b"), SendAway)
    assert away(centre.queue("c")).call_id == "c"


def test_who_is_pushed_beyond_the_place_by_a_more_important_caller_overflows_too() -> None:
    rule = OverflowRule("position", 2, "voicemail")
    centre = busy(Centre(agent("8001"), queues=(policy(overflow=(rule,)),)), "8001")
    for call in ("a", "b"):
        centre.queue(call)
    centre.queue("important", priority=3)
    assert away(centre.wait(0)).call_id == "b"


def test_an_expected_wait_is_looked_at_again_while_waiting() -> None:
    rule = OverflowRule("expected_wait", 400, "callback")
    centre = Centre(agent("8001"), agent("8002"), queues=(policy(overflow=(rule,)),))
    for number in ("8001", "8002"):
        centre.idle(number)
        centre.answer(centre.queue(f"talk {number}"))
    for call in ("a", "b", "c"):
        assert not only(centre.queue(call), SendAway)
    # One agent less: a call takes three minutes, and c is the third in line.
    centre.do(StateRequested("8002", AgentState.SIGNED_OUT, "", "8002"))
    centre.do(TalkEnded("8002", "talk 8002"), after=180)
    assert away(centre.wait(10)).call_id == "c"


def test_with_nobody_signed_in_one_overflows_after_that_time() -> None:
    rule = OverflowRule("nobody_signed_in", 10, "voicemail")
    centre = Centre(agent("8001"), queues=(policy(overflow=(rule,)),))
    centre.idle("8001")
    centre.answer(centre.queue("talk"))
    centre.queue("a")
    centre.do(StateRequested("8001", AgentState.SIGNED_OUT, "", "8001"))
    assert not only(centre.wait(60), SendAway)
    centre.do(TalkEnded("8001", "talk"))
    assert not only(centre.wait(9), SendAway)
    assert away(centre.wait(1)).rule == "nobody_signed_in"


def test_a_full_queue_refuses_at_the_door_and_returning_callers_are_let_in() -> None:
    centre = busy(Centre(agent("8001"), queues=(policy(max_waiting=1, return_minutes=5),)), "8001")
    centre.queue("a", caller="1")
    assert away(centre.queue("b")) == SendAway("b", "policy", "overflow", "", "max_waiting")
    assert not only(centre.queue("white", exempt=True), SendAway)
    centre.do(CallLeft("a"))
    assert not only(centre.queue("back", caller="1"), SendAway)


def test_a_full_queue_takes_a_caller_for_whom_an_agent_is_free() -> None:
    hard = policy(code="hard", needs=(SkillNeed("policy", 9),), max_waiting=1)
    centre = Centre(agent("8001", policy=9), queues=(hard,))
    centre.idle("8001")
    assert only(centre.queue("a", "hard"), MakeOffer)
    centre.queue("b", "hard")
    assert away(centre.queue("c", "hard")).rule == "max_waiting"


def test_who_would_wait_too_long_is_refused_at_the_door() -> None:
    centre = Centre(agent("8001"), queues=(policy(max_expected_wait_seconds=200),))
    centre.idle("8001")
    centre.answer(centre.queue("talk"))
    assert not only(centre.queue("a"), SendAway)
    assert away(centre.queue("b")) == SendAway("b", "policy", "overflow", "", "max_expected_wait")


def test_a_caller_whose_phone_rings_is_not_taken_away() -> None:
    centre = Centre(agent("8001"), queues=(policy(overflow=(OverflowRule("wait", 5, "voicemail"),)),))
    centre.idle("8001")
    made = offer(centre.queue("a"))
    assert not only(centre.wait(10), SendAway)
    assert away(centre.do(OfferFailed(made.offer_id, "no_answer"))).call_id == "a"
