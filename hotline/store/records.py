"""Take the switch's call records in: each leg once, whatever comes twice; what cannot be read is listed
with its reason.

Differences between the switch's records and our own calls are worked out in the same transaction.
"""

from __future__ import annotations

import itertools
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass, fields
from pathlib import Path
from typing import Any, Final

from sqlalchemy import insert, select
from sqlalchemy.orm import Session

from hotline.store.base import from_epoch
from hotline.store.cdr import MAX_BYTES, BadRecord, Leg, content_hash, parse
from hotline.store.db import Database
from hotline.store.models import Call, CallRecord, RejectedRecord
from hotline.store.reconcile import reconcile_calls

# Records written in one transaction. On SQLite the process does nothing else meanwhile.
BATCH: Final = 500
# Values in one IN (…).
_IN_LIMIT: Final = 500
_EXCERPT: Final = 400
_COLUMNS: Final = tuple(field.name for field in fields(Leg))
_LINES: Final = frozenset({".jsonl", ".ndjson"})


class BadImportFile(Exception):
    """The file is not of a kind that can be imported."""


@dataclass(frozen=True, slots=True)
class RawRecord:
    """What was sent: its bytes, where it came from, and which record of that it is, from 1."""

    content: bytes
    source: str
    position: int = 1


@dataclass(frozen=True, slots=True)
class ImportReport:
    """How many records were new, were there already, and were refused (listed before or not)."""

    added: int = 0
    known: int = 0
    rejected: int = 0

    def __add__(self, other: ImportReport) -> ImportReport:
        return ImportReport(
            self.added + other.added, self.known + other.known, self.rejected + other.rejected
        )

    @property
    def total(self) -> int:
        return self.added + self.known + self.rejected


@dataclass(frozen=True, slots=True)
class Prepared:
    """Records that were read, ready to be written; reading needs no database."""

    legs: tuple[tuple[RawRecord, str, Leg], ...]
    bad: tuple[tuple[RawRecord, str, BadRecord], ...]


def prepare(records: Iterable[RawRecord]) -> Prepared:
    """Read *records*. Never raises for their content."""
    legs: list[tuple[RawRecord, str, Leg]] = []
    bad: list[tuple[RawRecord, str, BadRecord]] = []
    for record in records:
        digest = content_hash(record.content)
        try:
            legs.append((record, digest, parse(record.content)))
        except BadRecord as error:
            bad.append((record, digest, error))
    return Prepared(tuple(legs), tuple(bad))


def take(session: Session, prepared: Prepared, *, now: float) -> ImportReport:
    """Write what is new of *prepared*. *now* is seconds since the epoch."""
    at = from_epoch(now)
    known = _known(session, CallRecord.leg_uuid, [leg.leg_uuid for _, _, leg in prepared.legs])
    rows: dict[str, dict[str, Any]] = {}
    bad = list(prepared.bad)
    twice = 0
    for record, digest, leg in prepared.legs:
        stored = known.get(leg.leg_uuid) or (
            rows[leg.leg_uuid]["content_hash"] if leg.leg_uuid in rows else None
        )
        if stored == digest:
            twice += 1
        elif stored is not None:
            detail = f"leg {leg.leg_uuid} was recorded before with other content; the first one stands"
            bad.append((record, digest, BadRecord("conflict", "variables.uuid", detail)))
        else:
            # Not dataclasses.asdict: its deep copies took half the time of an import.
            row = {name: getattr(leg, name) for name in _COLUMNS}
            row.update(source=record.source, content_hash=digest, received_at=at)
            rows[leg.leg_uuid] = row
    if rows:
        session.execute(insert(CallRecord), list(rows.values()))
    _list_rejected(session, bad, now)
    reconcile_calls(session, _interactions(session, rows.values()), at=at)
    return ImportReport(added=len(rows), known=twice, rejected=len(bad))


def receive(database: Database, content: bytes, *, source: str, now: float) -> ImportReport:
    """Take one record that was posted.

    Raises :class:`hotline.store.db.DatabaseAway`; the sender then keeps it.
    """
    prepared = prepare([RawRecord(content, source)])
    return write(database, prepared, now=now)


def write(database: Database, prepared: Prepared, *, now: float) -> ImportReport:
    """:func:`take` in a transaction of its own, while other processes may do the same."""
    return database.write(lambda session: take(session, prepared, now=now), races=3)


def import_file(
    database: Database,
    path: Path,
    *,
    now: float,
    source: str | None = None,
    progress: Callable[[ImportReport], None] | None = None,
) -> ImportReport:
    """Take in a ``.json`` file with one record or a ``.jsonl``/``.ndjson`` file with one a line.

    *progress* gets the sums after each batch, and may yield to other work. *source* is what the records are
    said to come from, the file's name by default. Raises :class:`BadImportFile`, :class:`OSError` and
    :class:`hotline.store.db.DatabaseAway`; what was taken in before stays, and doing it again does no harm.
    """
    report = ImportReport()
    records = read_file(path, source=source or path.name)
    while batch := list(itertools.islice(records, BATCH)):
        report += write(database, prepare(batch), now=now)
        if progress is not None:
            progress(report)
    return report


def read_file(path: Path, *, source: str) -> Iterator[RawRecord]:
    """The records of a file, unread. Raises :class:`BadImportFile` for other kinds of file."""
    suffix = path.suffix.lower()
    if suffix not in _LINES | {".json"}:
        raise BadImportFile(f"{path.name}: a call record file ends in .json, .jsonl or .ndjson")
    with path.open("rb") as file:
        if suffix == ".json":
            yield RawRecord(file.read(MAX_BYTES + 1), source)
            return
        position = 0
        while line := file.readline(MAX_BYTES + 1):
            position += 1
            while not line.endswith(b"\n") and len(line) > MAX_BYTES and (rest := file.readline(MAX_BYTES)):
                # The rest of a line that is far too long: read away, so that the next record is found.
                if rest.endswith(b"\n"):
                    break
            if line.strip():
                yield RawRecord(line.rstrip(b"\r\n"), source, position)


def _known(session: Session, column: Any, values: Sequence[str]) -> dict[str, str]:
    """Which of *values* are in *column* already, with the hash of their content."""
    found: dict[str, str] = {}
    hashes = column.class_.content_hash
    for start in range(0, len(values), _IN_LIMIT):
        part = values[start : start + _IN_LIMIT]
        found.update(
            (value, digest)
            for value, digest in session.execute(select(column, hashes).where(column.in_(part)))
        )
    return found


def _list_rejected(session: Session, bad: Sequence[tuple[RawRecord, str, BadRecord]], now: float) -> None:
    by_hash = {digest: (record, error) for record, digest, error in reversed(bad)}
    known = _known(session, RejectedRecord.content_hash, list(by_hash))
    rows = [
        {
            "content_hash": digest,
            "source": record.source,
            "position": record.position,
            "reason": error.reason,
            "field": error.field,
            "detail": error.detail,
            "excerpt": _excerpt(record.content),
            "at": from_epoch(now),
        }
        for digest, (record, error) in reversed(by_hash.items())
        if digest not in known
    ]
    if rows:
        session.execute(insert(RejectedRecord), rows)


def _excerpt(content: bytes) -> str:
    text = content[: _EXCERPT * 4].decode("utf-8", "replace")[:_EXCERPT]
    return "".join(character if character.isprintable() else "\N{MIDDLE DOT}" for character in text)


def _interactions(session: Session, rows: Iterable[dict[str, Any]]) -> set[str]:
    """The calls that these legs belong to. A leg without an interaction is found by the call's channel."""
    found: set[str] = set()
    channels: list[str] = []
    for row in rows:
        if row["interaction_id"] is None:
            channels.append(row["leg_uuid"])
        else:
            found.add(row["interaction_id"])
    for start in range(0, len(channels), _IN_LIMIT):
        part = channels[start : start + _IN_LIMIT]
        found.update(session.scalars(select(Call.interaction_id).where(Call.channel_uuid.in_(part))))
    return found
