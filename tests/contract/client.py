"""A plain Event Socket client and call listener for the contract suite.

It is written from the protocol alone and shares nothing with ``fs_scripts``: what the suite proves about the switch must
not depend on the layer that is built on top of it.
"""

from __future__ import annotations

import json
import queue
import socket
import threading
import time
import uuid
from collections.abc import Callable
from dataclasses import dataclass, field
from urllib.parse import unquote_to_bytes

WAIT = 8.0


class NothingCame(AssertionError):
    """What the test waited for did not come in time."""


@dataclass(frozen=True)
class Frame:
    """One message of the switch: its own headers and, for an event, the event's headers and body."""

    headers: dict[str, str]
    body: bytes = b""
    event: dict[str, str] = field(default_factory=dict)
    event_body: str = ""

    @property
    def kind(self) -> str:
        return self.headers.get("Content-Type", "")

    @property
    def name(self) -> str:
        return self.event.get("Event-Name", "")

    @property
    def reply(self) -> str:
        return self.headers.get("Reply-Text", "")


def unquoted(value: bytes) -> str:
    """Percent-decoded text of one header value; a byte that is no UTF-8 stays visible as a surrogate."""
    return unquote_to_bytes(value).decode("utf-8", "surrogateescape")


def parse_headers(block: bytes) -> dict[str, str]:
    headers = {}
    for line in block.split(b"\n"):
        name, separator, value = line.partition(b": ")
        if separator:
            headers[name.decode()] = unquoted(value)
    return headers


class Connection:
    """One socket to the switch, either opened by the test or accepted from the switch."""

    def __init__(self, sock: socket.socket) -> None:
        self.sock = sock
        self.raw = bytearray()
        self.closed = threading.Event()
        self.frames: list[Frame] = []
        self._replies: queue.Queue[Frame] = queue.Queue()
        self._changed = threading.Condition()
        self._reader = threading.Thread(target=self._read, daemon=True)
        self._reader.start()

    # -- reading ---------------------------------------------------------------------------------------------------
    def _read(self) -> None:
        stream = self.sock.makefile("rb")
        try:
            while True:
                block = bytearray()
                while True:
                    line = stream.readline()
                    if not line:
                        return
                    self.raw += line
                    if line == b"\n":
                        if block:
                            break
                        continue
                    block += line
                headers = parse_headers(bytes(block))
                length = int(headers.get("Content-Length", "0"))
                body = stream.read(length) if length else b""
                self.raw += body
                self._take(headers, body)
        except (OSError, ValueError):
            return
        finally:
            stream.close()
            self.sock.close()
            with self._changed:
                self.closed.set()
                self._changed.notify_all()

    def _take(self, headers: dict[str, str], body: bytes) -> None:
        kind = headers.get("Content-Type", "")
        if kind == "text/event-plain":
            head, _, rest = body.partition(b"\n\n")
            frame = Frame(headers, body, parse_headers(head), rest.decode("utf-8", "surrogateescape"))
        elif kind == "text/event-json":
            event = json.loads(body.decode("utf-8", "surrogateescape"))
            frame = Frame(headers, body, event, event.pop("_body", ""))
        else:
            frame = Frame(headers, body)
        if kind in ("command/reply", "api/response", "auth/request"):
            self._replies.put(frame)
        else:
            with self._changed:
                self.frames.append(frame)
                self._changed.notify_all()

    # -- speaking --------------------------------------------------------------------------------------------------
    def send(self, text: str | bytes) -> Frame:
        """Send one command (the blank line is added) and return its reply."""
        data = text.encode("utf-8", "surrogateescape") if isinstance(text, str) else text
        self.sock.sendall(data + b"\n\n")
        return self.next_reply()

    def next_reply(self) -> Frame:
        try:
            return self._replies.get(timeout=WAIT)
        except queue.Empty:
            raise NothingCame("no reply") from None

    def api(self, command: str) -> str:
        return self.send(f"api {command}").body.decode("utf-8", "surrogateescape")

    def execute(self, app: str, arg: str | None = None, *, lock: bool = False, channel: str = "") -> str:
        """Queue one application; returns the Event-UUID that its completion will carry as Application-UUID."""
        mark = str(uuid.uuid4())
        lines = [
            f"sendmsg {channel}".rstrip(),
            "call-command: execute",
            f"execute-app-name: {app}",
            f"Event-UUID: {mark}",
        ]
        if arg is not None:
            lines.append(f"execute-app-arg: {arg}")
        if lock:
            lines.append("event-lock: true")
        assert self.send("\n".join(lines)).reply.startswith("+OK")
        return mark

    def run(self, app: str, arg: str | None = None, *, timeout: float = WAIT) -> Frame:
        """Execute one application and wait until it has completed."""
        return self.completed(self.execute(app, arg), timeout=timeout)

    def completed(self, mark: str, *, timeout: float = WAIT) -> Frame:
        return self.wait_for(
            lambda f: f.name == "CHANNEL_EXECUTE_COMPLETE" and f.event.get("Application-UUID") == mark,
            timeout=timeout,
        )

    # -- waiting ---------------------------------------------------------------------------------------------------
    def wait_for(self, matches: Callable[[Frame], bool], *, timeout: float = WAIT) -> Frame:
        """The first frame, past or future, that matches."""
        deadline = time.monotonic() + timeout
        seen = 0
        with self._changed:
            while True:
                while seen < len(self.frames):
                    frame = self.frames[seen]
                    seen += 1
                    if matches(frame):
                        return frame
                left = deadline - time.monotonic()
                if left <= 0 or (self.closed.is_set() and seen == len(self.frames)):
                    got = [f.name or f.kind for f in self.frames[-12:]]
                    raise NothingCame(f"closed={self.closed.is_set()} the last were {got}")
                self._changed.wait(left)

    def event(self, name: str, *, timeout: float = WAIT, **headers: str) -> Frame:
        """The first event of that name whose headers (underscores for dashes) have these values."""
        wanted = {key.replace("_", "-"): value for key, value in headers.items()}
        return self.wait_for(
            lambda f: f.name == name and all(f.event.get(k) == v for k, v in wanted.items()), timeout=timeout
        )

    def wait_closed(self, timeout: float = WAIT) -> None:
        assert self.closed.wait(timeout), "the connection is still open"

    def names(self) -> list[str]:
        return [frame.name for frame in self.frames if frame.name]

    def close(self) -> None:
        for step in (lambda: self.sock.shutdown(socket.SHUT_RDWR), self.sock.close):
            try:
                step()
            except OSError:
                continue


def soon(condition: Callable[[], bool], *, timeout: float = WAIT) -> None:
    """Ask again until it holds: for what no event tells, as the rows of ``show channels``, which come late."""
    deadline = time.monotonic() + timeout
    while not condition():
        if time.monotonic() > deadline:
            raise NothingCame("it did not come true in time")
        time.sleep(0.02)


def connect(port: int, password: str, *events: str, form: str = "plain") -> Connection:
    """An authenticated inbound connection that is subscribed to ``events``."""
    sock = socket.create_connection(("127.0.0.1", port), timeout=WAIT)
    sock.settimeout(None)
    link = Connection(sock)
    assert link.next_reply().kind == "auth/request"
    assert link.send(f"auth {password}").reply == "+OK accepted"
    if events:
        assert link.send(f"event {form} {' '.join(events)}").reply.startswith("+OK event listener enabled")
    return link


class Handler:
    """Listens where the dialplan's ``socket`` action calls; each call is one :class:`Connection`."""

    def __init__(self, port: int) -> None:
        self._listener = socket.create_server(("127.0.0.1", port), backlog=50)
        self._calls: queue.Queue[Connection] = queue.Queue()
        self.port = port
        self.open: list[Connection] = []
        self._closed = False
        self._acceptor = threading.Thread(target=self._accept, daemon=True)
        self._acceptor.start()

    def _accept(self) -> None:
        while True:
            try:
                sock, _ = self._listener.accept()
            except OSError:
                return
            link = Connection(sock)
            self.open.append(link)
            self._calls.put(link)

    def next_call(self, timeout: float = WAIT) -> Connection:
        try:
            return self._calls.get(timeout=timeout)
        except queue.Empty:
            raise NothingCame("no call came to the handler") from None

    def no_call(self, for_seconds: float) -> bool:
        try:
            self._calls.get(timeout=for_seconds)
        except queue.Empty:
            return True
        return False

    def close(self) -> None:
        if self._closed:
            return
        self._closed = True
        # A thread that is blocked in accept keeps the port open until the socket is shut down.
        self._listener.shutdown(socket.SHUT_RDWR)
        self._listener.close()
        for link in self.open:
            link.close()
