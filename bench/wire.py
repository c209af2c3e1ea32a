"""Sockets, timers and repetition for the SIP peers: one thread, one clock, no framework.

A SIP message's time is the kernel's at its arrival, so it does not depend on when this process got its turn.
"""

from __future__ import annotations

import heapq
import itertools
import selectors
import socket
import struct
import time
from collections.abc import Callable
from dataclasses import dataclass
from typing import IO, Final

from bench import sip

_SO_TIMESTAMPNS: Final = 35
_BUFFER: Final = 4 << 20
#: A request is sent again after half a second, then after twice as long each time.
_AGAIN_S: Final = 0.5
_TRIES: Final = 6
_READS: Final = 200

Address = tuple[str, int]


def address(uri: str) -> Address:
    """Where a URI, or host and port alone, is reached."""
    host, _, port = uri.split("@")[-1].split(";")[0].removeprefix("sip:").rpartition(":")
    return host, int(port)


@dataclass(slots=True)
class Pending:
    """A request of ours that is not answered yet."""

    packet: bytes
    to: Address
    on_answer: Callable[[sip.Message, float], None]
    on_silence: Callable[[], None]
    tries: int = 1
    proceeding: bool = False


class Wire:
    """The loop: timers, and readers of file descriptors."""

    def __init__(self) -> None:
        self._selector = selectors.DefaultSelector()
        self._timers: list[tuple[float, int, Callable[[], None]]] = []
        self._order = itertools.count()
        self.ended = False

    def later(self, seconds: float, do: Callable[[], None]) -> None:
        heapq.heappush(self._timers, (time.time() + seconds, next(self._order), do))

    def read(self, source: IO[bytes] | socket.socket, do: Callable[[], None]) -> None:
        self._selector.register(source, selectors.EVENT_READ, do)

    def forget(self, source: socket.socket) -> None:
        self._selector.unregister(source)

    def run(self) -> None:
        while not self.ended:
            now = time.time()
            while self._timers and self._timers[0][0] <= now:
                heapq.heappop(self._timers)[2]()
            wait = self._timers[0][0] - time.time() if self._timers else 1.0
            for key, _ in self._selector.select(max(0.0, wait)):
                key.data()


class Side:
    """The SIP and the RTP socket of all callers, or of all agents."""

    def __init__(self, wire: Wire, on_request: Callable[[Side, sip.Message, Address, float], None]) -> None:
        self._wire = wire
        self._on_request = on_request
        self._on_audio: Callable[[bytes, Address], None] | None = None
        self._pending: dict[str, Pending] = {}
        self._acks: dict[str, tuple[bytes, Address]] = {}
        self._sip, self._rtp = (socket.socket(socket.AF_INET, socket.SOCK_DGRAM) for _ in range(2))
        for each in (self._sip, self._rtp):
            each.bind(("127.0.0.1", 0))
            each.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, _BUFFER)
            each.setblocking(False)
        self._sip.setsockopt(socket.SOL_SOCKET, _SO_TIMESTAMPNS, 1)
        self.host = f"127.0.0.1:{self._sip.getsockname()[1]}"
        self.description = sip.audio(self._rtp.getsockname()[1])
        wire.read(self._sip, self._read_sip)

    def send(self, packet: bytes, to: Address) -> None:
        self._sip.sendto(packet, to)

    def say(self, packet: bytes, to: Address) -> None:
        """Send RTP."""
        self._rtp.sendto(packet, to)

    def listen(self, on_audio: Callable[[bytes, Address], None] | None) -> None:
        """Hand on what comes by RTP, or leave it to the kernel to drop."""
        if on_audio is not None and self._on_audio is None:
            self._wire.read(self._rtp, self._read_rtp)
        elif on_audio is None and self._on_audio is not None:
            self._wire.forget(self._rtp)
        self._on_audio = on_audio

    def request(
        self,
        packet: bytes,
        key: str,
        to: Address,
        on_answer: Callable[[sip.Message, float], None] = lambda _message, _at: None,
        on_silence: Callable[[], None] = lambda: None,
    ) -> None:
        """Send a request until it is answered. *key* is its Call-ID and CSeq."""
        self._pending[key] = Pending(packet, to, on_answer, on_silence)
        self.send(packet, to)
        self._wire.later(_AGAIN_S, lambda: self._again(key))

    def acknowledge(self, key: str, packet: bytes, to: Address) -> None:
        """Send an ACK, and again whenever the final response comes again."""
        self._acks[key] = (packet, to)
        self.send(packet, to)

    def _again(self, key: str) -> None:
        waiting = self._pending.get(key)
        if waiting is None or waiting.proceeding:
            return
        if waiting.tries == _TRIES:
            del self._pending[key]
            waiting.on_silence()
            return
        self.send(waiting.packet, waiting.to)
        self._wire.later(_AGAIN_S * 2**waiting.tries, lambda: self._again(key))
        waiting.tries += 1

    def forget(self, key: str) -> None:
        """Nothing of this request will come any more."""
        self._acks.pop(key, None)

    def _read_sip(self) -> None:
        for _ in range(_READS):
            try:
                data, ancillary, _, peer = self._sip.recvmsg(65535, 64)
            except BlockingIOError:
                return
            seconds, nanoseconds = struct.unpack("qq", ancillary[0][2])
            # A phone that is asked whether it is alive by two line ends need not answer.
            if len(data) > len(b"\r\n\r\n"):
                self._took(sip.parse(data), peer, seconds + nanoseconds / 1e9)

    def _took(self, message: sip.Message, peer: Address, at: float) -> None:
        if not message.status:
            self._on_request(self, message, peer, at)
            return
        key = f"{message.call_id} {message.headers['cseq']}"
        waiting = self._pending.get(key)
        if message.status < 200:
            if waiting is not None:
                waiting.proceeding = True
        elif waiting is not None:
            del self._pending[key]
            waiting.on_answer(message, at)
        elif key in self._acks:
            self.send(*self._acks[key])

    def _read_rtp(self) -> None:
        for _ in range(_READS):
            try:
                data, peer = self._rtp.recvfrom(2048)
            except BlockingIOError:
                return
            if self._on_audio is not None:
                self._on_audio(data, peer)
