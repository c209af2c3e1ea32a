"""The same people under other settings: the ACD decides anew, and everybody behaves as in the record.

What is assumed where the record says nothing:

- An agent answers a caller whom the record never brought to that agent after the agent's mean ring time.
- A caller who was never served talks as long as callers of that queue do in the mean.
- A caller who was served, or sent away by the ACD, would have waited on.
- A caller who leaves a queue otherwise than in the record has no further stay.
- A customer whom the record does not call back is reached at once.

What is due happens a millisecond later; the call side comes a little later still.
"""

from __future__ import annotations

import heapq
from collections import Counter, defaultdict
from collections.abc import Callable, Iterator
from dataclasses import replace
from typing import Final

from hotline.domain.acd.effects import AgentMoved, DialCallback, Effect, MakeOffer, SendAway
from hotline.domain.acd.engine import UnknownAgent, UnknownQueue, handle, next_due
from hotline.domain.acd.events import (
    CallbackDialled,
    CallQueued,
    Event,
    OfferAnswered,
    OfferFailed,
    StateRequested,
    TalkEnded,
    Tick,
    WrapUpExtended,
    WrapUpFinished,
)
from hotline.domain.acd.model import AcdState
from hotline.domain.agent import AgentState, IllegalTransition
from hotline.domain.replay.again import Decided
from hotline.domain.replay.learn import (
    LEFT,
    SERVED,
    Answer,
    Dial,
    Dialling,
    People,
    Rung,
    Stay,
    open_dials,
    open_offers,
    rung,
)

# How long an agent who missed an offer that the record does not have stays busy.
USUAL_BACK_SECONDS: Final = 60.0
# So that what is due at a sum of times is also due by their difference.
LATE_SECONDS: Final = 0.001
_LAST: Final = 1 << 40

Do = Callable[[float], tuple[Event, ...]]


def simulate(
    state: AcdState,
    people: People,
    change: Callable[[Event], Event] = lambda event: event,
    begin: Event | None = None,
) -> Iterator[Decided]:
    """What the ACD decides when it begins with *state* and *people* do what they did. *change* may give a
    configuration of the record its other settings, *begin* is told before anything else. *state* is changed.
    """
    return _World(state, people, change).run(begin)


class _World:
    def __init__(self, state: AcdState, people: People, change: Callable[[Event], Event]) -> None:
        self._state = state
        self._people = people
        self._agenda: list[tuple[float, int, Do]] = []
        self._serial = 0
        self._stay: dict[str, Stay] = {}  # call -> the stay it is in
        self._offers: dict[str, Rung] = {}
        self._talked: Counter[str] = Counter()
        self._asked: Counter[tuple[str, str]] = Counter()
        self._dialled: Counter[str] = Counter()
        self._back: dict[str, Answer | None] = {}
        self._later: dict[str, list[Stay]] = defaultdict(list)
        for at, order, event in people.fixed:
            self._at(at, _just(change(event)), order)
        for call_id, stays in people.stays.items():
            self._arrive(call_id, stays)
        for offer in open_offers(state):
            self._ring(offer)
        for dial in open_dials(state):
            self._dial(dial)

    def _arrive(self, call_id: str, stays: list[Stay]) -> None:
        first, later = stays[0], stays[1:]
        self._later[call_id] = list(later)
        if first.event is None:
            self._begin(first.began, call_id, first)
        elif not first.event.callback:
            self._at(first.gap, self._queue(call_id, first), first.order)

    def run(self, begin: Event | None) -> Iterator[Decided]:
        if begin is not None:
            yield from self._tell(self._people.begins_at, begin)
        while True:
            due = next_due(self._state)
            at = self._agenda[0][0] if self._agenda else None
            if due is not None and (at is None or due <= at):
                if due > self._people.ends_at:
                    return
                yield from self._tell(due + LATE_SECONDS, Tick())
            elif at is None or at > self._people.ends_at:
                return
            else:
                at, _, do = heapq.heappop(self._agenda)
                for event in do(at):
                    yield from self._tell(at, event)

    def _at(self, at: float, do: Do, order: int = 0) -> None:
        """*order* is the place in the record of what happens by itself; of what happened at one time, that
        comes first.
        """
        self._serial += 1
        heapq.heappush(self._agenda, (at, order or _LAST + self._serial, do))

    def _tell(self, at: float, event: Event) -> Iterator[Decided]:
        try:
            effects = handle(self._state, event, now=at)
        except (UnknownAgent, UnknownQueue, IllegalTransition):
            # Somebody does what is out of place under these settings, such as ending a wrap-up that is over.
            return
        self._follow(at, event)
        for effect in effects:
            self._react(at, effect)
        yield Decided(at, event, effects)

    # --- what follows from an event that was told -------------------------------------------------------------

    def _follow(self, at: float, event: Event) -> None:
        match event:
            case OfferAnswered(offer_id):
                offer = self._offers.pop(offer_id)
                self._stay_ends(at, offer.call_id, SERVED, talking=True)
                self._at(at + self._talk(offer), _just(TalkEnded(offer.agent, offer.call_id)))
            case TalkEnded(agent, call_id):
                self._after_talk(at, agent, call_id)
            case _:
                pass

    def _talk(self, offer: Rung) -> float:
        talks = self._people.talks.get(offer.call_id, [])
        n = self._talked[offer.call_id]
        self._talked[offer.call_id] += 1
        return talks[n] if n < len(talks) else self._people.usual_talk(offer.queue)

    def _after_talk(self, at: float, agent: str, call_id: str) -> None:
        served = self._stay.pop(call_id, None)
        if served is not None and served.ended == SERVED:
            self._next_stay(at, call_id, served)
        known = self._people.wrap_ups.get(call_id)
        if known is None:
            usual = self._people.usual_wrap_up(agent)
            known = [] if usual is None else [(usual, WrapUpFinished(agent, agent))]
        for after, event in known:
            self._at(at + after, self._in_wrap_up(agent, call_id, event))

    def _in_wrap_up(self, agent: str, call_id: str, event: Event) -> Do:
        """*event* by the agent who has the call now, if that agent is still at the work after it."""

        def do(_at: float) -> tuple[Event, ...]:
            known = self._state.agents.get(agent)
            if known is None or known.state is not AgentState.WRAP_UP or known.call_id != call_id:
                return ()
            if isinstance(event, WrapUpFinished | WrapUpExtended | StateRequested):
                return (replace(event, agent=agent),)
            return ()

        return do

    # --- what answers to an effect ----------------------------------------------------------------------------

    def _react(self, at: float, effect: Effect) -> None:
        match effect:
            case MakeOffer():
                self._ring(rung(effect, at))
            case DialCallback(offer_id, ticket, queue, _, number):
                self._dial(Dialling(offer_id, ticket, queue, number, at))
            case SendAway(call_id, _, outcome):
                self._stay_ends(at, call_id, outcome)
            case AgentMoved(agent, AgentState.RINGING, AgentState.BUSY):
                self._come_back(at, agent)
            case _:
                pass

    def _ring(self, offer: Rung) -> None:
        self._offers[offer.offer_id] = offer
        pair = offer.call_id, offer.agent
        known, n = self._people.answers.get(pair, []), self._asked[pair]
        self._asked[pair] += 1
        answer = known[n] if n < len(known) else Answer(self._people.usual_ring(offer.agent), "answered")
        self._back[offer.agent] = answer if n < len(known) else None

        def do(_at: float) -> tuple[Event, ...]:
            if offer.offer_id not in self._state.offers:
                return ()
            if answer.outcome == "answered":
                return (OfferAnswered(offer.offer_id),)
            return (OfferFailed(offer.offer_id, answer.outcome),)

        self._at(offer.at + answer.after, do)

    def _come_back(self, at: float, agent: str) -> None:
        answer = self._back.pop(agent, None)
        back = answer.back if answer is not None else USUAL_BACK_SECONDS
        if back is not None:
            self._at(at + back, _just(StateRequested(agent, AgentState.IDLE, "", agent)))

    def _dial(self, ringing: Dialling) -> None:
        ticket = ringing.ticket
        known, n = self._people.dials.get(ticket, []), self._dialled[ticket]
        self._dialled[ticket] += 1
        dial = known[n] if n < len(known) else Dial(0.0, "reached")
        at = ringing.at + dial.after
        if dial.outcome != "reached":
            self._at(at, _just(CallbackDialled(ringing.offer_id, ticket, dial.outcome)))
            return
        call_id = dial.event.call_id if dial.event else f"callback-{ticket}"
        event = dial.event or CallQueued(call_id, ringing.queue, 0, at, ringing.number, callback=ticket)
        stay = next(iter(self._people.stays.get(call_id, ())), None) or Stay(at, event, at, 0)
        self._at(at, self._queue(call_id, replace(stay, event=event)))

    # --- stays ------------------------------------------------------------------------------------------------

    def _queue(self, call_id: str, stay: Stay) -> Do:
        def do(at: float) -> tuple[Event, ...]:
            event = stay.event
            if event is None:
                return ()
            self._begin(at, call_id, stay)
            # Who comes later than in the record has queued later as well.
            return (replace(event, queued_at=event.queued_at + (at - stay.began)),)

        return do

    def _begin(self, at: float, call_id: str, stay: Stay) -> None:
        self._stay[call_id] = stay
        if stay.leaving is None:
            return
        after, event = stay.leaving

        def do(now: float) -> tuple[Event, ...]:
            if self._stay.get(call_id) is not stay or call_id not in self._state.waiting:
                return ()
            self._stay_ends(now, call_id, LEFT)
            return (event,)

        self._at(at + after, do)

    def _stay_ends(self, at: float, call_id: str, how: str, *, talking: bool = False) -> None:
        stay = self._stay.get(call_id)
        if stay is None:
            return
        if stay.ended != how:
            del self._stay[call_id]
        elif not talking:
            del self._stay[call_id]
            self._next_stay(at, call_id, stay)

    def _next_stay(self, at: float, call_id: str, ended: Stay) -> None:
        if ended.asked is not None:
            gap, event = ended.asked
            self._at(at + gap, _just(event))
        if self._later[call_id]:
            stay = self._later[call_id].pop(0)
            self._at(at + stay.gap, self._queue(call_id, stay))


def _just(event: Event) -> Do:
    return lambda _at: (event,)
