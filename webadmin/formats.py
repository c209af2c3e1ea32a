"""How values look on a page: local times, durations, sizes, telephone numbers."""

from __future__ import annotations

import json
from datetime import UTC, datetime
from typing import Any, Final
from zoneinfo import ZoneInfo

from flask import Flask
from flask_babel import gettext as _
from markupsafe import Markup

from webadmin.i18n import ZONE

LOCAL: Final = ZoneInfo(ZONE)
NOTHING: Final = "–"


def local(value: datetime | float) -> datetime:
    """*value* (aware, or seconds since the epoch) on the wall clock of the hotline."""
    aware = value if isinstance(value, datetime) else datetime.fromtimestamp(value, UTC)
    return aware.astimezone(LOCAL)


def date_time(value: datetime | float | None) -> str:
    return local(value).strftime("%Y-%m-%d %H:%M:%S") if value is not None else NOTHING


def minute(value: datetime | float | None) -> str:
    """A date without its year, and the time without its seconds: for tables of what is going on."""
    return local(value).strftime("%m-%d %H:%M") if value is not None else NOTHING


def day(value: datetime | float | None) -> str:
    return local(value).strftime("%Y-%m-%d") if value is not None else NOTHING


def clock_time(value: datetime | float | None) -> str:
    return local(value).strftime("%H:%M:%S") if value is not None else NOTHING


def duration(seconds: float | None) -> str:
    """``1:05`` or ``1:02:03``."""
    if seconds is None:
        return NOTHING
    whole = max(0, int(seconds + 0.5))
    hours, rest = divmod(whole, 3600)
    minutes, left = divmod(rest, 60)
    return f"{hours}:{minutes:02}:{left:02}" if hours else f"{minutes}:{left:02}"


def milliseconds(value: int | None) -> str:
    """A stored duration, as :func:`duration` shows it."""
    return duration(value / 1000) if value is not None else NOTHING


def seconds_words(value: float | None) -> str:
    """A short span in words: ``8.5 s``."""
    return _("%(n)s s", n=f"{value:.1f}".removesuffix(".0")) if value is not None else NOTHING


def percent(part: float | None, digits: int = 1) -> str:
    """A share from 0 to 1."""
    return f"{part * 100:.{digits}f}%" if part is not None else NOTHING


def or_nothing(value: Any) -> Any:
    return value if value not in (None, "") else NOTHING


def as_json(value: Any) -> Markup:
    """For a ``<script type="application/json">``; nothing in it can end the element."""
    text = json.dumps(value, ensure_ascii=False, separators=(",", ":"))
    return Markup(text.replace("<", "\\u003c").replace(">", "\\u003e").replace("&", "\\u0026"))  # noqa: S704


def set_up(app: Flask) -> None:
    app.jinja_env.filters.update(
        {
            "date_time": date_time,
            "minute": minute,
            "day": day,
            "clock_time": clock_time,
            "duration": duration,
            "milliseconds": milliseconds,
            "seconds_words": seconds_words,
            "percent": percent,
            "or_nothing": or_nothing,
            "as_json": as_json,
        }
    )
