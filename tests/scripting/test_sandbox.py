"""The sandbox: what scripts decide, and that those who mean harm are contained."""

from __future__ import annotations

import os
import time
from collections.abc import Iterator

import gevent
import pytest
from gevent.threadpool import ThreadPool

from hotline.domain.routing.facts import QueueFacts, RoutingFacts
from hotline.domain.routing.route import Route
from hotline.scripting.sandbox import Ran, Sandbox, Script, ScriptFailed
from tests.scripting.hostile import HOSTILE

NOW = 1_795_000_000.0
FACTS = RoutingFacts(caller="051253520000", region="江苏省苏州市", queues={"general": QueueFacts(waiting=12)})
SCRIPT = """\
def route(call: Call) -> Route | None:
    if call.queue("general").waiting > 10:
        return Route(
            "queue:policy", priority=20, data={"why": call.region})
    return None
"""


@pytest.fixture(scope="module")
def sandbox() -> Iterator[Sandbox]:
    with Sandbox() as pool:
        yield pool


def script(text: str) -> Script:
    return Script("test", 1, text)


def test_a_script_decides_and_the_line_is_known(sandbox):
    assert sandbox.run(script(SCRIPT), FACTS, NOW) == Ran(
        Route("queue:policy", 20, {"why": "江苏省苏州市"}), 3, ""
    )


def test_no_route_is_the_way_of_the_flow(sandbox):
    assert sandbox.run(script(SCRIPT), RoutingFacts(), NOW).route == Route()


def test_what_a_script_prints_is_kept(sandbox):
    text = "def route(call):\n    print(call.caller)\n"
    assert sandbox.run(script(text), FACTS, NOW).printed == "051253520000\n"


def test_time_and_chance_are_those_of_the_call(sandbox):
    text = (
        "import random\nfrom datetime import datetime\n"
        "def route(call):\n    return Route('label:x', data={'t': f'{datetime.now()}', 'r': f'{random.random()}'})\n"
    )
    once = sandbox.run(script(text), FACTS, NOW, "call-1").route.values
    assert once == sandbox.run(script(text), FACTS, NOW, "call-1").route.values
    assert once["t"].startswith("2026-11-18 ")
    assert once["r"] != sandbox.run(script(text), FACTS, NOW, "call-2").route.values["r"]


def test_nothing_stays_behind_for_the_next_call(sandbox):
    for _ in range(8):
        sandbox.run(script("seen = 1\ndef route(call): return None\n"), FACTS, NOW)
    with pytest.raises(ScriptFailed) as failed:
        sandbox.run(script("def route(call): return Route(seen)\n"), FACTS, NOW)
    assert "seen" in failed.value.message


@pytest.mark.parametrize("name", HOSTILE)
def test_harm_is_contained(sandbox, name):
    text, kind = HOSTILE[name]
    if kind == "bad":
        # Linear regular expressions: a bomb does not go off, and what it found is no target.
        assert sandbox.run(script(text), FACTS, NOW).route.target == "None"
        return
    begun = time.monotonic()
    with pytest.raises(ScriptFailed) as failed:
        sandbox.run(script(text), FACTS, NOW)
    assert kind == "any" or failed.value.kind == kind
    assert len(failed.value.message) <= 300
    assert time.monotonic() - begun < 2
    assert sandbox.run(script(SCRIPT), FACTS, NOW).line == 3


def test_an_error_names_its_line(sandbox):
    with pytest.raises(ScriptFailed) as failed:
        sandbox.run(script("def route(call):\n    x = 1\n    return Route(call.nothing)\n"), FACTS, NOW)
    assert (failed.value.kind, failed.value.line) == ("error", 3)


def test_others_go_on_while_harm_is_done():
    """The hub of the process is never held, and another call's decision is taken in time."""
    stalls = [_longest_stall() for _ in range(3)]
    assert min(stall for stall, _ in stalls) < 0.05
    assert min(wait for _, wait in stalls) < 0.2


def _longest_stall() -> tuple[float, float]:
    """The longest that a greenlet waited for its turn, and the longest that a good script took, in seconds."""
    longest = [0.0]
    with Sandbox() as sandbox:
        threads = ThreadPool(4)
        heart = gevent.spawn(_beat, longest)
        waits = []
        try:
            for text, _ in HOSTILE.values():
                bad = [threads.spawn(_outcome, sandbox, text) for _ in range(2)]
                begun = time.monotonic()
                assert threads.spawn(sandbox.run, script(SCRIPT), FACTS, NOW).get().line == 3
                waits.append(time.monotonic() - begun)
                gevent.wait(bad)
        finally:
            heart.kill()
            threads.kill()
    return longest[0], max(waits)


def _outcome(sandbox: Sandbox, text: str) -> str:
    try:
        sandbox.run(script(text), FACTS, NOW)
    except ScriptFailed as error:
        return error.kind
    return ""


def _beat(longest: list[float]) -> None:
    last = time.monotonic()
    while True:
        gevent.sleep(0.001)
        now = time.monotonic()
        longest[0] = max(longest[0], now - last - 0.001)
        last = now


def test_a_killed_worker_is_replaced_and_none_is_left_behind():
    before = _children()
    with Sandbox(workers=2) as sandbox:
        for pid in _children() - before:
            os.kill(pid, 9)
        outcomes = [_outcome(sandbox, SCRIPT) for _ in range(6)]
        assert outcomes == [""] * 6
    assert _children() <= before


def _children() -> set[int]:
    with open(f"/proc/self/task/{os.getpid()}/children") as file:  # noqa: PTH123 - a file of the kernel
        return {int(pid) for pid in file.read().split()}
