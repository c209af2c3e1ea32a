"""run.py with a window: ``python -m bench.watched REPORT esl``. On SIGUSR1 it writes what is alive in it.

What is counted are objects that the garbage collector cannot free: a call that is over but still held by
something shows up here, whatever holds it. What was there when the process was up is not among them
(:mod:`hotline.collector`).
"""

from gevent import monkey

monkey.patch_all()

import gc
import json
import signal
import sys
import time
from collections import Counter
from pathlib import Path
from typing import Any, ClassVar

import gevent
from greenlet import greenlet

import fs_scripts.main
import run
from fs_scripts.calls.session import CallSession
from fs_scripts.esl.channel import CallConnection, Channel
from fs_scripts.service import CallSide


class CollectorClock:
    """How long the garbage collector has worked: it stops everything else meanwhile."""

    def __init__(self) -> None:
        self.seconds = 0.0
        self.longest = 0.0
        self._began = 0.0

    def __call__(self, phase: str, _info: dict[str, int]) -> None:
        if phase == "start":
            self._began = time.perf_counter()
            return
        took = time.perf_counter() - self._began
        self.seconds += took
        self.longest = max(self.longest, took)


class WatchedSide(CallSide):
    """The call side, known by the window."""

    started: ClassVar[list[CallSide]] = []

    def start(self) -> None:
        self.started.append(self)
        super().start()


def alive() -> dict[str, Any]:
    """Greenlets, calls and the state of the ACD, as they are now."""
    gc.collect()
    found: dict[type, list[Any]] = {
        greenlet: [],
        Channel: [],
        CallConnection: [],
        CallSession: [],
    }
    for each in gc.get_objects():
        # Not isinstance(): that would wake the proxies of web frameworks.
        for kind, kept in found.items():
            if issubclass(type(each), kind):
                kept.append(each)
    states = [side.dispatcher.state for side in WatchedSide.started]
    return {
        "greenlets": sum(1 for each in found[greenlet] if not each.dead),
        "channels": len(found[Channel]),
        "connections": len(found[CallConnection]),
        "sessions": len(found[CallSession]),
        "waiting": sum(len(state.waiting) for state in states),
        "offers": sum(len(state.offers) for state in states),
        "timers": sum(len(state.timers) for state in states),
        "agents": dict(Counter(str(a.state) for state in states for a in state.agents.values())),
        "objects": len(gc.get_objects()),
    }


def write_report(path: Path, collector: CollectorClock) -> None:
    spent = {"gc_ms": collector.seconds * 1000, "gc_longest_ms": collector.longest * 1000}
    draft = path.with_suffix(".new")
    draft.write_text(json.dumps(alive() | spent))
    draft.replace(path)
    # Our own look is none of the process's work.
    collector.seconds, collector.longest = spent["gc_ms"] / 1000, spent["gc_longest_ms"] / 1000


def main() -> None:
    report = Path(sys.argv.pop(1))
    fs_scripts.main.CallSide = WatchedSide  # type: ignore[misc]
    collector = CollectorClock()
    gc.callbacks.append(collector)
    gevent.signal_handler(signal.SIGUSR1, write_report, report, collector)
    run.main()


if __name__ == "__main__":
    main()
