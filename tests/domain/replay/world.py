"""A centre of chance whose decisions are written down: callers come, give up and talk, agents pick up, miss
and pause. It knows nothing of the replay.
"""

from __future__ import annotations

import heapq
from collections.abc import Callable
from random import Random

from hotline.domain.acd import wire
from hotline.domain.acd.effects import AgentMoved, CancelOffer, DialCallback, MakeOffer, SendAway
from hotline.domain.acd.engine import handle, next_due
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
    WrapUpFinished,
)
from hotline.domain.agent import AgentState
from hotline.domain.replay.record import Stretch, event_line, opening_line, read
from tests.domain.replay.centre import AGENTS, a_centre

IDLE, BUSY = AgentState.IDLE, AgentState.BUSY


class ChanceCentre:
    """*calls* an hour for *hours*, with a mean talk of *talk* seconds."""

    def __init__(self, seed: int, *, calls: float = 120.0, talk: float = 90.0, hours: float = 1.0) -> None:
        self.random, self.talk = Random(seed), talk
        self.state, self.now = a_centre(), 0.0
        self.lines = [opening_line(0.0, wire.pack_state(self.state))]
        self.plans: list[tuple[float, int, Callable[[], None]]] = []
        self.talking: set[str] = set()
        for n, agent in enumerate(AGENTS):
            self.at(1.0 + n, lambda a=agent.number: self.tell(StateRequested(a, IDLE, "", a)))  # type: ignore[misc]
            self.at(600.0 + 300 * n, lambda a=agent.number: self.tell(StateRequested(a, BUSY, "", a)))  # type: ignore[misc]
            self.at(700.0 + 300 * n, lambda a=agent.number: self.tell(StateRequested(a, IDLE, "", a)))  # type: ignore[misc]
        at, number = 5.0, 0
        while at < hours * 3600:
            number += 1
            self.at(at, lambda n=number: self.call(f"c{n}"))  # type: ignore[misc]
            at += self.random.expovariate(calls / 3600)
        self.ends_at = hours * 3600

    def at(self, at: float, what: Callable[[], None]) -> None:
        heapq.heappush(self.plans, (at, len(self.plans) + self.random.randrange(10**9), what))

    def tell(self, event: Event) -> None:
        effects = handle(self.state, event, now=self.now)
        self.lines.append(event_line(self.now, event, effects))
        for effect in effects:
            if isinstance(effect, MakeOffer):
                self.ring(effect)
            elif isinstance(effect, DialCallback):
                self.at(self.now + self.random.uniform(5, 20), lambda o=effect: self.dial(o))  # type: ignore[misc]
            elif isinstance(effect, AgentMoved) and (effect.before, effect.after) == (
                AgentState.RINGING,
                BUSY,
            ):
                again = self.now + self.random.uniform(20, 90)
                self.at(again, lambda a=effect.agent: self.tell(StateRequested(a, IDLE, "", a)))  # type: ignore[misc]
            elif (
                isinstance(effect, AgentMoved)
                and effect.after is AgentState.WRAP_UP
                and self.random.random() < 0.5
            ):
                self.at(self.now + self.random.uniform(1, 20), lambda a=effect.agent: self.wrapped_up(a))  # type: ignore[misc]
            else:
                assert not isinstance(effect, CancelOffer) or effect.reason != "no_report"
                assert not isinstance(effect, SendAway) or effect.outcome in {"timeout", "no_agents"}

    def call(self, call: str) -> None:
        queue = self.random.choice(["policy", "policy", "systems"])
        self.tell(CallQueued(call, queue, self.random.choice([0, 0, 0, 2]), self.now, f"138{call}"))
        self.at(self.now + self.random.expovariate(1 / 150), lambda: self.gives_up(call))

    def gives_up(self, call: str) -> None:
        if call in self.state.waiting:
            if self.random.random() < 0.3:
                self.tell(CallbackAsked(f"t-{call}", call, f"139{call}"))
            else:
                self.tell(CallLeft(call))

    def dial(self, order: DialCallback) -> None:
        if order.offer_id not in self.state.offers:
            return
        if self.random.random() < 0.3:
            self.tell(CallbackDialled(order.offer_id, order.ticket, "no_answer"))
            return
        call = f"b{order.attempt}-{order.ticket}"
        self.tell(CallQueued(call, order.queue, 0, self.now, order.number, callback=order.ticket))

    def ring(self, offer: MakeOffer) -> None:
        missed = self.random.random() < 0.1
        after = 20.0 if missed else self.random.uniform(1, 8)
        self.at(self.now + after, lambda: self.answer(offer, missed=missed))

    def answer(self, offer: MakeOffer, *, missed: bool) -> None:
        if offer.offer_id not in self.state.offers:
            return
        if missed:
            self.tell(OfferFailed(offer.offer_id, "no_answer"))
            return
        self.tell(OfferAnswered(offer.offer_id))
        self.at(
            self.now + self.random.expovariate(1 / self.talk),
            lambda: self.tell(TalkEnded(offer.agent, offer.call_id)),
        )

    def wrapped_up(self, agent: str) -> None:
        if self.state.agents[agent].state is AgentState.WRAP_UP:
            self.tell(WrapUpFinished(agent, agent))

    def record(self) -> Stretch:
        """Live through all of it; the timer comes some milliseconds late, as it does in earnest."""
        while self.plans or next_due(self.state) is not None:
            due = next_due(self.state)
            if due is not None and (not self.plans or due <= self.plans[0][0]):
                self.now = max(self.now, due) + self.random.uniform(0, 0.005)
                if self.now > self.ends_at:
                    break
                self.tell(Tick())
            else:
                at, _, what = heapq.heappop(self.plans)
                self.now = max(self.now, at)
                if self.now > self.ends_at:
                    break
                what()
        (stretch,) = read(self.lines).stretches
        return stretch
