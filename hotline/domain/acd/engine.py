"""The ACD's one entry: :func:`handle` takes an event and returns the orders that follow from it.

How a decision is made: a caller who arrives gets the first of the idle agents who have the queue's skill at
its level; among those the lower ``priority`` number comes
first, then who has been idle longest. An agent who becomes free gets, of the callers at the head of every
line the agent can serve, the one with the highest priority, then
the one who waits longest. Both directions use the same order, so it does not matter which of the two came
first.

Promises, held by property tests: an agent never has two offers; nobody gets a call without its skill; no
caller is forgotten; equal callers go in order; an agent is
``ringing`` exactly while an offer is open.

An answer to an offer that is no longer open changes nothing and is not an error: the caller may hang up while
the agent picks up.
"""

from __future__ import annotations

import heapq
from collections.abc import Callable
from typing import Any

from hotline.domain.acd import configuring, offering, working
from hotline.domain.acd.effects import Effect
from hotline.domain.acd.events import (
    AgentRestored,
    CallLeft,
    CallQueued,
    Configured,
    DoNotDisturb,
    Event,
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
from hotline.domain.acd.model import AcdState
from hotline.domain.acd.moves import UnknownAgent, UnknownQueue

__all__ = ["UnknownAgent", "UnknownQueue", "handle", "next_due"]


def handle(state: AcdState, event: Event, *, now: float) -> tuple[Effect, ...]:
    """Change *state* by what *event* says happened at *now* and return what is to be done, in order.

    Raises :class:`UnknownAgent`, :class:`UnknownQueue` or :class:`~hotline.domain.agent.IllegalTransition`
    before anything has changed.
    """
    effects: list[Effect] = []
    _HANDLERS[type(event)](state, event, now, effects)
    return tuple(effects)


def next_due(state: AcdState) -> float | None:
    """When the next :class:`Tick` is wanted, or None. It may turn out to be for nothing."""
    return state.timers[0][0] if state.timers else None


def _tick(state: AcdState, _event: Tick, now: float, effects: list[Effect]) -> None:
    while state.timers and state.timers[0][0] <= now:
        _, _, kind, key = heapq.heappop(state.timers)
        _TIMERS[kind](state, key, now, effects)


_HANDLERS: dict[type, Callable[[AcdState, Any, float, list[Effect]], None]] = {
    Configured: configuring.configured,
    AgentRestored: configuring.restored,
    CallQueued: offering.call_queued,
    CallLeft: offering.call_left,
    OfferAnswered: offering.offer_answered,
    OfferFailed: offering.offer_failed,
    TalkAdopted: working.talk_adopted,
    TalkEnded: working.talk_ended,
    StateRequested: working.state_requested,
    WrapUpFinished: working.wrap_up_finished,
    PhoneReachable: working.phone_reachable,
    PhoneInUse: working.phone_in_use,
    DoNotDisturb: working.do_not_disturb,
    Tick: _tick,
}

_TIMERS: dict[str, Callable[[AcdState, str, float, list[Effect]], None]] = {
    "offer": offering.offer_overdue,
    "wrap_up": working.wrap_up_over,
    "max_wait": offering.waited_too_long,
    "no_agents": offering.nobody_signed_in,
    "rested": offering.rested,
}
