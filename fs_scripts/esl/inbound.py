"""The connection to FreeSWITCH's event socket: events of the whole switch in, API commands out, kept up for
ever.
"""

from __future__ import annotations

import json
import time
from collections.abc import Callable, Sequence
from typing import Any, Final
from uuid import uuid4

import gevent
import structlog
from gevent import socket
from gevent.event import AsyncResult
from gevent.event import Event as Signal
from greenswitch.esl import InboundESL

from fs_scripts.esl import commands
from fs_scripts.esl.connection import ANSWER, Connection, Pending, configure
from fs_scripts.esl.errors import CommandFailed, CommandTimeout, ConnectionLost, EslError
from fs_scripts.esl.events import Event

log = structlog.get_logger(__name__)

#: A connection that was silent this long is asked; twice this long and it is dead.
PING_AFTER: Final = 5.0
_JOBS: Final = "BACKGROUND_JOB"


class InboundConnection(Connection, InboundESL):
    """One connection's life: connect, sign in, subscribe, until it is lost."""

    def __init__(self, host: str, port: int, password: str, timeout: float = ANSWER) -> None:
        super().__init__(host, port, password, timeout)
        self.ended = Signal()
        self.silence: float = PING_AFTER
        self._ping: Pending | None = None

    def connect(self) -> None:
        """Open the connection and sign in. Raises ConnectionLost, CommandFailed (wrong password),
        CommandTimeout.
        """
        try:
            self.sock = socket.create_connection((self.host, self.port), self.timeout)
            configure(self.sock)
        except OSError as error:
            raise ConnectionLost(f"{self.host}:{self.port}: {error}") from error
        self.connected = True
        self.start_event_handlers()
        if not self._auth_request_event.wait(self.timeout):
            raise CommandTimeout(f"{self.host}:{self.port} did not ask for a password in {self.timeout:g} s")
        self.authenticate()

    def authenticate(self) -> None:
        self.send(commands.auth(self.password), self.timeout)

    def on_silence(self) -> None:
        if self._ping is not None and not self._ping.answered:
            raise ConnectionLost(f"no sign of life for {2 * self.silence:g} s")
        # Any answer will do, also that there is no such command.
        self._ping = self.post([commands.api("uptime")])[0]

    def on_lost(self) -> None:
        self.ended.set()


class EventSocket:
    """FreeSWITCH's event socket, connected again whenever it is lost.

    ``on_event`` runs in the reading greenlet, event by event in FreeSWITCH's order; it must not wait and
    cannot use :meth:`api` (spawn a greenlet for that). ``on_connected`` runs in a greenlet of its own after
    every connect and subscribe, while events already come in: the place for a snapshot, since FreeSWITCH
    replays nothing that happened in between. ``on_lost`` is called when a connection ends. What they raise
    is logged.
    """

    def __init__(
        self,
        host: str,
        port: int,
        password: str,
        *,
        events: Sequence[str],
        on_event: Callable[[Event], None],
        on_connected: Callable[[EventSocket], None] | None = None,
        on_lost: Callable[[], None] | None = None,
        backoff: tuple[float, float] = (0.1, 5.0),
    ) -> None:
        """``events`` as :func:`commands.subscribe` takes them; ``backoff`` is the first and the longest
        pause in seconds.
        """
        self._address = (host, port)
        self._password = password
        self._events = tuple(events)
        self._on_event = on_event
        self._on_connected = on_connected
        self._on_lost = on_lost
        self._backoff = backoff
        self._connection: InboundConnection | None = None
        self._up = Signal()
        self._stopping = Signal()
        self._jobs: dict[str, AsyncResult[str]] = {}
        self._keeper: gevent.Greenlet[[], None] | None = None
        self._complained = ""

    # -- life --------------------------------------------------------------------------------------

    def start(self) -> None:
        """Begin to connect; returns at once."""
        if self._keeper is None:
            self._stopping.clear()
            self._keeper = gevent.spawn(self._keep)

    def stop(self) -> None:
        """Close the connection and stop connecting."""
        self._stopping.set()
        if self._connection is not None:
            self._connection.stop()
        if self._keeper is not None and self._keeper is not gevent.getcurrent():
            self._keeper.join(2.0)
            self._keeper.kill()
        self._keeper = None

    @property
    def connected(self) -> bool:
        return self._up.is_set()

    def wait_connected(self, timeout: float) -> bool:
        """Wait until connected and subscribed; False when that took too long."""
        return bool(self._up.wait(timeout))

    # -- commands ----------------------------------------------------------------------------------

    def api(self, command: str, timeout: float = ANSWER) -> str:
        """Run an API command and return its output, stripped.

        Others wait meanwhile: for what takes long there is :meth:`bgapi`.
        Raises CommandFailed (``-ERR``, ``-USAGE``), CommandTimeout, ConnectionLost.
        """
        return self._connected().api(command, timeout)

    def bgapi(self, command: str, timeout: float = 30.0) -> str:
        """Run an API command in the background of FreeSWITCH and wait for its result, as :meth:`api` does."""
        connection = self._connected()
        job = str(uuid4())
        result: AsyncResult[str] = AsyncResult()
        deadline = time.monotonic() + timeout
        self._jobs[job] = result
        try:
            connection.send(commands.bgapi(command, job), min(timeout, ANSWER))
            result.wait(max(0.0, deadline - time.monotonic()))
            if not result.ready():
                raise CommandTimeout(f"{command.split(' ', 1)[0]} took more than {timeout:g} s")
            said = result.get_nowait() or ""
        finally:
            del self._jobs[job]
        if said.startswith(("-ERR", "-USAGE")):
            raise CommandFailed(command, said)
        return said

    def channels(self) -> list[dict[str, str]]:
        """Return the rows of ``show channels``; they may be some hundredths of a second behind the events."""
        return self._rows("channels")

    def registrations(self) -> list[dict[str, str]]:
        """Return the rows of ``show registrations``."""
        return self._rows("registrations")

    def _rows(self, what: str) -> list[dict[str, str]]:
        try:
            told: dict[str, Any] = json.loads(self.api(f"show {what} as json", timeout=10.0))
        except ValueError as error:
            raise EslError(f"show {what}: {error}") from error
        return list(told.get("rows", ()))

    def _connected(self) -> InboundConnection:
        connection = self._connection
        if connection is None or not connection.connected:
            raise ConnectionLost("not connected to FreeSWITCH")
        return connection

    # -- the keeper --------------------------------------------------------------------------------

    def _keep(self) -> None:
        shortest, longest = self._backoff
        pause = shortest
        while not self._stopping.is_set():
            connection = InboundConnection(*self._address, self._password)
            connection.register_handle("*", self._dispatch)
            self._connection = connection
            try:
                connection.connect()
                connection.send(commands.subscribe((*self._events, _JOBS)))
                pause = shortest
                self._serve(connection)
            except EslError as error:
                self._complain(str(error))
            finally:
                connection.stop()
                self._connection = None
                self._lose(connection.lost_because)
            self._stopping.wait(pause)
            pause = min(longest, pause * 2)

    def _serve(self, connection: InboundConnection) -> None:
        self._up.set()
        self._complained = ""
        log.info("event socket connected", address=self._address)
        if self._on_connected is not None:
            try:
                self._on_connected(self)
            except Exception:
                log.exception("the snapshot after connecting failed")
        connection.ended.wait()

    def _lose(self, because: str) -> None:
        for result in self._jobs.values():
            if not result.ready():
                result.set_exception(ConnectionLost(because))
        if not self._up.is_set():
            return
        self._up.clear()
        if not self._stopping.is_set():
            log.warning("event socket lost", because=because)
        if self._on_lost is not None:
            try:
                self._on_lost()
            except Exception:
                log.exception("the handler of the lost connection failed")

    def _complain(self, because: str) -> None:
        if because != self._complained:
            self._complained = because
            log.warning("no event socket", because=because)

    def _dispatch(self, event: Event) -> None:
        if event.name == _JOBS:
            result = self._jobs.get(event.get("Job-UUID") or "")
            if result is not None:
                result.set(event.body.strip())
            if result is not None or _JOBS not in self._events:
                return
        self._on_event(event)
