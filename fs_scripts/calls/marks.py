"""Where a call is, marked as it goes on: on the channel for a standby, in the journal and the live view for people."""

from __future__ import annotations

from typing import Any

from fs_scripts.calls import variables as var
from fs_scripts.calls.deps import CallDeps
from fs_scripts.esl.outbound import Channel
from hotline.domain import journal as kinds
from hotline.domain.ivr.data import for_leg, masked, shown
from hotline.domain.ivr.events import Collected, Event
from hotline.domain.ivr.nodes.survey import DATA as SURVEY_DATA
from hotline.domain.ivr.state import ENDED, State, dumps
from hotline.live.messages import CallView


class Marks:
    """Of one call; ``state`` is where the flow is, ``phase`` what people see of it."""

    def __init__(
        self,
        channel: Channel,
        deps: CallDeps,
        *,
        interaction_id: str,
        caller: str,
        called: str,
        started_at: float,
    ) -> None:
        self._channel = channel
        self._deps = deps
        self._interaction_id = interaction_id
        self._caller = caller
        self._called = called
        self._started_at = started_at
        self.state: State | None = None
        self.phase = "ivr"

    def arrived(
        self, before: State | None, after: State, event: Event | None = None, *, sensitive: bool = False
    ) -> None:
        """The flow went from *before* to *after*, by *event*. What is sensitive is masked for people."""
        self.state = after
        if before is not None:
            self._write_what_happened(before, after, event, sensitive)
        if before is not None and before.node == after.node and before.phase == after.phase:
            return
        if before is None or before.node != after.node:
            self._write(kinds.IVR_ENTERED, node=after.node, flow=after.flow)
        if after.phase != ENDED:
            self._channel.set_with_next({var.STATE: dumps(after)})
        if self.phase != "survey":
            self.show()

    def _write_what_happened(self, before: State, after: State, event: Event | None, sensitive: bool) -> None:
        if isinstance(event, Collected):
            self._write(
                kinds.IVR_COLLECTED,
                node=before.node,
                digits=masked(event.digits) if sensitive else event.digits,
                terminator=event.terminator,
                outcome=event.outcome,
            )
        attached = after.data_since(before)
        if attached:
            self._write(kinds.CALL_DATA, values=shown(attached, after.sensitive))
        mark = attached.get(SURVEY_DATA)
        if mark is not None and mark.isdigit():
            self._write(kinds.SURVEY_MARKED, mark=int(mark))

    def show(self, phase: str | None = None, **more: str | int | None) -> None:
        """Tell people which phase the call is in, with *more* of queue, position and agent."""
        self.phase = phase or self.phase
        queue, position, agent = (more.get(name) for name in ("queue", "position", "agent"))
        self._deps.watcher.call_changed(
            CallView(
                interaction_id=self._interaction_id,
                caller=self._caller,
                called=self._called,
                phase=self.phase,
                started_at=self._started_at,
                since=self._deps.clock(),
                node=self.state.node if self.state else "",
                queue=queue if isinstance(queue, str) else None,
                position=position if isinstance(position, int) else None,
                agent=agent if isinstance(agent, str) else None,
                data=self._data(),
            )
        )

    def data_for_leg(self) -> str:
        """The attached data for another leg, packed; what is sensitive is masked."""
        data = self._data()
        return for_leg(data) if data else ""

    def _data(self) -> dict[str, str]:
        return shown(self.state.data, self.state.sensitive) if self.state else {}

    def _write(self, kind: str, **data: Any) -> None:
        self._deps.journal.write(kind, interaction_id=self._interaction_id, **data)
