"""What the call's handler reports back, each the answer to one command.

That the caller has hung up is no event of a flow: the handler just stops asking.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Literal


@dataclass(frozen=True, slots=True)
class Played:
    """Answers `Play`, whether it came to its end or a key stopped it."""


@dataclass(frozen=True, slots=True)
class Collected:
    """Answers `Collect`.

    digits: the caller finished, by a terminator or by the last digit allowed; `digits` is empty if the
    terminator came first. partial: the digits stopped coming. timeout: none came. `terminator` is the key
    that ended it, or "".
    """

    digits: str
    outcome: Literal["digits", "partial", "timeout"]
    terminator: str = ""


QueueOutcome = Literal[
    "served",  # talked with an agent, and the talk is over
    "survey",  # the agent sent the caller on to the survey
    "agent_gone",  # the agent's leg broke in the talk, the caller is still there
    "timeout",  # waited longer than allowed
    "overflow",  # the queue was full
    "no_agents",  # nobody is signed in who could take it
    "voicemail",  # the caller asked for the voice message, or the queue sends its callers there
    "callback",  # likewise for being called back
    "outside",  # the queue sends the caller to the number `target`
    "prompt",  # the queue sends the caller away, who is to hear the prompt `target` before
    "closed",  # working hours ended while the caller waited
    "emergency",  # the hotline was closed for an emergency
    "failed",  # the queue could not be joined at all
]
EndedBy = Literal["agent", "caller", "system", ""]


@dataclass(frozen=True, slots=True)
class QueueLeft:
    """Answers `Enqueue`. `ended_by` says who ended the talk, and is empty where there was none."""

    outcome: QueueOutcome
    ended_by: EndedBy = ""
    target: str = ""

    @property
    def served(self) -> bool:
        return self.outcome in ("served", "survey", "agent_gone")


@dataclass(frozen=True, slots=True)
class Recorded:
    """Answers `RecordMessage`. empty: only silence. failed: no recording. `ref` names the recording."""

    outcome: Literal["recorded", "empty", "failed"]
    ref: str = ""
    seconds: float = 0.0


@dataclass(frozen=True, slots=True)
class Transferred:
    """Answers `Transfer`. connected: they talked and the other side left."""

    outcome: Literal["connected", "no_answer", "busy", "failed"]


@dataclass(frozen=True, slots=True)
class CallbackTaken:
    """Answers `RequestCallback`. refused: not to this number, or not any more today."""

    outcome: Literal["taken", "refused", "failed"]


@dataclass(frozen=True, slots=True)
class LookedUp:
    """Answers `LookUp`. `values` are to be attached to the call; failed: no answer in time, or none at all."""

    outcome: Literal["found", "not_found", "failed"]
    values: Mapping[str, str] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Decided:
    """Answers `Decide`. `target` is "queue:CODE", "agent:NUMBER", "number:DIGITS", "label:NAME" or "".

    `priority` None: the script has no say in it. `values` are to be attached to the call.
    """

    outcome: Literal["decided", "failed"]
    target: str = ""
    priority: int | None = None
    values: Mapping[str, str] = field(default_factory=dict)


Event = Played | Collected | QueueLeft | Recorded | Transferred | CallbackTaken | LookedUp | Decided
