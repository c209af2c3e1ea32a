"""What crosses the seam: commands (with one answer each) and events, as frozen dataclasses.

All fields are JSON values, tuples of them, or nested dataclasses of this module, so that
:mod:`hotline.live.codec` can carry every message between processes. Times are seconds since the epoch (UTC).
"""

from __future__ import annotations

from dataclasses import dataclass, field

# What is known right now.


@dataclass(frozen=True, slots=True)
class AgentView:
    """An agent as the call side sees it. ``state`` is a value of :class:`hotline.domain.agent.AgentState`.

    ``reachable``: the desk phone is registered. ``next_state``: what the agent asked to become after this
    call. ``do_not_disturb``: the phone takes no calls from the queues. After-call work ends by itself at
    ``wrap_up_until`` and was prolonged ``prolonged`` times of the ``prolongations`` that the queue allows.
    ``missed_today`` counts the offers that were not taken: not answered, refused, or the phone was busy.
    """

    number: str
    name: str
    extension: str
    group: str
    state: str
    reason: str
    since: float
    reachable: bool
    signed_in_at: float | None = None
    next_state: str | None = None
    interaction_id: str | None = None
    caller: str | None = None
    queue: str | None = None
    calls_today: int = 0
    do_not_disturb: bool = False
    wrap_up_until: float | None = None
    prolonged: int = 0
    prolongations: int = 0
    missed_today: int = 0


@dataclass(frozen=True, slots=True)
class QueueView:
    """A queue right now. ``longest_wait_since`` is when the caller who waits longest was queued."""

    code: str
    name: str
    waiting: int
    longest_wait_since: float | None
    agents_signed_in: int
    agents_idle: int
    offered: int = 0
    talking: int = 0


@dataclass(frozen=True, slots=True)
class CallView:
    """A call right now. ``phase``: ``ivr``, ``queued``, ``offered``, ``talking``, ``survey``, ``voicemail``
    or ``ended``. ``data`` are the attached ones (随路数据), what is sensitive masked.
    """

    interaction_id: str
    caller: str
    called: str
    phase: str
    started_at: float
    since: float
    node: str = ""
    queue: str | None = None
    position: int | None = None
    agent: str | None = None
    data: dict[str, str] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Snapshot:
    """Everything that a page needs to begin with. ``switch`` is ``freeswitch``, ``simulated`` or ``none``."""

    at: float
    switch: str
    switch_version: str
    switch_connected: bool
    agents: tuple[AgentView, ...]
    queues: tuple[QueueView, ...]
    calls: tuple[CallView, ...]
    version: int = 0


# Commands.


@dataclass(frozen=True, slots=True)
class Command:
    """Asks the call side for something. ``by`` is the login of the person, for the journal."""

    by: str


@dataclass(frozen=True, slots=True)
class GetSnapshot(Command):
    """Answered with a :class:`Snapshot` in :attr:`Reply.value`."""


@dataclass(frozen=True, slots=True)
class SetAgentState(Command):
    """Ask an agent to become ``idle``, ``busy``, ``rest``, ``signed_out`` …; during a call it is kept as the
    next state.

    ``idle`` for an agent who is signed out signs in first. Errors: ``unknown_agent``, ``unknown_state``,
    ``not_allowed_now``.
    """

    agent: str
    state: str
    reason: str = ""


@dataclass(frozen=True, slots=True)
class FinishWrapUp(Command):
    """End an agent's after-call work. Errors: ``unknown_agent``, ``not_allowed_now``."""

    agent: str


@dataclass(frozen=True, slots=True)
class ExtendWrapUp(Command):
    """Give an agent more time for the after-call work, as often and as much as the queue allows. Errors:
    ``unknown_agent``, ``not_allowed_now``.
    """

    agent: str


@dataclass(frozen=True, slots=True)
class SetDoNotDisturb(Command):
    """Let an agent's phone take no calls from the queues, or take them again. Errors: ``unknown_agent``."""

    agent: str
    on: bool


@dataclass(frozen=True, slots=True)
class CancelCallback(Command):
    """Call this customer back no more. Errors: ``unknown_ticket``."""

    ticket: str


@dataclass(frozen=True, slots=True)
class ChangeCallbackNumber(Command):
    """Call this customer at another number. Errors: ``unknown_ticket``, ``being_called``, ``bad_number``,
    ``number_waits``.
    """

    ticket: str
    number: str


@dataclass(frozen=True, slots=True)
class HurryCallback(Command):
    """Call this customer as soon as an agent is free, within the hours for callbacks. Errors:
    ``unknown_ticket``, ``being_called``.
    """

    ticket: str


@dataclass(frozen=True, slots=True)
class HangUpCall(Command):
    """End a call from the console. Errors: ``unknown_call``, ``switch_away``."""

    interaction_id: str


@dataclass(frozen=True, slots=True)
class ReloadConfiguration(Command):
    """Agents, queues, flows, prompts or the calendar changed in the store: read again what *parts* names (all
    when empty).
    """

    parts: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class RaiseAlarm(Command):
    """Tell people at once that something failed outside of the call side: a :class:`Notice` with this ``code`` and
    these ``params``.
    """

    code: str
    params: dict[str, str] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Reply:
    """The answer to a command: ``ok`` with a value, or ``error`` with a code and what to say about it."""

    ok: bool
    value: Snapshot | None = None
    error: str = ""
    detail: str = ""


# Events.


@dataclass(frozen=True, slots=True)
class LiveEvent:
    """Something changed. ``version`` grows by one with each event of one call side; a gap means: ask for a
    snapshot.
    """

    at: float
    version: int


@dataclass(frozen=True, slots=True)
class AgentChanged(LiveEvent):
    agent: AgentView


@dataclass(frozen=True, slots=True)
class QueueChanged(LiveEvent):
    queue: QueueView


@dataclass(frozen=True, slots=True)
class CallChanged(LiveEvent):
    call: CallView


@dataclass(frozen=True, slots=True)
class SwitchChanged(LiveEvent):
    switch: str
    switch_version: str
    connected: bool


@dataclass(frozen=True, slots=True)
class Notice(LiveEvent):
    """For people: ``level`` is ``info``, ``warning`` or ``alarm``; ``code`` is translated by the page with
    ``params``.
    """

    level: str
    code: str
    params: dict[str, str] = field(default_factory=dict)
