"""Bridged calls by the ten thousand: does each hear the other, in every single one?

``python -m bench soak`` prints its findings as JSON, and where it is on standard error. See README.md.
"""

from __future__ import annotations

import argparse
import json
import os
import shutil
import sys
import tempfile
import time
from collections import Counter
from collections.abc import Sequence
from contextlib import suppress
from pathlib import Path
from typing import Any, Final

from sqlalchemy import func, select

from bench.calls import percentiles
from bench.dispatch import idle
from bench.lab import House, house
from bench.legs import ENOUGH_FRAMES, CallRecord
from bench.phones import STRAIGHT_TO_QUEUE, PeersProcess, publish, staff
from fs_scripts.switch.find import find_binary
from hotline.store.models import Call
from tests.live.waiting import TookTooLong, until

AGENTS: Final = 80
#: More calls than this do not last at once: a machine that cannot keep up is not buried, it takes longer.
AT_ONCE: Final = 70
BATCH: Final = 1000
_LONGEST_CALL_S: Final = 60.0
_SLOWEST_RATE: Final = 2.0


def faults(call: CallRecord) -> list[str]:
    """What is wrong with one call; nothing for one in which each heard the other."""
    if not call.joined:
        return ["not_answered"]
    if not call.talked:
        return ["no_agent"]
    found = {
        "not_ended": not call.ended,
        "rang_more_than_once": call.invites > 1,
        "caller_hears_nothing": call.heard_by_caller < ENOUGH_FRAMES,
        "agent_hears_nothing": call.heard_by_agent < ENOUGH_FRAMES,
    }
    return [name for name, wrong in found.items() if wrong]


class Tally:
    """What has been found so far; it can be put away and taken up again."""

    def __init__(self, path: Path) -> None:
        self._path = path
        self.calls = 0
        self.seconds = 0.0
        self.faults: Counter[str] = Counter()
        self.samples: list[dict[str, Any]] = []
        if path.exists():
            kept = json.loads(path.read_text())
            self.calls, self.seconds, self.samples = kept["calls"], kept["seconds"], kept["samples"]
            self.faults.update(kept["faults"])

    def add(self, calls: Sequence[CallRecord], seconds: float) -> None:
        self.calls += len(calls)
        self.seconds += seconds
        for call in calls:
            told = faults(call)
            self.faults.update(told)
            if told and len(self.samples) < 20:
                self.samples.append({"number": call.number, "faults": told, "status": call.status})
        draft = self._path.with_suffix(".new")
        draft.write_text(json.dumps(self.as_data()))
        draft.replace(self._path)

    def as_data(self) -> dict[str, Any]:
        silent = self.faults["caller_hears_nothing"] + self.faults["agent_hears_nothing"]
        return {
            "calls": self.calls,
            "without_audio": silent,
            "faults": dict(self.faults),
            "samples": self.samples,
            "seconds": round(self.seconds, 1),
            "calls_a_second": round(self.calls / self.seconds, 2) if self.seconds else 0.0,
        }


def run(
    binary: Path,
    home: Path,
    *,
    count: int,
    rate: float,
    talk_s: float = 1.0,
    minutes: float = 60.0,
    batch: int = BATCH,
) -> dict[str, Any]:
    """Make calls until there are *count*, with those that a run before has counted in *home*, or *minutes*
    are over.
    """
    tally = Tally(home / "soak.json")
    deadline = time.monotonic() + minutes * 60
    load_before = os.getloadavg()[0]
    made = late = 0
    arrived: list[float] = []
    work = home / "soak"
    shutil.rmtree(work, ignore_errors=True)
    work.mkdir(parents=True)
    with (
        PeersProcess() as peers,
        house(
            binary,
            work,
            agents=AGENTS,
            change=lambda session: (
                staff(session, AGENTS, {"policy": 5}),
                publish(session, STRAIGHT_TO_QUEUE, "queue"),
            ),
            trunk_channels=900,
        ) as place,
    ):
        peers.register(place.desk_server, place.desks)
        with place.handler() as handler:
            until(lambda: idle(handler) == AGENTS, 30, "all agents are idle")
            cpu, rss = handler.cpu_ms, handler.rss_kb
            while tally.calls < count and time.monotonic() < deadline:
                size = min(batch, count - tally.calls)
                began = time.monotonic()
                calls = peers.call(
                    place.trunk,
                    to="12366",
                    count=size,
                    rate=rate,
                    talk=talk_s,
                    audio=True,
                    at_once=AT_ONCE,
                    longest=size / _SLOWEST_RATE + _LONGEST_CALL_S,
                )
                made += size
                tally.add(calls, time.monotonic() - began)
                late += sum(1 for call in calls if call.released - call.talked > talk_s + 0.15)
                arrived += [call.heard_by_caller / call.said for call in calls if call.said]
                print(json.dumps(tally.as_data()), file=sys.stderr, flush=True)
                _sweep(place)
            cpu = handler.cpu_ms - cpu
            with suppress(TookTooLong):
                until(lambda: served_in_the_books(place) == made, 20, "the books are closed")
            return {
                **tally.as_data(),
                "wanted": count,
                "rate": rate,
                "talk_s": talk_s,
                "this_run": {
                    "calls": made,
                    "served_in_the_books": served_in_the_books(place),
                    "talked_on_until_each_was_heard": late,
                    "share_of_words_heard_by_the_caller": percentiles([share * 100 for share in arrived]),
                    "handler_cpu_ms_per_call": round(cpu / max(1, made), 2),
                    "handler_rss_kb": {"start": rss, "end": handler.rss_kb},
                },
                "machine_load_before": round(load_before, 2),
                "machine_load_after": round(os.getloadavg()[0], 2),
            }


def served_in_the_books(place: House) -> int:
    with place.database.read() as session:
        return session.scalar(select(func.count()).select_from(Call).where(Call.outcome == "served")) or 0


def _sweep(place: House) -> None:
    """Ten thousand recordings and call records would fill the disk."""
    with suppress(TookTooLong):
        until(lambda: place.channels() == 0, 30, "the switch is empty")
    shutil.rmtree(place.settings.recordings / "calls", ignore_errors=True)
    for record in (place.settings.spool / "cdr").glob("*.json"):
        record.unlink(missing_ok=True)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--calls", type=int, default=30_000)
    parser.add_argument("--rate", type=float, default=18.0, help="calls a second")
    parser.add_argument("--talk", type=float, default=1.0, help="seconds that two talk")
    parser.add_argument(
        "--minutes", type=float, default=60.0, help="no new batch of calls is begun after that"
    )
    parser.add_argument(
        "--home", type=Path, help="where everything is kept; a run goes on with what it finds"
    )
    options = parser.parse_args()
    binary = find_binary()
    if binary is None:
        sys.exit("no FreeSWITCH is installed: there is nothing to measure")
    with tempfile.TemporaryDirectory(prefix="hotline-soak-") as folder:
        home = options.home or Path(folder)
        home.mkdir(parents=True, exist_ok=True)
        found = run(
            binary,
            home,
            count=options.calls,
            rate=options.rate,
            talk_s=options.talk,
            minutes=options.minutes,
        )
    print(json.dumps(found, indent=2))
    if found["faults"] or found["calls"] < found["wanted"]:
        sys.exit(1)
