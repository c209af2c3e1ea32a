"""Callbacks: those that are open, for the call side that takes them up again, all of them for people, and what a
call has to do with them.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, replace
from datetime import datetime, time, timedelta
from typing import Final

from sqlalchemy import ColumnElement, Select, select, true
from sqlalchemy.orm import Session

from hotline.domain import callbacks
from hotline.domain import journal as kinds
from hotline.store.callback_projection import ON_CALLBACK
from hotline.store.callbacks import Callback
from hotline.store.calls import Call, JournalEntry
from hotline.store.queries.access import Scope, calls_within, queues_within
from hotline.store.queries.settings import get_setting, set_setting
from hotline.store.seats import Queue

OPEN_STATES: Final = ("waiting", "dialling")
STATES: Final = (*OPEN_STATES, "served", "failed", "expired", "cancelled")
_NAMES_A_TICKET: Final = {kinds.CALLBACK_ASKED, kinds.CALLBACK_REACHED}
# Two machines' clocks, and what is written after a ticket was settled.
_CLOCKS: Final = timedelta(minutes=5)


@dataclass(frozen=True, slots=True)
class CallbackFilter:
    """What the list is narrowed to; an empty value narrows nothing. ``until`` itself is not included."""

    state: str = ""
    queue: str = ""
    number: str = ""
    since: datetime | None = None
    until: datetime | None = None


@dataclass(frozen=True, slots=True)
class Attempt:
    """One time that the customer was called. ``outcome`` is ``reached``, what the dialling failed with, or
    empty while it goes on; ``interaction_id`` is the call in which the customer picked up. *no* is the attempt's
    number as the tickets count them.
    """

    no: int
    at: datetime
    number: str
    agent: str
    outcome: str = ""
    ended_at: datetime | None = None
    interaction_id: str | None = None


def open_callbacks(session: Session) -> list[Callback]:
    """The tickets that somebody is still to be called back for, in the order of their places."""
    query = select(Callback).where(Callback.state.in_(OPEN_STATES)).order_by(Callback.queued_at)
    return list(session.scalars(query))


def callbacks_matching(wanted: CallbackFilter) -> Select[Callback]:
    """The tickets that fit, those asked for last first."""
    conditions: list[ColumnElement[bool]] = []
    if wanted.state == "open":
        conditions.append(Callback.state.in_(OPEN_STATES))
    elif wanted.state:
        conditions.append(Callback.state == wanted.state)
    if wanted.queue:
        conditions.append(Callback.queue_code == wanted.queue)
    if wanted.number:
        conditions.append(Callback.number == wanted.number)
    if wanted.since is not None:
        conditions.append(Callback.asked_at >= wanted.since)
    if wanted.until is not None:
        conditions.append(Callback.asked_at < wanted.until)
    return select(Callback).where(*conditions).order_by(Callback.asked_at.desc(), Callback.ticket)


def callbacks_within(scope: Scope) -> ColumnElement[bool]:
    """By the queue: everybody in its organisation may see who waits to be called back."""
    if scope.unlimited:
        return true()
    return Callback.queue_code.in_(select(Queue.code).where(queues_within(scope)))


def with_callbacks(session: Session, scope: Scope, entries: Iterable[JournalEntry]) -> list[JournalEntry]:
    """The *entries* of one call, and in their order what became of the callbacks that were asked for in it or that
    it answers: the other call, as far as *scope* reaches it, tells the rest.
    """
    own = list(entries)
    tickets = {str(e.data.get("ticket")) for e in own if e.kind in _NAMES_A_TICKET}
    if not tickets:
        return own
    rows = session.scalars(select(Callback).where(Callback.ticket.in_(tickets)))
    calls = {call for row in rows for call in (row.interaction_id, row.reached_interaction_id) if call}
    seen = select(Call.interaction_id).where(Call.interaction_id.in_(calls), calls_within(scope))
    others = session.scalars(
        select(JournalEntry).where(
            JournalEntry.interaction_id.in_(seen),
            JournalEntry.interaction_id.not_in({entry.interaction_id for entry in own}),
            JournalEntry.kind.in_(ON_CALLBACK),
        )
    )
    told = [entry for entry in others if str(entry.data.get("ticket")) in tickets]
    return sorted([*own, *told], key=lambda entry: (entry.at, entry.id))


def journal_of_ticket(session: Session, callback: Callback) -> list[JournalEntry]:
    """What was done about a ticket, in order."""
    conditions = [
        JournalEntry.kind.in_(ON_CALLBACK),
        JournalEntry.at >= callback.asked_at - _CLOCKS,
        JournalEntry.data["ticket"].as_string() == callback.ticket,
    ]
    if callback.settled_at is not None:
        conditions.append(JournalEntry.at <= callback.settled_at + _CLOCKS)
    query = select(JournalEntry).where(*conditions).order_by(JournalEntry.at, JournalEntry.id)
    return list(session.scalars(query))


def attempts_in(entries: Iterable[JournalEntry]) -> list[Attempt]:
    """The attempts that a ticket's journal tells of. One that a call side has taken over from another is one."""
    attempts: list[Attempt] = []
    for entry in entries:
        if entry.kind == kinds.CALLBACK_DIALLED:
            no = int(entry.data.get("attempt") or len(attempts) + 1)
            number, agent = str(entry.data.get("number") or ""), entry.agent_number or ""
            if attempts and attempts[-1].no == no and not attempts[-1].outcome:
                attempts[-1] = replace(attempts[-1], number=number, agent=agent)
            else:
                attempts.append(Attempt(no, entry.at, number, agent))
        elif entry.kind == kinds.CALLBACK_FAILED and attempts:
            outcome = str(entry.data.get("outcome") or "")
            attempts[-1] = replace(attempts[-1], outcome=outcome, ended_at=entry.at)
        elif entry.kind == kinds.CALLBACK_REACHED and attempts:
            attempts[-1] = replace(
                attempts[-1], outcome="reached", ended_at=entry.at, interaction_id=entry.interaction_id
            )
    return attempts


def callable_hours(session: Session) -> tuple[time, time]:
    """From when to when customers may be called back, local time; the usual hours where the setting cannot
    be read.
    """
    try:
        return callbacks.callable_hours(str(get_setting(session, callbacks.HOURS, default="")))
    except callbacks.BadHours:
        return callbacks.USUAL_HOURS


def set_callable_hours(session: Session, hours: tuple[time, time]) -> None:
    set_setting(session, callbacks.HOURS, callbacks.written_hours(hours))
