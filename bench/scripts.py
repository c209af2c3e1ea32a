"""What hostile routing scripts cost the others: ``python -m bench scripts``.

Each script of the tests' list runs twice at a time, round after round, while a good one decides. A greenlet looks
how late it is woken: that is what another call of the same process would notice.
"""

from __future__ import annotations

import argparse
import time

import gevent
from gevent.threadpool import ThreadPool

from hotline import collector
from hotline.domain.routing.facts import QueueFacts, RoutingFacts
from hotline.scripting.sandbox import Sandbox, Script, ScriptFailed
from tests.scripting.hostile import HOSTILE

_GOOD = Script("good", 1, "def route(call):\n    return Route('queue:a') if call.queue('a').idle else None\n")
_FACTS = RoutingFacts(queues={"a": QueueFacts(idle=1)})


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--rounds", type=int, default=5)
    rounds = parser.parse_args().rounds
    late: list[float] = []
    waits: list[float] = []
    failed = 0
    threads = ThreadPool(4)
    # A version is made ready once, when the configuration that has it is read; no call does so.
    scripts: list[Script] = []
    making: list[float] = []
    for name, (text, _kind) in HOSTILE.items():
        begun = time.monotonic()
        scripts.append(Script(name, 1, text))
        making.append((time.monotonic() - begun) * 1000)
    # As the call side does when it is up.
    collector.leave_out_the_start()
    with Sandbox() as sandbox:
        quiet: list[float] = []
        heart = gevent.spawn(_beat, quiet)
        alone = [_timed(threads, sandbox) for _ in range(200)]
        gevent.sleep(2.0)
        heart.kill()
        heart = gevent.spawn(_beat, late)
        for _ in range(rounds):
            for script in scripts:
                bad = [threads.spawn(_outcome, sandbox, script) for _ in range(2)]
                for _ in range(3):
                    try:
                        waits.append(_timed(threads, sandbox))
                    except ScriptFailed:
                        failed += 1
                gevent.wait(bad)
        heart.kill()
    print(f"a good script alone, p50 / p99: {_at(alone, 0.5):.1f} / {_at(alone, 0.99):.1f} ms")
    print(f"a good script beside {len(HOSTILE)} hostile ones, p50 / p99 / most: ", end="")
    print(f"{_at(waits, 0.5):.1f} / {_at(waits, 0.99):.1f} / {max(waits):.1f} ms of {len(waits)}")
    print(f"good scripts that failed: {failed}")
    print(f"making a version ready, once for each publication, most: {max(making):.1f} ms")
    # The machine's own noise, to be compared with.
    print(f"a greenlet woken late without them, p99 / most: {_at(quiet, 0.99):.1f} / {max(quiet):.1f} ms")
    print(
        f"a greenlet woken late beside them, p99 / most: {_at(late, 0.99):.1f} / {max(late):.1f} ms of {len(late)}"
    )
    threads.kill()


def _timed(threads: ThreadPool, sandbox: Sandbox) -> float:
    begun = time.monotonic()
    threads.spawn(sandbox.run, _GOOD, _FACTS, 0.0).get()
    return (time.monotonic() - begun) * 1000


def _outcome(sandbox: Sandbox, script: Script) -> str:
    try:
        sandbox.run(script, _FACTS, 0.0)
    except ScriptFailed as error:
        return error.kind
    return "decided"


def _beat(late: list[float]) -> None:
    while True:
        begun = time.monotonic()
        gevent.sleep(0.001)
        late.append((time.monotonic() - begun - 0.001) * 1000)


def _at(values: list[float], share: float) -> float:
    return sorted(values)[min(int(len(values) * share), len(values) - 1)]
