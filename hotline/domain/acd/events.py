"""What the ACD is told. Every event is a fact that has happened, or a wish of a person."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

from hotline.domain.agent import AgentState


@dataclass(frozen=True, slots=True)
class AgentSpec:
    """What administrators set for an agent. ``skills`` maps a skill to a level 1-9; ``priority`` 1 is
    served first.
    """

    number: str
    name: str
    extension: str
    group: str
    priority: int = 5
    skills: Mapping[str, int] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class QueueSpec:
    """What administrators set for a queue. Seconds; 0 is "never" for the limits and "none" for wrap-up."""

    code: str
    name: str
    skill: str
    min_level: int = 1
    ring_seconds: int = 20
    wrap_up_seconds: int = 0
    max_wait_seconds: int = 600
    no_agents_seconds: int = 60
    misses_until_busy: int = 1


@dataclass(frozen=True, slots=True)
class Configured:
    """The agents and queues as they are from now on. Those not named are gone once nothing holds them."""

    agents: tuple[AgentSpec, ...]
    queues: tuple[QueueSpec, ...]


@dataclass(frozen=True, slots=True)
class AgentRestored:
    """An agent's last known state, taken up when the call side starts.

    A talk (with *call_id*) is believed until the switch is asked; what else was going on has ended with the
    process that did it.
    """

    agent: str
    state: AgentState
    reason: str
    since: float
    signed_in_at: float | None
    call_id: str | None = None


@dataclass(frozen=True, slots=True)
class CallQueued:
    """A caller waits. A call that comes back after a failure keeps its *queued_at* and so its place.

    *max_wait_seconds* is the caller's own limit; 0 means the queue's.
    """

    call_id: str
    queue: str
    priority: int
    queued_at: float
    caller: str = ""
    max_wait_seconds: int = 0


@dataclass(frozen=True, slots=True)
class CallLeft:
    """A caller waits no longer: hung up, or chose something else."""

    call_id: str


@dataclass(frozen=True, slots=True)
class OfferAnswered:
    """The agent has picked up and hears the caller."""

    offer_id: str


@dataclass(frozen=True, slots=True)
class OfferFailed:
    """The offer came to nothing. *outcome*: ``no_answer``, ``busy``, ``refused``, ``unreachable`` or
    ``failed``.
    """

    offer_id: str
    outcome: str
    cause: str = ""


@dataclass(frozen=True, slots=True)
class TalkAdopted:
    """The switch says that this agent and this caller are connected, whatever we believed."""

    agent: str
    call_id: str
    queue: str
    caller: str = ""


@dataclass(frozen=True, slots=True)
class TalkEnded:
    """The agent's part in the call is over."""

    agent: str
    call_id: str


@dataclass(frozen=True, slots=True)
class StateRequested:
    """Somebody (``by``) wants the agent to be idle, busy, resting or signed out."""

    agent: str
    state: AgentState
    reason: str
    by: str


@dataclass(frozen=True, slots=True)
class WrapUpFinished:
    """The agent has done the after-call work."""

    agent: str
    by: str


@dataclass(frozen=True, slots=True)
class PhoneReachable:
    """The agent's desk phone registered, or its registration ended."""

    extension: str
    reachable: bool


@dataclass(frozen=True, slots=True)
class PhoneInUse:
    """How many calls outside the queues the agent's phone has."""

    extension: str
    calls: int


@dataclass(frozen=True, slots=True)
class Tick:
    """Time has passed; see :func:`hotline.domain.acd.engine.next_due`."""


Event = (
    Configured
    | AgentRestored
    | CallQueued
    | CallLeft
    | OfferAnswered
    | OfferFailed
    | TalkAdopted
    | TalkEnded
    | StateRequested
    | WrapUpFinished
    | PhoneReachable
    | PhoneInUse
    | Tick
)
