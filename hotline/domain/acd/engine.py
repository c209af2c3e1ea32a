"""The ACD's one entry: :func:`handle` takes an event and returns the orders that follow from it.

How a decision is made. An agent may serve a queue from the relaxation step on whose needs the agent meets.
Among the idle agents who may serve a caller come first those of the lowest step, then those of the lowest
``priority`` number, then who is first by the queue's strategy, then who has been idle longest. Callers stand
in the order of their virtual arrival: the time of queueing, earlier by so many seconds for each point of
priority. An agent who becomes free gets the first of all the callers whom the agent may serve. Both
directions use the same orders, so it does not matter which of the two came first.

Promises, held by property tests: an agent never has two offers; nobody gets a call without what is asked for
at the step in force, save one who was asked for by number; no caller and no callback is forgotten; equal
callers go in order, and nobody is overtaken for ever; an agent is ``ringing`` exactly while an offer is open;
what a queue has reserved is left to it; nothing is left to be looked at when everybody has gone.

An answer to an offer that is no longer open changes nothing and is not an error: the caller may hang up while
the agent picks up.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, Final

from hotline.domain.acd import callbacks, configuring, memory, offering, overflow, queueing, working
from hotline.domain.acd.effects import Effect
from hotline.domain.acd.events import (
    AgentRestored,
    CallableHours,
    CallbackAsked,
    CallbackCancelled,
    CallbackDialled,
    CallbackHurried,
    CallbackNumberChanged,
    CallbackRestored,
    CallerRemembered,
    CallLeft,
    CallQueued,
    Configured,
    DoNotDisturb,
    Event,
    OfferAnswered,
    OfferFailed,
    OpeningChanged,
    PhoneInUse,
    PhoneReachable,
    StateRequested,
    TalkAdopted,
    TalkEnded,
    Tick,
    WrapUpExtended,
    WrapUpFinished,
)
from hotline.domain.acd.index import new_day
from hotline.domain.acd.matching import match
from hotline.domain.acd.model import AcdState
from hotline.domain.acd.moves import UnknownAgent, UnknownQueue

__all__ = ["UnknownAgent", "UnknownQueue", "handle", "next_due"]

# The day by which calls are counted is that of China, which has no summer time.
_DAY_BEGINS_EARLIER: Final = 8 * 3_600
_DAY_SECONDS: Final = 86_400


def handle(state: AcdState, event: Event, *, now: float) -> tuple[Effect, ...]:
    """Change *state* by what *event* says happened at *now* and return what is to be done, in order.

    Raises :class:`UnknownAgent`, :class:`UnknownQueue` or :class:`~hotline.domain.agent.IllegalTransition`
    before anything has changed.
    """
    day = int((now + _DAY_BEGINS_EARLIER) // _DAY_SECONDS)
    if day != state.day:
        state.day = day
        new_day(state, now)
    effects: list[Effect] = []
    _HANDLERS[type(event)](state, event, now, effects)
    match(state, now, effects)
    if state.leaving_queues:
        configuring.drop_queues(state)
        match(state, now, effects)
    return tuple(effects)


def next_due(state: AcdState) -> float | None:
    """When the next :class:`Tick` is wanted, or None."""
    return state.timers[0][0] if state.timers else None


def _tick(state: AcdState, _event: Tick, now: float, effects: list[Effect]) -> None:
    while (due := state.take_due(now)) is not None:
        kind, key = due
        _TIMERS[kind](state, key, now, effects)
        match(state, now, effects)


_HANDLERS: Final[dict[type, Callable[[AcdState, Any, float, list[Effect]], None]]] = {
    Configured: configuring.configured,
    AgentRestored: configuring.restored,
    CallQueued: queueing.call_queued,
    CallLeft: queueing.call_left,
    OfferAnswered: offering.offer_answered,
    OfferFailed: offering.offer_failed,
    TalkAdopted: working.talk_adopted,
    TalkEnded: working.talk_ended,
    StateRequested: working.state_requested,
    WrapUpFinished: working.wrap_up_finished,
    WrapUpExtended: working.wrap_up_extended,
    PhoneReachable: working.phone_reachable,
    PhoneInUse: working.phone_in_use,
    DoNotDisturb: working.do_not_disturb,
    CallbackAsked: callbacks.asked,
    CallbackRestored: callbacks.restored,
    CallbackDialled: callbacks.dialled,
    CallbackCancelled: callbacks.cancelled,
    CallbackNumberChanged: callbacks.number_changed,
    CallbackHurried: callbacks.hurried,
    CallableHours: callbacks.hours_changed,
    OpeningChanged: overflow.opening_changed,
    CallerRemembered: memory.caller_remembered,
    Tick: _tick,
}

_TIMERS: Final[dict[str, Callable[[AcdState, str, float, list[Effect]], None]]] = {
    "offer": offering.offer_overdue,
    "wrap_up": working.wrap_up_over,
    "call": overflow.call_due,
    "ticket": callbacks.ticket_due,
    "empty": overflow.queue_empty,
    "rested": offering.rested,
    "forget": memory.forget,
}
