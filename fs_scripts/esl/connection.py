"""One Event Socket connection: frames in, commands out, one greenlet.

Mends greenswitch's ``ESLProtocol`` for both directions:

- the lines of an event are told apart before they are unquoted (:mod:`fs_scripts.esl.framing`);
- bytes that are no UTF-8, an end of file inside a body, a senseless frame cannot kill or spin the reader;
- whoever waits for an answer is woken when the connection ends, and every wait has an end;
- answers belong to commands in order, also after one was given up;
- ``-ERR`` is raised; what is sent is sent whole; two lines in a value are refused;
- an answer that nobody waits for wakes nobody either: it is read with the next event;
- a ``*`` handler gets every event, with or without a handler for its name;
- one greenlet a connection instead of two and no polling: events are handled where they are read.
"""

from __future__ import annotations

import contextlib
import time
from collections import deque
from collections.abc import Callable
from typing import Any, Final

import gevent
import structlog
from gevent import socket
from gevent.event import Event as Signal
from gevent.lock import Semaphore
from greenswitch.esl import ESLProtocol

from fs_scripts.esl import commands
from fs_scripts.esl.errors import CommandFailed, CommandTimeout, ConnectionLost, EslError, ProtocolError
from fs_scripts.esl.events import Event
from fs_scripts.esl.framing import Block, Framer

log = structlog.get_logger(__name__)

RECEIVE_SIZE: Final = 64 * 1024
#: All connections receive here, since memory for the longest packet is not had for nothing at each one.
_RECEIVED: Final = memoryview(bytearray(RECEIVE_SIZE))
#: No waiting for more to send; a peer whose machine is gone is found out within 20 s, also while we send.
SOCKET_OPTIONS: Final = (
    (socket.IPPROTO_TCP, socket.TCP_NODELAY, 1),
    (socket.SOL_SOCKET, socket.SO_KEEPALIVE, 1),
    (socket.IPPROTO_TCP, socket.TCP_KEEPIDLE, 10),
    (socket.IPPROTO_TCP, socket.TCP_KEEPINTVL, 5),
    (socket.IPPROTO_TCP, socket.TCP_KEEPCNT, 2),
    (socket.IPPROTO_TCP, socket.TCP_USER_TIMEOUT, 10_000),
)
#: Seconds.
ANSWER: Final = 5.0
#: What FreeSWITCH says to a command that it obeys, on the wire; what it says to others is longer.
_OBEYED_API: Final = len(b"Content-Type: api/response\nContent-Length: 4\n\n+OK\n")
_OBEYED: Final = len(b"Content-Type: command/reply\nReply-Text: +OK\n\n")

OnFailure = Callable[[EslError], None]


def configure(sock: socket.socket) -> None:
    """Set the options that every connection has; what a listening socket accepts inherits them."""
    for level, option, value in SOCKET_OPTIONS:
        sock.setsockopt(level, option, value)


class Pending:
    """A command that was sent and its answer to come.

    Nobody waits for the answer to one with *on_failure*, which is told if FreeSWITCH refuses the command or the
    connection ends. It is called in the reader and must not wait.
    """

    __slots__ = ("_answer", "_error", "_on_failure", "_waiting", "command")

    def __init__(self, command: str, on_failure: OnFailure | None = None) -> None:
        self.command = command
        self._on_failure = on_failure
        self._answer: Event | str | None = None
        self._error: EslError | None = None
        # Made by whoever waits: most answers nobody waits for.
        self._waiting: Signal | None = None

    @property
    def answered(self) -> bool:
        return self._answer is not None or self._error is not None

    @property
    def quiet_until(self) -> int:
        """How many bytes of answer are no reason to wake anybody."""
        if self._on_failure is None:
            return 0
        return _OBEYED_API if self.command.startswith("api ") else _OBEYED

    def set(self, value: Event | str) -> None:
        self._answer = value
        if self._waiting is not None:
            self._waiting.set()
        if self._on_failure is not None:
            try:
                checked(self.command, value)
            except CommandFailed as error:
                self._on_failure(error)

    def fail(self, error: EslError) -> None:
        self._error = error
        if self._waiting is not None:
            self._waiting.set()
        if self._on_failure is not None:
            self._on_failure(error)

    def wait(self, timeout: float) -> Event | str:
        """Return the answer; raises CommandTimeout or ConnectionLost."""
        if not self.answered:
            self._waiting = Signal()
            self._waiting.wait(timeout)
        if self._error is not None:
            raise self._error
        if self._answer is None:
            raise CommandTimeout(f"no answer to {self.command.splitlines()[0]!r} in {timeout:g} s")
        return self._answer


class Connection(ESLProtocol):
    """The part that both directions share. Subclasses put it before greenswitch's class and set ``sock``."""

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        self._framer = Framer()
        self._write_lock = Semaphore()
        self.silence: float | None = None
        self.lost_because = ""
        super().__init__(*args, **kwargs)
        self._commands_sent: deque[Pending] = deque()
        self._wakes_at = 1

    # -- commands ----------------------------------------------------------------------------------

    def send(self, data: str, timeout: float = ANSWER) -> Event | str:
        """Send one command and wait for its answer: an Event (command/reply) or a str (api/response).

        Raises CommandFailed for ``-ERR`` and ``-USAGE``, CommandTimeout, ConnectionLost.
        """
        return self.send_all([data], timeout)[0]

    def send_all(self, data: list[str], timeout: float = ANSWER) -> list[Event | str]:
        """Send several commands in one packet and wait for all answers; raises for the first that failed."""
        if gevent.getcurrent() is self._receive_events_greenlet:
            raise EslError("a handler that waits for an answer would wait for itself: spawn a greenlet")
        deadline = time.monotonic() + timeout
        return [
            checked(pending.command, pending.wait(max(0.0, deadline - time.monotonic())))
            for pending in self.post(data)
        ]

    def post(self, data: list[str], on_failure: OnFailure | None = None) -> list[Pending]:
        """Send commands without waiting for the answers. With *on_failure* nobody will (see :class:`Pending`):
        an answer that the command is obeyed is read with the next event, and costs no turn of its own.
        """
        packet = b"".join([commands.packet(each) for each in data])
        pending = [Pending(each, on_failure) for each in data]
        with self._write_lock:
            if not self.connected:
                raise ConnectionLost(self.lost_because or "not connected")
            self._commands_sent.extend(pending)
            try:
                self._wake_late()
                # Nearly always all of it; gevent's sendall asks the kernel for the size of its buffer first.
                sent = self.sock.send(packet)
                if sent < len(packet):
                    self.sock.sendall(packet[sent:])
            except OSError as error:
                # A part may be on its way: nothing after it would be understood.
                self.lost(f"sending failed: {error}")
                raise ConnectionLost(self.lost_because) from error
        return pending

    def _wake_late(self) -> None:
        """Have the kernel wake the reader for more than the answers that nobody waits for."""
        quiet = [each.quiet_until for each in self._commands_sent]
        size = 1 + sum(quiet) if all(quiet) else 1
        if size != self._wakes_at:
            self.sock.setsockopt(socket.SOL_SOCKET, socket.SO_RCVLOWAT, size)
            self._wakes_at = size

    def api(self, command: str, timeout: float = ANSWER) -> str:
        """Run an API command and return what it printed, stripped. Raises as :meth:`send` does."""
        answer = self.send(commands.api(command), timeout)
        return answer if isinstance(answer, str) else answer.get("Reply-Text") or ""

    # -- reading -----------------------------------------------------------------------------------

    def start_event_handlers(self) -> None:
        """Start the reader. greenswitch's second greenlet, polling a queue every second, is not needed."""
        self._receive_events_greenlet = gevent.spawn(self.receive_events)

    def receive_events(self) -> None:
        """Read until the connection ends, then wake everybody who waits."""
        sock = self.sock
        because = "the reader failed"
        sock.settimeout(self.silence)
        try:
            while self._run:
                try:
                    size = sock.recv_into(_RECEIVED)
                except TimeoutError:
                    self.on_silence()
                    continue
                # Nobody else has run since it was filled.
                data = bytes(_RECEIVED[:size])
                if not data:
                    because = "closed by the other side"
                    break
                for head, body in self._framer.feed(data):
                    self.handle_frame(head, body)
                if size == RECEIVE_SIZE:
                    # More is there already: gevent's recv would return at once and nobody else would ever
                    # run.
                    gevent.sleep(0)
        except (OSError, EslError) as error:
            because = str(error) or type(error).__name__
        finally:
            self.lost(because if self._run else "closed")

    def handle_frame(self, head: Block, body: bytes) -> None:
        """Deal with one frame."""
        kind = head.get("Content-Type")
        if kind == "text/event-plain":
            self.dispatch(Event.of_plain(body))
        elif kind == "command/reply":
            self._answer(Event(head))
        elif kind == "api/response":
            self._answer(body.decode("utf-8", "replace").strip())
        elif kind == "auth/request":
            self._auth_request_event.set()
        elif kind == "text/disconnect-notice":
            if head.get("Content-Disposition") == "linger":
                self._lingering = True
            self.call_handlers("DISCONNECT", Event(head))
        elif kind == "text/rude-rejection":
            raise ConnectionLost(f"rejected: {body.decode('utf-8', 'replace').strip()}")
        elif kind is None:
            raise ProtocolError("a frame without Content-Type")

    def dispatch(self, event: Event) -> None:
        """Give an event to the handlers of its name and to those of ``*``."""
        self.call_handlers(event.name, event)
        self.call_handlers("*", event)

    def call_handlers(self, name: str, event: Event) -> None:
        """Call the handlers registered under a name; what they raise is logged."""
        for handler in self.event_handlers.get(name, ()):
            try:
                handler(event)
            except Exception:
                log.exception("event handler failed", name=event.name, call=event.uuid)

    def on_silence(self) -> None:
        """Nothing came for `silence` seconds. Called in the reader: raise to end the connection."""

    def _answer(self, answer: Event | str) -> None:
        if not self._commands_sent:
            raise ProtocolError("an answer to no command")
        self._commands_sent.popleft().set(answer)

    # -- the end -----------------------------------------------------------------------------------

    def lost(self, because: str) -> None:
        """The connection is over: wake all who wait. Does nothing the second time."""
        if self.lost_because:
            return
        self.lost_because = because
        self.connected = False
        self._run = False
        self._auth_request_event.set()
        while self._commands_sent:
            self._commands_sent.popleft().fail(ConnectionLost(because))
        self.on_lost()

    def on_lost(self) -> None:
        """Called once when the connection ended; must not wait."""

    def stop(self) -> None:
        """Close the connection and end the reader; returns when both are done."""
        self._run = False
        sock = getattr(self, "sock", None)
        if sock is not None:
            with contextlib.suppress(OSError):
                sock.shutdown(socket.SHUT_RDWR)
        reader = self._receive_events_greenlet
        if reader and reader is not gevent.getcurrent():
            reader.join(1.0)
            reader.kill()
        self.lost("closed")
        for each in (getattr(self, "sock_file", None), sock):
            if each is not None:
                each.close()


def checked(command: str, answer: Event | str) -> Event | str:
    """Return the answer, or raise CommandFailed when it says so."""
    said = answer if isinstance(answer, str) else answer.get("Reply-Text") or ""
    if said.startswith(("-ERR", "-USAGE")):
        raise CommandFailed(command, said.strip())
    return answer
