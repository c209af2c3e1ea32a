"""Agents who are asked only when a caller has waited for a while."""

from __future__ import annotations

from hotline.domain.acd.effects import MakeOffer, NobodyFree
from hotline.domain.acd.events import StateRequested
from hotline.domain.acd.spec import RelaxStep, SkillNeed
from hotline.domain.agent import AgentState
from tests.domain.acd.centre import Centre, agent, offer, only, policy

QUEUE = policy(
    needs=(SkillNeed("policy", 7),),
    relaxation=(RelaxStep(20, (SkillNeed("policy", 4),)), RelaxStep(60, (SkillNeed("systems", 1),))),
)
EXPERT = agent("8001", policy=8)
BEGINNER = agent("8002", policy=4)
NEIGHBOUR = agent("8003", systems=9)


def a_centre_with_a_busy_expert() -> Centre:
    centre = Centre(EXPERT, BEGINNER, NEIGHBOUR, queues=(QUEUE,))
    centre.idle("8001", "8002", "8003")
    centre.do(StateRequested("8001", AgentState.BUSY, "", "8001"))
    return centre


def test_a_step_adds_agents_when_its_time_has_come() -> None:
    centre = a_centre_with_a_busy_expert()
    assert not only(centre.queue("a"), MakeOffer)
    assert not only(centre.wait(19.9), MakeOffer)
    made = offer(centre.wait(0.1))
    assert (made.agent, made.decision.step) == ("8002", 1)
    assert made.decision.needs == (SkillNeed("policy", 4),)


def test_who_needs_no_relaxation_still_comes_first() -> None:
    centre = a_centre_with_a_busy_expert()
    centre.do(StateRequested("8002", AgentState.BUSY, "", "8002"))
    centre.do(StateRequested("8003", AgentState.BUSY, "", "8003"))
    centre.queue("a")
    centre.wait(70)
    centre.queue("b")
    centre.do(StateRequested("8003", AgentState.IDLE, "", "8003"))
    assert [o.call_id for o in centre.state.offers.values()] == ["a"], (
        "b has waited too short a time for 8003"
    )
    assert offer(centre.do(StateRequested("8001", AgentState.IDLE, "", "8001"))).call_id == "b"


def test_that_a_step_was_reached_in_vain_is_explained() -> None:
    centre = a_centre_with_a_busy_expert()
    centre.do(StateRequested("8002", AgentState.REST, "", "8002"))
    centre.queue("a")
    (nobody,) = only(centre.wait(20), NobodyFree)
    assert nobody.decision.step == 1
    assert {(e.agent, e.reason) for e in nobody.decision.excluded} == {
        ("8001", "busy"),
        ("8002", "rest"),
        ("8003", "skill_missing"),
    }


def test_a_step_for_which_nobody_is_signed_in_is_skipped_at_once() -> None:
    centre = Centre(EXPERT, BEGINNER, NEIGHBOUR, queues=(QUEUE,))
    centre.idle("8002")
    made = offer(centre.queue("a"))
    assert (made.agent, made.decision.step) == ("8002", 1)


def test_a_step_is_skipped_when_the_last_of_its_agents_signs_out() -> None:
    centre = a_centre_with_a_busy_expert()
    centre.queue("a")
    assert offer(centre.do(StateRequested("8001", AgentState.SIGNED_OUT, "", "8001"))).agent == "8002"


def test_a_step_counts_again_when_somebody_signs_in_for_it() -> None:
    centre = a_centre_with_a_busy_expert()
    centre.do(StateRequested("8001", AgentState.SIGNED_OUT, "", "8001"))
    centre.do(StateRequested("8001", AgentState.BUSY, "", "8001"))
    assert not only(centre.queue("a"), MakeOffer)


def test_callers_of_several_steps_are_served_in_one_order() -> None:
    centre = a_centre_with_a_busy_expert()
    centre.do(StateRequested("8002", AgentState.BUSY, "", "8002"))
    for call in ("a", "b"):
        centre.queue(call)
    centre.wait(18.5)
    centre.queue("important", priority=5, after=0)
    assert [centre.state.position(call) for call in ("important", "a", "b")] == [1, 2, 3]
    centre.wait(0.6)
    # a has waited for twenty seconds and takes a beginner; the important one does not yet.
    assert offer(centre.do(StateRequested("8002", AgentState.IDLE, "", "8002"))).call_id == "a"
