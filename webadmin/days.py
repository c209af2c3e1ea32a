"""Days of the calendar out of a table file: the good rows, and the others with what is wrong about them."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date
from typing import Final

from flask_babel import gettext as _

from hotline.domain.calendar import CalendarError, DayKind, SpecialDay, parse_hours
from webadmin.tables import BadRow, read_table

MOST_ROWS: Final = 2000
LONGEST_NAME: Final = 80
_HEADS: Final[Mapping[str, str]] = {
    "date": "date",
    "日期": "date",
    "kind": "kind",
    "类型": "kind",
    "name": "name",
    "名称": "name",
    "hours": "hours",
    "时间": "hours",
    "工作时间": "hours",
}
_KINDS: Final[Mapping[str, DayKind]] = {
    "holiday": "holiday",
    "节假日": "holiday",
    "放假": "holiday",
    "休": "holiday",
    "workday": "workday",
    "调休": "workday",
    "调休上班": "workday",
    "上班": "workday",
    "班": "workday",
    "special": "special",
    "特殊": "special",
    "特殊日": "special",
}


class BadDay(ValueError):
    """A row is no day; ``field`` is where, the text says what to do."""

    def __init__(self, field: str, text: str) -> None:
        super().__init__(text)
        self.field = field


def make_day(day: str, kind: str, name: str, hours: str) -> SpecialDay:
    """A day from what people write. Raises :class:`BadDay`."""
    try:
        parsed = date.fromisoformat(day.strip().replace("/", "-"))
    except ValueError as error:
        raise BadDay(
            "day", _("%(value)s is no date. Write it as 2026-10-01.", value=day.strip() or "–")
        ) from error
    known = _KINDS.get(kind.strip().lower())
    if known is None:
        raise BadDay(
            "kind",
            _("%(value)s is no kind of day. Use holiday, workday or special.", value=kind.strip() or "–"),
        )
    if not name.strip() or len(name.strip()) > LONGEST_NAME:
        raise BadDay("name", _("Give the day a name of at most %(n)s characters.", n=LONGEST_NAME))
    if hours.strip() and known != "special":
        raise BadDay("hours", _("Only a special day has hours of its own. Leave them empty."))
    try:
        return SpecialDay(parsed, known, name.strip(), parse_hours(hours))
    except CalendarError as error:
        raise BadDay("hours", hours_wrong(hours)) from error


def hours_wrong(hours: str) -> str:
    """What to do about hours that cannot be read."""
    return _(
        "%(value)s cannot be read. Write hours as 09:00-12:00, 13:00-17:00, not overlapping.",
        value=hours.strip(),
    )


def read_days(body: bytes) -> tuple[list[SpecialDay], list[BadRow]]:
    """The days of a CSV file in UTF-8 or GB18030, as spreadsheets write it, and the rows that are none.

    The first row names the columns date, kind, name and hours (日期, 类型, 名称, 时间).
    """
    rows = read_table(body)
    heads = [_HEADS.get(head.strip().lower(), "") for head in rows[0]] if rows else []
    if "date" not in heads or "kind" not in heads:
        shown = ", ".join(rows[0])[:120] if rows else ""
        return [], [BadRow(1, shown, _("The first row must name the columns date, kind, name and hours."))]
    days: dict[date, SpecialDay] = {}
    bad: list[BadRow] = []
    for line, row in enumerate(rows[1 : MOST_ROWS + 1], start=2):
        if not any(cell.strip() for cell in row):
            continue
        cells = dict(zip(heads, row, strict=False))
        try:
            day = make_day(
                cells.get("date", ""), cells.get("kind", ""), cells.get("name", ""), cells.get("hours", "")
            )
        except BadDay as error:
            bad.append(BadRow(line, ", ".join(row)[:120], str(error)))
            continue
        if day.date in days:
            bad.append(
                BadRow(line, ", ".join(row)[:120], _("The date is in the file twice. The first row counts."))
            )
        else:
            days[day.date] = day
    if len(rows) - 1 > MOST_ROWS:
        bad.append(BadRow(MOST_ROWS + 2, "…", _("At most %(n)s rows at once. Divide the file.", n=MOST_ROWS)))
    return list(days.values()), bad
