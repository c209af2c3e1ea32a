"""What the call's handler reports back, each the answer to one command.

That the caller has hung up is no event of a flow: the handler just stops asking.
"""

from dataclasses import dataclass
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
    "voicemail",  # the caller asked for the voice message
    "failed",  # the queue could not be joined at all
]
EndedBy = Literal["agent", "caller", "system", ""]


@dataclass(frozen=True, slots=True)
class QueueLeft:
    """Answers `Enqueue`. `ended_by` says who ended the talk, and is empty where there was none."""

    outcome: QueueOutcome
    ended_by: EndedBy = ""

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


Event = Played | Collected | QueueLeft | Recorded | Transferred
