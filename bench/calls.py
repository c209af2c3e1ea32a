"""Whole calls at a rate: menu, queue, talk with an agent, survey; then the books against what the carrier saw.

``python -m bench calls --calls 1000 --rate 5`` prints its findings as JSON. See README.md.
"""

from __future__ import annotations

import argparse
import json
import os
import sys
import tempfile
import time
from collections import Counter
from collections.abc import Iterable, Sequence
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

import gevent
from sqlalchemy import select
from sqlalchemy.orm import Session

from bench.lab import PROMPT_SECONDS, HandlerProcess, Lab, lab
from fs_scripts.esl.errors import EslError
from fs_scripts.esl.events import Event
from fs_scripts.switch.find import find_binary
from hotline.domain import journal as kinds
from hotline.store.base import to_epoch
from hotline.store.models import (
    Agent,
    AgentPresence,
    AgentSkill,
    Call,
    JournalEntry,
    Queue,
    QueueSkill,
    Recording,
)
from tests.live import audio
from tests.live.carrier import CALLER_TONE, DESK_TONE, Carrier
from tests.live.waiting import until

# After the answer come the welcome and the menu's prompt; after the talk the survey's.
KEY_AFTER_S: Final = 4 * PROMPT_SECONDS
MARK_AFTER_S: Final = 3 * PROMPT_SECONDS
KEYS: Final = {"1": "policy", "2": "systems", "3": "complaints"}
LONGEST_CALL_S: Final = 60.0
# An offer that follows the joining of the queue within this time found an agent free.
FREE_MS: Final = 20.0


@dataclass
class Caller:
    """One call as the carrier sees it; times are seconds since the epoch, 0 for what did not happen."""

    number: str
    key: str
    mark: int
    uuid: str = ""
    answered_at: float = 0.0
    desk: str = ""
    rang_at: float = 0.0
    talked_at: float = 0.0
    talk_ended_at: float = 0.0
    desks_rung: int = 0
    ended_at: float = 0.0
    cause: str = ""


class Callers:
    """Dials, keys and marks, driven by the carrier's events."""

    def __init__(self) -> None:
        self.all: dict[str, Caller] = {}
        self._by_leg: dict[str, Caller] = {}
        self._desk_legs: dict[str, Caller] = {}
        self.carrier: Carrier | None = None

    def dial(self, carrier: Carrier, count: int, rate: float) -> None:
        """Make *count* calls, *rate* a second, and wait for the end of all."""
        self.carrier = carrier
        begun = time.monotonic()
        made: list[Caller] = []
        for index in range(count):
            gevent.sleep(max(0.0, begun + index / rate - time.monotonic()))
            made.append(self._dial(carrier))
        with suppress(AssertionError):
            until(lambda: all(each.ended_at for each in made), LONGEST_CALL_S, "the end of all calls")

    def _dial(self, carrier: Carrier) -> Caller:
        index = len(self.all)
        caller = Caller(f"139{index:08}", list(KEYS)[index % len(KEYS)], 1 + index // len(KEYS) % 3)
        self.all[caller.number] = caller
        caller.uuid = carrier.call(caller=caller.number).uuid
        self._by_leg[caller.uuid] = caller
        return caller

    def on_event(self, event: Event) -> None:
        now = time.time()
        caller = self._by_leg.get(event.uuid)
        if caller is not None:
            self._caller_leg(caller, event, now)
            return
        if event.name == "CHANNEL_CREATE" and event.get("Call-Direction") == "inbound":
            called = self.all.get(event.get("Caller-Caller-ID-Number") or "")
            if called is not None:
                self._desk_legs[event.uuid] = called
                called.rang_at = called.rang_at or now
                called.desks_rung += 1
        elif event.uuid in self._desk_legs:
            self._desk_leg(self._desk_legs[event.uuid], event, now)

    def _caller_leg(self, caller: Caller, event: Event, now: float) -> None:
        if event.name == "CHANNEL_ANSWER":
            caller.answered_at = now
            gevent.spawn_later(KEY_AFTER_S, self._key, caller, caller.key)
        elif event.name == "CHANNEL_HANGUP_COMPLETE":
            caller.ended_at, caller.cause = now, event.get("Hangup-Cause") or ""

    def _desk_leg(self, caller: Caller, event: Event, now: float) -> None:
        if event.name == "CHANNEL_ANSWER":
            caller.desk = event.get("Caller-Destination-Number") or ""
            caller.talked_at = now
        elif event.name == "CHANNEL_HANGUP_COMPLETE":
            caller.talk_ended_at = now
            del self._desk_legs[event.uuid]
            gevent.spawn_later(MARK_AFTER_S, self._key, caller, str(caller.mark))

    def _key(self, caller: Caller, key: str) -> None:
        # Whoever is gone already is missing in the books, and counted there.
        with suppress(EslError):
            if self.carrier is not None and not caller.ended_at:
                self.carrier.api(f"uuid_send_dtmf {caller.uuid} {key}@100")


def sign_in(place: Lab, agents: Iterable[str]) -> None:
    """Have every agent key *13 on the desk phone."""
    agents = list(agents)
    for extension in agents:
        place.carrier.api(
            f"originate {{origination_caller_id_number={extension}}}sofia/gateway/{extension}/*13 &park()", 10
        )
    # Until the confirmation is over the phone is in use, and its agent is offered nothing.
    until(lambda: idle(place.handler) == len(agents) and legs(place) == 0, 30, "all agents are idle")


def idle(handler: HandlerProcess) -> int:
    return int(handler.look()["agents"].get("idle", 0))


def legs(place: Lab) -> int:
    return int(place.switch.api("show channels count").split()[0])


def run(
    binary: Path, home: Path, *, count: int, rate: float, agents: int = 20, early: int = 200
) -> dict[str, Any]:
    """Make *count* calls and return the findings; memory is looked at after *early* calls and at the end."""
    callers = Callers()
    load_before = os.getloadavg()[0]
    with lab(binary, home, agents=agents, talk_s=3, on_event=callers.on_event) as place:
        handler = place.handler
        extensions = sorted(place.desks)
        sign_in(place, extensions)
        before = {**handler.look(), "descriptors": handler.descriptors}
        rss = {"start": handler.rss_kb}
        cpu, books_cpu, began = handler.cpu_ms, handler.books_cpu_ms, time.monotonic()
        for batch in (min(early, count), max(0, count - early)):
            if batch:
                callers.dial(place.carrier, batch, rate)
                settle(place)
                rss[f"after_{len(callers.all)}"] = handler.rss_kb
        cpu, seconds = handler.cpu_ms - cpu, time.monotonic() - began
        books_cpu = handler.books_cpu_ms - books_cpu
        # What watches over the end of a call lives a second longer than the call.
        with suppress(AssertionError):
            until(lambda: handler.look()["greenlets"] <= before["greenlets"], 10, "the last greenlets end")
        after = {**handler.look(), "descriptors": handler.descriptors}
        left = {name: after[name] - before[name] for name in LEFT} | {
            "switch_channels": legs(place),
            "agents_reserved": sum(
                n for state, n in after["agents"].items() if state in {"ringing", "talking"}
            ),
        }
        with place.database.read() as session:
            books = Books(session, place.settings.recordings)
            findings = compare(list(callers.all.values()), books)
        return {
            **findings,
            "handler_cpu_ms_per_call": round(cpu / count, 2),
            "books_cpu_ms_per_call": round(books_cpu / count, 2),
            "collector_ms_per_call": round((after["gc_ms"] - before["gc_ms"]) / count, 2),
            "collector_longest_ms": round(after["gc_longest_ms"], 1),
            "rss_kb": rss,
            "left": left,
            "agents_after": after["agents"],
            "objects": {"start": before["objects"], "end": after["objects"]},
            "seconds": round(seconds, 1),
            "rate": rate,
            "agents": agents,
            "machine_load_before": round(load_before, 2),
        }


LEFT: Final = ("greenlets", "channels", "connections", "sessions", "waiting", "offers", "descriptors")


def settle(place: Lab) -> None:
    """Wait until the switch is empty and the books are written."""
    with suppress(AssertionError):
        until(lambda: legs(place) == 0, 30, "the switch is empty")

    def closed() -> bool:
        with place.database.read() as session:
            return session.scalar(select(Call.interaction_id).where(Call.outcome == "open").limit(1)) is None

    with suppress(AssertionError):
        until(closed, 20, "the books are closed")


class Books:
    """What the call side has written down."""

    def __init__(self, session: Session, recordings: Path) -> None:
        self.folder = recordings
        self.calls: dict[str, list[Call]] = {}
        for call in session.scalars(select(Call)):
            self.calls.setdefault(call.caller, []).append(call)
        self.recordings = {row.interaction_id: row for row in session.scalars(select(Recording))}
        self.able: dict[str, set[str]] = {}
        skills = (
            select(Queue.code, Agent.number)
            .join(QueueSkill, QueueSkill.queue_id == Queue.id)
            .join(AgentSkill, AgentSkill.skill_id == QueueSkill.skill_id)
            .join(Agent, Agent.id == AgentSkill.agent_id)
            .where(AgentSkill.level >= QueueSkill.min_level)
        )
        for queue, number in session.execute(skills):
            self.able.setdefault(queue, set()).add(number)
        self.offered_at: dict[str, float] = {}
        for interaction, at in session.execute(
            select(JournalEntry.interaction_id, JournalEntry.at)
            .where(JournalEntry.kind == kinds.OFFER_MADE)
            .order_by(JournalEntry.id.desc())
        ):
            self.offered_at[interaction or ""] = to_epoch(at)
        self.reserved = [
            row.agent_number
            for row in session.scalars(select(AgentPresence))
            if row.state in {"ringing", "talking"}
        ]


def compare(callers: Sequence[Caller], books: Books) -> dict[str, Any]:
    """Every call of the carrier against its row: what differs is counted under its name."""
    faults: Counter[str] = Counter()
    lost = wrong_skill = 0
    waits: list[float] = []
    offers: list[float] = []
    offers_free: list[float] = []
    recorded: list[Path] = []
    for caller in callers:
        found = books.calls.get(caller.number, [])
        call = found[0] if len(found) == 1 else None
        told = list(_faults(caller, call, books))
        faults.update(told)
        lost += bool(set(told) & LOST)
        if call is None:
            continue
        if call.agent_number and call.agent_number not in books.able.get(call.queue_code or "", ()):
            wrong_skill += 1
        if call.wait_ms is not None and call.connected_at is not None:
            waits.append(call.wait_ms)
        if call.queued_at is not None and caller.rang_at:
            offers.append((caller.rang_at - to_epoch(call.queued_at)) * 1000)
            offered = books.offered_at.get(call.interaction_id)
            if offered is not None and (offered - to_epoch(call.queued_at)) * 1000 <= FREE_MS:
                offers_free.append(offers[-1])
        recording = books.recordings.get(call.interaction_id)
        if recording is not None:
            recorded.append(books.folder / recording.path)
    sample = recorded[:: max(1, len(recorded) // 50)][:50]
    return {
        "calls": len(callers),
        "lost": lost,
        "wrong_skill": wrong_skill,
        "faults": dict(faults),
        "marks": sum(1 for rows in books.calls.values() for row in rows if row.mark is not None),
        "recordings": sum(1 for path in recorded if path.is_file()),
        "recordings_heard": len(sample),
        "recordings_with_both_voices": sum(map(both_voices, sample)),
        "agents_reserved_in_the_books": len(books.reserved),
        "wait_ms": percentiles(waits),
        "join_to_invite_ms": percentiles(offers),
        "join_to_invite_ms_agent_free": percentiles(offers_free),
    }


# A caller who did not get all of answer, agent, survey and a regular end.
LOST: Final = frozenset({"not_answered", "no_agent", "not_ended", "not_in_the_books", "not_served", "cause"})


def _faults(caller: Caller, call: Call | None, books: Books) -> Iterable[str]:
    """What is wrong with one call; nothing for one that went as it should."""
    if not caller.answered_at:
        yield "not_answered"
    if not caller.talked_at:
        yield "no_agent"
    if not caller.ended_at:
        yield "not_ended"
    elif caller.cause != "NORMAL_CLEARING":
        yield "cause"
    if caller.desks_rung > 1:
        yield "rang_more_than_one_desk"
    if call is None:
        yield "not_in_the_books"
        return
    expected = {
        "not_served": call.outcome == "served",
        "queue": call.queue_code == KEYS[caller.key],
        "agent": call.extension == caller.desk,
        "mark": call.mark == caller.mark,
        "hangup_side": call.hangup_side == "agent",
        "recording": call.interaction_id in books.recordings,
    }
    yield from (name for name, right in expected.items() if not right)
    if caller.talked_at and call.talk_ms is not None:
        seen = (caller.talk_ended_at - caller.talked_at) * 1000
        if abs(seen - call.talk_ms) > 500:
            yield "talk_time"


def both_voices(path: Path) -> bool:
    """Whether the caller is on the left channel, the agent on the right, and neither on the other's."""
    if not path.is_file():
        return False
    left, right = audio.read(path)
    return (
        audio.share(left, CALLER_TONE) > 0.5
        and audio.share(right, DESK_TONE) > 0.5
        and audio.share(left, DESK_TONE) < 0.1
        and audio.share(right, CALLER_TONE) < 0.1
    )


def percentiles(values: Sequence[float]) -> dict[str, float]:
    if not values:
        return {}
    ordered = sorted(values)
    at = {name: ordered[min(len(ordered) - 1, int(len(ordered) * share))] for name, share in SHARES.items()}
    return {"count": len(ordered), **{name: round(value, 1) for name, value in at.items()}}


SHARES: Final = {"p50": 0.5, "p95": 0.95, "p99": 0.99, "max": 1.0}


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--calls", type=int, default=1000)
    parser.add_argument("--rate", type=float, default=5.0, help="calls a second")
    parser.add_argument("--agents", type=int, default=20)
    parser.add_argument("--home", type=Path, help="where everything is kept; a temporary folder otherwise")
    options = parser.parse_args()
    binary = find_binary()
    if binary is None:
        sys.exit("no FreeSWITCH is installed: there is nothing to measure")
    with tempfile.TemporaryDirectory(prefix="hotline-bench-") as folder:
        home = options.home or Path(folder)
        home.mkdir(parents=True, exist_ok=True)
        findings = run(binary, home, count=options.calls, rate=options.rate, agents=options.agents)
    print(json.dumps(findings, indent=2))
