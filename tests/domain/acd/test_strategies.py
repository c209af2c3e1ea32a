"""Who gets the call when several agents could."""

from __future__ import annotations

from hypothesis import given, settings
from hypothesis import strategies as st

from hotline.domain.acd.events import OfferFailed, TalkEnded
from hotline.domain.acd.spec import SkillNeed, Strategy
from tests.domain.acd.centre import Centre, agent, offer, policy


def test_fewest_calls_today_come_first_and_equals_go_by_idle_time() -> None:
    centre = Centre(agent("8001"), agent("8002"), queues=(policy(strategy=Strategy.FEWEST_CALLS),))
    centre.idle("8001", "8002")
    assert [centre.serve(call) for call in ("a", "b")] == ["8001", "8002"]
    centre.state.agents["8001"].calls_today = 0
    assert centre.state.agents["8002"].calls_today == 1


def test_the_calls_of_a_day_are_forgotten_at_midnight() -> None:
    centre = Centre(agent("8001"), agent("8002"), queues=(policy(strategy=Strategy.FEWEST_CALLS),))
    centre.idle("8001", "8002")
    for call in ("a", "b", "c"):
        centre.serve(call)
    # 8001 has two calls and 8002 one; the next day both have none, and 8002 is idle for longer.
    assert centre.serve("d", after=86_400) == "8002"
    assert [centre.state.agents[n].calls_today for n in ("8001", "8002")] == [0, 1]


def test_the_least_occupied_agent_comes_first() -> None:
    centre = Centre(agent("8001"), agent("8002"), queues=(policy(strategy=Strategy.LEAST_OCCUPIED),))
    centre.idle("8001")
    assert centre.serve("a", seconds=100) == "8001"
    centre.idle("8002")
    assert centre.serve("b", seconds=10) == "8002"
    # 8001 has worked for most of its time, 8002 for less of it.
    centre.now += 100
    assert centre.serve("c", seconds=1) == "8002"


def test_round_robin_goes_by_turns_and_not_by_idle_time() -> None:
    centre = Centre(
        agent("8001"), agent("8002"), agent("8003"), queues=(policy(strategy=Strategy.ROUND_ROBIN),)
    )
    centre.idle("8003", "8002", "8001")
    first = centre.answer(centre.queue("a"))
    assert [centre.serve(call) for call in ("b", "c")] == ["8002", "8001"]
    centre.do(TalkEnded("8003", first.call_id))
    assert [centre.serve(call) for call in ("d", "e", "f")] == ["8003", "8002", "8001"]


def test_the_highest_weighted_skill_comes_first() -> None:
    needs = (SkillNeed("policy", 1, weight=1), SkillNeed("systems", 1, weight=3))
    queue = policy(strategy=Strategy.HIGHEST_SKILL, needs=needs)
    centre = Centre(agent("8001", policy=9, systems=4), agent("8002", policy=3, systems=7), queues=(queue,))
    centre.idle("8001", "8002")
    decision = offer(centre.queue("a")).decision
    assert [(c.agent, c.score) for c in decision.candidates] == [("8002", 24), ("8001", 21)]
    assert decision.chosen == "8002"


def test_every_need_must_be_met() -> None:
    needs = (SkillNeed("policy", 3), SkillNeed("systems", 2))
    centre = Centre(
        agent("8001", policy=9),
        agent("8002", policy=9, systems=1),
        agent("8003", policy=3, systems=2),
        queues=(policy(needs=needs),),
    )
    centre.idle("8001", "8002", "8003")
    made = offer(centre.queue("a"))
    assert made.agent == "8003"
    assert {(e.agent, e.reason) for e in made.decision.excluded} == {
        ("8001", "skill_missing"),
        ("8002", "level_too_low"),
    }


@settings(deadline=None)
@given(st.integers(5, 95))
def test_groups_get_their_share_of_the_calls(east: int) -> None:
    queue = policy(strategy=Strategy.PERCENTAGE, mix={"east": east, "west": 100 - east})
    centre = Centre(agent("8001", group="east"), agent("8002", group="west"), queues=(queue,))
    centre.idle("8001", "8002")
    got = [centre.serve(str(n)) for n in range(100)].count("8001")
    assert abs(got - east) <= 1


def test_an_offer_that_failed_does_not_count_for_the_share() -> None:
    queue = policy(strategy=Strategy.PERCENTAGE, mix={"east": 50, "west": 50})
    centre = Centre(agent("8001", group="east"), agent("8002", group="west"), queues=(queue,))
    centre.idle("8001", "8002")
    first = offer(centre.queue("a"))
    centre.do(OfferFailed(first.offer_id, "no_answer"))
    assert centre.state.queues["policy"].shares == {"east": 0, "west": 1}


def test_the_priority_of_an_agent_comes_before_the_strategy() -> None:
    queue = policy(strategy=Strategy.HIGHEST_SKILL)
    centre = Centre(agent("8001", 2, policy=9), agent("8002", 1, policy=1), queues=(queue,))
    centre.idle("8001", "8002")
    assert offer(centre.queue("a")).agent == "8002"
