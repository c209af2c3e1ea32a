"""Bring entries of the journal into the database, and set aside what it does not take.

``python -m hotline.store.books`` does so in a process of its own, for a call side that has calls to see to:
what it is asked comes as a line of JSON on standard input, and what came of it goes back as one. The first
line says where the database and the journal's folder are; the end of the input is its end.
"""

from __future__ import annotations

import contextlib
import json
import os
import signal
import sys
from collections.abc import Sequence
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any, Final

import structlog
from sqlalchemy.exc import SQLAlchemyError

from hotline import logs
from hotline.domain.journal import Entry
from hotline.store import segment
from hotline.store.db import Database, DatabaseAway, open_database
from hotline.store.journal import append

log = structlog.get_logger(__name__)

#: Entries in one transaction.
BATCH: Final = 200
# Calls go first where there is not enough of the processor for both.
_NICE: Final = 5


@dataclass(frozen=True, slots=True)
class Brought:
    """What became of some lines of a segment.

    ``lines`` were dealt with up to ``offset``: ``written`` are new in the database, ``damaged`` could not be
    read, ``refused`` the database would not take.
    """

    lines: int = 0
    offset: int = 0
    written: int = 0
    damaged: int = 0
    refused: int = 0


class Books:
    """The database's side of the journal in *folder*. Waits for the database: not for greenlets that must not."""

    def __init__(self, database: Database, folder: Path) -> None:
        self._database = database
        self._folder = folder

    def start(self) -> None:
        """Nothing is to be begun."""

    def bring_in(self, path: Path, offset: int) -> Brought:
        """Bring in at most a batch of the segment *path* from *offset*. Raises :class:`DatabaseAway`."""
        chunk = segment.read(path, offset, BATCH)
        written, refused = self._store(chunk.entries)
        return Brought(len(chunk.entries) + chunk.damaged, chunk.offset, written, chunk.damaged, refused)

    def take(self, entries: Sequence[Entry]) -> Brought:
        """Bring in entries that no segment has. Raises :class:`DatabaseAway`."""
        written, refused = self._store(entries)
        return Brought(lines=len(entries), written=written, refused=refused)

    def close(self) -> None:
        """Nothing is open."""

    def _store(self, entries: Sequence[Entry]) -> tuple[int, int]:
        """Write a batch; what the database refuses is found by halving and set aside, so that it stops
        nothing. Returns how many are new, and how many were set aside.
        """
        if not entries:
            return 0, 0
        try:
            return self._database.write(lambda session: append(session, entries), races=3), 0
        except (SQLAlchemyError, ValueError, TypeError) as error:
            if len(entries) > 1:
                half = len(entries) // 2
                first, second = self._store(entries[:half]), self._store(entries[half:])
                return first[0] + second[0], first[1] + second[1]
            self._set_aside(entries[0], error)
            return 0, 1

    def _set_aside(self, entry: Entry, error: Exception) -> None:
        log.error("journal.entry_refused", kind=entry.kind, entry=entry.entry_id, error=str(error))
        with (self._folder / "refused.lines").open("ab") as file:
            file.write(segment.encode(entry))


def answer(books: Books, asked: dict[str, Any]) -> dict[str, Any]:
    """What comes of one question: that of :class:`Brought`, or why nothing did."""
    try:
        if "lines" in asked:
            brought = books.take([segment.decode(line.encode()) for line in asked["lines"]])
        else:
            brought = books.bring_in(Path(asked["path"]), asked["offset"])
    except DatabaseAway as error:
        return {"away": str(error)}
    except Exception as error:
        # The process must outlive whatever a batch holds; the entries stay where they are.
        log.exception("journal.failed")
        return {"failed": f"{type(error).__name__}: {error}"}
    return asdict(brought)


def main() -> None:
    """Keep books until the call side is gone."""
    # Whoever stops the call side sends these to all its processes; the books end when the call side has.
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    signal.signal(signal.SIGTERM, signal.SIG_IGN)
    os.nice(_NICE)
    setup = json.loads(sys.stdin.readline())
    logs.set_up(setup["log_format"], setup["log_level"])
    database = open_database(setup["database"], pool_size=1)
    books = Books(database, Path(setup["folder"]))
    # Nobody is there to be told when the call side died meanwhile; what was asked is done all the same.
    with contextlib.suppress(BrokenPipeError):
        for line in sys.stdin:
            os.write(sys.stdout.fileno(), json.dumps(answer(books, json.loads(line))).encode() + b"\n")
    database.close()


if __name__ == "__main__":
    main()
