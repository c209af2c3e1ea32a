"""Table files (CSV) as spreadsheets write and read them."""

from __future__ import annotations

import csv
import io
from collections.abc import Iterable, Sequence
from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class BadRow:
    """A row that was set aside. ``line`` counts from 1, the heading included."""

    line: int
    row: str
    reason: str


def decoded(body: bytes) -> str:
    """The text of a file in UTF-8 or, as Chinese spreadsheets write it, GB18030."""
    try:
        return body.decode("utf-8-sig")
    except UnicodeDecodeError:
        return body.decode("gb18030", "replace")


def read_table(body: bytes) -> list[list[str]]:
    """The rows of a CSV file."""
    return list(csv.reader(io.StringIO(decoded(body).replace("\x00", ""))))


def as_csv(head: Sequence[str], rows: Iterable[Sequence[object]]) -> str:
    """A file that spreadsheets take for UTF-8. What begins like a formula is only text."""
    out = io.StringIO()
    writer = csv.writer(out)
    writer.writerow(head)
    for row in rows:
        cells = [str(cell) for cell in row]
        writer.writerow([f"'{cell}" if cell.startswith(("=", "+", "-", "@")) else cell for cell in cells])
    return "\ufeff" + out.getvalue()
