"""Calls for one agent, and callers who come back."""

from __future__ import annotations

from hotline.domain.acd.effects import CameBack, MakeOffer, NobodyFree
from hotline.domain.acd.events import CallerRemembered, CallLeft, StateRequested, TalkEnded
from hotline.domain.agent import AgentState
from tests.domain.acd.centre import Centre, agent, away, offer, only, policy

LAST = policy(last_agent_seconds=30, last_agent_minutes=60)
RETURN = policy(return_minutes=5)


def two_agents(queue=LAST) -> Centre:  # type: ignore[no-untyped-def]
    centre = Centre(agent("8001"), agent("8002"), queues=(queue,))
    centre.idle("8001", "8002")
    return centre


def test_a_caller_gets_the_agent_of_last_time_before_others() -> None:
    centre = two_agents()
    assert centre.serve("a", caller="1") == "8001"
    made = offer(centre.queue("b", caller="1"))
    assert (made.agent, made.decision.rule) == ("8001", "last_agent")


def test_a_caller_waits_for_the_agent_of_last_time_and_then_takes_any() -> None:
    centre = two_agents()
    centre.serve("a", caller="1")
    centre.do(StateRequested("8001", AgentState.BUSY, "", "8001"))
    (nobody,) = only(centre.queue("b", caller="1"), NobodyFree)
    assert [(e.agent, e.reason) for e in nobody.decision.excluded] == [
        ("8001", "busy"),
        ("8002", "waits_for_last_agent"),
    ]
    assert not only(centre.wait(29), MakeOffer)
    assert offer(centre.wait(1)).agent == "8002"


def test_a_caller_whose_last_agent_rests_or_has_gone_falls_back_at_once() -> None:
    for gone in (AgentState.REST, AgentState.SIGNED_OUT):
        centre = two_agents()
        centre.serve("a", caller="1")
        centre.do(StateRequested("8001", gone, "", "8001"))
        assert offer(centre.queue("b", caller="1")).agent == "8002"


def test_a_caller_whose_last_agent_goes_to_rest_meanwhile_falls_back_then() -> None:
    centre = two_agents()
    centre.serve("a", caller="1")
    centre.do(StateRequested("8001", AgentState.BUSY, "", "8001"))
    centre.queue("b", caller="1")
    assert offer(centre.do(StateRequested("8001", AgentState.REST, "", "8001"))).agent == "8002"


def test_the_agent_of_last_time_is_forgotten_after_that_time() -> None:
    centre = two_agents()
    centre.serve("a", caller="1")
    centre.wait(3_600)
    assert not centre.state.queues["policy"].served
    assert offer(centre.queue("b", caller="1")).agent == "8002"


def test_the_flow_may_know_the_agent_of_last_time() -> None:
    centre = two_agents()
    assert offer(centre.queue("a", last_agent="8002")).agent == "8002"


def test_what_was_known_before_a_restart_can_be_told() -> None:
    centre = two_agents()
    centre.do(CallerRemembered("1", "policy", "8002", centre.now - 60))
    assert offer(centre.queue("a", caller="1")).agent == "8002"


def test_a_call_for_one_agent_waits_for_that_one_whatever_its_skills() -> None:
    centre = Centre(agent("8001"), agent("8002", other=1), queues=(policy(),))
    centre.idle("8001", "8002")
    assert centre.answer(centre.queue("a", agent="8002")).agent == "8002"
    assert not only(centre.queue("b", agent="8002"), MakeOffer)
    assert not only(centre.wait(300), MakeOffer)


def test_a_call_for_one_agent_goes_to_others_after_its_time() -> None:
    centre = two_agents()
    centre.do(StateRequested("8001", AgentState.BUSY, "", "8001"))
    assert not only(centre.queue("a", agent="8001", agent_seconds=20), MakeOffer)
    assert offer(centre.wait(20)).agent == "8002"


def test_a_call_for_one_agent_who_is_not_signed_in_is_sent_away_after_the_time_for_that() -> None:
    centre = two_agents()
    centre.do(StateRequested("8001", AgentState.SIGNED_OUT, "", "8001"))
    centre.queue("a", agent="8001")
    assert away(centre.wait(60)).outcome == "no_agents"
    centre.do(StateRequested("8001", AgentState.BUSY, "", "8001"))
    centre.queue("b", agent="8001")
    centre.do(StateRequested("8001", AgentState.SIGNED_OUT, "", "8001"), after=30)
    assert away(centre.wait(60)).outcome == "no_agents"


def test_who_hung_up_and_calls_again_has_the_old_place() -> None:
    centre = Centre(agent("8001"), queues=(RETURN,))
    centre.queue("a", caller="1")
    centre.queue("b", caller="2")
    began = centre.state.waiting["a"].queued_at
    centre.do(CallLeft("a"))
    told = only(centre.queue("again", caller="1", after=60), CameBack)
    assert told == [CameBack("again", "policy", queued_at=began)]
    assert [centre.state.position(call) for call in ("again", "b")] == [1, 2]
    assert centre.state.waiting["again"].joined_at == centre.now, "the limits count from the new call"
    assert not only(centre.queue("third", caller="1"), CameBack)
    assert centre.state.position("third") == 3, "the place is given once"


def test_who_comes_back_too_late_stands_at_the_end() -> None:
    centre = Centre(agent("8001"), queues=(policy(return_minutes=5, no_agents_seconds=0),))
    centre.queue("a", caller="1")
    centre.queue("b")
    centre.do(CallLeft("a"))
    centre.wait(300)
    centre.queue("again", caller="1")
    assert centre.state.position("again") == 2


def test_who_comes_back_may_get_the_old_agent() -> None:
    centre = Centre(agent("8001"), agent("8002"), queues=(policy(return_minutes=5, return_to="agent"),))
    centre.idle("8001", "8002")
    assert offer(centre.queue("a", caller="1")).agent == "8001"
    centre.do(CallLeft("a"))
    talk = centre.answer(centre.queue("b"))
    assert talk.agent == "8001"
    back = centre.queue("again", caller="1")
    assert not only(back, MakeOffer)
    assert only(back, CameBack) == [CameBack("again", "policy", agent="8001")]
    assert offer(centre.do(TalkEnded("8001", "b"))).call_id == "again"


def test_a_place_given_up_before_a_restart_can_be_told() -> None:
    centre = Centre(agent("8001"), queues=(RETURN,))
    centre.queue("b")
    centre.do(CallerRemembered("1", "policy", "", centre.now - 10, queued_at=centre.now - 100))
    centre.queue("again", caller="1")
    assert centre.state.position("again") == 1
