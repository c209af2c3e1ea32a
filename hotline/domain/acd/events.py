"""What the ACD is told. Every event is a fact that has happened, or a wish of a person."""

from __future__ import annotations

from dataclasses import dataclass

from hotline.domain.acd.spec import AgentSpec, QueueSpec
from hotline.domain.agent import AgentState


@dataclass(frozen=True, slots=True)
class Configured:
    """The agents and queues as they are from now on. Those not named are gone once nothing holds them."""

    agents: tuple[AgentSpec, ...]
    queues: tuple[QueueSpec, ...]


@dataclass(frozen=True, slots=True)
class AgentRestored:
    """An agent's last known state, taken up when the call side starts.

    A talk (with *call_id*) is believed until the switch is asked; what else was going on has ended with the
    process that did it. *calls_today* and *work_seconds* (talks and wrap-up since the agent signed in) are
    what the strategies go by.
    """

    agent: str
    state: AgentState
    reason: str
    since: float
    signed_in_at: float | None
    call_id: str | None = None
    calls_today: int = 0
    work_seconds: float = 0.0


@dataclass(frozen=True, slots=True)
class CallQueued:
    """A caller waits. A call that comes back after a failure keeps its *queued_at* and so its place.

    *max_wait_seconds* is the caller's own limit; 0 means the queue's. The call is for *agent* only, whatever
    the agent's skills; after *agent_seconds* (0 for never), or at once when that agent is not signed in or
    rests, for everybody. *last_agent* is who served the caller before, where the ACD may not know it. With
    *exempt* the call is not refused at the door. *callback* is the ticket that the call answers: it takes the
    ticket's place and the agent who was kept for it.
    """

    call_id: str
    queue: str
    priority: int
    queued_at: float
    caller: str = ""
    max_wait_seconds: int = 0
    agent: str = ""
    agent_seconds: int = 0
    last_agent: str = ""
    callback: str = ""
    exempt: bool = False


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
class WrapUpExtended:
    """The agent needs longer for the after-call work; the queue says how much longer, and how often."""

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
class DoNotDisturb:
    """The phone takes no calls, or takes them again."""

    extension: str
    on: bool


@dataclass(frozen=True, slots=True)
class CallbackAsked:
    """A caller wants to be called back at *number* and keeps the place in line.

    A call that waits becomes the ticket; for one that has left its line (or never stood in one) *queue*,
    *priority*, *queued_at* and *caller* say which place it has. *expires_at* 0 is the queue's own expiry;
    before *not_before* nobody is called.
    """

    ticket: str
    call_id: str
    number: str
    expires_at: float = 0.0
    not_before: float = 0.0
    queue: str = ""
    priority: int = 0
    queued_at: float = 0.0
    caller: str = ""


@dataclass(frozen=True, slots=True)
class CallbackRestored:
    """A ticket that was open when the call side stopped."""

    ticket: str
    queue: str
    number: str
    priority: int
    queued_at: float
    expires_at: float
    not_before: float = 0.0
    attempts: int = 0
    caller: str = ""


@dataclass(frozen=True, slots=True)
class CallbackDialled:
    """The customer was not reached. (Who was reached is queued, with ``CallQueued.callback``.) *outcome*:
    ``no_answer``, ``busy``, ``refused``, ``unreachable`` or ``failed``.
    """

    offer_id: str
    ticket: str
    outcome: str


@dataclass(frozen=True, slots=True)
class CallbackCancelled:
    """Nobody is to be called back any more; *by* a login, or ``caller``."""

    ticket: str
    by: str


@dataclass(frozen=True, slots=True)
class CallbackNumberChanged:
    """The customer is to be called at another *number* from the next attempt on; *by* a login."""

    ticket: str
    number: str
    by: str


@dataclass(frozen=True, slots=True)
class CallbackHurried:
    """Somebody (*by*, a login) wants the customer called as soon as an agent is free: no time that was asked
    for and no pause after an attempt counts any more. The hours in which customers may be called do.
    """

    ticket: str
    by: str


@dataclass(frozen=True, slots=True)
class CallableHours:
    """Customers may be called (by the hour of the day), or may not. They may until this says otherwise."""

    open: bool


@dataclass(frozen=True, slots=True)
class OpeningChanged:
    """The hotline has opened or closed. Those who wait then are dealt with as their queue's ``closing`` says;
    in an *emergency* everybody is sent away, and so is who comes while it lasts.
    """

    open: bool
    emergency: bool = False


@dataclass(frozen=True, slots=True)
class CallerRemembered:
    """What was known of a caller before the call side stopped: the agent who served, *at* the end of that
    talk, or (without *agent*, or beside it) the place given up *at* that time.
    """

    caller: str
    queue: str
    agent: str
    at: float
    queued_at: float = 0.0


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
    | WrapUpExtended
    | PhoneReachable
    | PhoneInUse
    | DoNotDisturb
    | CallbackAsked
    | CallbackRestored
    | CallbackDialled
    | CallbackCancelled
    | CallbackNumberChanged
    | CallbackHurried
    | CallableHours
    | OpeningChanged
    | CallerRemembered
    | Tick
)
