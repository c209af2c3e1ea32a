"""What people did in a recorded stretch, apart from what the ACD decided: who called and how long they would
wait, how soon agents picked up, how long they talked, when they came and went.

Theory of operation: the stretch is decided again, and each event is put to one of two uses. What would have
happened under any settings (a phone that registers, an agent who signs in, a new configuration) keeps its
time. What answers to something the ACD did (an offer is answered, a talk ends, a caller gives up) is kept as
a length of time from what it answers to, under the call or the agent that it belongs to.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass, field
from statistics import fmean
from typing import Final

from hotline.domain.acd.effects import AgentMoved, CancelOffer, DialCallback, Effect, MakeOffer, SendAway
from hotline.domain.acd.events import (
    CallbackAsked,
    CallbackDialled,
    CallLeft,
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
from hotline.domain.agent import AgentState
from hotline.domain.replay.again import decide_again
from hotline.domain.replay.record import Stretch

SERVED: Final = "served"
LEFT: Final = "left"
# Where the record says nothing of anybody.
USUAL_RING_SECONDS: Final = 5.0
USUAL_TALK_SECONDS: Final = 120.0


@dataclass(slots=True)
class Answer:
    """An agent's answer to an offer, *after* so many seconds: ``answered`` or why it failed.

    ``back`` is how long after a missed offer the agent asked for calls again, None for not within the record.
    """

    after: float
    outcome: str
    back: float | None = None


@dataclass(slots=True)
class Stay:
    """A caller's stay in a queue, as the caller meant it.

    ``gap`` is the time after the stay before, or the time of day for the first; ``event`` is None for who
    waited already as the record begins, ``order`` which of the record's events it was. ``leaving`` is what
    ended the stay from the caller's side, so many seconds after its beginning; None for who would have waited
    on. ``ended`` is how it ended in the record, ``asked`` a callback asked for after it (with its gap).
    """

    gap: float
    event: CallQueued | None
    began: float
    order: int
    leaving: tuple[float, CallLeft | CallbackAsked] | None = None
    ended: str = ""
    ended_at: float = 0.0
    asked: tuple[float, CallbackAsked] | None = None


@dataclass(frozen=True, slots=True)
class Dial:
    """A customer's answer to a callback: ``reached`` (then *event*) or why not."""

    after: float
    outcome: str
    event: CallQueued | None = None


@dataclass(frozen=True, slots=True)
class Rung:
    """An offer that is open, and since when."""

    offer_id: str
    call_id: str
    agent: str
    queue: str
    at: float


def rung(effect: MakeOffer, at: float) -> Rung:
    return Rung(effect.offer_id, effect.call_id, effect.agent, effect.queue, at)


def open_offers(state: AcdState) -> list[Rung]:
    """The phones that ring in *state*."""
    offers = (offer for offer in state.offers.values() if not offer.ticket or offer.call_id)
    return [Rung(o.offer_id, o.call_id, o.agent, o.queue, o.made_at) for o in offers]


@dataclass(frozen=True, slots=True)
class Dialling:
    """A customer who is being called, and since when."""

    offer_id: str
    ticket: str
    queue: str
    number: str
    at: float


def open_dials(state: AcdState) -> list[Dialling]:
    """The customers who are being called in *state*."""
    return [
        Dialling(o.offer_id, o.ticket, o.queue, state.tickets[o.ticket].number, o.made_at)
        for o in state.offers.values()
        if o.ticket and not o.call_id
    ]


@dataclass(slots=True)
class People:
    """What people did. Lists are in the order in which things happened."""

    # When, as which of the record's events, and what.
    fixed: list[tuple[float, int, Event]] = field(default_factory=list)
    stays: dict[str, list[Stay]] = field(default_factory=lambda: defaultdict(list))
    answers: dict[tuple[str, str], list[Answer]] = field(default_factory=lambda: defaultdict(list))
    talks: dict[str, list[float]] = field(default_factory=lambda: defaultdict(list))
    # After the talk of a call: seconds, and what the agent did.
    wrap_ups: dict[str, list[tuple[float, Event]]] = field(default_factory=lambda: defaultdict(list))
    dials: dict[str, list[Dial]] = field(default_factory=lambda: defaultdict(list))
    rings_of_agent: dict[str, list[float]] = field(default_factory=lambda: defaultdict(list))
    talks_of_queue: dict[str, list[float]] = field(default_factory=lambda: defaultdict(list))
    wraps_of_agent: dict[str, list[float]] = field(default_factory=lambda: defaultdict(list))
    begins_at: float = 0.0
    ends_at: float = 0.0

    def usual_ring(self, agent: str) -> float:
        return _mean(self.rings_of_agent, agent, USUAL_RING_SECONDS)

    def usual_talk(self, queue: str) -> float:
        return _mean(self.talks_of_queue, queue, USUAL_TALK_SECONDS)

    def usual_wrap_up(self, agent: str) -> float | None:
        """How long the agent's after-call work lasts where the agent ends it; None for who lets it run out."""
        known = self.wraps_of_agent.get(agent)
        return fmean(known) if known else None


def _mean(known: dict[str, list[float]], key: str, otherwise: float) -> float:
    values = known.get(key) or [value for values in known.values() for value in values]
    return fmean(values) if values else otherwise


def learn(stretch: Stretch) -> People:
    """What people did in *stretch*. Raises what the ACD raises on events that it cannot decide any more."""
    pupil = _Pupil(stretch.fresh_state(), stretch.began_at)
    for decided, state in decide_again(stretch):
        pupil.hear(decided.at, decided.event, decided.effects, state)
    return pupil.done()


class _Pupil:
    def __init__(self, state: AcdState, began_at: float) -> None:
        self.people = People(begins_at=began_at, ends_at=began_at)
        self._order = 0
        self._offers = {offer.offer_id: offer for offer in open_offers(state)}
        self._talking: dict[str, tuple[str, str, float]] = {}  # agent -> call, queue, since
        self._wrapping: dict[str, tuple[str, float]] = {}  # agent -> call, since
        self._missed: dict[str, tuple[Answer | None, float]] = {}
        # offer -> ticket, since
        self._dialling = {dial.offer_id: (dial.ticket, dial.at) for dial in open_dials(state)}
        self._last_answer: dict[str, Answer] = {}
        self._open: dict[str, Stay] = {}
        for call in state.waiting.values():
            self._open[call.call_id] = stay = Stay(began_at, None, began_at, 0)
            self.people.stays[call.call_id].append(stay)

    def done(self) -> People:
        for offer in self._offers.values():
            self._answer(offer, self.people.ends_at, "")
        for call_id, queue, since in self._talking.values():
            # As long as it is known to have lasted, and as long again as talks do.
            so_far = self.people.ends_at - since
            self.people.talks[call_id].append(so_far + self.people.usual_talk(queue))
        return self.people

    def hear(self, at: float, event: Event, effects: Sequence[Effect], state: AcdState) -> None:
        self.people.ends_at = at
        self._order += 1
        if not self._belongs(at, event, state) and not isinstance(event, Tick):
            self.people.fixed.append((at, self._order, event))
        for effect in effects:
            self._note(at, effect)

    # --- events -----------------------------------------------------------------------------------------------

    def _belongs(self, at: float, event: Event, state: AcdState) -> bool:
        """Keep *event* under the call or agent that it answers; whether it answers to anything."""
        match event:
            case CallQueued():
                self._queued(at, event)
            case CallLeft(call_id):
                self._leaves(at, call_id, event)
            case CallbackAsked():
                return self._callback_asked(at, event)
            case OfferAnswered(offer_id) | OfferFailed(offer_id):
                self._answered(at, event, offer_id)
            case CallbackDialled(offer_id, ticket, outcome):
                self._dialled(at, offer_id, ticket, outcome, None)
            case TalkEnded(agent, call_id):
                return self._talk_ended(at, agent, call_id, state)
            case WrapUpFinished(agent) | WrapUpExtended(agent):
                return self._in_wrap_up(at, agent, event)
            case StateRequested(agent, AgentState.IDLE):
                return self._in_wrap_up(at, agent, event) or self._came_back(at, agent)
            case _:
                return False
        return True

    def _queued(self, at: float, event: CallQueued) -> None:
        if event.callback:
            offer = next((o for o, (ticket, _) in self._dialling.items() if ticket == event.callback), "")
            self._dialled(at, offer, event.callback, "reached", event)
        stays = self.people.stays[event.call_id]
        self._leaves(at, event.call_id, CallLeft(event.call_id))
        gap = at - stays[-1].ended_at if stays else at
        self._open[event.call_id] = stay = Stay(gap, event, at, self._order)
        stays.append(stay)

    def _leaves(self, at: float, call_id: str, event: CallLeft | CallbackAsked) -> None:
        stay = self._open.get(call_id)
        if stay is not None:
            stay.leaving = (at - stay.began, event)
            self._close(at, call_id, LEFT)

    def _callback_asked(self, at: float, event: CallbackAsked) -> bool:
        if event.call_id in self._open:
            self._leaves(at, event.call_id, event)
            return True
        stays = self.people.stays.get(event.call_id)
        if not stays:
            return False
        stays[-1].asked = (at - stays[-1].ended_at, event)
        return True

    def _close(self, at: float, call_id: str, how: str) -> None:
        stay = self._open.pop(call_id, None)
        if stay is not None:
            stay.ended, stay.ended_at = how, at

    def _answered(self, at: float, event: OfferAnswered | OfferFailed, offer_id: str) -> None:
        offer = self._offers.pop(offer_id, None)
        if offer is None:
            return
        if isinstance(event, OfferFailed):
            self._answer(offer, at, event.outcome)
            return
        self._answer(offer, at, "answered")
        self.people.rings_of_agent[offer.agent].append(at - offer.at)
        self._talking[offer.agent] = (offer.call_id, offer.queue, at)
        self._close(at, offer.call_id, SERVED)

    def _answer(self, offer: Rung, at: float, outcome: str) -> None:
        """*outcome* is empty for who had not answered yet when the offer was taken back."""
        after = at - offer.at
        if not outcome:
            after, outcome = after + self.people.usual_ring(offer.agent), "answered"
        answer = Answer(after, outcome)
        self.people.answers[offer.call_id, offer.agent].append(answer)
        self._last_answer[offer.agent] = answer

    def _talk_ended(self, at: float, agent: str, call_id: str, state: AcdState) -> bool:
        call, queue, since = self._talking.pop(agent, ("", "", 0.0))
        if call != call_id:
            return False
        self.people.talks[call_id].append(at - since)
        self.people.wrap_ups[call_id] = []
        self.people.talks_of_queue[queue].append(at - since)
        stays = self.people.stays.get(call_id)
        if stays:
            stays[-1].ended_at = at
        known = state.agents.get(agent)
        if known is not None and known.state is AgentState.WRAP_UP:
            self._wrapping[agent] = (call_id, at)
        return True

    def _in_wrap_up(self, at: float, agent: str, event: Event) -> bool:
        call_id, since = self._wrapping.get(agent, ("", 0.0))
        if not call_id:
            return False
        self.people.wrap_ups[call_id].append((at - since, event))
        if not isinstance(event, WrapUpExtended):
            self.people.wraps_of_agent[agent].append(at - since)
        return True

    def _came_back(self, at: float, agent: str) -> bool:
        answer, since = self._missed.pop(agent, (None, 0.0))
        if answer is None:
            return False
        answer.back = at - since
        return True

    def _dialled(self, at: float, offer_id: str, ticket: str, outcome: str, event: CallQueued | None) -> None:
        known = self._dialling.pop(offer_id, None)
        self.people.dials[ticket].append(Dial(at - known[1] if known else 0.0, outcome, event))

    # --- effects ----------------------------------------------------------------------------------------------

    def _note(self, at: float, effect: Effect) -> None:
        match effect:
            case MakeOffer(offer_id):
                self._offers[offer_id] = rung(effect, at)
            case DialCallback(offer_id, ticket):
                self._dialling[offer_id] = (ticket, at)
            case CancelOffer(offer_id):
                offer = self._offers.pop(offer_id, None)
                if offer is not None:
                    self._answer(offer, at, "")
            case SendAway(call_id, _, outcome):
                self._close(at, call_id, outcome)
            case AgentMoved(agent, before, after):
                self._moved(at, agent, before, after)
            case _:
                pass

    def _moved(self, at: float, agent: str, before: AgentState, after: AgentState) -> None:
        if before is AgentState.WRAP_UP:
            self._wrapping.pop(agent, None)
        if (before, after) == (AgentState.RINGING, AgentState.BUSY):
            self._missed[agent] = (self._last_answer.get(agent), at)
        elif after is not AgentState.BUSY:
            self._missed.pop(agent, None)
