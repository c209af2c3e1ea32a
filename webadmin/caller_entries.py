"""Entries of the caller lists out of what people write, in a form or in a table file."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import UTC, datetime, time
from typing import Final

from flask_babel import gettext as _

from hotline.domain.callers import HIGHEST_BONUS, ListKind
from hotline.domain.numbers import national, national_prefix
from hotline.store.queries.lists import EntryDetails
from webadmin.formats import LOCAL
from webadmin.tables import BadRow, read_table

MOST_ROWS: Final = 100_000
LONGEST_NOTE: Final = 200
USUAL_BONUS: Final = 10
_LEAST_PREFIX: Final = 2
_HEADS: Final[Mapping[str, str]] = {
    "list": "kind",
    "名单": "kind",
    "类型": "kind",
    "number": "number",
    "号码": "number",
    "电话": "number",
    "bonus": "bonus",
    "优先级加成": "bonus",
    "加成": "bonus",
    "until": "until",
    "有效期至": "until",
    "到期": "until",
    "note": "note",
    "备注": "note",
    "说明": "note",
}
_KINDS: Final[Mapping[str, ListKind]] = {
    "vip": ListKind.VIP,
    "vip名单": ListKind.VIP,
    "贵宾": ListKind.VIP,
    "black": ListKind.BLACK,
    "黑名单": ListKind.BLACK,
    "黑": ListKind.BLACK,
    "white": ListKind.WHITE,
    "白名单": ListKind.WHITE,
    "白": ListKind.WHITE,
}


class BadEntry(ValueError):
    """No entry; ``field`` is where, the text says what to do."""

    def __init__(self, field: str, text: str) -> None:
        super().__init__(text)
        self.field = field


def make_entry(kind: str, number: str, bonus: str, until: str, note: str, *, area: str) -> EntryDetails:
    """An entry; a number that ends with * is a beginning, ``until`` the last day. Raises :class:`BadEntry`."""
    known = _KINDS.get(kind.strip().lower())
    if known is None:
        raise BadEntry("kind", _("%(value)s is no list. Use vip, black or white.", value=kind.strip() or "–"))
    # Spreadsheets are kept from reading a + as a formula by an apostrophe.
    written = number.strip().lstrip("'")
    is_prefix = written.endswith("*")
    spelled = national_prefix(written[:-1]) if is_prefix else national(written, area)
    if not spelled or any(c not in "0123456789+-() *" for c in written) or len(spelled) > 32:
        raise BadEntry(
            "number",
            _("%(value)s is no telephone number. Write 13812345678 or 0512*.", value=written or "–"),
        )
    if is_prefix and len(spelled) < _LEAST_PREFIX:
        raise BadEntry("number", _("A beginning needs at least two digits, or it takes in half the country."))
    return EntryDetails(
        kind=str(known),
        number=spelled,
        is_prefix=is_prefix,
        bonus=_bonus(bonus) if known is ListKind.VIP else 0,
        note=note.strip()[:LONGEST_NOTE],
        expires_at=_end_of(until),
    )


def written_number(number: str, *, is_prefix: bool) -> str:
    """A number as :func:`make_entry` reads it."""
    return f"{number}*" if is_prefix else number


def last_day(expires_at: datetime | None) -> str:
    """The day that :func:`make_entry` reads."""
    if expires_at is None:
        return ""
    # It ends with the day, which is the beginning of the next.
    return datetime.fromtimestamp(expires_at.timestamp() - 1, LOCAL).date().isoformat()


def read_entries(body: bytes, *, area: str) -> tuple[list[EntryDetails], list[BadRow]]:
    """The entries of a CSV file, and the rows that are none. The first row names the columns list, number,
    bonus, until and note (名单, 号码, 优先级加成, 有效期至, 备注).
    """
    rows = read_table(body)
    heads = [_HEADS.get(head.strip().lower(), "") for head in rows[0]] if rows else []
    if "kind" not in heads or "number" not in heads:
        shown = ", ".join(rows[0])[:120] if rows else ""
        return [], [BadRow(1, shown, _("The first row must name the columns list and number."))]
    found: dict[tuple[str, str, bool], EntryDetails] = {}
    bad: list[BadRow] = []
    for line, row in enumerate(rows[1 : MOST_ROWS + 1], start=2):
        if not any(cell.strip() for cell in row):
            continue
        cells = dict(zip(heads, row, strict=False))
        values = [cells.get(name, "") for name in ("kind", "number", "bonus", "until", "note")]
        try:
            entry = make_entry(*values, area=area)
        except BadEntry as error:
            bad.append(BadRow(line, ", ".join(row)[:120], str(error)))
            continue
        key = entry.kind, entry.number, entry.is_prefix
        if key in found:
            reason = _("The number is in the file twice. The first row counts.")
            bad.append(BadRow(line, ", ".join(row)[:120], reason))
        else:
            found[key] = entry
    if len(rows) - 1 > MOST_ROWS:
        bad.append(BadRow(MOST_ROWS + 2, "…", _("At most %(n)s rows at once. Divide the file.", n=MOST_ROWS)))
    return list(found.values()), bad


def _bonus(text: str) -> int:
    written = text.strip()
    if not written:
        return USUAL_BONUS
    if not (written.isascii() and written.isdigit()) or not 1 <= int(written) <= HIGHEST_BONUS:
        raise BadEntry(
            "bonus", _("The priority bonus is a whole number from 1 to %(most)s.", most=HIGHEST_BONUS)
        )
    return int(written)


def _end_of(text: str) -> datetime | None:
    """The end of the last day, in the hotline's zone."""
    if not text.strip():
        return None
    try:
        day = datetime.fromisoformat(text.strip().replace("/", "-")).date()
        end = datetime.combine(day, time(23, 59, 59), LOCAL).astimezone(UTC)
    except (ValueError, OverflowError) as error:
        raise BadEntry(
            "until", _("%(value)s is no date. Write it as 2026-10-01.", value=text.strip())
        ) from error
    return datetime.fromtimestamp(end.timestamp() + 1, UTC)
