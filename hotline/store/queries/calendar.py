"""The working calendar as the administrators have set it."""

from __future__ import annotations

from datetime import date
from typing import Any, cast

from sqlalchemy import select
from sqlalchemy.orm import Session

from hotline.domain.calendar import (
    ALWAYS_OPEN,
    Calendar,
    DayKind,
    SpecialDay,
    WorkingHours,
    format_hours,
    parse_hours,
)
from hotline.store.models import CalendarDay
from hotline.store.queries.settings import get_setting, set_setting


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


def working_hours(session: Session) -> WorkingHours:
    """The weekly hours as they are set. Raises :class:`hotline.domain.calendar.CalendarError` for nonsense."""
    return _working_hours(get_setting(session, "calendar.hours", default=None))


def set_working_hours(session: Session, hours: WorkingHours) -> None:
    """Store the weekly hours in the shape that :func:`load_calendar` reads."""
    stored = {"week": [format_hours(day) for day in hours.week], "make_up": format_hours(hours.make_up)}
    set_setting(session, "calendar.hours", stored)


def days_of_year(session: Session, year: int) -> list[CalendarDay]:
    """The dated rows of a year, in order."""
    return list(
        session.scalars(
            select(CalendarDay)
            .where(CalendarDay.day >= date(year, 1, 1), CalendarDay.day <= date(year, 12, 31))
            .order_by(CalendarDay.day)
        )
    )


def all_days(session: Session) -> list[CalendarDay]:
    """The dated rows of all years, in order."""
    return list(session.scalars(select(CalendarDay).order_by(CalendarDay.day)))


def years_with_days(session: Session) -> list[int]:
    """The years that have dated rows."""
    return sorted({day.year for day in session.scalars(select(CalendarDay.day))})


def day_row(session: Session, day: date) -> CalendarDay | None:
    return session.scalar(select(CalendarDay).where(CalendarDay.day == day))


def put_day(session: Session, day: SpecialDay, *, provisional: bool = False) -> bool:
    """Make *day* the row of its date; returns whether there was one before."""
    row = day_row(session, day.date)
    known = row is not None
    if row is None:
        row = CalendarDay(day=day.date)
        session.add(row)
    row.kind, row.name, row.hours, row.provisional = day.kind, day.name, format_hours(day.hours), provisional
    return known


def delete_day(session: Session, day: date) -> bool:
    """Remove the row of a date; False when there was none."""
    row = day_row(session, day)
    if row is not None:
        session.delete(row)
    return row is not None
