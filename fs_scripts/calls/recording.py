"""What is recorded of a call: its talks, one recording a call on the caller's leg through every change of agents, and
voice messages.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from datetime import datetime
from typing import Final
from zoneinfo import ZoneInfo

from fs_scripts.calls import variables as var
from fs_scripts.calls.deps import QueuedCall
from hotline.domain import journal as kinds
from hotline.domain.acd.effects import MakeOffer
from hotline.domain.ivr.commands import RecordMessage
from hotline.domain.ivr.events import Event

_LOCAL: Final = ZoneInfo("Asia/Shanghai")


class Recording:
    """The one recording of *call*. FreeSWITCH writes it only while two are bridged."""

    def __init__(self, call: QueuedCall) -> None:
        self._call = call

    def variables(self) -> dict[str, str]:
        """What goes onto the caller's channel before the recording begins."""
        if self._call.channel.var(var.RECORDING):
            return {}
        day = datetime.fromtimestamp(self._call.deps.clock(), _LOCAL)
        return {var.RECORDING: f"calls/{day:%Y/%m/%d}/{self._call.interaction_id}.wav"}

    def application(self) -> Sequence[tuple[str, str]]:
        """What begins to record, once a call; to be executed inside the bridge.

        FreeSWITCH waits ten milliseconds for the recorder's thread: the phone shall ring meanwhile.
        """
        path = self._call.channel.var(var.RECORDING)
        if path is None or self._call.recording_begun:
            return ()
        self._call.recording_begun = True
        return (("record_session", str(self._call.deps.recordings / path)),)

    def write(self, offer: MakeOffer) -> None:
        """Put down that what is said with this agent is recorded."""
        self._call.deps.journal.write(
            kinds.RECORDING_STARTED,
            interaction_id=self._call.interaction_id,
            agent=offer.agent,
            queue=offer.queue,
            path=self._call.channel.var(var.RECORDING),
            caller=self._call.caller,
            called=self._call.called,
            extension=offer.extension,
        )


def record_message(call: QueuedCall, command: RecordMessage, left: Callable[[], None]) -> Event:
    """Let the caller leave a voice message; *left* is called when there is one."""
    day = datetime.fromtimestamp(call.deps.clock(), _LOCAL)
    path = f"messages/{day:%Y/%m/%d}/{call.interaction_id}-{day:%H%M%S}.wav"

    def put_down(seconds: float) -> None:
        left()
        call.deps.journal.write(
            kinds.VOICEMAIL_LEFT,
            interaction_id=call.interaction_id,
            path=path,
            duration_ms=round(seconds * 1000),
            box=command.box,
            caller=call.caller,
        )

    return call.io.record(command, call.deps.recordings / path, path, put_down)
