"""The recording of a call's talks: one a call, on the caller's leg, through every change of agents."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from typing import Final
from zoneinfo import ZoneInfo

from fs_scripts.calls import variables as var
from fs_scripts.calls.deps import QueuedCall
from hotline.domain import journal as kinds
from hotline.domain.acd.effects import MakeOffer

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
