"""Bring in the call records that FreeSWITCH could not deliver over HTTP and left as files."""

from __future__ import annotations

import os
import time
from collections.abc import Callable, Sequence
from datetime import UTC, datetime
from itertools import islice
from pathlib import Path
from typing import Final

import gevent
import structlog

from hotline.store.db import Database
from hotline.store.records import ImportReport, RawRecord, import_file, prepare, read_file, write

log = structlog.get_logger(__name__)

# FreeSWITCH writes a record into its final name; one that was changed just now may not be whole yet.
SETTLE_SECONDS: Final = 3.0
KEEP_DAYS: Final = 7
# Small files taken in together; the other greenlets wait while SQLite writes them.
BATCH: Final = 50

_ONE: Final = ".json"
_MANY: Final = frozenset({".jsonl", ".ndjson"})


def import_spool(
    database: Database,
    folder: Path,
    *,
    clock: Callable[[], float] = time.time,
    settle_seconds: float = SETTLE_SECONDS,
) -> ImportReport:
    """Take in every finished file of *folder*, then move it to ``done/`` or, when nothing in it is any
    good, ``broken/``.

    Files in ``done/`` are deleted after a week. Raises :class:`hotline.store.db.DatabaseAway`; the files
    stay and are tried again. A file that cannot be read or moved is passed over with a line in the log.
    """
    if not folder.is_dir():
        return ImportReport()
    finished = _finished(folder, time.time() - settle_seconds)
    report = ImportReport()
    small = iter([path for path in finished if path.suffix.lower() == _ONE])
    while batch := list(islice(small, BATCH)):
        report += _import_small(database, folder, batch, clock())
        gevent.sleep(0)
    for path in finished:
        if path.suffix.lower() in _MANY:
            report += _import_large(database, folder, path, clock())
    _forget_old(folder / "done", time.time() - KEEP_DAYS * 86_400)
    if report.total:
        log.info("records.imported", added=report.added, known=report.known, rejected=report.rejected)
    return report


def _finished(folder: Path, before: float) -> list[Path]:
    """The files to take, oldest first."""
    found = []
    with os.scandir(folder) as entries:
        for entry in entries:
            path = Path(entry.path)
            if path.suffix.lower() in _MANY | {_ONE} and entry.is_file(follow_symlinks=False):
                modified = entry.stat().st_mtime
                if modified <= before:
                    found.append((modified, path))
    return [path for _, path in sorted(found)]


def _import_small(database: Database, folder: Path, paths: Sequence[Path], now: float) -> ImportReport:
    records: list[RawRecord] = []
    read: list[Path] = []
    for path in paths:
        try:
            records.extend(read_file(path, source=path.name))
        except OSError as error:
            log.warning("records.unreadable", path=str(path), error=str(error))
            continue
        read.append(path)
    prepared = prepare(records)
    report = write(database, prepared, now=now)
    broken = {record.source for record, _, _ in prepared.bad}
    for path in read:
        _move(path, folder / ("broken" if path.name in broken else "done"))
    return report


def _import_large(database: Database, folder: Path, path: Path, now: float) -> ImportReport:
    try:
        report = import_file(database, path, now=now, progress=lambda _report: gevent.sleep(0))
    except OSError as error:
        log.warning("records.unreadable", path=str(path), error=str(error))
        return ImportReport()
    good = report.added or report.known
    _move(path, folder / ("done" if good else "broken"))
    return report


def _move(path: Path, folder: Path) -> None:
    """Put *path* into *folder*, by the day; another file of the same name there is kept."""
    target = folder / datetime.now(UTC).strftime("%Y-%m-%d") / path.name
    try:
        target.parent.mkdir(parents=True, exist_ok=True)
        number = 1
        while target.exists():
            number += 1
            target = target.with_name(f"{path.stem}.{number}{path.suffix}")
        path.rename(target)
    except OSError as error:
        log.warning("records.not_moved", path=str(path), error=str(error))


def _forget_old(folder: Path, before: float) -> None:
    for day in folder.glob("????-??-??"):
        for path in day.iterdir():
            if path.stat().st_mtime < before:
                path.unlink(missing_ok=True)
        if not any(day.iterdir()):
            day.rmdir()
