"""A year at a glance: twelve small months, each day with what it is to the hotline."""

from __future__ import annotations

import calendar
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date

from hotline.domain.calendar import WorkingHours, format_hours
from hotline.store.content import CalendarDay


@dataclass(frozen=True, slots=True)
class Cell:
    """One day. ``kind`` is that of its row, else ``rest`` for a day off in the week, or empty; ``hours`` is when
    the hotline is open then, as people write it.
    """

    day: date
    kind: str
    name: str
    hours: str
    provisional: bool = False


Week = tuple[Cell | None, ...]


@dataclass(frozen=True, slots=True)
class Month:
    """``weeks`` begin with Monday; days of other months are None."""

    first: date
    weeks: tuple[Week, ...]


def months_of(year: int, hours: WorkingHours, rows: Iterable[CalendarDay]) -> list[Month]:
    """The months of *year*, by the weekly *hours* and the dated *rows*."""
    dated = {row.day: row for row in rows}

    def cell(day: date, month: int) -> Cell | None:
        if day.month != month:
            return None
        row = dated.get(day)
        if row is None:
            usual = format_hours(hours.week[day.weekday()])
            return Cell(day, "" if usual else "rest", "", usual)
        open_at = {"workday": format_hours(hours.make_up), "special": row.hours}.get(row.kind, "")
        return Cell(day, row.kind, row.name, open_at, row.provisional)

    pages = calendar.Calendar()
    return [
        Month(
            date(year, month, 1),
            tuple(tuple(cell(day, month) for day in week) for week in pages.monthdatescalendar(year, month)),
        )
        for month in range(1, 13)
    ]
