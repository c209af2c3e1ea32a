"""What the ACD does in the situations that people would name."""

from __future__ import annotations

from dataclasses import replace

import pytest

from hotline.domain.acd.effects import (
    AgentMoved,
    CancelOffer,
    MakeOffer,
    NextStateKept,
    NobodyFree,
    SendAway,
)
from hotline.domain.acd.engine import UnknownAgent, UnknownQueue, next_due
from hotline.domain.acd.events import (
    AgentRestored,
    CallLeft,
    Configured,
    OfferAnswered,
    OfferFailed,
    PhoneInUse,
    PhoneReachable,
    StateRequested,
    TalkAdopted,
    TalkEnded,
    Tick,
    WrapUpFinished,
)
from hotline.domain.acd.spec import QueueSpec, SkillNeed
from hotline.domain.agent import AgentState, IllegalTransition
from tests.domain.acd.centre import POLICY, Centre, agent, offer, only


def test_the_longest_idle_agent_gets_the_caller() -> None:
    centre = Centre(agent("8001"), agent("8002"), queues=(POLICY,))
    centre.idle("8002", "8001")
    assert offer(centre.queue("a")).agent == "8002"


def test_among_equal_skills_the_priority_comes_before_the_idle_time() -> None:
    centre = Centre(agent("8001", 5), agent("8002", 1), queues=(POLICY,))
    centre.idle("8001", "8002")
    assert offer(centre.queue("a")).agent == "8002"


def test_nobody_gets_a_call_without_the_skill_or_below_the_level() -> None:
    expert = QueueSpec("expert", "Expert", (SkillNeed("policy", 7),))
    centre = Centre(agent("8001", policy=5), agent("8002", systems=9), queues=(POLICY, expert))
    centre.idle("8001", "8002")
    effects = centre.queue("a", "expert")
    assert not only(effects, MakeOffer)
    (nobody,) = only(effects, NobodyFree)
    assert isinstance(nobody, NobodyFree)
    assert [(e.agent, e.reason) for e in nobody.decision.excluded] == [("8001", "level_too_low")]


def test_callers_are_served_in_order_and_by_priority() -> None:
    centre = Centre(agent("8001"), queues=(POLICY,))
    centre.queue("first")
    centre.queue("second")
    centre.queue("important", priority=5)
    assert [centre.state.position(c) for c in ("important", "first", "second")] == [1, 2, 3]
    served = []
    centre.idle("8001")
    for _ in range(3):
        made = next(iter(centre.state.offers.values()))
        served.append(made.call_id)
        centre.do(OfferAnswered(made.offer_id))
        centre.do(TalkEnded("8001", made.call_id), after=10)
    assert served == ["important", "first", "second"]


def test_an_agent_serves_the_longest_waiting_of_all_lines_with_its_skills() -> None:
    systems = QueueSpec("systems", "Systems", (SkillNeed("systems"),))
    centre = Centre(agent("8001", policy=5, systems=5), queues=(POLICY, systems))
    centre.queue("a", "systems")
    centre.queue("b", "policy")
    made = centre.do(StateRequested("8001", AgentState.IDLE, "", "8001"))
    assert offer(made).call_id == "a"


def test_a_missed_offer_makes_the_agent_busy_and_goes_to_the_next_agent_with_the_place_kept() -> None:
    centre = Centre(agent("8001"), agent("8002"), queues=(POLICY,))
    centre.idle("8001", "8002")
    first = offer(centre.queue("a"))
    effects = centre.do(OfferFailed(first.offer_id, "no_answer", "NO_ANSWER"), after=20)
    assert centre.is_("8001") is AgentState.BUSY
    assert centre.state.agents["8001"].reason == "no_answer"
    assert offer(effects).agent == "8002"


def test_a_technical_failure_rests_the_agent_instead_of_blaming_it() -> None:
    centre = Centre(agent("8001"), queues=(POLICY,))
    centre.idle("8001")
    first = offer(centre.queue("a"))
    assert not only(centre.do(OfferFailed(first.offer_id, "failed", "x")), MakeOffer)
    assert centre.is_("8001") is AgentState.IDLE
    assert offer(centre.do(Tick(), after=5.0)).call_id == "a"


def test_a_phone_that_is_gone_gets_nothing_until_it_registers_again() -> None:
    centre = Centre(agent("8001"), queues=(POLICY,))
    centre.idle("8001")
    centre.do(OfferFailed(offer(centre.queue("a")).offer_id, "unreachable", "USER_NOT_REGISTERED"))
    assert not only(centre.do(Tick(), after=60), MakeOffer)
    assert offer(centre.do(PhoneReachable("1001", True))).agent == "8001"


def test_an_agent_on_a_call_of_its_own_gets_no_offer() -> None:
    centre = Centre(agent("8001"), queues=(POLICY,))
    centre.idle("8001")
    centre.do(PhoneInUse("1001", 1))
    assert not only(centre.queue("a"), MakeOffer)
    assert offer(centre.do(PhoneInUse("1001", 0))).call_id == "a"


def test_a_caller_who_leaves_while_ringing_gives_the_agent_back_its_place() -> None:
    centre = Centre(agent("8001"), agent("8002"), queues=(POLICY,))
    centre.idle("8001", "8002")
    made = offer(centre.queue("a"))
    effects = centre.do(CallLeft("a"))
    assert [e.offer_id for e in only(effects, CancelOffer) if isinstance(e, CancelOffer)] == [made.offer_id]
    assert centre.is_("8001") is AgentState.IDLE
    assert offer(centre.queue("b")).agent == "8001"
    assert centre.do(OfferAnswered(made.offer_id)) == ()


def test_talk_without_wrap_up_ends_idle() -> None:
    centre = Centre(agent("8001"), queues=(POLICY,))
    centre.idle("8001")
    centre.do(OfferAnswered(offer(centre.queue("a")).offer_id))
    assert centre.is_("8001") is AgentState.TALKING
    (moved,) = centre.do(TalkEnded("8001", "a"), after=30)
    assert isinstance(moved, AgentMoved)
    assert (moved.before, moved.after) == (AgentState.TALKING, AgentState.IDLE)


def test_wrap_up_ends_by_time_or_by_the_agent() -> None:
    queue = QueueSpec("policy", "Policy", (SkillNeed("policy"),), wrap_up_seconds=10)
    centre = Centre(agent("8001"), queues=(queue,))
    centre.idle("8001")
    for finish, after in ((WrapUpFinished("8001", "8001"), 1.0), (Tick(), 10.0)):
        centre.do(OfferAnswered(offer(centre.queue("a")).offer_id))
        centre.do(TalkEnded("8001", "a"), after=30)
        assert centre.is_("8001") is AgentState.WRAP_UP
        centre.do(finish, after=after)
        assert centre.is_("8001") is AgentState.IDLE


def test_a_wish_during_the_call_is_granted_after_it() -> None:
    centre = Centre(agent("8001"), queues=(POLICY,))
    centre.idle("8001")
    centre.do(OfferAnswered(offer(centre.queue("a")).offer_id))
    (kept,) = centre.do(StateRequested("8001", AgentState.REST, "lunch", "8001"))
    assert isinstance(kept, NextStateKept)
    centre.do(TalkEnded("8001", "a"))
    assert centre.is_("8001") is AgentState.REST
    assert centre.state.agents["8001"].reason == "lunch"


def test_an_offer_that_nobody_reports_on_is_taken_back() -> None:
    centre = Centre(agent("8001"), queues=(POLICY,))
    centre.idle("8001")
    centre.queue("a")
    effects = centre.do(Tick(), after=25)
    assert only(effects, CancelOffer)
    assert centre.is_("8001") is AgentState.IDLE
    assert next_due(centre.state) is not None


def test_a_caller_for_whom_nobody_is_signed_in_is_sent_away_after_the_time() -> None:
    centre = Centre(agent("8001"), queues=(POLICY,))
    centre.queue("a")
    (sent,) = only(centre.do(Tick(), after=60), SendAway)
    assert isinstance(sent, SendAway)
    assert sent.outcome == "no_agents"
    assert not centre.state.waiting


def test_a_caller_with_agents_signed_in_waits_until_the_maximum() -> None:
    centre = Centre(agent("8001"), queues=(POLICY,))
    centre.do(StateRequested("8001", AgentState.BUSY, "", "8001"))
    centre.queue("a")
    assert not only(centre.do(Tick(), after=300), SendAway)
    (sent,) = only(centre.do(Tick(), after=300), SendAway)
    assert isinstance(sent, SendAway)
    assert sent.outcome == "timeout"


def test_the_switch_is_believed_when_it_says_that_two_are_talking() -> None:
    centre = Centre(agent("8001"), agent("8002"), queues=(POLICY,))
    centre.idle("8001")
    centre.queue("a")
    effects = centre.do(TalkAdopted("8001", "b", "policy"))
    assert only(effects, CancelOffer)
    assert centre.is_("8001") is AgentState.TALKING
    assert centre.state.position("a") == 1


def test_restored_agents_are_where_they_were_and_an_offer_that_was_open_is_over() -> None:
    centre = Centre(agent("8001"), agent("8002"), agent("8003"), queues=(POLICY,))
    centre.do(AgentRestored("8001", AgentState.REST, "lunch", 900.0, 800.0))
    centre.do(AgentRestored("8002", AgentState.RINGING, "", 900.0, 800.0, "a"))
    centre.do(AgentRestored("8003", AgentState.TALKING, "", 900.0, 800.0, "b"))
    assert [centre.is_(n) for n in ("8001", "8002", "8003")] == [
        AgentState.REST,
        AgentState.IDLE,
        AgentState.TALKING,
    ]
    assert centre.state.agents["8001"].since == 900.0
    centre.do(TalkEnded("8003", "b"))
    assert centre.is_("8003") is AgentState.IDLE


def test_an_agent_who_is_removed_during_a_call_finishes_it_first() -> None:
    centre = Centre(agent("8001"), queues=(POLICY,))
    centre.idle("8001")
    centre.do(OfferAnswered(offer(centre.queue("a")).offer_id))
    centre.do(Configured((), (POLICY,)))
    assert "8001" in centre.state.agents
    centre.do(TalkEnded("8001", "a"))
    assert "8001" not in centre.state.agents


def test_a_decision_names_candidates_and_exclusions() -> None:
    centre = Centre(agent("8001"), agent("8002"), agent("8003"), queues=(POLICY,))
    centre.idle("8001", "8002")
    centre.do(StateRequested("8003", AgentState.REST, "lunch", "8003"))
    data = offer(centre.queue("a")).decision.as_data()
    assert data["chosen"] == "8001"
    assert [c["agent"] for c in data["candidates"]] == ["8001", "8002"]
    assert data["excluded"] == [{"agent": "8003", "reason": "rest"}]


def test_what_is_unknown_is_an_error() -> None:
    centre = Centre(agent("8001"), queues=(POLICY,))
    with pytest.raises(UnknownAgent):
        centre.do(StateRequested("9999", AgentState.IDLE, "", "x"))
    with pytest.raises(UnknownQueue):
        centre.queue("a", "nowhere")
    with pytest.raises(IllegalTransition):
        centre.do(WrapUpFinished("8001", "x"))


def test_new_settings_of_a_queue_count_while_callers_wait_in_it() -> None:
    centre = Centre(agent("8001"), queues=(POLICY,))
    centre.queue("a")
    centre.do(Configured((agent("8001"),), (replace(POLICY, ring_seconds=7),)))
    centre.idle("8001")
    assert centre.state.queues["policy"].spec.ring_seconds == 7


def test_an_agent_who_gets_another_phone_is_not_held_up_by_calls_at_the_old_one() -> None:
    centre = Centre(agent("8001"), queues=(POLICY,))
    centre.idle("8001")
    centre.do(PhoneInUse("1001", 1))
    centre.do(Configured((replace(agent("8001"), extension="1099"),), (POLICY,)))
    centre.do(PhoneReachable("1099", True))
    assert offer(centre.queue("a")).agent == "8001"


def test_a_caller_whose_agent_turns_out_to_talk_is_offered_to_the_next_agent_at_once() -> None:
    centre = Centre(agent("8001", 1), agent("8002", 2), queues=(POLICY,))
    centre.idle("8001", "8002")
    assert offer(centre.queue("a")).agent == "8001"
    effects = centre.do(TalkAdopted("8001", "other", "policy", "1"))
    assert only(effects, CancelOffer)
    assert offer(effects).agent == "8002"
