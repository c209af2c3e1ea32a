"""Days as people enter them: dates of the hotline's own time zone."""

from __future__ import annotations

from datetime import UTC, date, datetime, time, timedelta
from typing import Final

from flask import request

from webadmin.formats import LOCAL, local
from webadmin.services import services

# Outside of these an instant could not be told in every time zone.
YEARS: Final = range(1970, 9999)


def day_sent(name: str) -> date | None:
    """The date in the query string, None for none or for nonsense."""
    try:
        day = date.fromisoformat(request.args.get(name, ""))
    except ValueError:
        return None
    return day if day.year in YEARS else None


def days_sent() -> tuple[date | None, date | None]:
    """The first and the last day asked for, both included."""
    return day_sent("since"), day_sent("until")


def day_start(day: date, *, after: int = 0) -> datetime:
    """The aware UTC instant at which *day* begins, or the day so many days *after* it."""
    return datetime.combine(day + timedelta(days=after), time(), LOCAL).astimezone(UTC)


def today() -> date:
    return local(services().clock()).date()
