"""The call side's journal: on disk at once, in the database a moment later, there exactly once.

:meth:`Journal.write` appends one line to this process's segment (see :mod:`hotline.store.segment`) and
returns. A greenlet has what the segment holds brought into the database, a batch at a time. While the
database is away the segments grow; when it is back they are caught up with, oldest first, together with
those that dead processes left.
"""

from __future__ import annotations

import os
import random
import time
from collections import deque
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Final, Protocol

import gevent
import structlog
from gevent.event import Event
from gevent.lock import Semaphore

from hotline.domain.journal import Entry
from hotline.store import segment
from hotline.store.books import BATCH, Brought
from hotline.store.db import DatabaseAway
from hotline.store.segment import SegmentWriter

log = structlog.get_logger(__name__)

# How long the first entry of a batch waits for others: a row that many entries change is read and written once.
GATHER_SECONDS: Final = 2.0
# Segments are read again from their beginning after a crash, so they are kept small.
SEGMENT_BYTES: Final = 2 << 20
ADOPT_SECONDS: Final = 5.0
# While the disk refuses lines they are kept in memory, and beyond this many the oldest are given up.
MEMORY_ENTRIES: Final = 50_000


class Books(Protocol):
    """Where entries go: :class:`hotline.store.books.Books` itself, or a process that has it."""

    def start(self) -> None: ...

    def bring_in(self, path: Path, offset: int) -> Brought: ...

    def take(self, entries: Sequence[Entry]) -> Brought: ...

    def close(self) -> None: ...


@dataclass(frozen=True, slots=True)
class JournalState:
    """How far the database is behind: entries that it has not, and seconds since the last batch went in.

    ``lag`` is 0 when nothing is pending. ``damaged`` counts lines that could not be read, ``refused``
    entries that the database would not take (they are kept in ``refused.lines``), ``lost`` those that
    neither disk nor memory held.
    """

    pending: int
    lag: float
    written: int
    damaged: int
    refused: int
    lost: int
    database_away: bool


@dataclass(slots=True)
class _Segment:
    """One of our own segments, from being written to being in the database."""

    writer: SegmentWriter
    offset: int = 0
    full: bool = False
    # When the entries that are not in the database yet were written; as many as there are of them.
    times: deque[float] = field(default_factory=deque)


class Journal:
    """Entries go in with :meth:`write`, from any greenlet or thread.

    *clock* gives seconds since the epoch.
    """

    def __init__(
        self,
        folder: Path,
        books: Books,
        clock: Callable[[], float],
        *,
        sync: bool = False,
        backoff: tuple[float, float] = (0.2, 10.0),
        segment_bytes: int = SEGMENT_BYTES,
        adopt_seconds: float = ADOPT_SECONDS,
    ) -> None:
        """*sync*: each batch waits for the disk; *backoff*: first and longest wait for a database away."""
        self._folder = folder
        self._books = books
        self._clock = clock
        self._sync = sync
        self._backoff = backoff
        self._segment_bytes = segment_bytes
        self._adopt_seconds = adopt_seconds
        # gevent's own, which threads may use too: threading's is one as well, wrapped in Python.
        self._lock = Semaphore()
        # Ids have to differ and may be guessed: no need to ask the kernel for each.
        self._dice = random.Random(os.urandom(32))
        self._own: deque[_Segment] = deque()
        self._memory: deque[Entry] = deque()
        self._wake = Event()
        self._drained = Event()
        self._drained.set()
        self._hurry = Event()
        self._stopping = False
        self._pump: gevent.Greenlet[..., None] | None = None
        self._disk_failed = False
        self._away = False
        self._written = self._damaged = self._refused = self._lost = 0

    def write(
        self,
        kind: str,
        *,
        interaction_id: str | None = None,
        agent: str | None = None,
        queue: str | None = None,
        at: float | None = None,
        entry_id: str | None = None,
        **data: Any,
    ) -> None:
        """Note that something happened *at* (now by default). Never waits for the database and never raises.

        *kind* and *data* are those of :mod:`hotline.domain.journal`; values must be JSON values.
        *entry_id* is given where several may report the same fact; the first one counts.
        """
        at = round(self._clock() if at is None else at, 3)
        # Ids that grow with time keep the database's index on them small in memory.
        entry = Entry(
            entry_id=entry_id or f"{int(at * 1000):012x}{self._dice.getrandbits(80):020x}",
            at=at,
            kind=kind,
            interaction_id=interaction_id,
            agent_number=agent,
            queue_code=queue,
            data=data,
        )
        with self._lock:
            self._drained.clear()
            try:
                self._append(entry)
            except OSError as error:
                self._keep_in_memory(entry, error)
        self._wake.set()

    def prepare(self) -> None:
        """Have at hand what :meth:`start` needs: a standby waits for its turn between the two, and then has
        no second to lose.
        """
        self._books.start()

    def start(self) -> None:
        """Begin to bring entries into the database, those of dead processes as well."""
        if self._pump is not None:
            raise RuntimeError("the journal is running already")
        self._stopping = False
        self._pump = gevent.spawn(self._run)

    def flush(self, timeout: float) -> bool:
        """Wait until the database has all that was written so far; false when that took too long."""
        self._hurry.set()
        self._wake.set()
        return bool(self._drained.wait(timeout))

    def stop(self, timeout: float) -> bool:
        """End, after bringing in what is pending if that takes at most *timeout* seconds.

        False when something is left; it stays on disk for the next start.
        """
        drained = self.flush(timeout) if self._pump is not None else self._drained.is_set()
        self._stopping = True
        self._hurry.set()
        self._wake.set()
        if self._pump is not None:
            self._pump.join(timeout)
            self._pump.kill(timeout=1.0)
            self._pump = None
        self._books.close()
        with self._lock:
            while self._own:
                own = self._own.popleft()
                if not own.times:
                    own.writer.path.unlink(missing_ok=True)
                own.writer.close()
        return drained

    def state(self) -> JournalState:
        """For the pages and the metrics."""
        with self._lock:
            pending = sum(len(own.times) for own in self._own) + len(self._memory)
            oldest = next((own.times[0] for own in self._own if own.times), None)
            if self._memory and oldest is None:
                oldest = self._memory[0].at
        return JournalState(
            pending=pending,
            lag=0.0 if oldest is None else max(0.0, self._clock() - oldest),
            written=self._written,
            damaged=self._damaged,
            refused=self._refused,
            lost=self._lost,
            database_away=self._away,
        )

    def _append(self, entry: Entry) -> None:
        if not self._own or self._own[-1].full:
            self._own.append(_Segment(SegmentWriter(self._folder, sync=self._sync)))
        current = self._own[-1]
        current.writer.append(segment.encode(entry))
        current.times.append(entry.at)
        current.full = current.writer.size >= self._segment_bytes
        if self._disk_failed:
            self._disk_failed = False
            log.info("journal.disk_back", folder=str(self._folder))

    def _keep_in_memory(self, entry: Entry, error: OSError) -> None:
        if not self._disk_failed:
            self._disk_failed = True
            log.error("journal.disk_failed", folder=str(self._folder), error=str(error))
        if len(self._memory) >= MEMORY_ENTRIES:
            self._memory.popleft()
            self._lost += 1
        self._memory.append(entry)

    def _run(self) -> None:
        delay, longest = self._backoff
        adopt_at = 0.0
        while not self._stopping:
            try:
                if time.monotonic() >= adopt_at:
                    self._adopt_orphans()
                    adopt_at = time.monotonic() + self._adopt_seconds
                self._bring_in_own()
                delay = self._backoff[0]
            except DatabaseAway as error:
                if not self._away:
                    self._away = True
                    log.warning("journal.database_away", error=str(error))
                gevent.sleep(delay)
                delay = min(delay * 2, longest)
                continue
            except Exception:
                # The journal must outlive whatever a batch holds; the entries stay where they are.
                log.exception("journal.failed")
                gevent.sleep(delay)
                delay = min(delay * 2, longest)
                continue
            self._wake.wait(min(self._adopt_seconds, 1.0))
            if self._wake.is_set() and not self._stopping:
                self._wake.clear()
                self._hurry.wait(GATHER_SECONDS)
            self._hurry.clear()

    def _bring_in_own(self) -> None:
        """Until nothing is pending; gives the other greenlets their turn after each batch."""
        while True:
            with self._lock:
                own = self._own[0] if self._own else None
                pending = own is not None and bool(own.times)
                memory = list(self._memory)[:BATCH]
                if own is not None and not pending and own.full:
                    own.writer.path.unlink(missing_ok=True)
                    own.writer.close()
                    self._own.popleft()
                    continue
                if not pending and not memory:
                    self._drained.set()
                    return
            if memory:
                self._count(self._books.take(memory))
                with self._lock:
                    for _ in memory:
                        self._memory.popleft()
            if own is not None and pending:
                own.writer.flush()
                brought = self._count(self._books.bring_in(own.writer.path, own.offset))
                with self._lock:
                    own.offset = brought.offset
                    for _ in range(brought.lines):
                        own.times.popleft()
            gevent.sleep(0)

    def _adopt_orphans(self) -> None:
        with self._lock:
            ours = {own.writer.path for own in self._own}
        for path in segment.segments(self._folder):
            if path in ours:
                continue
            with segment.adopt(path) as adopted:
                if adopted:
                    self._bring_in(path)

    def _bring_in(self, path: Path) -> None:
        offset = count = 0
        while (brought := self._count(self._books.bring_in(path, offset))).offset > offset:
            offset, count = brought.offset, count + brought.lines
            gevent.sleep(0)
        if path.stat().st_size > offset:
            # The process died while it wrote this line: nobody was ever told that it had happened.
            log.warning("journal.torn_line", path=str(path))
        path.unlink(missing_ok=True)
        log.info("journal.adopted", path=str(path), entries=count)

    def _count(self, brought: Brought) -> Brought:
        self._written += brought.written
        self._damaged += brought.damaged
        self._refused += brought.refused
        if self._away:
            self._away = False
            log.info("journal.database_back")
        return brought
