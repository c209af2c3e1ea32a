"""The caller lists: found, changed, brought in from files, and read by the call side."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Final

from sqlalchemy import ColumnElement, Select, and_, delete, func, or_, select, true
from sqlalchemy.orm import Session

from hotline.domain.callers import CallerLists, ListEntry
from hotline.store.base import to_epoch
from hotline.store.errors import Conflict
from hotline.store.lists import CallerEntry
from hotline.store.queries.access import Scope
from hotline.store.queries.agents import escape_like
from hotline.store.queries.settings import get_setting, set_setting

AREA_CODE: Final = "numbers.area_code"
# Raised with every change, so that the call side reads the lists again only then.
VERSION: Final = "lists.version"
# Rows that are read or written at once, a few milliseconds' work.
BATCH: Final = 500


@dataclass(frozen=True, slots=True)
class EntryDetails:
    """What a manager says of an entry; ``number`` is spelled as numbers are compared."""

    kind: str
    number: str
    is_prefix: bool = False
    bonus: int = 0
    note: str = ""
    expires_at: datetime | None = None

    def as_data(self) -> dict[str, Any]:
        """JSON values, for the audit trail."""
        return {
            "kind": self.kind,
            "number": self.number,
            "is_prefix": self.is_prefix,
            "bonus": self.bonus,
            "note": self.note,
            "expires_at": self.expires_at.isoformat() if self.expires_at else None,
        }


@dataclass(frozen=True, slots=True)
class EntryFilter:
    """What the list is narrowed to; an empty value narrows nothing. ``text`` is a part of number or note."""

    kind: str = ""
    text: str = ""
    expired: bool | None = None


def entries_within(scope: Scope) -> ColumnElement[bool]:
    return true() if scope.unlimited else CallerEntry.organisation_id.in_(scope.organisations)


def entries_matching(scope: Scope, wanted: EntryFilter, now: datetime) -> Select[CallerEntry]:
    """The entries in *scope* that fit, newest first."""
    conditions = [entries_within(scope)]
    if wanted.kind:
        conditions.append(CallerEntry.kind == wanted.kind)
    if wanted.text:
        like = f"%{escape_like(wanted.text)}%"
        conditions.append(
            or_(CallerEntry.number.like(like, escape="\\"), CallerEntry.note.like(like, escape="\\"))
        )
    over = and_(CallerEntry.expires_at.is_not(None), CallerEntry.expires_at <= now)
    if wanted.expired is not None:
        conditions.append(over if wanted.expired else ~over)
    return select(CallerEntry).where(*conditions).order_by(CallerEntry.id.desc())


def numbers_of_each(session: Session, scope: Scope) -> dict[str, int]:
    """How many entries in *scope* each kind has."""
    counts = select(CallerEntry.kind, func.count()).where(entries_within(scope)).group_by(CallerEntry.kind)
    return dict(session.execute(counts).all())


def details_of(entry: CallerEntry) -> EntryDetails:
    return EntryDetails(entry.kind, entry.number, entry.is_prefix, entry.bonus, entry.note, entry.expires_at)


def add_entry(
    session: Session, organisation: int, details: EntryDetails, *, by: str, now: datetime
) -> CallerEntry:
    """Add an entry for *organisation*. Raises :class:`Conflict`."""
    _check_free(session, organisation, details, None)
    entry = CallerEntry(organisation_id=organisation, created_by=by, created_at=now)
    _apply(entry, details)
    session.add(entry)
    session.flush()
    changed(session)
    return entry


def update_entry(session: Session, entry: CallerEntry, details: EntryDetails) -> None:
    """Change an entry. Raises :class:`Conflict`."""
    _check_free(session, entry.organisation_id, details, entry.id)
    _apply(entry, details)
    changed(session)


def delete_entries(session: Session, scope: Scope, ids: Iterable[int]) -> int:
    """Remove entries in *scope*; how many there were."""
    chosen = and_(entries_within(scope), CallerEntry.id.in_(list(ids)))
    gone = session.scalar(select(func.count()).select_from(CallerEntry).where(chosen)) or 0
    session.execute(delete(CallerEntry).where(chosen))
    changed(session)
    return gone


def put_entries(
    session: Session, organisation: int, details: list[EntryDetails], *, by: str, now: datetime
) -> int:
    """Add entries of *organisation*, or change those that are there; how many those were.

    For some hundreds at a time: all of them are looked for in one statement.
    """
    numbers = {one.number for one in details}
    there = select(CallerEntry).where(
        CallerEntry.organisation_id == organisation, CallerEntry.number.in_(numbers)
    )
    known = {(row.kind, row.number, row.is_prefix): row for row in session.scalars(there)}
    replaced = 0
    for one in details:
        entry = known.get((one.kind, one.number, one.is_prefix))
        replaced += entry is not None
        if entry is None:
            entry = CallerEntry(organisation_id=organisation, created_by=by, created_at=now)
            session.add(entry)
        _apply(entry, one)
    changed(session)
    return replaced


def changed(session: Session) -> None:
    """Note that the lists differ from what the call side has read."""
    set_setting(session, VERSION, version(session) + 1)


def version(session: Session) -> int:
    return int(get_setting(session, VERSION, default=0))


def area_code(session: Session) -> str:
    """The own area code (0512), with which numbers from within it are completed; "" where none is set."""
    return str(get_setting(session, AREA_CODE, default=""))


def load_callers(session: Session, now: datetime, *, pause: Callable[[], None] = lambda: None) -> CallerLists:
    """The entries of everybody that are valid at *now* or later, as the calls ask them.

    *pause* is called between batches: a hundred thousand entries take half a second, in which others want
    their turn.
    """
    return CallerLists(_valid(session, now, pause), area=area_code(session))


def _valid(session: Session, now: datetime, pause: Callable[[], None]) -> Iterator[ListEntry]:
    table = CallerEntry.__table__.c
    query = (
        select(table.id, table.kind, table.number, table.is_prefix, table.bonus, table.expires_at)
        .where(or_(table.expires_at.is_(None), table.expires_at > now))
        .order_by(table.id)
        .limit(BATCH)
    )
    last = 0
    while rows := session.execute(query.where(table.id > last)).all():
        for last, kind, number, is_prefix, bonus, expires_at in rows:  # noqa: B007 - goes on after it
            yield ListEntry(kind, number, is_prefix, bonus, to_epoch(expires_at) if expires_at else None)
        pause()


def _check_free(session: Session, organisation: int, details: EntryDetails, own: int | None) -> None:
    taken = session.scalar(
        select(CallerEntry.id).where(
            CallerEntry.organisation_id == organisation,
            CallerEntry.kind == details.kind,
            CallerEntry.number == details.number,
            CallerEntry.is_prefix == details.is_prefix,
        )
    )
    if taken is not None and taken != own:
        raise Conflict("number", details.number)


def _apply(entry: CallerEntry, details: EntryDetails) -> None:
    entry.kind, entry.number, entry.is_prefix = details.kind, details.number, details.is_prefix
    entry.bonus, entry.note, entry.expires_at = details.bonus, details.note, details.expires_at
