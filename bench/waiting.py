"""Callers who wait in a queue, hundreds at once: what each costs the call side in memory, and the switch in CPU.

``python -m bench waiting`` prints its findings as JSON. See README.md.
"""

from __future__ import annotations

import argparse
import json
import os
import sys
import tempfile
from pathlib import Path
from typing import Any, Final

import gevent

from bench.lab import HandlerProcess, house
from bench.phones import STRAIGHT_TO_QUEUE, PeersProcess, publish, staff
from fs_scripts.switch.find import find_binary
from tests.live.waiting import until

#: FreeSWITCH wakes three times in 20 ms for each: two cores hold some three hundred.
CALLERS: Final = 250
RATE: Final = 20.0
#: Call sides differ from what they were at first: libraries are loaded by the first calls.
WARM_UP: Final = 20
#: So long they only hear music, and what that costs is measured.
LISTEN_S: Final = 10.0
_LONGEST_S: Final = 60.0


def run(binary: Path, home: Path, *, count: int = CALLERS, rate: float = RATE) -> dict[str, Any]:
    """Let *count* callers wait at once for an agent who is signed in and busy, then let all hang up."""
    load_before = os.getloadavg()[0]
    with (
        PeersProcess() as peers,
        house(
            binary,
            home,
            agents=1,
            change=lambda session: (
                staff(session, 1, {"policy": 5}, state="busy"),
                publish(session, STRAIGHT_TO_QUEUE, "queue"),
            ),
            rtp_ports=max(200, 4 * count),
            trunk_channels=2 * count,
            # The callers are silent, which is not to end their calls.
            rtp_timeout=3600,
        ) as place,
    ):
        peers.register(place.desk_server, place.desks)
        with place.handler() as handler:

            def waiting() -> int:
                return int(handler.look()["waiting"])

            def wait_for(callers: int) -> int:
                """How much memory the call side has when so many more wait."""
                calls = peers.call(
                    place.trunk,
                    to="12366",
                    count=callers,
                    rate=rate,
                    stay=True,
                    longest=callers / rate + _LONGEST_S,
                )
                answered = sum(1 for call in calls if call.joined)
                until(lambda: waiting() == answered, 30, "all wait")
                return answered

            def hang_up() -> None:
                peers.hang_up()
                until(lambda: place.channels() == 0 and waiting() == 0, 60, "nobody waits")

            wait_for(min(WARM_UP, count))
            hang_up()
            before = _settled(handler)
            answered = wait_for(count)
            during = _settled(handler)
            switch_ms, handler_ms = place.switch_cpu_ms, handler.cpu_ms
            gevent.sleep(LISTEN_S)
            switch_ms, handler_ms = place.switch_cpu_ms - switch_ms, handler.cpu_ms - handler_ms
            hang_up()
            after = _settled(handler)
    return {
        "callers": count,
        "waiting": answered,
        "rss_kb": {"before": before, "during": during, "after": after},
        "kb_per_waiting_call": round((during - before) / max(1, answered), 1),
        # Of one core, while nothing happens but music.
        "cpu_percent": {
            "switch": round(switch_ms / LISTEN_S / 10, 1),
            "handler": round(handler_ms / LISTEN_S / 10, 1),
            "switch_per_waiting_call": round(switch_ms / LISTEN_S / 10 / max(1, answered), 2),
        },
        "machine_load_before": round(load_before, 2),
    }


def _settled(handler: HandlerProcess) -> int:
    # A look collects what is garbage.
    handler.look()
    return handler.rss_kb


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--callers", type=int, default=CALLERS)
    parser.add_argument("--rate", type=float, default=RATE, help="callers a second")
    parser.add_argument("--home", type=Path, help="where everything is kept; a temporary folder otherwise")
    options = parser.parse_args()
    binary = find_binary()
    if binary is None:
        sys.exit("no FreeSWITCH is installed: there is nothing to measure")
    with tempfile.TemporaryDirectory(prefix="hotline-bench-") as folder:
        home = options.home or Path(folder)
        home.mkdir(parents=True, exist_ok=True)
        found = run(binary, home, count=options.callers, rate=options.rate)
    print(json.dumps(found, indent=2))
