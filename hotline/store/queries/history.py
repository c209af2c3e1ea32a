"""The call history: searching it, and the figures of a period."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import datetime
from typing import Final

from sqlalchemy import ColumnElement, Select, and_, case, func, or_, select
from sqlalchemy.orm import Session

from hotline.store.base import to_epoch
from hotline.store.calls import Call, JournalEntry, RecordDifference, Recording
from hotline.store.content import Flow, FlowVersion
from hotline.store.queries.access import Scope, calls_within
from hotline.store.queries.agents import escape_like

# A caller's number shorter than this is looked for anywhere in the number, a longer one from its beginning,
# where the index helps.
_WHOLE_NUMBER: Final = 7
HOUR: Final = 3600


@dataclass(frozen=True, slots=True)
class CallFilter:
    """What the history is narrowed to; an empty value narrows nothing. ``until`` itself is not included."""

    number: str = ""
    agent: str = ""
    queue: str = ""
    outcome: str = ""
    mark: int | None = None
    since: datetime | None = None
    until: datetime | None = None
    recorded: bool = False
    differing: bool = False


@dataclass(frozen=True, slots=True)
class Cursor:
    """The last call of a page: the next page begins after it."""

    started_at: datetime
    interaction_id: str


@dataclass(frozen=True, slots=True)
class Figures:
    """A period in numbers.

    Means are seconds, None where nothing was measured; ``marks`` counts 1, 2 and 3.
    """

    calls: int = 0
    served: int = 0
    abandoned: int = 0
    self_service: int = 0
    voicemail: int = 0
    other: int = 0
    still_open: int = 0
    mean_wait: float | None = None
    mean_talk: float | None = None
    marks: tuple[int, int, int] = (0, 0, 0)

    @property
    def wanted_agent(self) -> int:
        return self.served + self.abandoned + self.other

    @property
    def answer_rate(self) -> float | None:
        """Of those who wanted an agent and whose call is over, the share that got one (呼入接通率)."""
        return self.served / self.wanted_agent if self.wanted_agent else None

    @property
    def satisfaction(self) -> float | None:
        """Of those who gave a mark, the share that was satisfied or fairly satisfied (满意度)."""
        return (self.marks[0] + self.marks[1]) / sum(self.marks) if sum(self.marks) else None


@dataclass(slots=True)
class Hour:
    """One hour's calls, for the chart."""

    begins: int
    counts: dict[str, int] = field(default_factory=dict)


def calls_matching(scope: Scope, wanted: CallFilter, after: Cursor | None = None) -> Select[Call]:
    """The calls in *scope* that fit, newest first."""
    statement = select(Call).where(calls_within(scope), *_conditions(wanted))
    if after is not None:
        statement = statement.where(
            or_(
                Call.started_at < after.started_at,
                and_(Call.started_at == after.started_at, Call.interaction_id < after.interaction_id),
            )
        )
    return statement.order_by(Call.started_at.desc(), Call.interaction_id.desc())


def all_matching(session: Session, scope: Scope, wanted: CallFilter, batch: int = 500) -> Iterator[Call]:
    """Every call that fits, newest first, read a batch at a time."""
    after: Cursor | None = None
    while True:
        rows = session.scalars(calls_matching(scope, wanted, after).limit(batch)).all()
        yield from rows
        if len(rows) < batch:
            return
        after = Cursor(rows[-1].started_at, rows[-1].interaction_id)
        # A long export must not hold one picture of the database for as long as it takes.
        session.rollback()


def figures(session: Session, scope: Scope, since: datetime, until: datetime) -> Figures:
    """The period's figures over incoming calls that began in it."""
    period = (
        calls_within(scope),
        Call.direction == "inbound",
        Call.started_at >= since,
        Call.started_at < until,
    )
    outcomes = dict(
        session.execute(select(Call.outcome, func.count()).where(*period).group_by(Call.outcome)).all()
    )
    marks = dict(
        session.execute(
            select(Call.mark, func.count()).where(*period, Call.mark.is_not(None)).group_by(Call.mark)
        ).all()
    )
    # Only those who reached an agent waited to the end; others left when they had enough.
    wait = case((Call.connected_at.is_not(None), Call.wait_ms))
    means = session.execute(select(func.avg(wait), func.avg(Call.talk_ms)).where(*period)).one()
    return Figures(
        calls=sum(outcomes.values()),
        served=outcomes.get("served", 0),
        abandoned=outcomes.get("abandoned", 0),
        self_service=outcomes.get("self_service", 0),
        voicemail=outcomes.get("voicemail", 0),
        other=outcomes.get("overflowed", 0) + outcomes.get("failed", 0),
        still_open=outcomes.get("open", 0),
        mean_wait=float(means[0]) / 1000 if means[0] is not None else None,
        mean_talk=float(means[1]) / 1000 if means[1] is not None else None,
        marks=(marks.get(1, 0), marks.get(2, 0), marks.get(3, 0)),
    )


def by_hour(session: Session, scope: Scope, since: datetime, hours: int) -> list[Hour]:
    """Incoming calls by outcome for each of the *hours* after *since*."""
    begin = to_epoch(since)
    found = [Hour(int(begin) + HOUR * n) for n in range(hours)]
    rows = session.execute(
        select(Call.started_at, Call.outcome)
        .where(calls_within(scope), Call.direction == "inbound", Call.started_at >= since)
        .execution_options(yield_per=2000)
    )
    for started_at, outcome in rows:
        at = int((to_epoch(started_at) - begin) // HOUR)
        if at < hours:
            counts = found[at].counts
            counts[outcome] = counts.get(outcome, 0) + 1
    return found


def journal_of(session: Session, interaction_id: str, limit: int = 2000) -> list[JournalEntry]:
    """What happened in one call, in order."""
    return list(
        session.scalars(
            select(JournalEntry)
            .where(JournalEntry.interaction_id == interaction_id)
            .order_by(JournalEntry.at, JournalEntry.id)
            .limit(limit)
        )
    )


def node_types(session: Session, flow: str, version: int) -> dict[str, str]:
    """The nodes of one version of a flow, with their types; empty when it is not there any more."""
    content = session.scalar(
        select(FlowVersion.content)
        .join(Flow, Flow.id == FlowVersion.document_id)
        .where(Flow.code == flow, FlowVersion.number == version)
    )
    nodes = (content or {}).get("nodes", {})
    return {name: str(node.get("type")) for name, node in nodes.items() if isinstance(node, dict)}


def recordings_of(session: Session, interaction_ids: list[str]) -> dict[str, list[Recording]]:
    """The recordings of several calls, by interaction."""
    found: dict[str, list[Recording]] = {}
    rows = session.scalars(
        select(Recording).where(Recording.interaction_id.in_(interaction_ids)).order_by(Recording.started_at)
    )
    for recording in rows:
        found.setdefault(recording.interaction_id, []).append(recording)
    return found


def _conditions(wanted: CallFilter) -> list[ColumnElement[bool]]:
    found: list[ColumnElement[bool]] = []
    if wanted.number:
        start = "" if len(wanted.number) < _WHOLE_NUMBER else escape_like(wanted.number)
        like = f"{start}%" if start else f"%{escape_like(wanted.number)}%"
        found.append(or_(Call.caller.like(like, escape="\\"), Call.called.like(like, escape="\\")))
    if wanted.agent:
        found.append(Call.agent_number == wanted.agent)
    if wanted.queue:
        found.append(Call.queue_code == wanted.queue)
    if wanted.outcome:
        found.append(Call.outcome == wanted.outcome)
    if wanted.mark is not None:
        found.append(Call.mark == wanted.mark)
    if wanted.since is not None:
        found.append(Call.started_at >= wanted.since)
    if wanted.until is not None:
        found.append(Call.started_at < wanted.until)
    if wanted.recorded:
        found.append(Call.interaction_id.in_(select(Recording.interaction_id)))
    if wanted.differing:
        found.append(Call.interaction_id.in_(select(RecordDifference.interaction_id)))
    return found
