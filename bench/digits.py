"""Keys over RTP, taken by the IVR: how many of them arrive as they were pressed.

SIPp's callers press the menu's key and then one information code after the other, by RFC 2833 with timings of
our choice; what the call side took is read from its journal. ``python -m bench digits`` prints its findings
as JSON. See README.md.
"""

from __future__ import annotations

import argparse
import difflib
import json
import os
import random
import sys
import tempfile
import time
from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

from gevent.pool import Pool
from sqlalchemy import select
from sqlalchemy.orm import Session

from bench.calls import legs, settle
from bench.lab import PROMPT_SECONDS, Lab, lab
from fs_scripts.switch.find import find_binary
from hotline.domain import journal as kinds
from hotline.store.models import Call, FlowVersion, JournalEntry
from tests.live import sipp
from tests.live.sipp import Key, Tone
from tests.live.waiting import until

# The welcome and its end, until the menu is heard.
LEAD_S: Final = 6 * PROMPT_SECONDS
CODES_A_CALL: Final = 10
KNOWN_CODES: Final = 500
AT_ONCE: Final = 20


@dataclass(frozen=True)
class Manner:
    """How callers press: a key's length, the pause to the next, and the pause after each code, in seconds.

    *loss* is the share of their packets that never arrives.
    """

    key_s: float = 0.1
    gap_s: float = 0.06
    rest_s: float = 1.2
    loss: float = 0.0

    def script(self, keys: str) -> list[Tone | Key]:
        steps: list[Tone | Key] = [Tone(0, LEAD_S)]
        for key in keys:
            # After the menu's key and after each code the hotline speaks.
            at_rest = key in "*#" or len(steps) == 1
            steps += [Key(key, self.key_s), Tone(0, self.rest_s if at_rest else self.gap_s)]
        return steps


def known_codes(dice: random.Random) -> list[str]:
    return [f"{code:04}" for code in dice.sample(range(10_000), KNOWN_CODES)]


def keys_of_a_call(dice: random.Random, codes: Sequence[str], count: int) -> str:
    """4 for the information codes, then codes with #, once in between * back to the menu and 4 again."""
    chosen = [f"{code}#" for code in dice.choices(codes, k=count)]
    if count > 1:
        chosen.insert(dice.randrange(1, count), "*4")
    return "4" + "".join(chosen)


def publish(session: Session, codes: Iterable[str]) -> None:
    """Let the demo's flow know *codes*, whatever they say."""
    version = session.scalars(select(FlowVersion)).one()
    content = json.loads(json.dumps(version.content))
    # Wrong codes would lead to the operator; here they are only counted.
    content["nodes"]["info"] |= {"codes": {code: ["info_1001"] for code in codes}, "attempts": 9}
    version.content = content


def press(place: Lab, manner: Manner, wanted: dict[str, str], folder: Path, at_once: int) -> list[str]:
    """Make the calls, *at_once* at a time; what SIPp says of those that failed."""

    def call(number: str) -> sipp.Outcome:
        script = manner.script(wanted[number])
        return sipp.call(
            folder / number,
            trunk=f"{place.settings.sip_ip}:{place.settings.trunk_port}",
            callers=[(number, number)],
            script=script,
            loss=manner.loss,
            hang_up_after_s=sum(step.seconds for step in script) + 1.0,
        )

    outcomes = Pool(at_once).map(call, wanted)
    return [outcome.errors for outcome in outcomes if outcome.failed or not outcome.successful]


def taken(session: Session) -> dict[str, str]:
    """The keys that the call side took, by caller, in order."""
    found: dict[str, str] = {}
    rows = session.execute(
        select(Call.caller, JournalEntry.data)
        .join(JournalEntry, JournalEntry.interaction_id == Call.interaction_id)
        .where(JournalEntry.kind == kinds.IVR_COLLECTED)
        .order_by(JournalEntry.at, JournalEntry.id)
    )
    for caller, data in rows:
        found[caller] = found.get(caller, "") + data["digits"] + data["terminator"]
    return found


def differences(sent: str, got: str) -> Counter[str]:
    """Keys that are right, wrong (another one in its place), lost, or extra (never pressed)."""
    counts: Counter[str] = Counter()
    for kind, a, b, c, d in difflib.SequenceMatcher(None, sent, got, autojunk=False).get_opcodes():
        pressed, arrived = b - a, d - c
        if kind == "equal":
            counts["right"] += pressed
        else:
            counts["wrong"] += min(pressed, arrived)
            counts["lost"] += max(0, pressed - arrived)
            counts["extra"] += max(0, arrived - pressed)
    return counts


def run(
    binary: Path, home: Path, *, count: int, manner: Manner, seed: int = 12366, at_once: int = AT_ONCE
) -> dict[str, Any]:
    """Press at least *count* keys and return the findings."""
    dice = random.Random(seed)
    random.seed(seed)  # the packets that are lost
    codes = known_codes(dice)
    wanted: dict[str, str] = {}
    while sum(map(len, wanted.values())) < count:
        wanted[f"138{len(wanted):08}"] = keys_of_a_call(dice, codes, CODES_A_CALL)
    load_before = os.getloadavg()[0]
    with lab(binary, home, agents=0, talk_s=1, change=lambda session: publish(session, codes)) as place:
        began = time.monotonic()
        failed = press(place, manner, wanted, home / "callers", at_once)
        until(lambda: legs(place) == 0, 30, "the switch is empty")
        settle(place)
        seconds = time.monotonic() - began
        with place.database.read() as session:
            got = taken(session)
    counts: Counter[str] = Counter()
    for number, keys in wanted.items():
        counts += differences(keys, got.get(number, ""))
    sent = sum(map(len, wanted.values()))
    return {
        "sent": sent,
        **{name: counts[name] for name in ("right", "wrong", "lost", "extra")},
        "rate": round(counts["right"] / sent, 6),
        "calls": len(wanted),
        "calls_that_failed": failed,
        "calls_at_once": at_once,
        "key_ms": round(manner.key_s * 1000),
        "gap_ms": round(manner.gap_s * 1000),
        "rest_ms": round(manner.rest_s * 1000),
        "packet_loss": manner.loss,
        "seconds": round(seconds, 1),
        "machine_load_before": round(load_before, 2),
    }


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--digits", type=int, default=10_000)
    parser.add_argument("--key-ms", type=int, default=100, help="how long a key is pressed")
    parser.add_argument("--gap-ms", type=int, default=60, help="pause to the next key of a code")
    parser.add_argument("--rest-ms", type=int, default=1200, help="pause after a code")
    parser.add_argument("--loss", type=float, default=0.0, help="share of the callers' packets that is lost")
    parser.add_argument("--home", type=Path, help="where everything is kept; a temporary folder otherwise")
    options = parser.parse_args()
    binary = find_binary()
    if binary is None:
        sys.exit("no FreeSWITCH is installed: there is nothing to measure")
    manner = Manner(options.key_ms / 1000, options.gap_ms / 1000, options.rest_ms / 1000, options.loss)
    with tempfile.TemporaryDirectory(prefix="hotline-bench-") as folder:
        home = options.home or Path(folder)
        home.mkdir(parents=True, exist_ok=True)
        findings = run(binary, home, count=options.digits, manner=manner)
    print(json.dumps(findings, indent=2))
