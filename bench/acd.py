"""The cost of the ACD's decisions, by the number of agents, beside an ACD that looks at everybody: see README.md."""

from __future__ import annotations

import argparse
import gc
import json
import math
import time
import tracemalloc
from collections.abc import Callable
from dataclasses import replace
from random import Random
from typing import Any, Final

from bench import centre
from bench.scanning import ScanningAcd
from hotline.domain.acd import engine
from hotline.domain.acd.effects import Effect, MakeOffer, NobodyFree
from hotline.domain.acd.events import CallQueued, Configured, Event
from hotline.domain.acd.model import AcdState

SIZES: Final = (500, 1_000, 2_000, 5_000)
QUEUES: Final = 200
WAITING: Final = 1_000
EVENTS_A_SECOND: Final = 100
# A call is queued, answered, ended, and its wrap-up is over.
_EVENTS_A_CALL: Final = 4


class Ours:
    """The ACD of this project, behind what the centre drives."""

    def __init__(self) -> None:
        self.state = AcdState("bench")

    def handle(self, event: Event, now: float) -> tuple[Effect, ...]:
        return engine.handle(self.state, event, now=now)

    def next_due(self) -> float | None:
        return engine.next_due(self.state)


class Timed:
    """An ACD with a watch on it: processor time of each event, and of those that decided something."""

    def __init__(self, acd: centre.Acd) -> None:
        self._acd = acd
        self.events: list[float] = []
        self.decisions: list[float] = []
        self.walls: list[float] = []

    def next_due(self) -> float | None:
        return self._acd.next_due()

    def handle(self, event: Event, now: float) -> tuple[Effect, ...]:
        wall, began = time.perf_counter(), time.thread_time()
        effects = self._acd.handle(event, now)
        took = time.thread_time() - began
        self.events.append(took)
        if any(isinstance(effect, MakeOffer | NobodyFree) for effect in effects):
            self.decisions.append(took)
            self.walls.append(time.perf_counter() - wall)
        return effects

    def reset(self) -> None:
        for times in (self.events, self.decisions, self.walls):
            times.clear()


def run(make: Callable[[], centre.Acd], count: int, *, load: int, events: int) -> dict[str, Any]:
    """Drive one ACD with *count* agents; *load* callers wait at any time, or half of the agents are idle."""
    random = Random(count)
    timed = Timed(make())
    talk = max(1.0, count / (EVENTS_A_SECOND / _EVENTS_A_CALL) - 10) * (1 if load else 0.5)
    it = centre.Centre(
        timed,
        centre.agents(count, random),
        centre.queues(QUEUES, random),
        random,
        talk_seconds=talk,
        load=load,
    )
    it.run(events // 4)
    timed.reset()
    began = it.now
    gc.collect()
    found = it.run(events)
    return {
        "agents": count,
        "event_us": round(1e6 * sum(timed.events) / len(timed.events), 1),
        "decision_us": _quantiles(timed.decisions),
        "decision_wall_us": _quantiles(timed.walls),
        "decisions": len(timed.decisions),
        "events_a_second": round(len(timed.events) / (it.now - began)),
        "wrong_skill": found.wrong_skill,
    }


def _quantiles(times: list[float]) -> dict[str, float]:
    ordered = sorted(times) or [0.0]
    at = {"p50": 0.5, "p99": 0.99, "max": 1.0}
    return {
        name: round(1e6 * ordered[min(len(ordered) - 1, int(q * len(ordered)))], 1) for name, q in at.items()
    }


def exponent(rows: list[dict[str, Any]]) -> float:
    """How the cost of an event grows with the number of agents: its power, by least squares."""
    xs = [math.log(row["agents"]) for row in rows]
    ys = [math.log(row["event_us"]) for row in rows]
    x, y = sum(xs) / len(xs), sum(ys) / len(ys)
    grows = sum((a - x) * (b - y) for a, b in zip(xs, ys, strict=True))
    return round(grows / sum((a - x) ** 2 for a in xs), 3)


def memory(count: int) -> dict[str, int]:
    """Bytes for each agent who is idle, and for each caller who waits."""
    random = Random(1)
    agents, queues = centre.agents(count, random), centre.queues(QUEUES, random)
    gc.collect()
    tracemalloc.start()
    held = Ours()
    centre.Centre(held, agents, queues, random, talk_seconds=1.0)
    gc.collect()
    after_agents = tracemalloc.get_traced_memory()[0]
    state = AcdState("bench")
    engine.handle(state, Configured((), queues), now=0.0)
    gc.collect()
    before = tracemalloc.get_traced_memory()[0]
    for n in range(WAITING):
        # Their ids and numbers are held by whoever queues them.
        call, caller = f"call-{n}", str(n)
        engine.handle(state, CallQueued(call, f"queue-{n % QUEUES}", 0, float(n), caller), now=float(n))
    gc.collect()
    waiting = tracemalloc.get_traced_memory()[0] - before
    tracemalloc.stop()
    return {
        "agent_bytes": round(after_agents / len(held.state.agents)),
        "waiting_call_bytes": round(waiting / WAITING),
    }


def settings(count: int) -> dict[str, float]:
    """Milliseconds to take up a configuration: all of it, nothing new, one agent or one queue changed."""
    random = Random(2)
    agents, queues = centre.agents(count, random), centre.queues(QUEUES, random)
    state = AcdState("bench")
    promoted = (replace(agents[0], priority=9), *agents[1:])
    quicker = (replace(queues[0], ring_seconds=9), *queues[1:])
    steps = {
        "all_ms": Configured(agents, queues),
        "nothing_ms": Configured(tuple(replace(spec) for spec in agents), queues),
        "one_agent_ms": Configured(promoted, queues),
        "one_queue_ms": Configured(promoted, quicker),
    }
    took = {}
    for name, event in steps.items():
        began = time.thread_time()
        engine.handle(state, event, now=1.0)
        took[name] = round(1e3 * (time.thread_time() - began), 1)
    return took


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--events", type=int, default=40_000, help="for each size and load")
    parser.add_argument(
        "--peer-events", type=int, default=4_000, help="the same for the one that looks at all"
    )
    parser.add_argument("--sizes", type=int, nargs="+", default=SIZES)
    options = parser.parse_args()
    findings: dict[str, Any] = {"queues": QUEUES, "waiting": WAITING}
    for name, load in (("crowded", WAITING), ("half_idle", 0)):
        ours = [run(Ours, n, load=load, events=options.events) for n in options.sizes]
        peer = [run(ScanningAcd, n, load=load, events=options.peer_events) for n in options.sizes]
        findings[name] = {
            "ours": ours,
            "exponent": exponent(ours),
            "scanning": [{k: row[k] for k in ("agents", "event_us", "decision_us")} for row in peer],
            "scanning_exponent": exponent(peer),
        }
    findings["memory"] = memory(max(options.sizes))
    findings["configuration"] = settings(max(options.sizes))
    print(json.dumps(findings, indent=2))


if __name__ == "__main__":
    main()
