"""Queues in figures, expected waits, and alarms that are taken back."""

from __future__ import annotations

import pytest

from hotline.domain.acd.engine import UnknownQueue, next_due
from hotline.domain.acd.estimates import expected_wait, expected_wait_of_newcomer, figures
from hotline.domain.acd.events import CallbackAsked, CallLeft, StateRequested, TalkEnded
from hotline.domain.agent import AgentState
from tests.domain.acd.centre import Centre, agent, policy


def test_a_queue_in_figures() -> None:
    centre = Centre(agent("8001"), agent("8002"), agent("8003", other=1), queues=(policy(),))
    centre.idle("8001", "8002", "8003")
    centre.answer(centre.queue("talk"))
    centre.queue("rings")
    centre.queue("a")
    since = centre.now
    centre.do(CallbackAsked("t", "x", "139", queue="policy"))
    found = figures(centre.state, "policy")
    assert (found.waiting, found.callbacks, found.longest_wait_since) == (1, 1, since)
    assert (found.agents_signed_in, found.agents_idle, found.offered, found.talking) == (2, 0, 1, 1)
    with pytest.raises(UnknownQueue):
        figures(centre.state, "nowhere")


def test_an_expected_wait_goes_by_the_place_the_agents_at_work_and_what_calls_took() -> None:
    centre = Centre(agent("8001"), agent("8002"), queues=(policy(),))
    assert expected_wait_of_newcomer(centre.state, "policy", 0, centre.now) is None
    centre.idle("8001", "8002")
    assert expected_wait_of_newcomer(centre.state, "policy", 0, centre.now) == 0.0
    for call in ("x", "y"):
        centre.answer(centre.queue(call))
    for call in ("a", "b"):
        centre.queue(call)
    # Three minutes a call until something is known.
    assert (expected_wait(centre.state, "a"), expected_wait(centre.state, "b")) == (90.0, 180.0)
    centre.do(StateRequested("8002", AgentState.BUSY, "", "8002"))
    centre.do(TalkEnded("8002", "y"), after=60)
    assert expected_wait(centre.state, "b") == 2 * centre.state.queues["policy"].handling_seconds
    assert expected_wait(centre.state, "nobody") is None


def test_a_call_leaves_no_alarm_behind() -> None:
    centre = Centre(agent("8001"), queues=(policy(),))
    for n in range(1_000):
        centre.queue(str(n), after=0)
        centre.do(CallLeft(str(n)))
    assert next_due(centre.state) is None
    assert centre.state.timers == []
    centre.idle("8001")
    for n in range(1_000):
        centre.serve(str(n), seconds=0)
    assert centre.state.timers == []
    assert next_due(centre.state) is None


def test_alarms_never_outnumber_twice_what_they_are_for() -> None:
    centre = Centre(agent("8001"), queues=(policy(),))
    for n in range(200):
        centre.queue(f"stays {n}", after=0)
    for _ in range(1_000):
        centre.queue("goes", after=0)
        centre.do(CallLeft("goes"))
        assert len(centre.state.timers) <= 2 * 201 + 32
