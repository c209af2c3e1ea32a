"""Who may be called back, and when: the numbers that are dialled, and the hours in which they are."""

from __future__ import annotations

import re
from datetime import time
from typing import Final

# The setting, and what counts as long as it is not set.
HOURS: Final = "callbacks.hours"
USUAL_HOURS: Final = (time(9), time(20))

# Numbers of subscribers in the country, as the desks may call them: no service numbers, nothing abroad.
_CALLABLE: Final = re.compile(r"0[1-9]\d{8,10}|1[3-9]\d{9}|[2-9]\d{6,7}|[48]00\d{7}", re.ASCII)
_COUNTRY: Final = re.compile(r"(?:\+|00)?86(?=(?:1[3-9]\d{9}|0?[1-9]\d{8,10})$)", re.ASCII)
_HOUR: Final = re.compile(r"([01]?\d|2[0-3]):([0-5]\d)", re.ASCII)


class BadHours(ValueError):
    """Not two times of one day, the first of them before the second."""


def callable_number(number: str) -> str | None:
    """*number* as the trunk takes it, without the country's code; None for one that is not called back."""
    national, with_country = _COUNTRY.subn("", re.sub(r"[ -]", "", number))
    if with_country and national[0] not in "01":
        # An area code, which is written without its 0 behind the country's.
        national = "0" + national
    return national if _CALLABLE.fullmatch(national) else None


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
