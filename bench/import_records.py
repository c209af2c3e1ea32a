"""How fast call records are imported: 100,000 of FreeSWITCH's own, one in a hundred broken, then all of
them again.

    python -m bench.import_records [--records N] [--database URL]

The records are made from a real one and given as files of 10,000 lines each, written before the clock runs.
Ends with an error when the counts are not what went in.
"""

from __future__ import annotations

import argparse
import json
import platform
import sys
import tempfile
import time
import uuid
from collections.abc import Iterator
from pathlib import Path
from random import Random
from typing import Any, Final
from urllib.parse import urlsplit

from sqlalchemy import func, select

from hotline.store import migrate
from hotline.store.db import Database, open_database
from hotline.store.models import CallRecord, RejectedRecord
from hotline.store.records import ImportReport, import_file

TEMPLATE: Final = Path(__file__).parents[1] / "tests" / "store" / "payloads" / "cdr_caller_leg.json"
FILE_RECORDS: Final = 10_000
BROKEN_EVERY: Final = 100
BEGIN: Final = 1_795_000_000


def records(first: int, number: int) -> Iterator[bytes]:
    """*number* records from the one numbered *first*; the same ones at each call."""
    template = TEMPLATE.read_text("utf-8")
    old = json.loads(template)["variables"]
    for n in range(first, first + number):
        chance = Random(n)
        start = (BEGIN + n) * 1_000_000 + chance.randrange(1_000_000)
        length = chance.randrange(5_000, 600_000)
        changes = {
            old["uuid"]: str(uuid.UUID(int=chance.getrandbits(128), version=4)),
            old["hotline_interaction"]: str(uuid.UUID(int=chance.getrandbits(128), version=4)),
            old["start_uepoch"]: str(start),
            old["end_uepoch"]: str(start + length * 1000),
            old["sip_from_user"]: f"0512{chance.randrange(10**8):08d}",
            f'"billmsec":"{old["billmsec"]}"': f'"billmsec":"{length}"',
            f'"mduration":"{old["mduration"]}"': f'"mduration":"{length}"',
        }
        text = template
        for was, becomes in changes.items():
            text = text.replace(was, becomes)
        yield text.encode() if (n + 1) % BROKEN_EVERY else broken(text, n // BROKEN_EVERY)


def broken(text: str, kind: int) -> bytes:
    """*text* damaged in one of the ways that records are damaged in."""
    ways = (
        text[: 200 + kind],
        text.replace('"variables":{"direction":"', f'"variables":{{"direction":"{kind} ', 1),
        text.replace('"start_uepoch":"', '"start_uepoch":"-', 1),
        text.replace('"uuid":"', '"no_uuid":"', 1),
    )
    return ways[kind % len(ways)].encode()


def run(database: Database, folder: Path, total: int) -> tuple[ImportReport, float, int]:
    """Import all records once: what came of it, the seconds that it took, and the bytes that were read."""
    report, seconds, size = ImportReport(), 0.0, 0
    for first in range(0, total, FILE_RECORDS):
        path = folder / f"records-{first}.jsonl"
        with path.open("wb") as file:
            for record in records(first, min(FILE_RECORDS, total - first)):
                file.write(record + b"\n")
        size += path.stat().st_size
        began = time.perf_counter()
        report += import_file(database, path, now=BEGIN + total)
        seconds += time.perf_counter() - began
        path.unlink()
    return report, seconds, size


def stored(database: Database) -> tuple[int, int]:
    with database.read() as session:
        kept, refused = (
            session.scalar(select(func.count()).select_from(model)) or 0
            for model in (CallRecord, RejectedRecord)
        )
    return kept, refused


def main() -> int:
    parser = argparse.ArgumentParser(description="Measure the import of call records")
    parser.add_argument("--records", type=int, default=100_000)
    parser.add_argument("--database", help="an empty database; a temporary SQLite file by default")
    options = parser.parse_args()
    with tempfile.TemporaryDirectory(prefix="bench-import-") as name:
        folder = Path(name)
        url = options.database or f"sqlite:///{folder / 'bench.db'}"
        migrate.upgrade(url)
        database = open_database(url)
        first, seconds, size = run(database, folder, options.records)
        after_first = stored(database)
        second, again, _ = run(database, folder, options.records)
        after_second = stored(database)
        database.close()
    bad = options.records // BROKEN_EVERY
    good = options.records - bad
    correct = (
        first == ImportReport(added=good, rejected=bad)
        and second == ImportReport(known=good, rejected=bad)
        and after_first == after_second == (good, bad)
    )
    result: dict[str, Any] = {
        "records": options.records,
        "broken": bad,
        "megabytes": round(size / 1e6, 1),
        "database": urlsplit(url).scheme,
        "python": platform.python_version(),
        "seconds": round(seconds, 1),
        "records_per_second": round(options.records / seconds),
        "second_import_seconds": round(again, 1),
        "second_import_added": second.added,
        "stored": after_second[0],
        "listed_as_broken": after_second[1],
        "correct": correct,
    }
    sys.stdout.write(json.dumps(result, indent=2) + "\n")
    return 0 if correct else 1


if __name__ == "__main__":
    sys.exit(main())
