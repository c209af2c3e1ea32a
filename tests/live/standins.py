"""Stand-ins for what the switch talks to: a call handler and the console, as small as they can be."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from typing import Any, Self
from urllib.parse import parse_qs, unquote

import gevent
from gevent import socket
from gevent.event import Event as Signal
from gevent.pywsgi import WSGIServer
from gevent.server import StreamServer

from hotline.domain.directory import DeskUser, document
from tests.live.waiting import TookTooLong


class ToyCall:
    """A caller at a :class:`ToyHandler`: the channel as it came, and a way to have applications run on it."""

    def __init__(self, connection: socket.socket) -> None:
        self._connection = connection
        self._buffer = b""
        connection.sendall(b"connect\n\n")
        self.channel = self._block()

    def execute(self, application: str, argument: str = "") -> None:
        """Have the application started once the one before has ended; its own end is not waited for."""
        self._connection.sendall(
            f"sendmsg\ncall-command: execute\nexecute-app-name: {application}\n"
            f"execute-app-arg: {argument}\nevent-lock: true\n\n".encode()
        )
        self._block()

    def wait_gone(self, timeout: float = 10.0) -> None:
        """Wait until the switch closes the connection, as it does when the call ends."""
        with gevent.Timeout(timeout, TookTooLong("the switch keeps the connection")):
            while self._connection.recv(65536):
                pass

    def _block(self) -> dict[str, str]:
        with gevent.Timeout(5, TookTooLong("the switch says nothing")):
            while b"\n\n" not in self._buffer:
                data = self._connection.recv(65536)
                if not data:
                    return {}
                self._buffer += data
        head, _, self._buffer = self._buffer.partition(b"\n\n")
        pairs = (line.split(": ", 1) for line in head.decode().splitlines() if ": " in line)
        return {name: unquote(value) for name, value in pairs}


class ToyHandler:
    """A call handler that does to each caller what it is told: the place of fs_scripts in tests of the tree
    alone.

    Use it as a context manager. Leaving it is the death of a process: all connections are cut, the port is
    closed.
    """

    def __init__(self, address: str, behave: Callable[[ToyCall], None]) -> None:
        host, port = address.rsplit(":", 1)
        self.calls: list[ToyCall] = []
        self._behave = behave
        self._connections: list[socket.socket] = []
        self._came = Signal()
        self._server = StreamServer((host, int(port)), self._serve)

    def __enter__(self) -> Self:
        self._server.start()
        return self

    def __exit__(self, *_: object) -> None:
        self.die()

    def die(self) -> None:
        self._server.stop(timeout=0)
        for connection in self._connections:
            connection.close()

    def wait_call(self, timeout: float = 10.0) -> ToyCall:
        """Wait for the next caller that has not been waited for."""
        with gevent.Timeout(timeout, TookTooLong("nobody came to the handler")):
            while not self.calls:
                self._came.clear()
                self._came.wait()
        return self.calls.pop(0)

    def _serve(self, connection: socket.socket, _address: object) -> None:
        self._connections.append(connection)
        call = ToyCall(connection)
        self.calls.append(call)
        self._came.set()
        self._behave(call)


class ToyConsole:
    """The console's two addresses for the switch: accounts by mod_xml_curl, records by mod_json_cdr.

    *users* is asked for each account. *status* is what the receiver of records answers with, *delay_s* how
    long any answer takes. What came and was answered is kept.
    """

    def __init__(self, address: str) -> None:
        host, port = address.rsplit(":", 1)
        self.users: dict[str, DeskUser] = {}
        self.status = "200 OK"
        self.delay_s = 0.0
        self.records: list[tuple[dict[str, Any], bytes]] = []
        self.questions: list[dict[str, str]] = []
        self.credentials: set[str] = set()
        self._server = WSGIServer((host, int(port)), self._answer, log=None)

    def __enter__(self) -> Self:
        self._server.start()
        return self

    def __exit__(self, *_: object) -> None:
        self._server.stop(timeout=0)

    def _answer(self, environ: dict[str, Any], start: Callable[..., object]) -> Iterable[bytes]:
        body = environ["wsgi.input"].read()
        gevent.sleep(self.delay_s)
        self.credentials.add(environ.get("HTTP_AUTHORIZATION", ""))
        if environ["PATH_INFO"] == "/fs/cdr":
            self.records.append((environ, body))
            start(self.status, [])
            return [b""]
        question = {name: values[0] for name, values in parse_qs(body.decode()).items()}
        self.questions.append(question)
        start("200 OK", [("Content-Type", "text/xml")])
        return [document(self.users.get(question.get("user", ""))).encode()]
