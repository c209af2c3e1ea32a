"""A channel: one leg of a call, with the flags that FreeSWITCH's applications look at while they wait."""

from __future__ import annotations

import uuid as uuids
from collections import deque
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Protocol

from fs_scripts.simulated.clock import Clock
from fs_scripts.simulated.waiting import Signal

STATE_NUMBERS = {
    "CS_NEW": 0,
    "CS_INIT": 1,
    "CS_ROUTING": 2,
    "CS_SOFT_EXECUTE": 3,
    "CS_EXECUTE": 4,
    "CS_EXCHANGE_MEDIA": 5,
    "CS_PARK": 6,
    "CS_CONSUME_MEDIA": 7,
    "CS_HIBERNATE": 8,
    "CS_RESET": 9,
    "CS_HANGUP": 10,
    "CS_REPORTING": 11,
    "CS_DESTROY": 12,
    "CS_NONE": 13,
}
CALL_STATE_NUMBERS = {
    "DOWN": 0,
    "DIALING": 1,
    "RINGING": 2,
    "EARLY": 3,
    "ACTIVE": 4,
    "HELD": 5,
    "RING_WAIT": 6,
    "HANGUP": 7,
    "UNHELD": 8,
}


@dataclass(frozen=True)
class Transfer:
    """Where the channel's session goes on after whatever runs now.

    ``to_channel`` makes it a bridge to that channel; ``awaits_peer`` lets it wait until another session bridges it.
    """

    number: str = ""
    context: str = ""
    inline: bool = False
    to_channel: str = ""
    awaits_peer: bool = False


@dataclass
class Recording:
    """A running ``record_session``: counted from ``started``, or only while bridged."""

    path: Path
    started: float
    bridge_only: bool
    stereo: bool
    limit: float | None = None
    bridged_seconds: float = 0.0

    def bridged(self, since: float | None, now: float) -> float:
        """Seconds of conversation so far, when the present one has run since ``since``."""
        return self.bridged_seconds + (0.0 if since is None else now - max(since, self.started))


@dataclass
class Times:
    """When it happened, simulated epoch seconds; 0 for not yet."""

    created: float = 0.0
    progress: float = 0.0
    progress_media: float = 0.0
    answered: float = 0.0
    bridged: float = 0.0
    last_hold: float = 0.0
    hold_accum: float = 0.0
    hungup: float = 0.0
    transferred: float = 0.0


class FarEnd(Protocol):
    """The party at the other end of the wire: a caller's script or a desk phone."""

    def dtmf(self, channel: Channel, digits: str, /) -> None:
        """The switch has sent these digits to the party."""

    def talking(self, channel: Channel, /) -> float:
        """Until when (simulated ``elapsed``) the party speaks into its telephone."""


class Holder(Protocol):
    """A handler's connection that controls a channel."""

    def session_over(self) -> None:
        """The channel has ended and is reported."""


@dataclass(eq=False)
class Channel:
    """State of one leg. Whoever changes something that an application may wait for calls ``wake``."""

    clock: Clock
    name: str
    direction: str
    caller_number: str
    caller_name: str
    destination: str
    context: str
    session_number: int
    uuid: str = field(default_factory=lambda: str(uuids.uuid4()))
    variables: dict[str, str] = field(default_factory=dict)
    times: Times = field(default_factory=Times)
    state: str = "CS_NEW"
    call_state: str = "DOWN"
    answer_state: str = "ringing"
    hangup_cause: str = ""
    far_end: FarEnd | None = None
    profile_index: int = 1
    presence_id: str = ""
    callee: str = ""
    call_uuid: str = ""

    def __post_init__(self) -> None:
        self.signal = Signal(self.clock)
        self.listed_state = self.state
        self.listed_call_state = self.call_state
        self.times.created = self.clock.now()
        self.call_uuid = self.call_uuid or self.uuid
        self.digits: deque[str] = deque()
        self.commands: deque[Mapping[str, str]] = deque()
        self.recordings: dict[str, Recording] = {}
        self.app_log: list[tuple[str, str, float]] = []
        self.digits_dialed = ""
        self.holders: list[Holder] = []
        self.watcher: Signal | None = None
        self.partner: Channel | None = None
        self.originator: Channel | None = None
        self.last_partner: Channel | None = None
        self.transfer: Transfer | None = None
        self.break_flag = 0
        self.reset = False
        self.controlled = False
        self.event_lock = False
        self.held = False
        self.bridged_since: float | None = None
        self.answered = False
        self.media = False
        self.collecting = False
        self.confirming = False
        self.prompts_heard = 0
        self.has_session = False
        self.stack_depth = 0

    @property
    def up(self) -> bool:
        return not self.hangup_cause

    @property
    def ready(self) -> bool:
        """Whether an application may go on: not hung up, not being transferred, not reset."""
        return self.up and self.transfer is None and not self.reset

    def wake(self) -> None:
        """Let whoever waits for something about this channel look again."""
        self.signal.notify()
        if self.watcher is not None:
            self.watcher.notify()

    def take_break(self) -> int:
        """The break flag (1, or 2 for "all"), which is cleared by looking at it."""
        flag, self.break_flag = self.break_flag, 0
        return flag

    def get(self, name: str, default: str = "") -> str:
        return self.variables.get(name, default)

    def set(self, name: str, value: str | None) -> None:
        """Set a channel variable; None or nothing removes it."""
        if value:
            self.variables[name] = value
        else:
            self.variables.pop(name, None)

    def is_true(self, name: str) -> bool:
        return is_true(self.get(name))


def is_true(value: str) -> bool:
    """What FreeSWITCH takes for true."""
    word = value.strip().lower()
    if word in ("yes", "on", "true", "t", "enabled", "active", "allow"):
        return True
    try:
        return int(word) != 0
    except ValueError:
        return False
