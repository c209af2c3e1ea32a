"""The region of a Chinese telephone number, by area code (0512) or the first seven digits of a mobile.

The table is made by ``tools/regions.py``. It says where a number was issued; a mobile may have moved since.
"""

from __future__ import annotations

import gzip
import re
from array import array
from bisect import bisect_right
from functools import cache
from pathlib import Path
from typing import Final

_TABLE: Final = Path(__file__).parent / "regions.tsv.gz"
_DIGITS: Final = 7
_MOBILE: Final = re.compile(r"1[3-9]\d{9}")
_COUNTRY: Final = re.compile(r"^(?:\+|00)86")


class Regions:
    """The table in memory: about a megabyte, a lookup some microseconds."""

    def __init__(self, path: Path = _TABLE) -> None:
        spans: list[tuple[int, int, int]] = []
        self._names: list[str] = []
        with gzip.open(path, "rt", encoding="utf-8") as file:
            for line in file:
                name, _, ranges = line.rstrip("\n").partition("\t")
                self._names.append(name)
                for span in ranges.split(" "):
                    begin, _, end = span.partition("-")
                    spans.append((int(begin), int(end or begin), len(self._names) - 1))
        spans.sort()
        self._begins = array("l", (span[0] for span in spans))
        self._ends = array("l", (span[1] for span in spans))
        self._which = array("h", (span[2] for span in spans))

    def of(self, number: str) -> str:
        """The region, such as "江苏省苏州市"; "" where none is known, as for a number within one's own area."""
        digits = _COUNTRY.sub("", number)
        local = digits.removeprefix("0")
        if not local.isdigit() or (digits == local and digits == number and not _MOBILE.fullmatch(local)):
            return ""
        start = int(local[:_DIGITS].ljust(_DIGITS, "0"))
        at = bisect_right(self._begins, start) - 1
        return self._names[self._which[at]] if at >= 0 and start <= self._ends[at] else ""


@cache
def regions() -> Regions:
    """The table that comes with the program, read once: that takes a tenth of a second."""
    return Regions()
