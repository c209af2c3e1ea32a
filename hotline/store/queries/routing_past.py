"""Calls that have been, with the facts as they were when each was queued: what a trial decides again.

Where a script or table decided at the time, the facts that it went by are in the journal and are taken as they
are. The rest is worked out from the calls and from the agents' moves; the expected wait is not known.
"""

from __future__ import annotations

from bisect import bisect_left, insort
from collections import defaultdict
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from datetime import timedelta
from typing import Any, Final
from zoneinfo import ZoneInfo

from sqlalchemy import ColumnElement, select
from sqlalchemy.orm import Session

from hotline.domain import journal as kinds
from hotline.domain.calendar import Calendar
from hotline.domain.routing.facts import FACTS, QueueFacts, RoutingFacts
from hotline.regions import Regions
from hotline.store.base import from_epoch, to_epoch
from hotline.store.calls import Call, JournalEntry
from hotline.store.queries.routing import HISTORY_DAYS

_LOCAL: Final = ZoneInfo("Asia/Shanghai")
_SIGNED_OUT: Final = "signed_out"
# An agent's state before the period is looked for so far back.
_MOVES_DAYS: Final = 2


@dataclass(frozen=True, slots=True)
class PastCall:
    """A call, where it went (``target``, ``priority``), when, and the facts of that moment."""

    interaction_id: str
    at: float
    caller: str
    target: str
    priority: int | None
    facts: RoutingFacts


@dataclass(slots=True)
class _Caller:
    """A caller's calls so far: when each began, and what the last ones were."""

    began: list[float] = field(default_factory=list)
    agent: str = ""
    queue: str = ""
    outcome: str = ""
    mark: int = 0


class Past:
    """The calls between two instants (seconds since the epoch), of those that *within* lets through.

    *serves* is which queues each agent can serve, *script* the code whose own decisions are looked for.
    """

    def __init__(
        self,
        session: Session,
        since: float,
        until: float,
        *,
        within: ColumnElement[bool],
        calendar: Calendar,
        regions: Regions,
        serves: Mapping[str, frozenset[str]],
        queues: frozenset[str],
        script: str,
    ) -> None:
        self._calendar = calendar
        self._regions = regions
        self._serves = serves
        self._queues = queues
        self._since = since
        begin = from_epoch(since - HISTORY_DAYS * 86400)
        # All calls make up the queues and a caller's history; only those in reach are shown.
        self._calls = session.execute(
            select(
                Call.interaction_id,
                Call.caller,
                Call.called,
                Call.started_at,
                Call.queued_at,
                Call.connected_at,
                Call.ended_at,
                Call.queue_code,
                Call.agent_number,
                Call.priority,
                Call.outcome,
                Call.mark,
                Call.data,
            )
            .where(Call.started_at >= begin, Call.started_at < from_epoch(until), Call.direction == "inbound")
            .order_by(Call.started_at)
        ).all()
        shown = select(Call.interaction_id).where(
            within, Call.started_at >= from_epoch(since), Call.started_at < from_epoch(until)
        )
        self._shown = set(session.scalars(shown))
        self._decided = _decisions(session, since, until, script)
        self._moves = _moves(session, since, until)

    def __len__(self) -> int:
        return sum(self._wanted(call) for call in self._calls)

    def __iter__(self) -> Iterator[PastCall]:
        """In the order in which they came."""
        queues = _Queues(self._calls)
        agents = _Agents(self._moves)
        callers: defaultdict[str, _Caller] = defaultdict(_Caller)
        for call in self._calls:
            at = to_epoch(call.queued_at or call.started_at)
            if self._wanted(call):
                yield self._past(call, at, callers[call.caller], queues, agents)
            known = callers[call.caller]
            known.began.append(to_epoch(call.started_at))
            known.agent = call.agent_number or known.agent
            known.queue = call.queue_code or ""
            known.outcome = call.outcome
            known.mark = call.mark or known.mark

    def _wanted(self, call: Any) -> bool:
        decided = call.interaction_id in self._decided
        return call.interaction_id in self._shown and (decided or call.queue_code is not None)

    def _past(self, call: Any, at: float, history: _Caller, queues: _Queues, agents: _Agents) -> PastCall:
        queues.go_to(at)
        agents.go_to(at)
        target, priority, used = self._decided.get(
            call.interaction_id, (f"queue:{call.queue_code}", call.priority, {})
        )
        return PastCall(
            call.interaction_id,
            at,
            call.caller,
            target,
            priority,
            self._facts(call, at, history, queues, agents, used),
        )

    def _facts(
        self,
        call: Any,
        at: float,
        history: _Caller,
        queues: _Queues,
        agents: _Agents,
        used: Mapping[str, Any],
    ) -> RoutingFacts:
        local = from_epoch(at).astimezone(_LOCAL)
        opening = self._calendar.is_open(at)
        signed_in = {number: state for number, state in agents.states.items() if state != _SIGNED_OUT}
        facts: dict[str, Any] = {
            "caller": call.caller,
            "region": self._regions.of(call.caller),
            "called": call.called,
            "date": f"{local:%Y-%m-%d}",
            "time": f"{local:%H:%M}",
            "weekday": local.isoweekday(),
            "open": opening.open,
            "holiday": opening.holiday_name or "",
            "make_up_workday": self._calendar.is_make_up_workday(local.date()),
            "signed_in": len(signed_in),
            "calls_30_days": len(history.began) - bisect_left(history.began, at - HISTORY_DAYS * 86400),
            "last_agent": history.agent,
            "last_queue": history.queue,
            "last_outcome": history.outcome,
            "last_mark": history.mark,
            "data": {key: str(value) for key, value in (call.data or {}).items()},
            "agents": signed_in,
        }
        facts |= {name: value for name, value in used.items() if name in FACTS and not FACTS[name].of}
        return RoutingFacts(
            **facts,
            queues={
                code: queues.facts(
                    code, at, [s for n, s in signed_in.items() if code in self._serves.get(n, ())]
                )
                for code in self._queues
            },
        )


class _Queues:
    """Who waits in which queue at an instant that only moves forward."""

    def __init__(self, calls: Any) -> None:
        self._events = sorted(
            event
            for call in calls
            if call.queue_code is not None and _waited(call)
            for event in (
                (to_epoch(call.queued_at), 1, call.queue_code, to_epoch(call.queued_at)),
                (
                    to_epoch(call.connected_at or call.ended_at),
                    0,
                    call.queue_code,
                    to_epoch(call.queued_at),
                ),
            )
        )
        self._next = 0
        self._waiting: defaultdict[str, list[float]] = defaultdict(list)

    def go_to(self, at: float) -> None:
        """Bring in what happened before *at*, so that the call that is queued then does not count itself."""
        while self._next < len(self._events) and self._events[self._next][0] < at:
            _, comes, queue, since = self._events[self._next]
            line = self._waiting[queue]
            if comes:
                insort(line, since)
            elif (place := bisect_left(line, since)) < len(line) and line[place] == since:
                del line[place]
            self._next += 1

    def facts(self, code: str, at: float, states: list[str]) -> QueueFacts:
        line = self._waiting.get(code, [])
        return QueueFacts(
            waiting=len(line),
            longest_wait=round(at - line[0]) if line else 0,
            signed_in=len(states),
            idle=states.count("idle"),
        )


def _waited(call: Any) -> bool:
    left = call.connected_at or call.ended_at
    return call.queued_at is not None and left is not None and left > call.queued_at


class _Agents:
    """The agents' states at an instant that only moves forward."""

    def __init__(self, moves: list[tuple[float, str, str]]) -> None:
        self._moves = moves
        self._next = 0
        self.states: dict[str, str] = {}

    def go_to(self, at: float) -> None:
        while self._next < len(self._moves) and self._moves[self._next][0] <= at:
            _, agent, state = self._moves[self._next]
            self.states[agent] = state
            self._next += 1


def _decisions(
    session: Session, since: float, until: float, script: str
) -> dict[str, tuple[str, int | None, Mapping[str, Any]]]:
    """What *script* decided for which call: target, priority, the facts that it went by."""
    rows = session.execute(
        select(JournalEntry.interaction_id, JournalEntry.data).where(
            JournalEntry.kind == kinds.ROUTING_SCRIPT,
            JournalEntry.at >= from_epoch(since),
            JournalEntry.at < from_epoch(until),
        )
    )
    return {
        row.interaction_id: (row.data["target"], row.data["priority"], row.data.get("used", {}))
        for row in rows
        if row.data.get("script") == script and row.data.get("outcome") == "decided"
    }


def _moves(session: Session, since: float, until: float) -> list[tuple[float, str, str]]:
    rows = session.execute(
        select(JournalEntry.at, JournalEntry.agent_number, JournalEntry.data)
        .where(
            JournalEntry.kind == kinds.AGENT_STATE,
            JournalEntry.at >= from_epoch(since) - timedelta(days=_MOVES_DAYS),
            JournalEntry.at < from_epoch(until),
        )
        .order_by(JournalEntry.at, JournalEntry.id)
    )
    return [(to_epoch(row.at), row.agent_number, str(row.data.get("to", ""))) for row in rows]
