"""What the interpreter orders the call's handler to do. Each is answered by one event of `events`.

A key pressed while a prompt plays must not be lost: it stops an interruptible `Play` and counts for the
`Collect` that comes next, and it is the first digit of the `Collect` whose own prompts it interrupts.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Literal

SayKind = Literal["number", "count", "digits", "date", "time", "duration", "money"]


@dataclass(frozen=True, slots=True)
class Say:
    """Something to speak that no recording holds; `hotline.domain.speech` turns it into prompts.

    `value` by `kind`: number "-12", "3.5" or "3.5%"; digits "8001" or "A12-3"; date "2025-10-01"; time "17:30"; duration "90" in
    seconds; money "12.50".
    """

    kind: SayKind
    value: str


Prompt = str | Say


@dataclass(frozen=True, slots=True)
class Play:
    """Play, then answer `Played`. There is always at least one prompt."""

    prompts: tuple[Prompt, ...]
    interruptible: bool = True


@dataclass(frozen=True, slots=True)
class Collect:
    """Play the prompts, take digits, answer `Collected`. Times in seconds, from the end of the prompts.

    The digits end with a key of `terminators` (not part of the digits), with the `max_digits`th digit, or
    when `digit_timeout_s` passes after a digit. A key of `terminators` pressed first gives no digits.

    Without `type_ahead`, keys that were pressed before do not count; where the prompts are not
    `interruptible`, neither do those that are pressed while they play. `sensitive` digits (an identity
    number) are masked wherever they are written down.
    """

    prompts: tuple[Prompt, ...]
    min_digits: int
    max_digits: int
    terminators: str
    first_timeout_s: int
    digit_timeout_s: int
    interruptible: bool = True
    type_ahead: bool = True
    sensitive: bool = False


@dataclass(frozen=True, slots=True)
class Announce:
    """What a caller hears while queueing besides the music.

    `join` when nobody is free at once; `again` every `every_s` seconds (0: never), with the place and the
    expected wait if they are asked for. An offer to an agent always breaks an announcement. Pressing
    `voicemail_key` or `callback_key` ("": none) leaves the queue.
    """

    join: tuple[Prompt, ...] = ()
    again: tuple[Prompt, ...] = ()
    every_s: int = 0
    position: bool = False
    expected_wait: bool = False
    voicemail_key: str = ""
    callback_key: str = ""


@dataclass(frozen=True, slots=True)
class Enqueue:
    """Queue the caller, see to the talk with an agent, and answer `QueueLeft` when both are over.

    Higher `priority` goes first. `max_wait_s` 0: as long as the queue itself allows. With an `agent`, only
    that one is offered the call for `agent_wait_s` seconds, and then everybody; 0: nobody else ever.
    """

    queue: str
    priority: int
    max_wait_s: int
    announce: Announce
    agent: str = ""
    agent_wait_s: int = 0


@dataclass(frozen=True, slots=True)
class RecordMessage:
    """Play the prompts, beep if wanted, record into `box`, answer `Recorded`. Any key ends the message."""

    box: str
    prompts: tuple[Prompt, ...]
    max_seconds: int
    silence_seconds: int
    beep: bool


TransferKind = Literal["extension", "outside"]


@dataclass(frozen=True, slots=True)
class Transfer:
    """Connect the caller to an extension or an outside number past the queues, answer `Transferred`."""

    kind: TransferKind
    target: str
    ring_seconds: int


@dataclass(frozen=True, slots=True)
class Hangup:
    """End the call. `cause` is a Q.850 name as FreeSWITCH spells it. There is no answer."""

    cause: str = "NORMAL_CLEARING"


@dataclass(frozen=True, slots=True)
class RequestCallback:
    """Note that the caller wants to be called back at `number`, with the place that it has in `queue`.

    Answered by `CallbackTaken`.
    """

    queue: str
    number: str
    priority: int


@dataclass(frozen=True, slots=True)
class LookUp:
    """Ask the data source `source`, answer `LookedUp` after `timeout_s` at the latest.

    A caller who waits longer than a second for it hears `prompts`, and then music.
    """

    source: str
    parameters: Mapping[str, str]
    timeout_s: int
    prompts: tuple[Prompt, ...] = ()


@dataclass(frozen=True, slots=True)
class Decide:
    """Let the routing script `script` decide where the call goes, answer `Decided`."""

    script: str


Command = Play | Collect | Enqueue | RecordMessage | Transfer | RequestCallback | LookUp | Decide | Hangup


@dataclass(frozen=True, slots=True)
class SayData:
    """In a flow: speak the attached datum `key`; nothing where it is missing or not of its kind."""

    kind: SayKind
    key: str


FlowPrompt = str | SayData


@dataclass(frozen=True, slots=True)
class Facts:
    """What is so at the moment of a step, found out by the handler, so that a flow decides by itself.

    `now` in seconds since the epoch; `open`, `holiday` (today's name or None) and `weekday` (Monday is 1)
    from the calendar; `emergency` while the emergency announcement is switched on; `data` what was attached
    to the call by others (随路数据). What the flow itself attaches is in the state and wins over this.
    """

    now: float
    caller: str
    called: str
    open: bool
    holiday: str | None = None
    weekday: int = 1
    emergency: bool = False
    data: Mapping[str, str] = field(default_factory=dict)
