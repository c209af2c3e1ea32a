"""The console's picture of the present: a snapshot kept up to date by events.

Events are numbered; one that does not follow the last means that some were lost, and the whole picture is
asked for again.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from typing import Final

import gevent
import structlog
from gevent.queue import Queue

from hotline.live.bus import LiveBus, NoCallSide
from hotline.live.messages import (
    AgentChanged,
    AgentView,
    CallChanged,
    CallView,
    GetSnapshot,
    LiveEvent,
    QueueChanged,
    QueueView,
    Snapshot,
    SwitchChanged,
)

Listener = Callable[[LiveEvent | Snapshot], None]

CONSOLE: Final = "console"
_RETRY_SECONDS: Final = 2.0
_SNAPSHOT_TIMEOUT: Final = 3.0
# An idle call side sends nothing; this often it is asked whether it is still there.
_CHECK_SECONDS: Final = 15.0

_log = structlog.get_logger(__name__)


class LiveMirror:
    """What is known of agents, queues and calls right now. One greenlet keeps it, from :meth:`start` to
    :meth:`stop`.
    """

    def __init__(self, bus: LiveBus) -> None:
        self._bus = bus
        self._events: Queue[LiveEvent] = Queue()
        self._listeners: list[Listener] = []
        self._picture: Snapshot | None = None
        self._agents: dict[str, AgentView] = {}
        self._queues: dict[str, QueueView] = {}
        self._calls: dict[str, CallView] = {}
        self._stop_listening: Callable[[], None] | None = None
        self._greenlet: gevent.Greenlet | None = None

    def start(self) -> None:
        self._stop_listening = self._bus.listen(self._events.put)
        self._greenlet = gevent.spawn(self._run)

    def stop(self, timeout: float = 2.0) -> None:
        if self._stop_listening is not None:
            self._stop_listening()
            self._stop_listening = None
        if self._greenlet is not None:
            self._greenlet.kill(timeout=timeout)

    def subscribe(self, listener: Listener) -> None:
        """Call *listener* with each event after it is taken in, and with a snapshot when the picture was
        renewed.
        """
        self._listeners.append(listener)

    @property
    def connected(self) -> bool:
        """Whether a call side has told what is going on."""
        return self._picture is not None

    def snapshot(self) -> Snapshot | None:
        """The picture as it is now, None while no call side answers."""
        if self._picture is None:
            return None
        return replace(
            self._picture,
            agents=tuple(self._agents.values()),
            queues=tuple(self._queues.values()),
            calls=tuple(self._calls.values()),
        )

    def ask(self) -> Snapshot | None:
        """The call side's own picture, asked for now; None when it does not answer."""
        try:
            reply = self._bus.request(GetSnapshot(by=CONSOLE), timeout=_SNAPSHOT_TIMEOUT)
        except NoCallSide:
            return None
        return reply.value

    def switch(self) -> str:
        """``freeswitch``, ``simulated``, or ``none`` while that is not known."""
        return self._picture.switch if self._picture else "none"

    # --- keeping it -----------------------------------------------------------------------------------------

    def _run(self) -> None:
        while True:
            try:
                self._follow()
            except NoCallSide:
                self._lose()
                gevent.sleep(_RETRY_SECONDS)
            except Exception:  # noqa: BLE001 -- a greenlet ends here
                # The pages must not go stale for good because one event was unusable.
                _log.exception("live_mirror_failed")
                self._lose()
                gevent.sleep(_RETRY_SECONDS)

    def _follow(self) -> None:
        self._renew()
        while True:
            try:
                event = self._events.get(timeout=_CHECK_SECONDS)
            except gevent.queue.Empty:
                self._renew()
                continue
            if self._picture is not None and self._is_old(event, self._picture):
                continue
            if self._picture is None or event.version != self._picture.version + 1:
                self._renew()
                continue
            self._take_in(event)
            self._tell(event)

    @staticmethod
    def _is_old(event: LiveEvent, picture: Snapshot) -> bool:
        """Whether the snapshot has *event* in it already. A call side that took over counts from 1 again."""
        return event.version <= picture.version and event.at <= picture.at

    def _renew(self) -> None:
        reply = self._bus.request(GetSnapshot(by=CONSOLE), timeout=_SNAPSHOT_TIMEOUT)
        if not reply.ok or reply.value is None:
            raise NoCallSide(reply.detail or "the call side gave no snapshot")
        before, self._picture = self.snapshot(), reply.value
        self._agents = {agent.number: agent for agent in reply.value.agents}
        self._queues = {queue.code: queue for queue in reply.value.queues}
        self._calls = {call.interaction_id: call for call in reply.value.calls}
        if before is None or replace(before, at=0.0) != replace(reply.value, at=0.0):
            self._tell(reply.value)

    def _lose(self) -> None:
        if self._picture is None:
            return
        self._picture = None
        _log.warning("call_side_lost")
        self._tell(SwitchChanged(at=0.0, version=0, switch="none", switch_version="", connected=False))

    def _take_in(self, event: LiveEvent) -> None:
        if self._picture is None:
            return
        self._picture = replace(self._picture, version=event.version, at=event.at)
        match event:
            case AgentChanged(agent=agent):
                self._agents[agent.number] = agent
            case QueueChanged(queue=queue):
                self._queues[queue.code] = queue
            case CallChanged(call=call) if call.phase == "ended":
                self._calls.pop(call.interaction_id, None)
            case CallChanged(call=call):
                self._calls[call.interaction_id] = call
            case SwitchChanged():
                self._picture = replace(
                    self._picture,
                    switch=event.switch,
                    switch_version=event.switch_version,
                    switch_connected=event.connected,
                )

    def _tell(self, event: LiveEvent | Snapshot) -> None:
        for listener in self._listeners:
            try:
                listener(event)
            except Exception:  # noqa: BLE001 -- see below
                # One page's trouble is not the others'.
                _log.exception("live_listener_failed")
