"""A journal in memory."""

from __future__ import annotations

from collections.abc import Callable

from hotline.domain.journal import Entry


class FakeJournal:
    """Keeps what was written, each entry id once, as the database does."""

    def __init__(self, clock: Callable[[], float]) -> None:
        self._clock = clock
        self.entries: dict[str, Entry] = {}

    def prepare(self) -> None:
        """Nothing is to be had at hand."""

    def start(self) -> None:
        """There is nothing to start."""

    def flush(self, timeout: float) -> bool:
        """There is nothing to write out."""
        return True

    def stop(self, timeout: float) -> None:
        """There is nothing to stop."""

    def write(self, kind, *, interaction_id=None, agent=None, queue=None, at=None, entry_id=None, **data):
        key = entry_id or f"entry {len(self.entries)}"
        when = self._clock() if at is None else at
        self.entries.setdefault(key, Entry(key, when, kind, interaction_id, agent, queue, data))

    def of(self, kind: str) -> list[Entry]:
        return [entry for entry in self.entries.values() if entry.kind == kind]

    def one(self, kind: str) -> Entry:
        (entry,) = self.of(kind)
        return entry
