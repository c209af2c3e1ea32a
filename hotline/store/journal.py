"""Write the journal, and what follows from it, in one transaction."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from datetime import datetime
from typing import Any, Final, cast

from sqlalchemy import Table, func, insert, select
from sqlalchemy.orm import Session

from hotline.domain.journal import CALL_ENDED, Entry
from hotline.store.base import from_epoch, to_epoch
from hotline.store.models import Call, JournalEntry
from hotline.store.projections import Rows, apply_to_call, apply_to_others, reset_call
from hotline.store.reconcile import reconcile_calls

_JOURNAL: Final = cast(Table, JournalEntry.__table__)
# Below the number of values that any SQLite takes in one statement.
_IN_LIMIT: Final = 500


def append(session: Session, entries: Iterable[Entry]) -> int:
    """Write the *entries* that are not there yet and bring calls, recordings and agents up to date with them.

    Returns how many were new: the same batch again changes nothing. Entries of one call may come late, from
    the spool of a process that died: that call is then worked out anew from all its entries, in the order
    of time.
    """
    new = _unknown(session, entries)
    if not new:
        return 0
    rows = Rows(session, new)
    latest = _latest(session, {entry.interaction_id for entry in new if entry.interaction_id})
    # Rows of this table are written once and never seen as objects here, so the ORM is left out.
    session.connection().execute(insert(_JOURNAL), [_row(entry) for entry in new])
    late = {
        entry.interaction_id
        for entry in new
        if entry.interaction_id in latest and from_epoch(entry.at) < latest[entry.interaction_id]
    }
    with session.no_autoflush:
        for entry in new:
            call = rows.call(entry)
            if call is not None and entry.interaction_id not in late:
                apply_to_call(call, entry)
            apply_to_others(rows, entry)
        for interaction in late:
            if interaction is not None:
                _work_out_anew(session, rows.calls[interaction])
    session.flush()
    ended = {e.interaction_id for e in new if e.kind == CALL_ENDED and e.interaction_id is not None}
    reconcile_calls(session, ended | {i for i in late if i is not None}, at=from_epoch(new[-1].at))
    return len(new)


def _unknown(session: Session, entries: Iterable[Entry]) -> list[Entry]:
    """Each new entry once, in the order of time; entries of one instant stay in the order in which they
    came.
    """
    by_id: dict[str, Entry] = {}
    for entry in entries:
        by_id.setdefault(entry.entry_id, entry)
    for ids in _chunks(list(by_id)):
        known = session.connection().execute(select(_JOURNAL.c.entry_id).where(_JOURNAL.c.entry_id.in_(ids)))
        for (entry_id,) in known:
            del by_id[entry_id]
    return sorted(by_id.values(), key=lambda entry: entry.at)


def _latest(session: Session, interactions: set[str]) -> dict[str | None, datetime]:
    """The time of the last entry that each of these interactions has in the journal."""
    latest: dict[str | None, datetime] = {}
    for ids in _chunks(list(interactions)):
        found = session.connection().execute(
            select(_JOURNAL.c.interaction_id, func.max(_JOURNAL.c.at))
            .where(_JOURNAL.c.interaction_id.in_(ids))
            .group_by(_JOURNAL.c.interaction_id)
        )
        latest.update((interaction, at) for interaction, at in found)
    return latest


def _work_out_anew(session: Session, call: Call) -> None:
    stored = session.scalars(
        select(JournalEntry)
        .where(JournalEntry.interaction_id == call.interaction_id)
        .order_by(JournalEntry.at, JournalEntry.id)
    ).all()
    reset_call(call, to_epoch(stored[0].at))
    for row in stored:
        apply_to_call(call, to_entry(row))


def to_entry(row: JournalEntry) -> Entry:
    """The fact that a row of the journal holds."""
    return Entry(
        entry_id=row.entry_id,
        at=to_epoch(row.at),
        kind=row.kind,
        interaction_id=row.interaction_id,
        agent_number=row.agent_number,
        queue_code=row.queue_code,
        data=row.data,
    )


def _row(entry: Entry) -> dict[str, Any]:
    return {
        "entry_id": entry.entry_id,
        "at": from_epoch(entry.at),
        "kind": entry.kind,
        "interaction_id": entry.interaction_id,
        "agent_number": entry.agent_number,
        "queue_code": entry.queue_code,
        "data": dict(entry.data),
    }


def _chunks(values: Sequence[str]) -> Iterable[Sequence[str]]:
    for start in range(0, len(values), _IN_LIMIT):
        yield values[start : start + _IN_LIMIT]
