"""How fast the journal gets into the database, with what follows from it for calls, recordings and agents.

    python -m bench.journal [--calls N] [--batch N] [--database URL]

Each call is the twenty entries of one that was served; fifty of them are under way at any time.
"""

from __future__ import annotations

import argparse
import json
import platform
import sys
import tempfile
import time
from typing import Any, Final
from urllib.parse import urlsplit

from sqlalchemy import func, select

from fs_scripts.journal import BATCH
from hotline.domain import journal as kinds
from hotline.domain.journal import Entry
from hotline.store import migrate
from hotline.store.db import open_database
from hotline.store.journal import append
from hotline.store.models import Call

BEGIN: Final = 1_800_000_000.0
AGENTS: Final = 20
SECONDS_BETWEEN_CALLS: Final = 1.3


def call(number: int) -> list[Entry]:
    """The entries of one served call."""
    interaction = f"00000000-0000-4000-8000-{number:012x}"
    agent = str(8001 + number % AGENTS)
    recording = f"2027/01/15/{interaction}.wav"
    considered = [{"agent": str(8001 + n), "reason": "idle"} for n in range(8)]
    told: list[tuple[float, str, str | None, str | None, dict[str, Any]]] = [
        (
            0.0,
            kinds.CALL_STARTED,
            None,
            None,
            {"channel": interaction, "caller": "051253500001", "called": "12366"},
        ),
        (0.02, kinds.CALL_ANSWERED, None, None, {}),
        (0.03, kinds.IVR_ENTERED, None, None, {"node": "welcome", "type": "play"}),
        (3.0, kinds.IVR_ENTERED, None, None, {"node": "menu", "type": "menu"}),
        (5.0, kinds.IVR_COLLECTED, None, None, {"node": "menu", "digits": "1", "outcome": "digits"}),
        (5.1, kinds.CALL_QUEUED, None, "policy", {"priority": 0, "position": 1}),
        (5.1, kinds.ROUTING_DECIDED, None, "policy", {"considered": considered, "chosen": agent}),
        (5.1, kinds.OFFER_MADE, agent, "policy", {"offer_id": interaction, "extension": "1001"}),
        (5.1, kinds.AGENT_STATE, agent, None, {"from": "idle", "to": "ringing"}),
        (
            7.0,
            kinds.OFFER_ENDED,
            agent,
            "policy",
            {"offer_id": interaction, "outcome": "answered", "ring_ms": 1900},
        ),
        (7.0, kinds.CALL_CONNECTED, agent, "policy", {"extension": "1001", "wait_ms": 1900}),
        (7.0, kinds.AGENT_STATE, agent, None, {"from": "ringing", "to": "talking"}),
        (7.0, kinds.RECORDING_STARTED, agent, None, {"path": recording, "caller": "051253500001"}),
        (60.0, kinds.CALL_DISCONNECTED, agent, None, {"side": "agent", "talk_ms": 53000}),
        (60.0, kinds.RECORDING_ENDED, agent, None, {"path": recording, "duration_ms": 53000}),
        (60.0, kinds.AGENT_STATE, agent, None, {"from": "talking", "to": "wrap_up"}),
        (60.1, kinds.AGENT_STATE, agent, None, {"from": "wrap_up", "to": "idle"}),
        (60.1, kinds.IVR_ENTERED, None, None, {"node": "survey", "type": "survey"}),
        (63.0, kinds.SURVEY_MARKED, None, None, {"mark": 1}),
        (
            64.0,
            kinds.CALL_ENDED,
            None,
            None,
            {"side": "system", "cause": "NORMAL_CLEARING", "outcome": "served"},
        ),
    ]
    start = BEGIN + number * SECONDS_BETWEEN_CALLS
    return [
        Entry(f"{number:012x}-{index}", round(start + after, 3), kind, interaction, who, queue, data)
        for index, (after, kind, who, queue, data) in enumerate(told)
    ]


def main() -> int:
    parser = argparse.ArgumentParser(description="Measure the journal's way into the database")
    parser.add_argument("--calls", type=int, default=1000)
    parser.add_argument("--batch", type=int, default=BATCH)
    parser.add_argument("--database", help="an empty database; a temporary SQLite file by default")
    options = parser.parse_args()
    entries = [entry for number in range(options.calls) for entry in call(number)]
    entries.sort(key=lambda entry: entry.at)
    with tempfile.TemporaryDirectory(prefix="bench-journal-") as folder:
        url = options.database or f"sqlite:///{folder}/bench.db"
        migrate.upgrade(url)
        database = open_database(url)
        times = []
        for first in range(0, len(entries), options.batch):
            batch = entries[first : first + options.batch]
            began = time.perf_counter()
            database.write(lambda session, batch=batch: append(session, batch))  # type: ignore[misc]
            times.append(time.perf_counter() - began)
        with database.read() as session:
            served = session.scalar(select(func.count()).where(Call.outcome == "served", Call.mark == 1))
        database.close()
    result = {
        "entries": len(entries),
        "batch": options.batch,
        "database": urlsplit(url).scheme,
        "python": platform.python_version(),
        "seconds": round(sum(times), 2),
        "entries_per_second": round(len(entries) / sum(times)),
        "longest_batch_ms": round(max(times) * 1000, 1),
        "correct": served == options.calls,
    }
    sys.stdout.write(json.dumps(result, indent=2) + "\n")
    return 0 if result["correct"] else 1


if __name__ == "__main__":
    sys.exit(main())
