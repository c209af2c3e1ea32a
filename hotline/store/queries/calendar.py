"""The working calendar as the administrators have set it."""

from __future__ import annotations

from typing import Any, cast

from sqlalchemy import select
from sqlalchemy.orm import Session

from hotline.domain.calendar import ALWAYS_OPEN, Calendar, DayKind, SpecialDay, WorkingHours, parse_hours
from hotline.store.models import CalendarDay
from hotline.store.queries.settings import get_setting


def load_calendar(session: Session) -> Calendar:
    """Weekly hours and dated rows as one calendar; open at any hour when the demo is set so.

    Raises :class:`hotline.domain.calendar.CalendarError` when what is stored makes no calendar.
    """
    if get_setting(session, "demo.always_open", default=False):
        return Calendar(ALWAYS_OPEN)
    stored = get_setting(session, "calendar.hours", default=None)
    rows = session.scalars(select(CalendarDay).order_by(CalendarDay.day))
    days = [
        SpecialDay(row.day, cast("DayKind", row.kind), row.name, parse_hours(row.hours) if row.hours else ())
        for row in rows
    ]
    return Calendar(_working_hours(stored), days)


def _working_hours(stored: dict[str, Any] | None) -> WorkingHours:
    if stored is None:
        return WorkingHours()
    return WorkingHours(
        week=tuple(parse_hours(text) for text in stored["week"]), make_up=parse_hours(stored["make_up"])
    )
