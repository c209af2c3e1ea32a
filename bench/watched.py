"""run.py with a window: ``python -m bench.watched REPORT esl``. On SIGUSR1 it writes what is alive in it.

What is counted are objects that the garbage collector cannot free: a call that is over but still held by
something shows up here, whatever holds it.
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
from typing import Any

import gevent
from greenlet import greenlet

import run
from fs_scripts.calls.session import CallSession
from fs_scripts.esl.channel import CallConnection, Channel
from hotline.domain.acd.model import AcdState


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


def alive() -> dict[str, Any]:
    """Greenlets, calls and the state of the ACD, as they are now."""
    gc.collect()
    found: dict[type, list[Any]] = {
        greenlet: [],
        Channel: [],
        CallConnection: [],
        CallSession: [],
        AcdState: [],
    }
    for each in gc.get_objects():
        # Not isinstance(): that would wake the proxies of web frameworks.
        for kind, kept in found.items():
            if issubclass(type(each), kind):
                kept.append(each)
    states = [state for state in found[AcdState] if state.agents]
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
    collector = CollectorClock()
    gc.callbacks.append(collector)
    gevent.signal_handler(signal.SIGUSR1, write_report, report, collector)
    run.main()


if __name__ == "__main__":
    main()
