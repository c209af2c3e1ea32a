"""A straightforward ACD to compare with: each decision looks at everybody.

It knows several skills, relaxation, priorities, longest idle, misses and wrap-up; it has no reserves, overflow,
limits of waiting time or explanations, so that it does less than ours for each event.
"""

from __future__ import annotations

from dataclasses import dataclass

from bench.centre import first_step
from hotline.domain.acd.effects import AgentMoved, CancelOffer, Decision, Effect, MakeOffer
from hotline.domain.acd.events import (
    AgentRestored,
    CallLeft,
    CallQueued,
    Configured,
    Event,
    OfferAnswered,
    OfferFailed,
    StateRequested,
    TalkEnded,
    Tick,
)
from hotline.domain.acd.spec import AgentSpec, QueueSpec
from hotline.domain.agent import AgentState

LOOK_SECONDS = 1.0
_NO_DECISION = Decision("", "", 0, (), "", None, (), (), (), 0.0, 0)


@dataclass(slots=True)
class _Agent:
    spec: AgentSpec
    state: AgentState = AgentState.SIGNED_OUT
    idle_since: float = 0.0
    free_at: float = 0.0


@dataclass(slots=True)
class _Call:
    event: CallQueued
    offer: str = ""


class ScanningAcd:
    """Takes the same events and gives the same orders, as far as it knows them."""

    def __init__(self) -> None:
        self._agents: dict[str, _Agent] = {}
        self._queues: dict[str, QueueSpec] = {}
        self._calls: dict[str, _Call] = {}
        self._offers: dict[str, tuple[str, str]] = {}
        self._next_look = 0.0
        self._serial = 0

    def next_due(self) -> float | None:
        return self._next_look or None

    def handle(self, event: Event, now: float) -> tuple[Effect, ...]:
        effects: list[Effect] = []
        match event:
            case Configured():
                self._agents = {spec.number: _Agent(spec) for spec in event.agents}
                self._queues = {spec.code: spec for spec in event.queues}
            case AgentRestored():
                self._agents[event.agent].state = event.state
            case StateRequested():
                self._move(self._agents[event.agent], event.state, now, effects)
            case CallQueued():
                self._calls[event.call_id] = _Call(event)
                self._serve(self._calls[event.call_id], now, effects)
            case CallLeft():
                self._leave(event.call_id, now, effects)
            case OfferAnswered():
                number, call = self._offers.pop(event.offer_id)
                del self._calls[call]
                self._move(self._agents[number], AgentState.TALKING, now, effects)
            case OfferFailed():
                number, call = self._offers.pop(event.offer_id)
                self._calls[call].offer = ""
                self._move(self._agents[number], AgentState.BUSY, now, effects)
                self._serve(self._calls[call], now, effects)
            case TalkEnded():
                self._agents[event.agent].free_at = now + 5
                self._agents[event.agent].state = AgentState.WRAP_UP
                self._next_look = self._next_look or now + LOOK_SECONDS
            case Tick():
                self._look(now, effects)
        return tuple(effects)

    def _look(self, now: float, effects: list[Effect]) -> None:
        """Once a second: whose wrap-up is over, and who may have another agent by now."""
        self._next_look = now + LOOK_SECONDS
        for agent in self._agents.values():
            if agent.state is AgentState.WRAP_UP and agent.free_at <= now:
                self._move(agent, AgentState.IDLE, now, effects)
        for call in list(self._calls.values()):
            if not call.offer and any(a.state is AgentState.IDLE for a in self._agents.values()):
                self._serve(call, now, effects)

    def _move(self, agent: _Agent, after: AgentState, now: float, effects: list[Effect]) -> None:
        before, agent.state = agent.state, after
        effects.append(AgentMoved(agent.spec.number, before, after, "", "acd"))
        if after is AgentState.IDLE:
            agent.idle_since = now
            callers = [
                c for c in self._calls.values() if not c.offer and self._step(c, agent, now) is not None
            ]
            if callers:
                self._offer(min(callers, key=self._place), agent, effects)

    def _place(self, call: _Call) -> tuple[float, float]:
        worth = call.event.priority * self._queues[call.event.queue].ageing_seconds
        return call.event.queued_at - worth, call.event.queued_at

    def _step(self, call: _Call, agent: _Agent, now: float) -> int | None:
        """The step at which this agent may serve this caller now."""
        spec = self._queues[call.event.queue]
        step = first_step(spec, agent.spec.skills)
        if step is None or step == 0:
            return step
        return step if now - call.event.queued_at >= spec.relaxation[step - 1].after_seconds else None

    def _serve(self, call: _Call, now: float, effects: list[Effect]) -> None:
        idle = [
            (step, agent.spec.priority, agent.idle_since, agent.spec.number)
            for agent in self._agents.values()
            if agent.state is AgentState.IDLE and (step := self._step(call, agent, now)) is not None
        ]
        if idle:
            self._offer(call, self._agents[min(idle)[-1]], effects)

    def _offer(self, call: _Call, agent: _Agent, effects: list[Effect]) -> None:
        self._serial += 1
        call.offer = str(self._serial)
        agent.state = AgentState.RINGING
        self._offers[call.offer] = (agent.spec.number, call.event.call_id)
        queue, number = call.event.queue, agent.spec.number
        effects.append(
            MakeOffer(call.offer, call.event.call_id, queue, number, agent.spec.extension, 20, _NO_DECISION)
        )

    def _leave(self, call_id: str, now: float, effects: list[Effect]) -> None:
        call = self._calls.pop(call_id)
        if call.offer:
            number, _ = self._offers.pop(call.offer)
            effects.append(CancelOffer(call.offer, call_id, number, "caller_left"))
            self._move(self._agents[number], AgentState.IDLE, now, effects)
