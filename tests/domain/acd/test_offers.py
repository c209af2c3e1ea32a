"""Phones that ring, and what comes of it."""

from __future__ import annotations

import pytest

from hotline.domain.acd.effects import AgentMoved, MakeOffer, WrapUpProlonged
from hotline.domain.acd.events import DoNotDisturb, OfferFailed, TalkEnded, WrapUpExtended, WrapUpFinished
from hotline.domain.agent import AgentState, IllegalTransition
from tests.domain.acd.centre import Centre, agent, offer, only, policy


@pytest.mark.parametrize(
    ("outcome", "seconds"), [("no_answer", 7), ("busy", 11), ("refused", 13), ("failed", 5)]
)
def test_each_kind_of_failure_has_its_own_rest(outcome: str, seconds: int) -> None:
    queue = policy(
        misses_until_busy=3, no_answer_delay_seconds=7, busy_delay_seconds=11, refused_delay_seconds=13
    )
    centre = Centre(agent("8001"), queues=(queue,))
    centre.idle("8001")
    centre.do(OfferFailed(offer(centre.queue("a")).offer_id, outcome))
    assert not only(centre.wait(seconds - 0.1), MakeOffer)
    assert offer(centre.wait(0.1)).agent == "8001"


def test_a_phone_that_refuses_by_itself_is_asked_no_more_than_once_a_second() -> None:
    centre = Centre(agent("8001"), queues=(policy(misses_until_busy=0, refused_delay_seconds=0),))
    centre.idle("8001")
    effects = centre.queue("a")
    for _ in range(3):
        assert not only(centre.do(OfferFailed(offer(effects).offer_id, "refused")), MakeOffer)
        effects = centre.wait(1)


def test_after_so_many_misses_the_agent_is_busy() -> None:
    centre = Centre(agent("8001"), queues=(policy(misses_until_busy=2),))
    centre.idle("8001")
    first = offer(centre.queue("a"))
    centre.do(OfferFailed(first.offer_id, "no_answer"))
    assert centre.is_("8001") is AgentState.IDLE
    second = offer(centre.wait(1))
    effects = centre.do(OfferFailed(second.offer_id, "no_answer"))
    (moved,) = only(effects, AgentMoved)
    assert (moved.after, moved.reason, moved.by) == (AgentState.BUSY, "no_answer", "acd")


def test_an_answered_call_makes_up_for_the_misses_before() -> None:
    centre = Centre(agent("8001"), queues=(policy(misses_until_busy=2),))
    centre.idle("8001")
    centre.do(OfferFailed(offer(centre.queue("a")).offer_id, "no_answer"))
    centre.answer(centre.wait(1))
    centre.do(TalkEnded("8001", "a"))
    centre.do(OfferFailed(offer(centre.queue("b")).offer_id, "no_answer"))
    assert centre.is_("8001") is AgentState.IDLE


def test_who_is_not_to_be_disturbed_gets_no_offer() -> None:
    centre = Centre(agent("8001"), queues=(policy(),))
    centre.idle("8001")
    centre.do(DoNotDisturb("1001", on=True))
    assert not only(centre.queue("a"), MakeOffer)
    assert offer(centre.do(DoNotDisturb("1001", on=False))).call_id == "a"


def test_a_wrap_up_is_prolonged_so_often_and_no_more() -> None:
    queue = policy(wrap_up_seconds=10, wrap_up_extension_seconds=20, wrap_up_extensions=2)
    centre = Centre(agent("8001"), queues=(queue,))
    centre.idle("8001")
    centre.answer(centre.queue("a"))
    with pytest.raises(IllegalTransition):
        centre.do(WrapUpExtended("8001", "8001"))
    centre.do(TalkEnded("8001", "a"))
    since = centre.state.agents["8001"].since
    assert centre.do(WrapUpExtended("8001", "8001")) == (WrapUpProlonged("8001", centre.now + 30, "8001"),)
    centre.do(WrapUpExtended("8001", "lead"))
    with pytest.raises(IllegalTransition):
        centre.do(WrapUpExtended("8001", "8001"))
    centre.wait(49)
    assert (centre.is_("8001"), centre.state.agents["8001"].since) == (AgentState.WRAP_UP, since)
    centre.wait(1)
    assert centre.is_("8001") is AgentState.IDLE


def test_the_next_wrap_up_may_be_prolonged_again() -> None:
    queue = policy(wrap_up_seconds=10, wrap_up_extension_seconds=20, wrap_up_extensions=1)
    centre = Centre(agent("8001"), queues=(queue,))
    centre.idle("8001")
    for call in ("a", "b"):
        centre.answer(centre.queue(call))
        centre.do(TalkEnded("8001", call))
        centre.do(WrapUpExtended("8001", "8001"))
        centre.do(WrapUpFinished("8001", "8001"))
