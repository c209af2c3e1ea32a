"""Routing scripts and rule tables: what they may name, which fail, their trials, and what a caller's earlier calls were."""

from __future__ import annotations

from collections import defaultdict
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Final

from sqlalchemy import ColumnElement, func, select, true
from sqlalchemy.orm import Session, defer, selectinload

from hotline.domain.journal import ROUTING_SCRIPT
from hotline.domain.routing.route import Known
from hotline.store.base import from_epoch
from hotline.store.calls import Call, JournalEntry
from hotline.store.queries.access import Scope
from hotline.store.routing import RoutingScript, RoutingTrial
from hotline.store.seats import Agent, AgentSkill, Queue

HISTORY_DAYS: Final = 30
# Nobody's history is read beyond this; who calls more often in 30 days is counted so far.
_MOST_CALLS: Final = 500


@dataclass(frozen=True, slots=True)
class History:
    """A caller's earlier calls within 30 days: how many, and the last of them. ``last_mark`` 0: none given."""

    calls: int = 0
    last_agent: str = ""
    last_queue: str = ""
    last_outcome: str = ""
    last_mark: int = 0


def scripts_within(scope: Scope) -> ColumnElement[bool]:
    """The scripts of the organisations in reach: what is changed there decides their callers' way."""
    if scope.kind == "all":
        return true()
    return RoutingScript.organisation_id.in_(scope.organisations)


@dataclass(frozen=True, slots=True)
class Failing:
    """A script or rule table of which decisions failed, so that the calls went the flow's own way: how many,
    the last of them at ``last``.
    """

    script: RoutingScript
    failures: int
    last: datetime


def failing(session: Session, within: ColumnElement[bool], since: datetime) -> list[Failing]:
    """The published scripts *within* that failed after *since*, by code."""
    code = JournalEntry.data["script"].as_string()
    found = (
        select(code.label("code"), func.count().label("failures"), func.max(JournalEntry.at).label("last"))
        .where(
            JournalEntry.kind == ROUTING_SCRIPT,
            JournalEntry.at >= since,
            JournalEntry.data["outcome"].as_string() == "failed",
        )
        .group_by(code)
        .subquery()
    )
    rows = session.execute(
        select(RoutingScript, found.c.failures, found.c.last)
        .join(found, found.c.code == RoutingScript.code)
        .where(within, RoutingScript.published_version.is_not(None))
        .order_by(RoutingScript.code)
    )
    return [Failing(script, failures, last) for script, failures, last in rows]


def known_targets(session: Session) -> Known:
    """The queues and agents that a decision may name."""
    return Known(
        queues=frozenset(session.scalars(select(Queue.code).where(Queue.active))),
        agents=frozenset(session.scalars(select(Agent.number).where(Agent.active))),
    )


def history_of(session: Session, caller: str, *, before: float, without: str = "") -> History:
    """The calls of *caller* in the 30 days before *before* (seconds since the epoch), without the call
    *without*.
    """
    if not caller:
        return History()
    at = from_epoch(before)
    rows = session.execute(
        select(Call.agent_number, Call.queue_code, Call.outcome, Call.mark)
        .where(
            Call.caller == caller,
            Call.started_at >= at - timedelta(days=HISTORY_DAYS),
            Call.started_at < at,
            Call.interaction_id != without,
        )
        .order_by(Call.started_at.desc())
        .limit(_MOST_CALLS)
    ).all()
    if not rows:
        return History()
    return History(
        calls=len(rows),
        last_agent=next((row.agent_number for row in rows if row.agent_number), ""),
        last_queue=rows[0].queue_code or "",
        last_outcome=rows[0].outcome,
        last_mark=next((row.mark for row in rows if row.mark is not None), 0),
    )


def published_scripts(session: Session) -> dict[str, str]:
    """The scripts and tables that a flow may name, with what people call them."""
    rows = session.execute(
        select(RoutingScript.code, RoutingScript.name)
        .where(RoutingScript.published_version.is_not(None))
        .order_by(RoutingScript.code)
    )
    return {row.code: row.name for row in rows}


def trials_of(session: Session, script: RoutingScript, by: str | None, most: int = 20) -> list[RoutingTrial]:
    """The newest trials of a script, those that *by* started (all of them for None), without their rows."""
    statement = select(RoutingTrial).where(RoutingTrial.script_id == script.id)
    if by is not None:
        statement = statement.where(RoutingTrial.started_by == by)
    return list(
        session.scalars(
            statement.options(defer(RoutingTrial.rows)).order_by(RoutingTrial.id.desc()).limit(most)
        )
    )


def trial_of(session: Session, script: RoutingScript, number: int, by: str | None) -> RoutingTrial | None:
    """One trial, unless it is another's or of another script."""
    row = session.get(RoutingTrial, number)
    if row is None or row.script_id != script.id or (by is not None and row.started_by != by):
        return None
    return row


def queues_of_agents(session: Session) -> dict[str, frozenset[str]]:
    """The queues whose skills each agent has, as they are set now."""
    levels: defaultdict[str, dict[int, int]] = defaultdict(dict)
    held = session.execute(
        select(Agent.number, AgentSkill.skill_id, AgentSkill.level)
        .join(AgentSkill, AgentSkill.agent_id == Agent.id)
        .where(Agent.active)
    )
    for number, skill, level in held:
        levels[number][skill] = level
    queues = session.scalars(select(Queue).where(Queue.active).options(selectinload(Queue.needs))).all()
    return {
        number: frozenset(
            queue.code
            for queue in queues
            if all(skills.get(need.skill_id, 0) >= need.min_level for need in queue.needs)
        )
        for number, skills in levels.items()
    }
