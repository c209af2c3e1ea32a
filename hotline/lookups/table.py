"""Tables that are uploaded: a key in the first column, data in the others."""

from __future__ import annotations

import csv
import io
from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

from hotline.domain.ivr.data import LONGEST_VALUE
from hotline.domain.ivr.fields import is_identifier
from hotline.lookups.source import MOST_RESULTS

if TYPE_CHECKING:
    import _csv

MOST_ROWS: Final = 20_000
MOST_BYTES: Final = 4 * 1024 * 1024
LONGEST_KEY: Final = 100


class BadTable(ValueError):
    """The file is no table at all; ``code`` says why."""

    def __init__(self, code: str) -> None:
        super().__init__(code)
        self.code = code


@dataclass(frozen=True, slots=True)
class BadRow:
    """A row that was set aside; ``line`` as editors count."""

    line: int
    code: str


@dataclass(frozen=True, slots=True)
class Table:
    """The rows by key, and those that were set aside."""

    rows: dict[str, dict[str, str]]
    bad: tuple[BadRow, ...]


def read_table(raw: bytes) -> Table:
    """A table out of a CSV file, UTF-8 or as Excel writes it in Chinese. Raises :class:`BadTable`."""
    if len(raw) > MOST_BYTES:
        raise BadTable("too_large")
    reader = csv.reader(io.StringIO(_decode(raw), newline=""))
    try:
        header = [name.strip() for name in next(reader, [])]
        names = header[1:]
        if len(header) < 2 or len(names) > MOST_RESULTS:
            raise BadTable("bad_header")
        if not all(map(is_identifier, names)) or len(set(names)) != len(names):
            raise BadTable("bad_header")
        return _rows(reader, names)
    except csv.Error as error:
        raise BadTable("not_csv") from error


def _rows(reader: _csv.Reader, names: list[str]) -> Table:
    rows: dict[str, dict[str, str]] = {}
    bad: list[BadRow] = []
    for cells in reader:
        if not any(cell.strip() for cell in cells):
            continue
        key, values = cells[0].strip(), [cell.strip() for cell in cells[1:]]
        if not key or len(key) > LONGEST_KEY:
            bad.append(BadRow(reader.line_num, "bad_key"))
        elif len(values) != len(names):
            bad.append(BadRow(reader.line_num, "wrong_width"))
        elif key in rows:
            bad.append(BadRow(reader.line_num, "twice"))
        elif any(len(value) > LONGEST_VALUE for value in values):
            bad.append(BadRow(reader.line_num, "too_long"))
        elif len(rows) >= MOST_ROWS:
            bad.append(BadRow(reader.line_num, "too_many"))
        else:
            rows[key] = dict(zip(names, values, strict=True))
    return Table(rows, tuple(bad))


def _decode(raw: bytes) -> str:
    for encoding in ("utf-8-sig", "gb18030"):
        try:
            return raw.decode(encoding)
        except UnicodeDecodeError:
            continue
    raise BadTable("not_csv")
