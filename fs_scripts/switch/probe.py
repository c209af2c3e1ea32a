"""One question to an event socket and its answer: enough to find a switch and to see whether it is up.

The connection that lasts, with events, is in :mod:`fs_scripts.esl`; this one is used before there is
anything to last.
"""

from __future__ import annotations

import socket
import time
from collections.abc import Mapping
from types import TracebackType
from typing import Self

# The answer to a command is far smaller; more means that something else listens there.
_LARGEST_ANSWER = 4 * 1024 * 1024


class NoAnswer(Exception):
    """Nothing answers there, or not as FreeSWITCH's event socket does; the text says what happened."""


class Refused(NoAnswer):
    """An event socket answers and does not let us in: another password, or an address that it does not
    accept.
    """


def answers(host: str, port: int, timeout: float = 1.0) -> bool:
    """Whether an event socket greets us at this address within *timeout* seconds. Signs in nowhere."""
    try:
        with _Connection(host, port, timeout) as connection:
            headers, _ = connection.read()
    except NoAnswer:
        return False
    return headers.get("Content-Type") == "auth/request"


def api(host: str, port: int, password: str, command: str, timeout: float = 2.0) -> str:
    """Sign in, run one API *command* and return its text.

    Raises :class:`NoAnswer` or :class:`Refused`; *timeout* is for all of it.
    """
    with _Connection(host, port, timeout) as connection:
        headers, _ = connection.read()
        if headers.get("Content-Type") != "auth/request":
            raise Refused(
                f"{host}:{port} greets with {headers.get('Content-Type')!r} instead of auth/request"
            )
        connection.send(f"auth {password}")
        headers, _ = connection.read()
        if not headers.get("Reply-Text", "").startswith("+OK"):
            raise Refused(
                f"{host}:{port} does not take the password ({headers.get('Reply-Text', 'no reply')})"
            )
        connection.send(f"api {command}")
        _, body = connection.read()
        return body.strip()


class _Connection:
    """A socket that reads blocks of headers and their bodies, all before one deadline."""

    def __init__(self, host: str, port: int, timeout: float) -> None:
        self._where = f"{host}:{port}"
        self._deadline = time.monotonic() + timeout
        self._buffer = b""
        try:
            self._socket = socket.create_connection((host, port), timeout)
        except OSError as error:
            raise NoAnswer(f"{self._where}: {error}") from error

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._socket.close()

    def send(self, line: str) -> None:
        if "\n" in line or "\r" in line:
            raise ValueError("a command is one line")
        try:
            self._socket.sendall(f"{line}\n\n".encode())
        except OSError as error:
            raise NoAnswer(f"{self._where}: {error}") from error

    def read(self) -> tuple[Mapping[str, str], str]:
        while b"\n\n" not in self._buffer:
            self._receive()
        head, _, self._buffer = self._buffer.partition(b"\n\n")
        headers = dict(
            line.split(": ", 1) for line in head.decode("utf-8", "replace").splitlines() if ": " in line
        )
        length = headers.get("Content-Length", "0")
        if not length.isdecimal():
            raise NoAnswer(f"{self._where}: Content-Length is {length!r}")
        while len(self._buffer) < int(length):
            self._receive()
        body, self._buffer = self._buffer[: int(length)], self._buffer[int(length) :]
        return headers, body.decode("utf-8", "replace")

    def _receive(self) -> None:
        remaining = self._deadline - time.monotonic()
        if remaining <= 0:
            raise NoAnswer(f"{self._where}: no answer in time")
        if len(self._buffer) > _LARGEST_ANSWER:
            raise NoAnswer(f"{self._where}: the answer does not end")
        self._socket.settimeout(remaining)
        try:
            data = self._socket.recv(65536)
        except OSError as error:
            raise NoAnswer(f"{self._where}: {error}") from error
        if not data:
            raise NoAnswer(f"{self._where}: the connection was closed")
        self._buffer += data
