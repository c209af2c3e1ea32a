"""Journal segments: local append-only files that hold what happened until the database has it.

Theory of operation: a line is written with one ``write`` before anything else is done with the entry, so it
survives the death of the process. The writer holds a lock on its segment for as long as it lives; the
kernel lets go of it when the process dies, however it dies. A segment whose lock can be had has no writer
any more, and whoever gets the lock brings its entries into the database and removes it. Lines carry the
entry's own id, so that reading one twice does no harm: no file remembers how far the reading got.
"""

from __future__ import annotations

import contextlib
import fcntl
import json
import os
import secrets
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

import msgspec

from hotline.domain.journal import Entry

_SUFFIX: Final = ".jsonl"
_READ_BYTES: Final = 1 << 20
_encoder: Final = msgspec.json.Encoder(enc_hook=str)


class SegmentError(Exception):
    """A line is not an entry."""


def encode(entry: Entry) -> bytes:
    """One line: JSON escapes line feeds, so no content can end it early.

    Bytes that are no text become ``?``.
    """
    document: dict[str, Any] = {"id": entry.entry_id, "at": entry.at, "kind": entry.kind}
    if entry.interaction_id is not None:
        document["interaction"] = entry.interaction_id
    if entry.agent_number is not None:
        document["agent"] = entry.agent_number
    if entry.queue_code is not None:
        document["queue"] = entry.queue_code
    if entry.data:
        document["data"] = dict(entry.data)
    try:
        return _encoder.encode(document) + b"\n"
    except UnicodeEncodeError:
        text = json.dumps(document, ensure_ascii=False, separators=(",", ":"), default=str)
        return text.encode("utf-8", "replace") + b"\n"


def decode(line: bytes) -> Entry:
    """The entry of one line. Raises :class:`SegmentError`."""
    try:
        document = json.loads(line)
        return Entry(
            entry_id=str(document["id"]),
            at=float(document["at"]),
            kind=str(document["kind"]),
            interaction_id=document.get("interaction"),
            agent_number=document.get("agent"),
            queue_code=document.get("queue"),
            data=document.get("data", {}),
        )
    except (ValueError, KeyError, TypeError, AttributeError) as error:
        raise SegmentError(f"not an entry of the journal: {line[:80]!r}") from error


class SegmentWriter:
    """The one open segment of this process. Not for use by several threads at once."""

    def __init__(self, folder: Path, *, sync: bool = False) -> None:
        """*sync*: have each :meth:`flush` wait for the disk, for machines that may lose power."""
        folder.mkdir(parents=True, exist_ok=True)
        self._sync = sync
        self.path = folder / f"{secrets.token_hex(8)}{_SUFFIX}"
        # Locked under a name that nobody looks at: a segment without a lock would be taken for an orphan.
        draft = self.path.with_suffix(".new")
        self._fd = os.open(draft, os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_APPEND | os.O_CLOEXEC, 0o600)
        fcntl.flock(self._fd, fcntl.LOCK_EX)
        draft.rename(self.path)
        self.size = 0

    def append(self, line: bytes) -> None:
        """Write one encoded line whole, or raise :class:`OSError` and leave the segment as it was."""
        written = 0
        try:
            while written < len(line):
                written += os.write(self._fd, line[written:])
        except OSError:
            if written:
                os.ftruncate(self._fd, self.size)
            raise
        self.size += len(line)

    def flush(self) -> None:
        """Wait until the disk has what was written, when the segment is a synced one."""
        if self._sync:
            os.fsync(self._fd)

    def close(self) -> None:
        """Give the lock back; the file stays for whoever brings it into the database."""
        os.close(self._fd)


@dataclass(frozen=True, slots=True)
class Chunk:
    """Some lines of a segment: the entries, how many lines were unreadable, and where to read on."""

    entries: tuple[Entry, ...]
    damaged: int
    offset: int


def read(path: Path, offset: int, limit: int) -> Chunk:
    """At most *limit* entries of *path* from *offset*. A last line without its end is left for later."""
    with path.open("rb") as file:
        file.seek(offset)
        block = file.read(_READ_BYTES)
        end = block.rfind(b"\n") + 1
        while not end and len(block) % _READ_BYTES == 0 and (more := file.read(_READ_BYTES)):
            block += more
            end = block.rfind(b"\n") + 1
    entries: list[Entry] = []
    damaged = position = 0
    while position < end and len(entries) < limit:
        stop = block.index(b"\n", position) + 1
        try:
            entries.append(decode(block[position:stop]))
        except SegmentError:
            damaged += 1
        position = stop
    return Chunk(tuple(entries), damaged, offset + position)


@contextlib.contextmanager
def adopt(path: Path) -> Iterator[bool]:
    """Hold the lock of a segment whose writer is gone.

    Gives false when somebody else has it, or has removed it.
    """
    try:
        fd = os.open(path, os.O_RDONLY | os.O_CLOEXEC)
    except FileNotFoundError:
        yield False
        return
    try:
        try:
            fcntl.flock(fd, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            yield False
            return
        # Removed between our opening and our locking it: what we hold is the lock of a file without a name.
        yield path.exists()
    finally:
        os.close(fd)


def segments(folder: Path) -> list[Path]:
    """All segments in *folder*, oldest first."""
    found = []
    for path in folder.glob(f"*{_SUFFIX}"):
        with contextlib.suppress(FileNotFoundError):
            found.append((path.stat().st_mtime_ns, path))
    return [path for _, path in sorted(found)]
