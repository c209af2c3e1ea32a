"""IVR flows, their versions and the numbers that lead to them.

A version, once saved, is never changed: every save adds one, and publishing only says which one callers get.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import ColumnElement, func, select, true
from sqlalchemy.orm import Session, defer

from hotline.domain.ivr.flow import Flow as IvrFlow
from hotline.domain.ivr.flow import parse
from hotline.domain.ivr.problems import FlowError
from hotline.store.access import User
from hotline.store.content import Flow, FlowVersion, ServiceNumber
from hotline.store.errors import Conflict, Invalid
from hotline.store.queries.access import Scope
from hotline.store.seats import Agent, Queue


class StaleVersion(Exception):
    """Somebody saved a version meanwhile; nothing was written. ``number`` is that version, ``by`` who saved it."""

    def __init__(self, number: int, by: str, at: datetime) -> None:
        super().__init__(f"version {number} was saved by {by} meanwhile")
        self.number = number
        self.by = by
        self.at = at


@dataclass(frozen=True, slots=True)
class FlowSummary:
    """A flow in the list. ``newest`` is its last version; it is a draft unless it is the published one.

    ``planned``: when the next version is to be published.
    """

    code: str
    name: str
    published: int | None
    newest: int
    saved_by: str
    saved_at: datetime
    numbers: tuple[str, ...]
    planned: datetime | None = None


def flows_within(scope: Scope) -> ColumnElement[bool]:
    """The flows that no number of another organisation leads to: what is changed there is heard by its own callers."""
    if scope.kind == "all":
        return true()
    foreign = select(ServiceNumber.flow_code).where(
        ServiceNumber.organisation_id.is_not(None), ServiceNumber.organisation_id.not_in(scope.organisations)
    )
    return Flow.code.not_in(foreign)


def flow_summaries(session: Session, scope: Scope) -> list[FlowSummary]:
    """The flows in reach, by code."""
    newest = (
        select(FlowVersion.flow_id, func.max(FlowVersion.number).label("number"))
        .group_by(FlowVersion.flow_id)
        .subquery()
    )
    rows = session.execute(
        select(Flow, FlowVersion.number, FlowVersion.created_by, FlowVersion.created_at)
        .join(newest, newest.c.flow_id == Flow.id)
        .join(FlowVersion, (FlowVersion.flow_id == Flow.id) & (FlowVersion.number == newest.c.number))
        .where(flows_within(scope))
        .order_by(Flow.code)
    ).all()
    numbers: dict[str, list[str]] = {}
    for row in session.execute(
        select(ServiceNumber.flow_code, ServiceNumber.number).order_by(ServiceNumber.number)
    ):
        numbers.setdefault(row.flow_code, []).append(row.number)
    next_up = select(FlowVersion.flow_id, func.min(FlowVersion.publish_at).label("at"))
    planned = {row.flow_id: row.at for row in session.execute(next_up.group_by(FlowVersion.flow_id))}
    return [
        FlowSummary(
            code=flow.code,
            name=flow.name,
            published=flow.published_version,
            newest=number,
            saved_by=by,
            saved_at=at,
            numbers=tuple(numbers.get(flow.code, ())),
            planned=planned.get(flow.id),
        )
        for flow, number, by, at in rows
    ]


def numbers_of(session: Session, code: str) -> list[str]:
    """The numbers that lead to the flow."""
    return list(
        session.scalars(
            select(ServiceNumber.number).where(ServiceNumber.flow_code == code).order_by(ServiceNumber.number)
        )
    )


def versions_of(session: Session, flow: Flow) -> list[FlowVersion]:
    """The versions, newest first, without their content."""
    return list(
        session.scalars(
            select(FlowVersion)
            .where(FlowVersion.flow_id == flow.id)
            .options(defer(FlowVersion.content))
            .order_by(FlowVersion.number.desc())
        )
    )


def version_of(session: Session, flow: Flow, number: int | None = None) -> FlowVersion | None:
    """Version *number*, or the newest one."""
    statement = select(FlowVersion).where(FlowVersion.flow_id == flow.id)
    if number is not None:
        statement = statement.where(FlowVersion.number == number)
    return session.scalars(statement.order_by(FlowVersion.number.desc()).limit(1)).first()


def create_flow(
    session: Session, code: str, name: str, content: Mapping[str, Any], *, comment: str, by: str, at: datetime
) -> Flow:
    """A new flow with a first draft. Raises :class:`Conflict` for a code that is taken."""
    if session.scalar(select(Flow.id).where(Flow.code == code)) is not None:
        raise Conflict("code", code)
    flow = Flow(code=code, name=name)
    session.add(flow)
    session.flush()
    _add_version(session, flow, 1, content, comment=comment, by=by, at=at)
    return flow


def save_version(
    session: Session,
    flow: Flow,
    content: Mapping[str, Any],
    *,
    base: int,
    comment: str,
    by: str,
    at: datetime,
) -> FlowVersion:
    """Add a version made from version *base*. Raises :class:`StaleVersion` if *base* is not the newest any more."""
    # The row is locked where the database locks rows: of two who save at once the second one sees the first's.
    session.execute(select(Flow.id).where(Flow.id == flow.id).with_for_update())
    newest = version_of(session, flow)
    if newest is not None and newest.number != base:
        raise StaleVersion(newest.number, newest.created_by, newest.created_at)
    flow.name = str(content["name"])[:80]
    return _add_version(session, flow, base + 1, content, comment=comment, by=by, at=at)


def lead_number(session: Session, number: str, code: str, organisation: int) -> str | None:
    """Let *number* lead to the flow *code*; returns the flow it led to before.

    Raises :class:`Invalid` for a number of another organisation.
    """
    row = session.get(ServiceNumber, number)
    if row is None:
        session.add(ServiceNumber(number=number, flow_code=code, organisation_id=organisation))
        return None
    if row.organisation_id not in (None, organisation):
        raise Invalid("number", number, "not_yours")
    before, row.flow_code = row.flow_code, code
    return before


def release_number(session: Session, number: str, code: str) -> bool:
    """Let *number* lead to the flow *code* no longer; False when it did not."""
    row = session.get(ServiceNumber, number)
    if row is None or row.flow_code != code:
        return False
    session.delete(row)
    return True


def queue_names(session: Session) -> dict[str, str]:
    """The queues that a flow may name, with what people call them."""
    rows = session.execute(select(Queue.code, Queue.name).where(Queue.active).order_by(Queue.id))
    return {row.code: row.name for row in rows}


def agent_names(session: Session) -> dict[str, str]:
    """The agents that a flow may name."""
    rows = session.execute(
        select(Agent.number, User.name)
        .join(User, User.id == Agent.user_id)
        .where(Agent.active)
        .order_by(Agent.number)
    )
    return {row.number: row.name for row in rows}


def published_flows(session: Session) -> dict[str, IvrFlow]:
    """The published version of every flow that can be read, by code."""
    rows = session.execute(
        select(Flow.code, FlowVersion)
        .join(FlowVersion, (FlowVersion.flow_id == Flow.id) & (FlowVersion.number == Flow.published_version))
        .order_by(Flow.code)
    )
    found: dict[str, IvrFlow] = {}
    for code, version in rows:
        try:
            found[code] = parse({**version.content, "id": code, "version": version.number})
        except FlowError:
            # Written by an older program; it is told where that flow itself is opened.
            continue
    return found


def _add_version(
    session: Session,
    flow: Flow,
    number: int,
    content: Mapping[str, Any],
    *,
    comment: str,
    by: str,
    at: datetime,
) -> FlowVersion:
    version = FlowVersion(
        flow_id=flow.id,
        number=number,
        content={**content, "id": flow.code, "version": number},
        comment=comment,
        created_by=by,
        created_at=at,
    )
    session.add(version)
    session.flush()
    return version
