"""The present, pushed into browsers: a snapshot when a page connects, then what changes, each within
its scope.
"""

from __future__ import annotations

from dataclasses import asdict
from typing import Any, Final

import gevent
import structlog
from flask import Flask, request
from flask_socketio import SocketIO, join_room

from hotline.domain.permissions import Permission
from hotline.live.messages import (
    AgentChanged,
    CallChanged,
    LiveEvent,
    Notice,
    QueueChanged,
    Snapshot,
    SwitchChanged,
)
from hotline.store.access import User
from hotline.store.db import DatabaseAway
from hotline.store.queries.access import Scope
from webadmin.identity import Person, person_of, person_or_none
from webadmin.services import Services

PATH: Final = "/live/socket"
# An account that was switched off, or lost its rights, is shown out after this time at the latest.
_RECHECK_SECONDS: Final = 20.0

_log = structlog.get_logger(__name__)


class LivePush:
    """Connects the mirror with browsers over Socket.IO. One object a process; :meth:`start` and
    :meth:`stop`.
    """

    def __init__(self, app: Flask, services: Services) -> None:
        self._services = services
        self._visibility = services.visibility
        self._people: dict[str, Person] = {}
        self._recheck: gevent.Greenlet | None = None
        # Only pages of this site may connect (the default), and only by WebSocket: one connection, in order.
        self.socketio = SocketIO(
            app,
            path=PATH,
            async_mode="gevent",
            transports=["websocket"],
            manage_session=False,
            max_http_buffer_size=10_000,
        )
        self.socketio.on_event("connect", self._connect)
        self.socketio.on_event("disconnect", self._disconnect)
        services.mirror.subscribe(self._tell)

    def start(self) -> None:
        self._recheck = gevent.spawn(self._check_people)

    def stop(self) -> None:
        if self._recheck is not None:
            self._recheck.kill(timeout=1.0)

    # --- browsers -------------------------------------------------------------------------------------------

    def _connect(self, _auth: object = None) -> bool:
        someone = person_or_none()
        if someone is None or not someone.can(Permission.LIVE_VIEW):
            return False
        self._people[self._sid()] = someone
        join_room(_room(someone.scope))
        picture = self._services.mirror.snapshot()
        if picture is None:
            self.socketio.emit("away", {}, to=self._sid())
        else:
            self.socketio.emit("snapshot", self._picture(someone.scope, picture), to=self._sid())
        return True

    def _disconnect(self, _reason: object = None) -> None:
        self._people.pop(self._sid(), None)

    @staticmethod
    def _sid() -> str:
        return str(request.sid)  # type: ignore[attr-defined]

    # --- what changes ---------------------------------------------------------------------------------------

    def _tell(self, event: LiveEvent | Snapshot) -> None:
        scopes = {_room(person.scope): person.scope for person in self._people.values()}
        for room, scope in scopes.items():
            if isinstance(event, Snapshot):
                self.socketio.emit("snapshot", self._picture(scope, event), to=room)
            elif self._visibility.event(scope, event):
                self._emit(event, room)

    def _emit(self, event: LiveEvent, room: str) -> None:
        match event:
            case AgentChanged(agent=agent):
                self.socketio.emit("agent", asdict(agent), to=room)
            case QueueChanged(queue=queue):
                self.socketio.emit("queue", asdict(queue), to=room)
            case CallChanged(call=call):
                self.socketio.emit("call", asdict(call), to=room)
            case SwitchChanged() if event.switch == "none":
                self.socketio.emit("away", {}, to=room)
            case SwitchChanged():
                data = {"switch": event.switch, "version": event.switch_version, "connected": event.connected}
                self.socketio.emit("switch", data, to=room)
            case Notice():
                data = {"level": event.level, "code": event.code, "params": event.params, "at": event.at}
                self.socketio.emit("notice", data, to=room)

    def _picture(self, scope: Scope, picture: Snapshot) -> dict[str, Any]:
        # Browsers' clocks differ from ours: they are told what time it is here.
        return {**asdict(self._visibility.snapshot(scope, picture)), "now": self._services.clock()}

    # --- rights that end ------------------------------------------------------------------------------------

    def _check_people(self) -> None:
        while True:
            gevent.sleep(_RECHECK_SECONDS)
            try:
                self.check_people()
            except DatabaseAway as error:
                _log.warning("live_recheck_failed", reason=str(error))

    def check_people(self) -> None:
        """Show out everybody whose account was switched off or whose rights changed since connecting."""
        people = dict(self._people)
        with self._services.database.read() as session:
            rights = {
                user_id: _rights(person_of(session, user))
                for user_id in {p.user_id for p in people.values()}
                if (user := session.get(User, user_id)) is not None and user.active
            }
            gone = [sid for sid, person in people.items() if rights.get(person.user_id) != _rights(person)]
        for sid in gone:
            self._people.pop(sid, None)
            self.socketio.server.disconnect(sid)


def _rights(person: Person) -> tuple[int, Scope, frozenset[str]]:
    """What decides about what a connection shows: a move to another group changes the scope alone."""
    return person.epoch, person.scope, person.permissions


def _room(scope: Scope) -> str:
    """People who see the same share a room."""
    match scope.kind:
        case "all":
            return "all"
        case "organisation":
            return "organisation:" + ",".join(map(str, sorted(scope.organisations)))
        case "group":
            return f"group:{scope.group}:" + ",".join(map(str, sorted(scope.organisations)))
    return f"self:{scope.user}"
