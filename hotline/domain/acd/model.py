"""The ACD's state: agents, queues, who waits, what is on offer, and the indexes that keep each decision
cheap.

A decision must not look at every agent. Idle agents are therefore kept in heaps, one for each skill, priority
and level, ordered by the time since which they have been
idle; a stale heap entry is recognised by its stamp and dropped when it comes to the top.
"""

from __future__ import annotations

import heapq
from bisect import bisect_left, insort
from collections.abc import Iterator
from dataclasses import dataclass, field

from hotline.domain.acd.spec import AgentSpec, QueueSpec
from hotline.domain.agent import AgentState


@dataclass(slots=True)
class Agent:
    """An agent at work. ``stamp`` changes whenever the agent's entry in the idle index becomes invalid."""

    spec: AgentSpec
    state: AgentState = AgentState.SIGNED_OUT
    reason: str = ""
    since: float = 0.0
    idle_since: float = 0.0
    signed_in_at: float | None = None
    reachable: bool = False
    own_calls: int = 0
    do_not_disturb: bool = False
    offer_id: str | None = None
    call_id: str | None = None
    caller: str = ""
    queue: str | None = None
    next_state: AgentState | None = None
    next_reason: str = ""
    misses: int = 0
    rests_until: float = 0.0
    stamp: int = 0
    indexed: bool = False
    leaving: bool = False

    @property
    def signed_in(self) -> bool:
        return self.state is not AgentState.SIGNED_OUT

    def hindrance(self, now: float) -> str | None:
        """Why this agent can have no offer at *now*, or None."""
        if self.state is not AgentState.IDLE:
            return str(self.state)
        if not self.reachable:
            return "phone_unregistered"
        if self.do_not_disturb:
            return "do_not_disturb"
        if self.own_calls:
            return "phone_in_use"
        if self.leaving:
            return "leaving"
        if now < self.rests_until:
            return "failed_recently"
        return None


@dataclass(slots=True)
class Waiting:
    """A caller in a queue; ``key`` is the place in line, which an offer that fails gives back."""

    call_id: str
    queue: str
    priority: int
    queued_at: float
    caller: str
    key: tuple[int, float, int]
    max_wait_seconds: int
    offer_id: str | None = None
    explained: bool = False


@dataclass(frozen=True, slots=True)
class Offer:
    """An agent's phone is ringing for a caller."""

    offer_id: str
    call_id: str
    agent: str
    queue: str
    made_at: float


Line = list[tuple[tuple[int, float, int], str]]


@dataclass(slots=True)
class AcdState:
    """Everything that the ACD knows. ``epoch`` makes offer ids unique across restarts."""

    epoch: str
    agents: dict[str, Agent] = field(default_factory=dict)
    by_extension: dict[str, str] = field(default_factory=dict)
    queues: dict[str, QueueSpec] = field(default_factory=dict)
    queues_of_skill: dict[str, tuple[str, ...]] = field(default_factory=dict)
    waiting: dict[str, Waiting] = field(default_factory=dict)
    lines: dict[str, Line] = field(default_factory=dict)
    offers: dict[str, Offer] = field(default_factory=dict)
    idle: dict[str, dict[tuple[int, int], list[tuple[float, int, str]]]] = field(default_factory=dict)
    holders: dict[str, dict[str, None]] = field(default_factory=dict)
    signed_in: dict[str, dict[int, int]] = field(default_factory=dict)
    timers: list[tuple[float, int, str, str]] = field(default_factory=list)
    serial: int = 0

    def next_serial(self) -> int:
        self.serial += 1
        return self.serial

    # --- the line of a queue --------------------------------------------------------------------------------

    def stand_in_line(self, call: Waiting) -> None:
        insort(self.lines.setdefault(call.queue, []), (call.key, call.call_id))

    def leave_line(self, call: Waiting) -> None:
        line = self.lines.get(call.queue, [])
        at = bisect_left(line, (call.key, call.call_id))
        if at < len(line) and line[at][1] == call.call_id:
            del line[at]

    def first_in_line(self, queue: str) -> Waiting | None:
        line = self.lines.get(queue)
        return self.waiting[line[0][1]] if line else None

    def position(self, call_id: str) -> int | None:
        """1 for the caller who is next; None for a call that does not wait. A call on offer counts as
        next.
        """
        call = self.waiting.get(call_id)
        if call is None:
            return None
        return bisect_left(self.lines.get(call.queue, []), (call.key, call.call_id)) + 1

    def place_of_newcomer(self, queue: str, priority: int, queued_at: float) -> int:
        """The place in line that a call would get: 1 is next."""
        return bisect_left(self.lines.get(queue, []), ((-priority, queued_at, self.serial + 1), "")) + 1

    # --- the index of idle agents ---------------------------------------------------------------------------

    def index(self, agent: Agent) -> None:
        """Make the agent findable in every skill, in the order of the time since which it is idle."""
        agent.stamp = self.next_serial()
        agent.indexed = True
        for skill, level in agent.spec.skills.items():
            shelf = self.idle.setdefault(skill, {}).setdefault((agent.spec.priority, level), [])
            heapq.heappush(shelf, (agent.idle_since, agent.stamp, agent.spec.number))

    def unindex(self, agent: Agent) -> None:
        agent.indexed = False

    def idle_agents(self, skill: str, min_level: int) -> Iterator[tuple[Agent, int]]:
        """The idle agents who come first in their priority and level, best first: priority, then longest
        idle.
        """
        shelves = self.idle.get(skill)
        if not shelves:
            return
        heads: list[tuple[int, float, int, str, int]] = []
        for (priority, level), shelf in list(shelves.items()):
            while shelf and not self._is_current(shelf[0]):
                heapq.heappop(shelf)
            if not shelf:
                del shelves[priority, level]
            elif level >= min_level:
                since, stamp, number = shelf[0]
                heads.append((priority, since, stamp, number, level))
        heads.sort()
        for *_, number, level in heads:
            yield self.agents[number], level

    def _is_current(self, entry: tuple[float, int, str]) -> bool:
        agent = self.agents.get(entry[2])
        return agent is not None and agent.indexed and agent.stamp == entry[1]

    # --- who could serve ------------------------------------------------------------------------------------

    def count_signed_in(self, agent: Agent, change: int) -> None:
        for skill, level in agent.spec.skills.items():
            levels = self.signed_in.setdefault(skill, {})
            levels[level] = levels.get(level, 0) + change

    def anybody_for(self, queue: QueueSpec) -> bool:
        """Whether anybody who is signed in could ever serve this queue."""
        return any(
            n
            for level, n in self.signed_in.get(queue.needs[0].skill, {}).items()
            if level >= queue.needs[0].min_level
        )

    # --- time -----------------------------------------------------------------------------------------------

    def wake_at(self, due: float, kind: str, key: str) -> None:
        heapq.heappush(self.timers, (due, self.next_serial(), kind, key))
