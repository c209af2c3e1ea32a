"""Write ``hotline/regions.tsv.gz``: which Chinese numbers belong to which region, out of the phonenumbers package.

Run it again after a new version of phonenumbers: ``python -m tools.regions``. The package itself takes
150 MB and seconds to load, of which a call centre in one country needs little.
"""

from __future__ import annotations

import gzip
import re
from collections import defaultdict
from itertools import pairwise
from pathlib import Path
from typing import Final

from phonenumbers import geocoder  # noqa: F401 - its data come with it
from phonenumbers.geodata import GEOCODE_DATA

OUT: Final = Path(__file__).parent.parent / "hotline" / "regions.tsv.gz"
# What all prefixes of a kind are filled up to, so that one comparison of numbers finds the region.
DIGITS: Final = 7
_CHINA: Final = "86"


def main() -> None:
    """A line a region: its name, and spans of national numbers without the leading zero, by their first digits."""
    spans: defaultdict[str, list[tuple[int, int]]] = defaultdict(list)
    for begin, end, name in _merged(_flat()):
        spans[name].append((begin, end))
    lines = [
        f"{name}\t{' '.join(str(a) if a == b else f'{a}-{b}' for a, b in found)}\n"
        for name, found in sorted(spans.items())
    ]
    OUT.write_bytes(gzip.compress("".join(lines).encode(), mtime=0))
    print(f"{len(lines)} regions, {sum(map(len, spans.values()))} spans, {OUT.stat().st_size} bytes")


def _flat() -> dict[int, str]:
    """The region of each beginning of DIGITS digits; longer prefixes win over shorter ones."""
    found: dict[int, str] = {}
    prefixes = {
        key.removeprefix(_CHINA): names["zh"]
        for key, names in GEOCODE_DATA.items()
        if re.match(rf"{_CHINA}\d", key) and "zh" in names
    }
    for prefix in sorted(prefixes, key=len):
        if len(prefix) > DIGITS:
            continue
        room = 10 ** (DIGITS - len(prefix))
        begin = int(prefix) * room
        for number in range(begin, begin + room):
            found[number] = prefixes[prefix]
    return found


def _merged(regions: dict[int, str]) -> list[tuple[int, int, str]]:
    numbers = sorted(regions)
    merged: list[tuple[int, int, str]] = []
    begin = numbers[0]
    for before, number in pairwise([*numbers, -1]):
        if number != before + 1 or regions[number] != regions[before]:
            merged.append((begin, before, regions[before]))
            begin = number
    return merged


if __name__ == "__main__":
    main()
