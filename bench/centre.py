"""A large centre in virtual time: callers who arrive, hang up and talk, agents who answer, miss and rest.

It drives the ACD's pure core, and anything else that takes the same events and returns the same orders, as a
call side would, and looks at each order by the settings alone.
"""

from __future__ import annotations

import heapq
from collections import Counter
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from random import Random
from typing import Final, Protocol

from hotline.domain.acd.effects import (
    AgentMoved,
    CancelOffer,
    Effect,
    MakeOffer,
    QueueMoved,
    SendAway,
)
from hotline.domain.acd.events import (
    AgentRestored,
    CallLeft,
    CallQueued,
    Configured,
    Event,
    OfferAnswered,
    OfferFailed,
    PhoneReachable,
    StateRequested,
    TalkEnded,
    Tick,
)
from hotline.domain.acd.spec import AgentSpec, OverflowRule, QueueSpec, RelaxStep, SkillNeed, Strategy
from hotline.domain.agent import AgentState

SKILLS: Final = tuple(f"skill-{n}" for n in range(50))
STRATEGIES: Final = tuple(Strategy)


class Acd(Protocol):
    """What is driven."""

    def handle(self, event: Event, now: float) -> tuple[Effect, ...]:
        """Take one event and say what is to be done."""

    def next_due(self) -> float | None:
        """When a tick is wanted."""


def agents(count: int, random: Random) -> tuple[AgentSpec, ...]:
    """Agents of ten groups with three of fifty skills each, at any level."""
    return tuple(
        AgentSpec(
            str(10_000 + n),
            f"agent {n}",
            str(20_000 + n),
            f"group-{n % 10}",
            random.randint(1, 3),
            {skill: random.randint(1, 9) for skill in random.sample(SKILLS, 3)},
        )
        for n in range(count)
    )


def queues(count: int, random: Random) -> tuple[QueueSpec, ...]:
    """Queues of every strategy: half ask for one skill and half of those relax, a quarter ask for two, every
    twentieth reserves agents, every fourth overflows to another.
    """
    made = []
    for n in range(count):
        skill, other = random.sample(SKILLS, 2)
        level = random.randint(1, 6)
        needs: tuple[SkillNeed, ...] = (SkillNeed(skill, level, random.randint(1, 9)),)
        relaxation: tuple[RelaxStep, ...] = ()
        if n % 4 == 0:
            relaxation = (RelaxStep(30, (SkillNeed(skill, 1),)), RelaxStep(90, (SkillNeed(other, 5),)))
        elif n % 4 == 1:
            needs = (*needs, SkillNeed(other, 1, random.randint(1, 9)))
            relaxation = (RelaxStep(20, needs[:1]),)
        overflow = (OverflowRule("wait", 120, "queue", f"queue-{(n + 1) % count}"),) if n % 4 == 2 else ()
        made.append(
            QueueSpec(
                f"queue-{n}",
                f"Queue {n}",
                needs,
                STRATEGIES[n % len(STRATEGIES)],
                {f"group-{g}": 10 for g in range(10)},
                relaxation,
                overflow,
                reserved_agents=2 if n % 20 == 0 else 0,
                wrap_up_seconds=5,
                max_wait_seconds=900,
                last_agent_seconds=20 if n % 10 == 3 else 0,
                last_agent_minutes=60,
                return_minutes=5 if n % 10 == 5 else 0,
            )
        )
    return tuple(made)


@dataclass
class Findings:
    """What happened. ``wrong_skill`` are offers to somebody who may not serve the caller by the settings."""

    offers: int = 0
    relaxed: int = 0
    moved: int = 0
    served: int = 0
    outcomes: Counter[str] = field(default_factory=Counter)
    wrong_skill: int = 0


class Centre:
    """The centre and its callers.

    *load* is how many wait at any time: a caller comes as soon as there are fewer. With *load* 0 they come as
    fast as *talk_seconds* lets half of the agents serve them.
    """

    def __init__(
        self,
        acd: Acd,
        agents: tuple[AgentSpec, ...],
        queues: tuple[QueueSpec, ...],
        random: Random,
        *,
        talk_seconds: float,
        load: int = 0,
        restless: bool = False,
        observe: Callable[[Event, float, tuple[Effect, ...]], None] | None = None,
    ) -> None:
        self.acd, self.random, self.load, self.talk_seconds = acd, random, load, talk_seconds
        self.agents = {spec.number: spec for spec in agents}
        self.queues = {spec.code: spec for spec in queues}
        self.codes = list(self.queues)
        self.now = 1_000_000.0
        self.found = Findings()
        self._observe = observe
        self._restless = restless
        self._plans: list[tuple[float, int, Event]] = []
        self._serial = 0
        self._where: dict[str, tuple[str, float]] = {}  # a waiting call's queue, and since when it waits
        self._offered: dict[str, MakeOffer] = {}
        self._signed_in: set[str] = set()
        self._tell(Configured(agents, queues))
        for spec in agents:
            self._tell(PhoneReachable(spec.extension, True))
        for spec in agents:
            self.now += 0.001
            if load:
                # Everybody talks already: the centre is as full as it is to be from the beginning.
                talk = f"before-{spec.number}"
                since = self.now
                self._signed_in.add(spec.number)
                self._tell(AgentRestored(spec.number, AgentState.TALKING, "", since, since, talk))
                self._plan(random.expovariate(1 / talk_seconds), TalkEnded(spec.number, talk))
            else:
                self._tell(StateRequested(spec.number, AgentState.IDLE, "", spec.number))
        for _ in range(load):
            self._arrive()
        if not load:
            self._plan(0.0, Tick())

    def run(self, events: int) -> Findings:
        """Let so many events happen."""
        for _ in range(events):
            self.step()
        return self.found

    def step(self) -> None:
        """The next thing that happens."""
        if self.load and len(self._where) < self.load:
            self._arrive()
            return
        due = self.acd.next_due()
        if self._plans and (due is None or self._plans[0][0] < due):
            self.now, _, event = heapq.heappop(self._plans)
            if isinstance(event, Tick):
                # The stream of callers: one comes now, and the next is planned.
                self._plan(self.random.expovariate(len(self.agents) / 2 / (self.talk_seconds + 10)), Tick())
                self._arrive()
            elif self._still(event):
                self._tell(event)
        elif due is not None:
            self.now = max(self.now, due)
            self._tell(Tick())

    # --- what people do -------------------------------------------------------------------------------------

    def _arrive(self) -> None:
        self._serial += 1
        call, queue = f"call-{self._serial}", self.random.choice(self.codes)
        self._where[call] = (queue, self.now)
        caller = str(self.random.randrange(5_000))
        self._tell(CallQueued(call, queue, self.random.choice((0, 0, 0, 1, 3)), self.now, caller))
        if self.random.random() < 0.05:
            self._plan(self.random.uniform(5, 200), CallLeft(call))

    def _still(self, event: Event) -> bool:
        match event:
            case CallLeft():
                return self._where.pop(event.call_id, None) is not None
            case OfferAnswered():
                order = self._offered.pop(event.offer_id, None)
                if order is not None:
                    del self._where[order.call_id]
                    self.found.served += 1
                    talk = self.random.expovariate(1 / self.talk_seconds)
                    self._plan(talk, TalkEnded(order.agent, order.call_id))
                return order is not None
            case OfferFailed():
                return self._offered.pop(event.offer_id, None) is not None
            case _:
                return True

    def _tell(self, event: Event) -> None:
        effects = self.acd.handle(event, self.now)
        if self._observe is not None:
            self._observe(event, self.now, effects)
        for effect in effects:
            match effect:
                case MakeOffer():
                    self._ring(effect)
                case CancelOffer():
                    self._offered.pop(effect.offer_id, None)
                case SendAway():
                    del self._where[effect.call_id]
                    self.found.outcomes[effect.outcome] += 1
                case QueueMoved():
                    self.found.moved += 1
                    self._where[effect.call_id] = (effect.after, self._where[effect.call_id][1])
                case AgentMoved():
                    self._note_move(effect)
                case _:
                    pass

    def _note_move(self, effect: AgentMoved) -> None:
        if effect.after is AgentState.SIGNED_OUT:
            self._signed_in.discard(effect.agent)
        else:
            self._signed_in.add(effect.agent)
        if effect.after in {AgentState.BUSY, AgentState.SIGNED_OUT}:
            back = StateRequested(effect.agent, AgentState.IDLE, "", effect.agent)
            self._plan(self.random.uniform(5, 60), back)
        elif self._restless and effect.after is AgentState.IDLE and self.random.random() < 0.05:
            wish = self.random.choice((AgentState.BUSY, AgentState.SIGNED_OUT))
            self._plan(self.random.uniform(0, 5), StateRequested(effect.agent, wish, "", effect.agent))

    def _ring(self, order: MakeOffer) -> None:
        self.found.offers += 1
        self._check(order)
        self._offered[order.offer_id] = order
        answer: Event = OfferAnswered(order.offer_id)
        if self.random.random() < 0.05:
            answer = OfferFailed(order.offer_id, self.random.choice(("no_answer", "busy", "failed")))
        self._plan(self.random.uniform(1, 8), answer)

    def _plan(self, after: float, event: Event) -> None:
        self._serial += 1
        heapq.heappush(self._plans, (self.now + after, self._serial, event))

    # --- what must be so ------------------------------------------------------------------------------------

    def _check(self, order: MakeOffer) -> None:
        """Whether the agent may serve the caller, by the settings, the time, and who is signed in."""
        queue, since = self._where[order.call_id]
        spec, skills = self.queues[queue], self.agents[order.agent].skills
        first = first_step(spec, skills)
        allowed = max(
            (n for n, step in enumerate(spec.relaxation, 1) if self.now >= since + step.after_seconds),
            default=0,
        )
        if order.queue != queue or first is None:
            self.found.wrong_skill += 1
        elif first > allowed:
            # Steps for which nobody is signed in are skipped.
            self.found.relaxed += 1
            others = (first_step(spec, self.agents[number].skills) for number in self._signed_in)
            self.found.wrong_skill += first > min(step for step in others if step is not None)
        elif first:
            self.found.relaxed += 1


def first_step(spec: QueueSpec, skills: Mapping[str, int]) -> int | None:
    """The first relaxation step whose needs these skills meet."""
    for step, needs in enumerate(spec.steps):
        if all(skills.get(need.skill, 0) >= need.min_level for need in needs):
            return step
    return None
