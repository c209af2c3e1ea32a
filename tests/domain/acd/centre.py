"""A small centre for the tests: agents whose phones are registered, and a clock that the test turns."""

from __future__ import annotations

from dataclasses import replace
from typing import Any, TypeVar

from hotline.domain.acd.effects import Effect, MakeOffer, SendAway
from hotline.domain.acd.engine import handle, next_due
from hotline.domain.acd.events import (
    CallQueued,
    Configured,
    OfferAnswered,
    PhoneReachable,
    StateRequested,
    TalkEnded,
    Tick,
)
from hotline.domain.acd.model import AcdState
from hotline.domain.acd.spec import AgentSpec, QueueSpec, SkillNeed
from hotline.domain.agent import AgentState

T = TypeVar("T")


class Centre:
    """An ACD with a clock that the test turns."""

    def __init__(self, *agents: AgentSpec, queues: tuple[QueueSpec, ...]) -> None:
        self.state = AcdState("t")
        self.now = 1000.0
        self.do(Configured(agents, queues))
        for agent in agents:
            self.do(PhoneReachable(agent.extension, True))

    def do(self, event: object, after: float = 0.0) -> tuple[Effect, ...]:
        self.now += after
        return handle(self.state, event, now=self.now)  # type: ignore[arg-type]

    def idle(self, *numbers: str) -> None:
        for number in numbers:
            self.do(StateRequested(number, AgentState.IDLE, "", number), after=1)

    def queue(
        self, call: str, queue: str = "policy", priority: int = 0, after: float = 1.0, **more: Any
    ) -> tuple[Effect, ...]:
        self.now += after
        return self.do(CallQueued(call, queue, priority, self.now, **more))

    def wait(self, seconds: float) -> tuple[Effect, ...]:
        """Let time pass, with a tick whenever one is asked for; everything that was ordered meanwhile."""
        effects: list[Effect] = []
        until = self.now + seconds
        while (due := next_due(self.state)) is not None and due <= until:
            self.now = max(self.now, due)
            effects += self.do(Tick())
        self.now = until
        return tuple(effects)

    def answer(self, effects: tuple[Effect, ...]) -> MakeOffer:
        """The agent who is rung picks up."""
        made = offer(effects)
        self.do(OfferAnswered(made.offer_id))
        return made

    def serve(self, call: str, seconds: float = 10.0, **more: Any) -> str:
        """Queue a call and have it served; who got it."""
        made = self.answer(self.queue(call, **more))
        self.do(TalkEnded(made.agent, call), after=seconds)
        return made.agent

    def is_(self, number: str) -> AgentState:
        return self.state.agents[number].state


def agent(number: str, priority: int = 5, group: str = "g", **skills: int) -> AgentSpec:
    return AgentSpec(number, f"agent {number}", "1" + number[1:], group, priority, skills or {"policy": 5})


def policy(**settings: Any) -> QueueSpec:
    """The queue of the policy line with other settings."""
    return replace(POLICY, **settings)


POLICY = QueueSpec("policy", "Policy", (SkillNeed("policy"),))


def only(effects: tuple[Effect, ...], kind: type[T]) -> list[T]:
    return [e for e in effects if isinstance(e, kind)]


def away(effects: tuple[Effect, ...]) -> SendAway:
    (found,) = only(effects, SendAway)
    return found


def offer(effects: tuple[Effect, ...]) -> MakeOffer:
    (found,) = only(effects, MakeOffer)
    return found
