"""Books that a process of their own keeps, so that no call waits for the database or for the work on rows."""

from __future__ import annotations

import contextlib
import json
import os
import subprocess
import sys
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import IO, Any, Final

import gevent
import structlog
from gevent.lock import RLock

from hotline.config import Settings
from hotline.domain.journal import Entry
from hotline.store import segment
from hotline.store.books import Brought
from hotline.store.db import DatabaseAway

log = structlog.get_logger(__name__)

# The database's own patience is ten seconds for a write, and a batch that it refuses is tried in halves.
_ANSWER_SECONDS: Final = 120.0
_GOODBYE_SECONDS: Final = 5.0


class BooksAway(DatabaseAway):
    """The process that keeps the books has died or does not answer; the next question starts another."""


class Bookkeeper:
    """As :class:`hotline.store.books.Books`, but its work and waiting are another process's."""

    def __init__(self, settings: Settings, folder: Path) -> None:
        self._setup = {
            "database": settings.database_url,
            "folder": str(folder),
            "log_format": settings.log_format,
            "log_level": settings.log_level,
        }
        self._child: _Child | None = None
        # A question and its answer are one step.
        self._asking = RLock()

    @property
    def pid(self) -> int | None:
        """The process, while it is there."""
        return self._child.process.pid if self._child is not None else None

    def start(self) -> None:
        """Begin the process now: who takes over from another call side cannot wait for that. Never raises: where
        it cannot be begun, the first question tries again.
        """
        with self._asking:
            try:
                self._have_child()
            except OSError as error:
                log.error("the books' process cannot be begun", error=str(error))

    def bring_in(self, path: Path, offset: int) -> Brought:
        """Bring in at most a batch of the segment *path* from *offset*. Raises :class:`DatabaseAway`."""
        return self._ask({"path": str(path), "offset": offset})

    def take(self, entries: Sequence[Entry]) -> Brought:
        """Bring in entries that no segment has. Raises :class:`DatabaseAway`."""
        return self._ask({"lines": [segment.encode(entry).decode() for entry in entries]})

    def close(self) -> None:
        """End the process; what it is at is done first."""
        with self._asking:
            self._end()

    def _ask(self, question: dict[str, Any]) -> Brought:
        with self._asking:
            try:
                with gevent.Timeout(_ANSWER_SECONDS, BooksAway("the books do not answer")):
                    said = self._exchange(question)
            except (OSError, ValueError) as error:
                self._end()
                raise BooksAway(f"the process that keeps the books ended: {error}") from error
            except BaseException:
                # Its answer would be taken for that to another question.
                self._end()
                raise
        if "away" in said:
            raise DatabaseAway(said["away"])
        if "failed" in said:
            raise RuntimeError(said["failed"])
        return Brought(**said)

    def _exchange(self, question: dict[str, Any]) -> dict[str, Any]:
        child = self._have_child()
        child.tell(question)
        line = child.answers.readline()
        if not line:
            raise ValueError("no answer")
        said: dict[str, Any] = json.loads(line)
        return said

    def _have_child(self) -> _Child:
        if self._child is None:
            self._child = _Child.begin(self._setup)
            log.info("the books are kept by a process", pid=self._child.process.pid)
        return self._child

    def _end(self) -> None:
        child, self._child = self._child, None
        if child is not None:
            child.end()


@dataclass(frozen=True, slots=True)
class _Child:
    process: subprocess.Popen[bytes]
    questions: IO[bytes]
    answers: IO[bytes]

    @classmethod
    def begin(cls, setup: Mapping[str, str]) -> _Child:
        process = subprocess.Popen(
            [sys.executable, "-m", "hotline.store.books"],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            # Not by its working folder, to which the database's path may be relative.
            env={**os.environ, "PYTHONPATH": os.pathsep.join(sys.path)},
        )
        if process.stdin is None or process.stdout is None:
            raise OSError("no pipes")
        child = cls(process, process.stdin, process.stdout)
        # On its standard input, since what stands in a command line or an environment is seen by others.
        child.tell(setup)
        return child

    def tell(self, what: Mapping[str, Any]) -> None:
        self.questions.write(json.dumps(what).encode() + b"\n")
        self.questions.flush()

    def end(self) -> None:
        for stream in (self.questions, self.answers):
            # What was not sent yet is for nobody any more.
            with contextlib.suppress(OSError):
                stream.close()
        try:
            self.process.wait(_GOODBYE_SECONDS)
        except subprocess.TimeoutExpired:
            self.process.kill()
            self.process.wait()
