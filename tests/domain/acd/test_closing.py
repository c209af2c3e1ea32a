"""What becomes of those who wait when the hotline closes."""

from __future__ import annotations

import pytest

from hotline.domain.acd.effects import CancelOffer, MakeOffer, SendAway
from hotline.domain.acd.events import OfferFailed, OpeningChanged, StateRequested
from hotline.domain.agent import AgentState
from tests.domain.acd.centre import Centre, agent, away, offer, only, policy


@pytest.mark.parametrize(
    ("closing", "outcome"), [("voicemail", "voicemail"), ("callback", "callback"), ("prompt", "closed")]
)
def test_those_who_wait_leave_as_the_queue_says(closing: str, outcome: str) -> None:
    centre = Centre(agent("8001"), queues=(policy(closing=closing),))
    centre.queue("a")
    assert away(centre.do(OpeningChanged(open=False))) == SendAway("a", "policy", outcome, "", "closing")


def test_a_queue_may_serve_those_who_wait() -> None:
    centre = Centre(agent("8001"), queues=(policy(),))
    centre.queue("a")
    assert not only(centre.do(OpeningChanged(open=False)), SendAway)
    assert offer(centre.do(StateRequested("8001", AgentState.IDLE, "", "8001"))).call_id == "a"


def test_a_phone_that_rings_at_closing_time_rings_on() -> None:
    centre = Centre(agent("8001"), queues=(policy(closing="voicemail"),))
    centre.idle("8001")
    made = offer(centre.queue("a"))
    assert centre.do(OpeningChanged(open=False)) == ()
    effects = centre.do(OfferFailed(made.offer_id, "no_answer"))
    assert away(effects).outcome == "voicemail"


def test_whom_the_flow_lets_through_after_closing_time_is_served() -> None:
    centre = Centre(agent("8001"), queues=(policy(closing="voicemail"),))
    centre.do(OpeningChanged(open=False))
    assert not only(centre.queue("a"), SendAway)
    centre.do(OpeningChanged(open=True))
    assert not only(centre.do(OpeningChanged(open=True)), SendAway)


def test_an_emergency_sends_everybody_away_and_lets_nobody_in() -> None:
    centre = Centre(agent("8001"), queues=(policy(),))
    centre.idle("8001")
    made = offer(centre.queue("a"))
    centre.queue("b")
    effects = centre.do(OpeningChanged(open=False, emergency=True))
    assert [(e.call_id, e.outcome) for e in only(effects, SendAway)] == [
        ("a", "emergency"),
        ("b", "emergency"),
    ]
    assert [e.offer_id for e in only(effects, CancelOffer)] == [made.offer_id]
    assert away(centre.queue("c")).outcome == "emergency"
    assert "c" not in centre.state.waiting
    centre.do(OpeningChanged(open=True))
    assert only(centre.queue("d"), MakeOffer)
