"""The files of the decision log: one a process and an hour, named for the hour on the hotline's wall clock."""

from __future__ import annotations

import os
import re
from dataclasses import dataclass
from datetime import datetime, timedelta
from pathlib import Path
from typing import Final
from zoneinfo import ZoneInfo

from hotline.domain.replay.record import Record, Stretch, read

_LOCAL: Final = ZoneInfo("Asia/Shanghai")
_FORM: Final = "%Y-%m-%dT%H"
_NAME: Final = re.compile(r"(\d{4}-\d\d-\d\dT\d\d)-(\w+)\.jsonl")


@dataclass(frozen=True, slots=True)
class Hour:
    """An hour that the log has, as ``2026-11-27T10``, and the size of its files."""

    name: str
    size: int


def hour_of(at: float) -> str:
    return datetime.fromtimestamp(at, _LOCAL).strftime(_FORM)


def end_of_hour(at: float) -> float:
    """When the hour that *at* is in is over."""
    begun = datetime.fromtimestamp(at, _LOCAL).replace(minute=0, second=0, microsecond=0)
    return (begun + timedelta(hours=1)).timestamp()


def path_of(folder: Path, hour: str, process: str) -> Path:
    return folder / f"{hour}-{process}.jsonl"


def append(path: Path, text: str) -> None:
    """Add *text* to a file that only its owner may read. Raises ``OSError``."""
    path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
    with open(path, "ab", opener=lambda name, flags: os.open(name, flags, 0o600)) as file:
        file.write(text.encode("utf-8", "replace"))


def hours(folder: Path) -> list[Hour]:
    """The hours that there are, the latest first."""
    sizes: dict[str, int] = {}
    for path in folder.glob("*.jsonl"):
        if found := _NAME.fullmatch(path.name):
            sizes[found[1]] = sizes.get(found[1], 0) + path.stat().st_size
    return [Hour(name, sizes[name]) for name in sorted(sizes, reverse=True)]


def read_hour(folder: Path, hour: str) -> Record:
    """What the processes of that hour decided, in the order of time. Nothing for an hour that is not there.

    Raises ``OSError``.
    """
    stretches: list[Stretch] = []
    unusable = 0
    for path in folder.glob(f"{hour}-*.jsonl"):
        if _NAME.fullmatch(path.name):
            with path.open(encoding="utf-8", errors="replace") as file:
                record = read(file)
            stretches += record.stretches
            unusable += record.unusable
    return Record(tuple(sorted(stretches, key=lambda stretch: stretch.began_at)), unusable)


def forget_before(folder: Path, at: float) -> int:
    """Remove the files of hours before the one that *at* is in; how many. Raises ``OSError``."""
    oldest, gone = hour_of(at), 0
    for path in folder.glob("*.jsonl"):
        found = _NAME.fullmatch(path.name)
        if found and found[1] < oldest:
            path.unlink(missing_ok=True)
            gone += 1
    return gone
