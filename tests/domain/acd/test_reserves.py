"""Agents whom a queue keeps for itself."""

from __future__ import annotations

from hotline.domain.acd.effects import MakeOffer, NobodyFree
from hotline.domain.acd.events import Configured, StateRequested
from hotline.domain.acd.spec import QueueSpec, SkillNeed
from hotline.domain.agent import AgentState
from tests.domain.acd.centre import Centre, agent, offer, only, policy

URGENT = QueueSpec("urgent", "Urgent", (SkillNeed("urgent"),), reserved_agents=1)
BOTH = {"policy": 5, "urgent": 5}


def test_another_queue_leaves_the_reserve_alone() -> None:
    centre = Centre(agent("8001", **BOTH), agent("8002", **BOTH), queues=(policy(), URGENT))
    centre.idle("8001", "8002")
    assert offer(centre.queue("a")).agent == "8001"
    (nobody,) = only(centre.queue("b"), NobodyFree)
    assert [(e.agent, e.reason) for e in nobody.decision.excluded] == [
        ("8002", "reserved_for:urgent"),
        ("8001", "ringing"),
    ]
    assert offer(centre.queue("c", "urgent")).agent == "8002"


def test_who_is_not_of_the_reserve_is_taken_whatever_stands_before() -> None:
    centre = Centre(agent("8001", **BOTH), agent("8002", policy=5), queues=(policy(), URGENT))
    centre.idle("8001", "8002")
    assert offer(centre.queue("a")).agent == "8002"


def test_one_more_for_the_reserve_sets_another_one_free() -> None:
    centre = Centre(agent("8001", **BOTH), agent("8002", urgent=5), queues=(policy(), URGENT))
    centre.idle("8001")
    assert not only(centre.queue("a"), MakeOffer)
    assert offer(centre.do(StateRequested("8002", AgentState.IDLE, "", "8002"))).agent == "8001"


def test_a_reserve_that_is_given_up_is_free_at_once() -> None:
    centre = Centre(agent("8001", **BOTH), queues=(policy(), URGENT))
    centre.idle("8001")
    centre.queue("a")
    without = QueueSpec("urgent", "Urgent", (SkillNeed("urgent"),))
    effects = centre.do(Configured((agent("8001", **BOTH),), (policy(), without)))
    assert offer(effects).call_id == "a"


def test_a_call_for_one_agent_alone_is_no_matter_of_reserves() -> None:
    centre = Centre(agent("8001", **BOTH), queues=(policy(), URGENT))
    centre.idle("8001")
    assert offer(centre.queue("a", agent="8001")).decision.rule == "only_agent"
