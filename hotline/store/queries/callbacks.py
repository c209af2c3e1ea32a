"""Callbacks: those that are open, for the call side that takes them up again, and all of them for people."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import Final

from sqlalchemy import ColumnElement, Select, select, true
from sqlalchemy.orm import Session

from hotline.store.callbacks import Callback
from hotline.store.queries.access import Scope, queues_within
from hotline.store.seats import Queue

OPEN_STATES: Final = ("waiting", "dialling")
STATES: Final = (*OPEN_STATES, "served", "failed", "expired", "cancelled")


@dataclass(frozen=True, slots=True)
class CallbackFilter:
    """What the list is narrowed to; an empty value narrows nothing. ``until`` itself is not included."""

    state: str = ""
    queue: str = ""
    number: str = ""
    since: datetime | None = None
    until: datetime | None = None


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
