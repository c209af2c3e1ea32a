"""The public holidays (节假日) and make-up workdays (调休) that a new installation begins with.

2025 and 2026 are as the General Office of the State Council announced them, in November of the year before.
2027 follows from the statutory days alone: what is announced for it replaces these rows, which are marked
provisional.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date, timedelta
from typing import Final, Literal


@dataclass(frozen=True, slots=True)
class PublicDay:
    """One date: ``holiday`` (closed) or ``workday`` (a weekend day that is worked)."""

    day: date
    kind: Literal["holiday", "workday"]
    name: str
    provisional: bool = False


# First and last day off, the name, the make-up workdays.
_ANNOUNCED: Final = (
    ("2025-01-01", "2025-01-01", "元旦", ()),
    ("2025-01-28", "2025-02-04", "春节", ("2025-01-26", "2025-02-08")),
    ("2025-04-04", "2025-04-06", "清明节", ()),
    ("2025-05-01", "2025-05-05", "劳动节", ("2025-04-27",)),
    ("2025-05-31", "2025-06-02", "端午节", ()),
    ("2025-10-01", "2025-10-08", "国庆节、中秋节", ("2025-09-28", "2025-10-11")),
    ("2026-01-01", "2026-01-03", "元旦", ("2026-01-04",)),
    ("2026-02-15", "2026-02-23", "春节", ("2026-02-14", "2026-02-28")),
    ("2026-04-04", "2026-04-06", "清明节", ()),
    ("2026-05-01", "2026-05-05", "劳动节", ("2026-05-09",)),
    ("2026-06-19", "2026-06-21", "端午节", ()),
    ("2026-09-25", "2026-09-27", "中秋节", ()),
    ("2026-10-01", "2026-10-07", "国庆节", ("2026-09-20", "2026-10-10")),
)
_EXPECTED: Final = (
    ("2027-01-01", "2027-01-03", "元旦", ()),
    ("2027-02-05", "2027-02-10", "春节", ()),
    ("2027-04-03", "2027-04-05", "清明节", ()),
    ("2027-05-01", "2027-05-04", "劳动节", ()),
    ("2027-06-09", "2027-06-09", "端午节", ()),
    ("2027-09-15", "2027-09-15", "中秋节", ()),
    ("2027-10-01", "2027-10-05", "国庆节", ()),
)


def public_days() -> Iterator[PublicDay]:
    """Every holiday and make-up workday of 2025 to 2027, each date once."""
    for rows, provisional in ((_ANNOUNCED, False), (_EXPECTED, True)):
        for first, last, name, make_up in rows:
            day = date.fromisoformat(first)
            while day <= date.fromisoformat(last):
                yield PublicDay(day, "holiday", name, provisional)
                day += timedelta(days=1)
            for worked in make_up:
                yield PublicDay(date.fromisoformat(worked), "workday", f"{name}调休", provisional)
