"""One Event Socket connection, inbound or outbound: reads commands, answers, passes events on.

The command set, the replies and their wording are those of mod_event_socket 1.10.
"""

from __future__ import annotations

import logging
import re
from collections.abc import Callable
from dataclasses import dataclass, field

import gevent
from gevent import socket
from gevent.event import Event as Flag

from fs_scripts.simulated.channel import Channel
from fs_scripts.simulated.engine import Engine
from fs_scripts.simulated.event import Event

log = logging.getLogger(__name__)

GOODBYE = b"Disconnected, goodbye.\nSee you at ClueCon! http://www.cluecon.com/\n"
_MOST_UNSENT = 64 * 1024 * 1024
_LAST_WORDS_WITHIN = 1.0
NOT_FOUND = "-ERR command not found"


@dataclass
class Command:
    """A command line, its headers (names in lower case) and its body."""

    line: str
    headers: dict[str, str] = field(default_factory=dict)


Obey = Callable[["Connection", Command], str | None]
"""Obeys one command: its reply, or None where the reply is written already."""


class ConnectionOver(Exception):
    """The peer has closed the connection, or sent what ends it."""


class Connection:
    """The protocol's state for one socket. ``session`` is the channel that an outbound connection controls."""

    def __init__(
        self,
        engine: Engine,
        sock: socket.socket,
        obey: Obey,
        *,
        session: Channel | None = None,
        full: bool = True,
    ) -> None:
        self.engine = engine
        self._obey = obey
        self.session = session
        self.outbound = session is not None
        self.full = full
        self.authenticated = self.outbound
        self.lingering = False
        self.linger_seconds: float | None = None
        self.resume = False
        self.running = True
        self.events_on = False
        self.only_mine = False
        self.names: set[str] = set()
        self.subclasses: set[str] = set()
        self.filters: list[tuple[str, str]] = []
        self.form = "plain"
        self.on_over: Callable[[Connection], None] = lambda _: None
        self.on_connected: Callable[[], None] = lambda: None
        self._sock = sock
        self._stream = sock.makefile("rb")
        self._unsent = bytearray()
        self._flushing = False
        self._closing = False
        self._sent_all = Flag()

    # -- life ------------------------------------------------------------------------------------------------------
    def run(self) -> None:
        """Serve the connection until it ends; never raises."""
        try:
            if not self.outbound:
                self.write(b"Content-Type: auth/request\n\n")
            self.engine.listen(self)
            while self.running:
                command = self._read()
                reply = self._obey(self, command)
                if reply is not None:
                    self.reply(reply)
        except ConnectionOver:
            log.debug("simulated switch: an event socket connection ended")
        finally:
            self.end()
            self._sent_all.wait(_LAST_WORDS_WITHIN)
            self._stream.close()
            self._sock.close()

    def end(self) -> None:
        """Say goodbye and close; the session, if any, goes on as the dialplan says."""
        if self._closing:
            return
        self._closing = True
        self.running = False
        self.engine.ignore(self)
        head = "Content-Type: text/disconnect-notice\n"
        if self.session is not None:
            head += f"Controlled-Session-UUID: {self.session.uuid}\nContent-Disposition: disconnect\n"
        self.write(f"{head}Content-Length: {len(GOODBYE)}\n\n".encode() + GOODBYE)
        self.on_over(self)

    def session_over(self) -> None:
        """The controlled channel has ended: close, or linger as long as the handler asked for."""
        if self._closing or self.session is None:
            return
        if not self.lingering:
            self.end()
            return
        seconds = -1 if self.linger_seconds is None else int(self.linger_seconds)
        self.write(
            (
                "Content-Type: text/disconnect-notice\n"
                f"Controlled-Session-UUID: {self.session.uuid}\n"
                "Content-Disposition: linger\n"
                f"Channel-Name: {self.session.name}\n"
                f"Linger-Time: {seconds}\nContent-Length: 0\n\n"
            ).encode("utf-8", "surrogateescape")
        )
        if self.linger_seconds is not None:
            # Lingering is real time: the handler on the other side lives in it.
            self.engine.greenlets.add(gevent.spawn_later(self.linger_seconds + 1, self.end))

    # -- the wire --------------------------------------------------------------------------------------------------
    def _read(self) -> Command:
        """The next command; names of its headers in lower case."""
        line = b""
        headers: dict[str, str] = {}
        while True:
            raw = self._line()
            text = raw.rstrip(b"\r\n")
            if not text:
                if line:
                    break
                continue
            if not line:
                line = text
                continue
            name, colon, value = text.partition(b":")
            if colon:
                key = name.decode("utf-8", "surrogateescape").lower()
                headers[key] = value.lstrip(b" ").decode("utf-8", "surrogateescape")
        length = headers.get("content-length", "")
        if length.isdigit() and int(length):
            headers["_body"] = self._exactly(int(length)).decode("utf-8", "surrogateescape")
        return Command(line.decode("utf-8", "surrogateescape"), headers)

    def _line(self) -> bytes:
        try:
            raw = self._stream.readline()
        except (OSError, ValueError) as error:
            raise ConnectionOver from error
        if not raw:
            raise ConnectionOver
        return raw

    def _exactly(self, length: int) -> bytes:
        try:
            body = self._stream.read(length)
        except (OSError, ValueError) as error:
            raise ConnectionOver from error
        if len(body) < length:
            raise ConnectionOver
        return body

    def write(self, data: bytes) -> None:
        """Queue bytes; they leave in order, several events at once, without blocking the caller."""
        if len(self._unsent) > _MOST_UNSENT:
            log.error("simulated switch: a listener that does not read is dropped")
            self._unsent.clear()
            self.running = False
            self._wake_reader()
            return
        self._unsent += data
        if not self._flushing:
            self._flushing = True
            self.engine.greenlets.spawn(self._flush)

    def _flush(self) -> None:
        try:
            while self._unsent:
                data, self._unsent = self._unsent, bytearray()
                self._sock.sendall(data)
        except OSError:
            self._unsent.clear()
        finally:
            self._flushing = False
            if self._closing:
                self._sent_all.set()
                self._wake_reader()

    def _wake_reader(self) -> None:
        """Let the greenlet that reads see the end; it closes the socket."""
        try:
            self._sock.shutdown(socket.SHUT_RDWR)
        except OSError:
            log.debug("simulated switch: the peer had closed its connection already")

    def reply(self, text: str) -> None:
        if text.startswith("~"):
            self.write(f"Content-Type: command/reply\n{text[1:]}".encode("utf-8", "surrogateescape"))
        else:
            reply = f"Content-Type: command/reply\nReply-Text: {text or NOT_FOUND}\n\n"
            self.write(reply.encode("utf-8", "surrogateescape"))

    # -- events ----------------------------------------------------------------------------------------------------
    def narrow(self) -> None:
        """Tell the engine when this connection hears one channel only, by ``myevents`` or by a filter."""
        heard = {(name.lower(), value) for name, value in self.filters if not value.startswith("-")}
        if self.only_mine and self.session is not None:
            self.engine.listen(self, self.session.uuid)
        elif [name for name, _ in heard] == ["unique-id"]:
            _, value = heard.pop()
            self.engine.listen(self, value if value in self.engine.channels else "")
        else:
            self.engine.listen(self)

    def wants(self, name: str, subclass: str) -> bool:
        if not self.events_on or self._closing:
            return False
        if "ALL" in self.names:
            return True
        return name in self.names and (name != "CUSTOM" or not subclass or subclass in self.subclasses)

    def take(self, event: Event) -> None:
        if not self._passes(event):
            return
        body = event.json() if self.form == "json" else event.plain()
        head = b"Content-Length: %d\nContent-Type: text/event-%s\n\n" % (len(body), self.form.encode())
        self.write(head + body)

    def _passes(self, event: Event) -> bool:
        """Filters: one match is enough, a match of a negative one forbids; then ``myevents``."""
        send = True
        if self.filters:
            send = False
            for name, wanted in self.filters:
                value = event.header(name)
                if value is None:
                    continue
                compared = wanted.lstrip("+- ")
                negative = "-" in wanted[: len(wanted) - len(compared)]
                if send and not negative:
                    continue
                if _matches(value, compared):
                    send = not negative
                    if negative:
                        break
        if send and self.only_mine:
            mine = self.session.uuid if self.session else ""
            send = bool(mine) and mine in (event.header("Unique-ID"), event.header("Job-Owner-UUID"))
        return send


def _matches(value: str, wanted: str) -> bool:
    """A filter's comparison: a regular expression where it begins with a slash."""
    if wanted.startswith("/"):
        return re.search(wanted.strip("/"), value) is not None
    return value.lower() == wanted.lower()
