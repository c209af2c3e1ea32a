"""Who may be called back, and when: the numbers that are dialled, and the hours in which they are."""

from __future__ import annotations

import re
from datetime import time
from typing import Final

from hotline.domain.numbers import national

# The setting, and what counts as long as it is not set.
HOURS: Final = "callbacks.hours"
USUAL_HOURS: Final = (time(9), time(20))

# Numbers of subscribers in the country, as the desks may call them: no service numbers, nothing abroad.
_CALLABLE: Final = re.compile(
    r"0(?:10|2\d)\d{8}|0[3-9]\d{2}\d{7,8}|1[3-9]\d{9}|[2-9]\d{6,7}|[48]00\d{7}", re.ASCII
)
_WRITTEN: Final = re.compile(r"\+?[\d -]+", re.ASCII)
_HOUR: Final = re.compile(r"([01]?\d|2[0-3]):([0-5]\d)", re.ASCII)


class BadHours(ValueError):
    """Not two times of one day, the first of them before the second."""


def callable_number(number: str) -> str | None:
    """*number* as the trunk takes it, in the one spelling of numbers; None for one that is not called back."""
    if not _WRITTEN.fullmatch(number):
        return None
    spelled = national(number)
    return spelled if _CALLABLE.fullmatch(spelled) else None


def callable_hours(text: str) -> tuple[time, time]:
    """``09:00-20:00`` in two. Raises :class:`BadHours`."""
    parts = [_HOUR.fullmatch(part.strip()) for part in text.split("-")]
    if len(parts) != 2 or None in parts:
        raise BadHours(text)
    begin, end = (time(int(part[1]), int(part[2])) for part in parts if part)
    if begin >= end:
        raise BadHours(text)
    return begin, end


def written_hours(hours: tuple[time, time]) -> str:
    """As :func:`callable_hours` reads them."""
    return "-".join(f"{hour:%H:%M}" for hour in hours)
