"""From bytes to frames: a header block, an empty line, and as many bytes of body as ``Content-Length``
says. No input or output.
"""

from __future__ import annotations

from functools import lru_cache
from typing import Final
from urllib.parse import unquote_to_bytes

from fs_scripts.esl.errors import ProtocolError

#: No header block of FreeSWITCH comes near this; a peer that sends one is not FreeSWITCH.
MAX_HEAD: Final = 4 * 1024 * 1024
#: `show channels as json` of a thousand channels is about 1 MB.
MAX_BODY: Final = 64 * 1024 * 1024


class Block:
    """Header lines as they came, looked up without reading all of them.

    An event of a channel has 150 to 250 headers of which a handler reads two or three: searching is many
    times cheaper than taking them all apart. A value is unquoted after the lines were told apart, so a
    ``%0A`` in a caller's name stays inside its value.
    """

    __slots__ = ("_all", "raw")

    def __init__(self, raw: bytes) -> None:
        self.raw = b"\n" + raw if raw[:1] != b"\n" else raw
        self._all: dict[str, str] | None = None

    def get(self, name: str) -> str | None:
        """Return the first value of that name; None when it is missing or empty."""
        if self._all is not None:
            return self._all.get(name)
        raw = self.raw
        key = _key(name)
        start = raw.find(key)
        if start < 0:
            return None
        start += len(key)
        end = raw.find(b"\n", start)
        return text(raw[start:] if end < 0 else raw[start:end])

    def has(self, name: str) -> bool:
        """Tell whether there is a header of that name, empty or not."""
        return self.raw.find(_key(name)) >= 0

    def all(self) -> dict[str, str]:
        """Return all headers that have a value; of several with one name the first counts."""
        if self._all is None:
            found: dict[str, str] = {}
            for line in self.raw.split(b"\n"):
                name, separator, value = line.partition(b": ")
                if separator:
                    decoded = text(value)
                    if decoded is not None:
                        found.setdefault(name.decode("utf-8", "replace"), decoded)
            self._all = found
        return self._all


@lru_cache(1024)
def _key(name: str) -> bytes:
    return b"\n%b: " % name.encode()


def text(value: bytes) -> str | None:
    """Unquote and decode one header value.

    FreeSWITCH writes ``_undef_`` for an empty value. What is no UTF-8 becomes U+FFFD: a caller's name in
    another encoding must not end the connection of everybody.
    """
    if value == b"_undef_":
        return None
    if b"%" in value:
        value = unquote_to_bytes(value)
    return value.decode("utf-8", "replace")


class Framer:
    """Collects what was received and gives out whole frames."""

    def __init__(self) -> None:
        self._chunks: list[bytes] = []
        self._held = 0
        self._needed = 2

    def feed(self, data: bytes) -> list[tuple[Block, bytes]]:
        """Take what was received; return the frames that are whole now. Raises ProtocolError for what can
        be none.
        """
        self._chunks.append(data)
        self._held += len(data)
        if self._held < self._needed:
            return []
        buffer = b"".join(self._chunks) if len(self._chunks) > 1 else data
        frames = []
        position, size = 0, len(buffer)
        self._needed = 0
        while position < size:
            if buffer[position] == 0x0A:
                position += 1
                continue
            end = buffer.find(b"\n\n", position)
            if end < 0:
                if size - position > MAX_HEAD:
                    raise ProtocolError("a header block without an end")
                break
            head = Block(buffer[position:end])
            start = end + 2
            stop = start + _body_length(head)
            if stop > size:
                self._needed = stop - position
                break
            frames.append((head, buffer[start:stop]))
            position = stop
        rest = buffer[position:]
        self._chunks = [rest] if rest else []
        self._held = len(rest)
        return frames


def _body_length(head: Block) -> int:
    value = head.get("Content-Length")
    if value is None:
        return 0
    if not value.isascii() or not value.isdigit() or int(value) > MAX_BODY:
        raise ProtocolError(f"Content-Length: {value[:40]!r}")
    return int(value)
