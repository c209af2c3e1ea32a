"""Days of the calendar out of a file, CSV or JSON: the good rows, and the others with what is wrong about them."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import date
from typing import Any, Final

from flask_babel import gettext as _

from hotline.domain.calendar import CalendarError, DayKind, SpecialDay, parse_hours
from webadmin.tables import BadRow, decoded, read_table

MOST_ROWS: Final = 2000
LONGEST_NAME: Final = 80
_SHOWN: Final = 120
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
    "provisional": "provisional",
    "尚未公布": "provisional",
}
_YES: Final = frozenset({"yes", "true", "1", "是"})
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


@dataclass(frozen=True, slots=True)
class FileDay:
    """A day of a file; *provisional*: not announced yet, only expected."""

    day: SpecialDay
    provisional: bool


@dataclass(frozen=True, slots=True)
class _Row:
    """A row of a file: where it is, what it looks like there, and its cells by what they are."""

    line: int
    shown: str
    cells: Mapping[str, str]


def read_days(body: bytes) -> tuple[list[FileDay], list[BadRow]]:
    """The days of a file in UTF-8 or GB18030, and the rows that are none.

    CSV, as spreadsheets write it: the first row names the columns date, kind, name, hours and provisional
    (日期, 类型, 名称, 时间, 尚未公布). JSON: a list of objects with these names, or an object whose ``days`` it is.
    """
    text = decoded(body).replace("\x00", "").lstrip()
    rows = _rows_of_json(text) if text.startswith(("{", "[")) else _rows_of_table(body)
    days: dict[date, FileDay] = {}
    bad: list[BadRow] = []
    for n, row in enumerate(rows):
        if isinstance(row, BadRow):
            bad.append(row)
            continue
        if n >= MOST_ROWS:
            bad.append(BadRow(row.line, "…", _("At most %(n)s rows at once. Divide the file.", n=MOST_ROWS)))
            break
        cells = row.cells
        try:
            day = make_day(*(cells.get(name, "") for name in ("date", "kind", "name", "hours")))
        except BadDay as error:
            bad.append(BadRow(row.line, row.shown, str(error)))
            continue
        if day.date in days:
            bad.append(BadRow(row.line, row.shown, _("The date is in the file twice. The first row counts.")))
        else:
            days[day.date] = FileDay(day, cells.get("provisional", "").strip().lower() in _YES)
    return list(days.values()), bad


def _rows_of_table(body: bytes) -> Iterator[_Row | BadRow]:
    rows = read_table(body)
    heads = [_HEADS.get(head.strip().lower(), "") for head in rows[0]] if rows else []
    if "date" not in heads or "kind" not in heads:
        shown = ", ".join(rows[0])[:_SHOWN] if rows else ""
        yield BadRow(1, shown, _("The first row must name the columns date, kind, name and hours."))
        return
    for line, row in enumerate(rows[1:], start=2):
        if any(cell.strip() for cell in row):
            yield _Row(line, ", ".join(row)[:_SHOWN], dict(zip(heads, row, strict=False)))


def _rows_of_json(text: str) -> Iterator[_Row | BadRow]:
    try:
        content: Any = json.loads(text)
    except ValueError as error:
        line = getattr(error, "lineno", 1)
        shown = text.splitlines()[line - 1].strip() if line <= len(text.splitlines()) else ""
        yield BadRow(
            line, shown[:_SHOWN], _("The file is no JSON from this line on. Export one to see the form.")
        )
        return
    items = content.get("days") if isinstance(content, dict) else content
    if not isinstance(items, list):
        yield BadRow(1, text[:_SHOWN], _("The file has no list of days. Export one to see the form."))
        return
    for n, item in enumerate(items, start=1):
        shown = json.dumps(item, ensure_ascii=False)[:_SHOWN]
        if isinstance(item, dict):
            yield _Row(n, shown, {key: _text(value) for key, value in item.items()})
        else:
            yield BadRow(n, shown, _("A day is an object with date, kind, name and hours."))


def _text(value: Any) -> str:
    return "" if value is None else str(value)
