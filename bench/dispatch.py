"""From joining the queue to the INVITE at an agent's phone: mod_callcenter and ours, on one FreeSWITCH.

``python -m bench dispatch`` prints its findings as JSON. See README.md.
"""

from __future__ import annotations

import argparse
import json
import os
import shutil
import sys
import tempfile
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

from bench.calls import percentiles
from bench.lab import House, house
from bench.legs import CallRecord
from bench.phones import STRAIGHT_TO_QUEUE, PeersProcess, publish, staff
from fs_scripts.switch.find import find_binary
from fs_scripts.switch.settings import PROJECT
from tests.live.waiting import until

OURS: Final = "12366"
THEIRS: Final = "12367"
AGENTS: Final = 60
# Beyond this many seconds after the last call was dialled nothing is waited for any more.
_LONGEST_WAIT_S: Final = 180.0

_QUEUE: Final = """
<configuration name="callcenter.conf">
  <settings/>
  <queues>
    <queue name="bench@default">
      <param name="strategy" value="longest-idle-agent"/>
      <param name="moh-sound" value="local_stream://moh"/>
      <param name="time-base-score" value="queue"/>
      <param name="tier-rules-apply" value="false"/>
      <param name="max-wait-time" value="0"/>
      <param name="max-wait-time-with-no-agent" value="0"/>
      <param name="discard-abandoned-after" value="60"/>
    </queue>
  </queues>
  <agents>{agents}</agents>
  <tiers>{tiers}</tiers>
</configuration>
"""
_AGENT: Final = (
    '<agent name="{n}" type="callback" contact="[leg_timeout=20]sofia/internal/sip:{n}@{at}" status="Available"'
    ' max-no-answer="3" wrap-up-time="0" reject-delay-time="0" busy-delay-time="0" no-answer-delay-time="0"/>'
)
_TIER: Final = '<tier agent="{n}" queue="bench@default" level="1" position="1"/>'
_EXTENSION: Final = f"""
    <extension name="mod_callcenter">
      <condition field="destination_number" expression="^{THEIRS}$">
        <action application="answer"/>
        <action application="callcenter" data="bench@default"/>
        <action application="hangup"/>
      </condition>
    </extension>
"""


@dataclass(frozen=True, slots=True)
class Step:
    """So many calls at a rate, of *talk_s* seconds each."""

    rate: float
    count: int
    talk_s: float = 4.0

    @property
    def name(self) -> str:
        return f"{self.rate:g} a second, {self.talk_s:g} s"


#: The last one asks twenty calls a second of agents who have time for them.
STEPS: Final = (Step(5, 300), Step(12, 600), Step(20, 600), Step(20, 600, talk_s=2.0))


def tree_with_callcenter(folder: Path, extensions: Sequence[str], phones_at: str) -> Path:
    """Our configuration tree, with mod_callcenter answering a number of its own."""
    shutil.copytree(PROJECT / "freeswitch-conf", folder)
    agents = "".join(_AGENT.format(n=each, at=phones_at) for each in extensions)
    tiers = "".join(_TIER.format(n=each) for each in extensions)
    (folder / "autoload_configs" / "callcenter.conf.xml").write_text(
        _QUEUE.format(agents=agents, tiers=tiers)
    )
    trunk = folder / "dialplan" / "trunk.xml"
    before, hotline, after = trunk.read_text().partition('    <extension name="hotline">')
    trunk.write_text(before + _EXTENSION + hotline + after)
    return folder


@contextmanager
def callcenter(place: House) -> Iterator[None]:
    """mod_callcenter is loaded only while it is measured."""
    answer = place.switch.api("load mod_callcenter", timeout=30)
    if "+OK" not in answer:
        raise RuntimeError(f"mod_callcenter cannot be loaded: {answer}")
    try:
        yield
    finally:
        place.switch.api("unload mod_callcenter", timeout=30)


def measure(place: House, peers: PeersProcess, number: str, step: Step) -> dict[str, Any]:
    """Make the calls of *step* to *number* and say what became of them."""
    calls = peers.call(
        place.trunk,
        to=number,
        count=step.count,
        rate=step.rate,
        talk=step.talk_s,
        longest=step.count / step.rate + _LONGEST_WAIT_S,
    )
    until(lambda: place.channels() == 0, 30, "the switch is empty")
    return findings(calls, AGENTS)


def findings(calls: Sequence[CallRecord], agents: int) -> dict[str, Any]:
    """What the peers saw, in milliseconds."""
    served = [call for call in calls if call.joined and call.invited]
    failed = [call for call in calls if not (call.joined and call.talked and call.ended)]
    return {
        "calls": len(calls),
        "failed": len(failed),
        "rang_more_than_once": sum(1 for call in calls if call.invites > 1),
        "join_to_invite_ms": percentiles([(call.invited - call.joined) * 1000 for call in served]),
        "both_there_to_invite_ms": percentiles(after_both_were_there(served, agents)),
        "dial_to_join_ms": percentiles([(call.joined - call.dialled) * 1000 for call in served]),
    }


def after_both_were_there(served: Sequence[CallRecord], agents: int) -> list[float]:
    """How long after a caller and a free agent both existed the agent's phone got the INVITE.

    First come, first served: the n-th caller can be served when the n-th agent becomes free, of whom *agents*
    are free from the beginning.
    """
    free = [0.0] * agents + sorted(call.released for call in served if call.released)
    in_line = sorted(served, key=lambda call: call.joined)
    return [
        (call.invited - max(call.joined, free_at)) * 1000
        for call, free_at in zip(in_line, free, strict=False)
    ]


def run(binary: Path, home: Path, steps: Sequence[Step], *, theirs: bool = True) -> dict[str, Any]:
    """Measure all *steps*, ours and mod_callcenter in turn."""
    extensions = [str(1101 + n) for n in range(AGENTS)]
    load_before = os.getloadavg()[0]
    found: dict[str, dict[str, Any]] = {}
    with (
        PeersProcess() as peers,
        house(
            binary,
            home,
            agents=AGENTS,
            change=lambda session: (
                staff(session, AGENTS, {"policy": 5}),
                publish(session, STRAIGHT_TO_QUEUE, "queue"),
            ),
            tree=lambda folder: tree_with_callcenter(folder, extensions, peers.phones_at),
            trunk_channels=900,
        ) as place,
    ):
        peers.register(place.desk_server, place.desks)
        with place.handler() as handler:
            until(lambda: idle(handler) == AGENTS, 30, "all agents are idle")
            for step in steps:
                cpu = handler.cpu_ms
                ours = measure(place, peers, OURS, step)
                ours["handler_cpu_ms_per_call"] = round((handler.cpu_ms - cpu) / step.count, 2)
                found[step.name] = {"ours": ours}
                if theirs:
                    with callcenter(place):
                        found[step.name]["mod_callcenter"] = measure(place, peers, THEIRS, step)
                print(step.name, json.dumps(found[step.name]), file=sys.stderr, flush=True)
    return {
        "agents": AGENTS,
        "steps": found,
        "machine_load_before": round(load_before, 2),
        "machine_load_after": round(os.getloadavg()[0], 2),
    }


def idle(handler: Any) -> int:
    return int(handler.look()["agents"].get("idle", 0))


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--share", type=float, default=1.0, help="of the calls of each rate")
    parser.add_argument("--ours-only", action="store_true", help="leave mod_callcenter out")
    parser.add_argument("--home", type=Path, help="where everything is kept; a temporary folder otherwise")
    options = parser.parse_args()
    binary = find_binary()
    if binary is None:
        sys.exit("no FreeSWITCH is installed: there is nothing to measure")
    steps = [Step(step.rate, max(1, round(step.count * options.share)), step.talk_s) for step in STEPS]
    with tempfile.TemporaryDirectory(prefix="hotline-bench-") as folder:
        home = options.home or Path(folder)
        home.mkdir(parents=True, exist_ok=True)
        found = run(binary, home, steps, theirs=not options.ours_only)
    print(json.dumps(found, indent=2))
