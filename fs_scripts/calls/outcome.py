"""What became of a call: noted as it happens, and one word for it at the end."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

# Who leaves a queue like this has not given up.
_SENT_AWAY: Final = frozenset({"outside", "overflow", "prompt", "closed", "emergency"})


@dataclass(slots=True)
class Outcome:
    """``talk_ended_by`` is ``agent`` or ``caller``, empty where nobody talked."""

    queued: bool = False
    served: bool = False
    refused: bool = False
    left_message: bool = False
    called_back: bool = False
    sent_away: bool = False
    failed: bool = False
    talk_ended_by: str = ""
    hung_up_by_us: bool = False

    def left_queue(self, how: str) -> None:
        """The last queue that was left counts: a caller who is sent on may be served there."""
        self.sent_away = how in _SENT_AWAY

    @property
    def word(self) -> str:
        """As the journal and the records of calls have it."""
        if self.served:
            return "served"
        if self.refused:
            return "refused"
        if self.left_message:
            return "voicemail"
        if self.called_back:
            return "callback"
        if self.sent_away:
            return "overflowed"
        if self.failed:
            return "failed"
        return "abandoned" if self.queued else "self_service"

    @property
    def side(self) -> str:
        """Who ended it. The end of a talk says more than that of the call after it."""
        if self.talk_ended_by == "agent":
            return "agent"
        return "system" if self.hung_up_by_us else "caller"
