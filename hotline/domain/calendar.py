"""When the hotline is open: weekly hours, holidays, make-up workdays and days with hours of their own.

The rules of one day, in this order: a dated row (`SpecialDay`) if there is one, else the weekly hours.
Holidays and the make-up workdays (调休) that the State Council announces each year are rows of data, never
code.

Times of day are wall-clock minutes in the calendar's zone; instants are seconds since the epoch, UTC.
"""

import datetime as dt
import itertools
import math
import re
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from typing import Literal
from zoneinfo import ZoneInfo

DayKind = Literal["holiday", "workday", "special"]
Reason = Literal["working_hours", "outside_hours", "rest_day", "holiday", "make_up_workday", "special_day"]

MINUTES_A_DAY = 24 * 60
# How far ahead the next change is looked for: longer than any announced holiday schedule reaches.
HORIZON_DAYS = 400

# People also type the en dash, and the full-width comma and semicolon of a Chinese keyboard.
_SPAN = re.compile(r"(\d{1,2}):(\d{2})\s*[-\u2013]\s*(\d{1,2}):(\d{2})")
_SEPARATOR = re.compile(r"[,;\uff0c\uff1b]")


class CalendarError(ValueError):
    """The rows do not make a calendar; the message says which and why."""


@dataclass(frozen=True, slots=True)
class Span:
    """A stretch of one day in minutes after midnight: `start` included, `end` not. 24:00 is 1440."""

    start: int
    end: int

    def __post_init__(self) -> None:
        if not 0 <= self.start < self.end <= MINUTES_A_DAY:
            raise CalendarError(f"a span must lie within one day and end after it starts: {self}")

    def __str__(self) -> str:
        return f"{self.start // 60:02}:{self.start % 60:02}-{self.end // 60:02}:{self.end % 60:02}"


Hours = tuple[Span, ...]


def parse_hours(text: str) -> Hours:
    """Read hours as an operator types them, "09:00-12:00, 13:00-17:00"; an empty text is a day off.

    Spans come back in order. Raises CalendarError for anything else, and for spans that overlap.
    """
    spans = []
    for part in filter(None, (piece.strip() for piece in _SEPARATOR.split(text))):
        match = _SPAN.fullmatch(part)
        if match is None:
            raise CalendarError(f"not a span of hours: {part!r}")
        start_h, start_m, end_h, end_m = (int(group) for group in match.groups())
        if start_m > 59 or end_m > 59:
            raise CalendarError(f"not a time of day: {part!r}")
        spans.append(Span(start_h * 60 + start_m, end_h * 60 + end_m))
    return _in_order(spans)


def format_hours(hours: Hours) -> str:
    """The text that `parse_hours` reads back."""
    return ", ".join(str(span) for span in hours)


def _in_order(spans: Iterable[Span]) -> Hours:
    ordered = tuple(sorted(spans, key=lambda span: span.start))
    for before, after in itertools.pairwise(ordered):
        if after.start < before.end:
            raise CalendarError(f"spans overlap: {before} and {after}")
    return ordered


@dataclass(frozen=True, slots=True)
class SpecialDay:
    """One dated row.

    holiday: closed. workday: a make-up workday, with the hours of `WorkingHours.make_up`. special: open for
    just `hours` (none: closed), such as a day that ends early or a campaign on a Sunday.
    """

    date: dt.date
    kind: DayKind
    name: str
    hours: Hours = ()

    def __post_init__(self) -> None:
        if self.kind != "special" and self.hours:
            raise CalendarError(f"{self.date}: only a special day has hours of its own")
        _in_order(self.hours)


NINE_TO_FIVE: Hours = (Span(9 * 60, 17 * 60),)
ALL_DAY: Hours = (Span(0, MINUTES_A_DAY),)


@dataclass(frozen=True, slots=True)
class WorkingHours:
    """The ordinary week: hours of Monday to Sunday, and those of a make-up workday."""

    week: tuple[Hours, ...] = (NINE_TO_FIVE,) * 5 + ((),) * 2
    make_up: Hours = NINE_TO_FIVE

    def __post_init__(self) -> None:
        if len(self.week) != 7:
            raise CalendarError(f"a week has seven days, not {len(self.week)}")
        for hours in (*self.week, self.make_up):
            _in_order(hours)


ALWAYS_OPEN = WorkingHours(week=(ALL_DAY,) * 7, make_up=ALL_DAY)


@dataclass(frozen=True, slots=True)
class OpenState:
    """The answer for one instant.

    `next_change` is the first later instant at which `open` flips, in seconds since the epoch; infinity when
    that is not within HORIZON_DAYS. `holiday_name` is the name of today's holiday row. `weekday` is local,
    Monday is 1.
    """

    open: bool
    reason: Reason
    holiday_name: str | None
    next_change: float
    weekday: int


class Calendar:
    """Working hours with dated exceptions in one time zone. Two rows for one date raise CalendarError."""

    def __init__(
        self,
        hours: WorkingHours | None = None,
        days: Iterable[SpecialDay] = (),
        *,
        zone: str = "Asia/Shanghai",
    ) -> None:
        self._hours = hours if hours is not None else WorkingHours()
        self._zone = ZoneInfo(zone)
        rows: dict[dt.date, SpecialDay] = {}
        for day in days:
            if day.date in rows:
                raise CalendarError(f"{day.date} has two rows: {rows[day.date].name!r} and {day.name!r}")
            rows[day.date] = day
        self._days: Mapping[dt.date, SpecialDay] = rows
        self._latest: tuple[float, float, OpenState] | None = None

    def is_open(self, now: float) -> OpenState:
        """Whether the hotline is open at `now`, why, and until when."""
        # Calls ask at every step, and looking for the next change goes through a year of days.
        if self._latest is not None:
            begin, end, state = self._latest
            if begin <= now < end:
                return state
        state, today = self._work_out(now)
        midnight = self._instant(today, MINUTES_A_DAY)
        self._latest = now, min(midnight, state.next_change), state
        return state

    def _work_out(self, now: float) -> tuple[OpenState, dt.date]:
        today = dt.datetime.fromtimestamp(now, self._zone).date()
        row = self._days.get(today)
        is_open = any(start <= now < end for start, end in self._intervals(today))
        state = OpenState(
            open=is_open,
            reason=self._reason(row, today, is_open=is_open),
            holiday_name=row.name if row is not None and row.kind == "holiday" else None,
            next_change=self._next_change(now, today, is_open=is_open),
            weekday=today.isoweekday(),
        )
        return state, today

    def hours_of(self, date: dt.date) -> Hours:
        """The hours of one local date, dated rows considered."""
        row = self._days.get(date)
        if row is None:
            return self._hours.week[date.weekday()]
        if row.kind == "workday":
            return self._hours.make_up
        return row.hours

    def is_make_up_workday(self, date: dt.date) -> bool:
        """Whether a local date is a day off in the week that is worked (调休)."""
        row = self._days.get(date)
        return row is not None and row.kind == "workday"

    def _reason(self, row: SpecialDay | None, today: dt.date, *, is_open: bool) -> Reason:
        if row is not None and row.kind == "holiday":
            return "holiday"
        if row is not None and row.kind == "special":
            return "special_day"
        if is_open:
            return "make_up_workday" if row is not None else "working_hours"
        return "outside_hours" if self.hours_of(today) else "rest_day"

    def _next_change(self, now: float, today: dt.date, *, is_open: bool) -> float:
        until = now
        for offset in range(HORIZON_DAYS):
            for start, end in self._intervals(today + dt.timedelta(days=offset)):
                if end <= now:
                    continue
                if not is_open:
                    return start
                # Spans that touch (a day to 24:00 and the next from 0:00) are one stretch of being open.
                if until > now and start > until:
                    return until
                until = end
        horizon = self._instant(today + dt.timedelta(days=HORIZON_DAYS), 0)
        return until if is_open and until < horizon else math.inf

    def _intervals(self, date: dt.date) -> Iterator[tuple[float, float]]:
        for span in self.hours_of(date):
            yield self._instant(date, span.start), self._instant(date, span.end)

    def _instant(self, date: dt.date, minute: int) -> float:
        # Wall-clock arithmetic first, the zone last: right also where a zone has daylight saving.
        wall = dt.datetime.combine(date, dt.time()) + dt.timedelta(minutes=minute)
        return wall.replace(tzinfo=self._zone).timestamp()
