"""The ACD's state: agents, queues, who waits, what is on offer, and when to look at something again.

All of it is plain values that can be written down and read again (:mod:`hotline.domain.acd.wire`). What is
kept in two forms so that a decision need not look at everybody (the lines of a queue, its idle agents) is
changed only by :mod:`hotline.domain.acd.standing` and :mod:`hotline.domain.acd.index`.
"""

from __future__ import annotations

import heapq
from bisect import bisect_left
from dataclasses import dataclass, field

from hotline.domain.acd.spec import AgentSpec, QueueSpec
from hotline.domain.agent import AgentState

# A place in line: virtual arrival, time of queueing, serial. The smaller is served first.
Key = tuple[float, float, int]
# One who stands in a line: the key, and either the call or the ticket.
Entry = tuple[Key, str, str]
Line = list[Entry]
# A shelf of idle agents: the step at which they may serve, their group (where the mix of groups counts), and
# the queues that keep some of them for themselves.
Shelf = tuple[int, str, tuple[str, ...]]
# An idle agent on a shelf: priority, what the strategy goes by, idle since, serial, number.
Idle = tuple[int, float, float, int, str]


@dataclass(slots=True)
class Agent:
    """An agent at work.

    ``tiers`` says from which relaxation step on the agent may serve each queue, ``reserves`` which queues
    keep some of the agents of this kind; ``shelved`` is where the agent can be found while ``indexed``.
    """

    spec: AgentSpec
    state: AgentState = AgentState.SIGNED_OUT
    reason: str = ""
    since: float = 0.0
    idle_since: float = 0.0
    idle_serial: int = 0
    signed_in_at: float | None = None
    reachable: bool = False
    own_calls: int = 0
    do_not_disturb: bool = False
    offer_id: str | None = None
    call_id: str | None = None
    caller: str = ""
    queue: str | None = None
    talking_in: str = ""
    talk_began: float = 0.0
    next_state: AgentState | None = None
    next_reason: str = ""
    misses: int = 0
    rests_until: float = 0.0
    wrap_up_until: float = 0.0
    extensions: int = 0
    calls_today: int = 0
    work_seconds: float = 0.0
    leaving: bool = False
    tiers: dict[str, int] = field(default_factory=dict)
    reserves: tuple[str, ...] = ()
    indexed: bool = False
    shelved: list[tuple[str, Shelf, Idle]] = field(default_factory=list)

    @property
    def signed_in(self) -> bool:
        return self.state is not AgentState.SIGNED_OUT

    @property
    def at_work(self) -> bool:
        """Serving callers, or ready to; neither busy nor at rest."""
        return self.state not in {AgentState.SIGNED_OUT, AgentState.BUSY, AgentState.REST}

    def hindrance(self, now: float) -> str | None:
        """Why this agent can have no offer at *now*, or None."""
        if self.state is not AgentState.IDLE:
            return self.state
        if self.leaving:
            return "leaving"
        if self.phone_hindrance is not None:
            return self.phone_hindrance
        if now < self.rests_until:
            return "failed_recently"
        return None

    @property
    def phone_hindrance(self) -> str | None:
        """Why no call can be put through to this agent's phone, whatever the agent does, or None."""
        if not self.reachable:
            return "phone_unregistered"
        if self.do_not_disturb:
            return "do_not_disturb"
        if self.own_calls:
            return "phone_in_use"
        return None


@dataclass(slots=True)
class Waiting:
    """A caller in a queue, or (without ``call_id``) a callback that holds a caller's place.

    ``key`` is the place in line, which an offer that fails gives back. ``queued_at`` counts for the place,
    ``joined_at`` for how long the caller has really waited, ``entered_at`` for the time in this queue. The
    call is kept for the agent ``bound_to`` until ``bound_until`` (0: for good, ``only``). ``lined`` says that
    it stands in the line now.
    """

    call_id: str
    queue: str
    priority: int
    queued_at: float
    caller: str
    key: Key
    joined_at: float
    entered_at: float
    max_wait_seconds: int = 0
    exempt: bool = False
    ticket: str = ""
    step: int = 0
    bound_to: str = ""
    bound_until: float = 0.0
    only: bool = False
    last_offered: str = ""
    visited: tuple[str, ...] = ()
    closing: bool = False
    lined: bool = False
    offer_id: str | None = None
    explained: bool = False

    @property
    def entry(self) -> Entry:
        return self.key, self.call_id, "" if self.call_id else self.ticket


@dataclass(slots=True)
class Ticket:
    """A callback: ``place`` is what it has in line. ``call_id`` is the customer's call, once there is one."""

    ticket: str
    place: Waiting
    number: str
    expires_at: float
    not_before: float = 0.0
    attempts: int = 0
    call_id: str = ""

    @property
    def under_way(self) -> bool:
        """Whether the customer is being called, or on the telephone."""
        return bool(self.call_id) or self.place.offer_id is not None


@dataclass(frozen=True, slots=True)
class Offer:
    """An agent's phone is ringing for a caller; with a ``ticket`` and no ``call_id``, the agent is kept for a
    customer who is being called.
    """

    offer_id: str
    call_id: str
    agent: str
    queue: str
    made_at: float
    ticket: str = ""


@dataclass(frozen=True, slots=True)
class Remembered:
    """What is remembered of a caller until then: an agent, or a place."""

    until: float
    agent: str
    queued_at: float = 0.0


@dataclass(slots=True)
class Queue:
    """A queue at work.

    ``line`` is everybody who stands in it, ``steps`` those who take any agent, by the relaxation step that
    their waiting time allows. ``able`` is who may serve it and from which step on, ``signed_in`` how many of
    them there are for each step, ``idle_able`` the idle ones who need no relaxation. ``sharing`` counts, for
    a queue that reserves agents, the shelves of the queues on which such agents stand.
    """

    spec: QueueSpec
    line: Line = field(default_factory=list)
    steps: list[Line] = field(default_factory=list)
    callbacks: int = 0
    shelves: dict[Shelf, list[Idle]] = field(default_factory=dict)
    able: dict[str, int] = field(default_factory=dict)
    signed_in: list[int] = field(default_factory=list)
    at_work: int = 0
    idle_able: int = 0
    sharing: dict[str, int] = field(default_factory=dict)
    empty_since: float | None = None
    offered: int = 0
    talking: int = 0
    handling_seconds: float = 0.0
    shares: dict[str, int] = field(default_factory=dict)
    turns: dict[str, int] = field(default_factory=dict)
    gave_up: dict[str, Remembered] = field(default_factory=dict)
    served: dict[str, Remembered] = field(default_factory=dict)

    @property
    def staffed(self) -> bool:
        """Whether anybody who is signed in could ever serve this queue."""
        return any(self.signed_in)

    @property
    def floor(self) -> int:
        """The first relaxation step for which somebody is signed in: those before it are skipped."""
        return next((step for step, count in enumerate(self.signed_in) if count), 0)


@dataclass(slots=True)
class AcdState:
    """Everything that the ACD knows. ``epoch`` makes offer ids unique across restarts.

    ``bound`` is who waits for one agent, ``crowded`` the queues in which somebody waits for any agent,
    ``tight`` those that leave none of their idle agents to others.
    ``stirred_…`` and ``upset`` are what an event leaves to be looked at before it is over.
    """

    epoch: str
    agents: dict[str, Agent] = field(default_factory=dict)
    by_extension: dict[str, str] = field(default_factory=dict)
    queues: dict[str, Queue] = field(default_factory=dict)
    waiting: dict[str, Waiting] = field(default_factory=dict)
    tickets: dict[str, Ticket] = field(default_factory=dict)
    offers: dict[str, Offer] = field(default_factory=dict)
    bound: dict[str, Line] = field(default_factory=dict)
    crowded: dict[str, None] = field(default_factory=dict)
    tight: dict[str, None] = field(default_factory=dict)
    leaving_queues: dict[str, None] = field(default_factory=dict)
    holders: dict[str, dict[str, None]] = field(default_factory=dict)
    by_skill: dict[str, list[str]] = field(default_factory=dict)
    stirred_agents: dict[str, None] = field(default_factory=dict)
    stirred_queues: dict[str, None] = field(default_factory=dict)
    upset: dict[str, None] = field(default_factory=dict)
    open: bool = True
    emergency: bool = False
    callable: bool = True
    day: int = 0
    timers: list[tuple[float, int, str, str]] = field(default_factory=list)
    alarms: dict[str, dict[str, int]] = field(default_factory=dict)
    alarm_count: int = 0
    serial: int = 0

    def next_serial(self) -> int:
        self.serial += 1
        return self.serial

    def place(self, entry: Entry) -> Waiting:
        """Who stands there."""
        return self.waiting[entry[1]] if entry[1] else self.tickets[entry[2]].place

    def stir(self, agent: Agent) -> None:
        """Have the agent looked at before the event is over."""
        self.stirred_agents[agent.spec.number] = None

    def stir_queue(self, code: str) -> None:
        if code in self.crowded:
            self.stirred_queues[code] = None

    # --- places ---------------------------------------------------------------------------------------------

    def position(self, call_id: str) -> int | None:
        """1 for the caller who is next; None for a call that does not wait. A call on offer has the place to
        which it would come back.
        """
        call = self.waiting.get(call_id)
        return None if call is None else self.position_of(call)

    def position_of(self, call: Waiting) -> int:
        return bisect_left(self.queues[call.queue].line, call.entry) + 1

    def place_of_newcomer(self, queue: str, priority: int, queued_at: float) -> int:
        """The place in line that a call would get: 1 is next."""
        spec = self.queues[queue].spec
        key = (queued_at - priority * spec.ageing_seconds, queued_at, self.serial + 1)
        return bisect_left(self.queues[queue].line, (key, "", "")) + 1

    # --- time -----------------------------------------------------------------------------------------------

    def wake(self, kind: str, key: str, due: float) -> None:
        """Look at this at *due*, and no longer at whatever time was set before."""
        alarms = self.alarms.setdefault(kind, {})
        self.alarm_count += key not in alarms
        alarms[key] = serial = self.next_serial()
        heapq.heappush(self.timers, (due, serial, kind, key))
        self._tidy()

    def hush(self, kind: str, key: str) -> None:
        """Do not look at this any more."""
        if self.alarms.get(kind, {}).pop(key, None) is not None:
            self.alarm_count -= 1
            self._tidy()

    def take_due(self, now: float) -> tuple[str, str] | None:
        """The kind and key of something that is due, once."""
        if not self.timers or self.timers[0][0] > now:
            return None
        _, _, kind, key = heapq.heappop(self.timers)
        del self.alarms[kind][key]
        self.alarm_count -= 1
        self._tidy()
        return kind, key

    def _tidy(self) -> None:
        """Keep what was hushed from piling up, and from standing first."""
        timers = self.timers
        if len(timers) > 2 * self.alarm_count + 32:
            timers[:] = [timer for timer in timers if self._rings(timer)]
            heapq.heapify(timers)
        while timers and not self._rings(timers[0]):
            heapq.heappop(timers)

    def _rings(self, timer: tuple[float, int, str, str]) -> bool:
        return self.alarms.get(timer[2], {}).get(timer[3]) == timer[1]
