"""IVR flows, the numbers that lead to them, and what they may name."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from typing import Any

from sqlalchemy import ColumnElement, select, true
from sqlalchemy.orm import Session

from hotline.domain.ivr.flow import Flow as Document
from hotline.domain.ivr.flow import parse
from hotline.domain.ivr.problems import FlowError
from hotline.store.access import User
from hotline.store.content import Flow, ServiceNumber
from hotline.store.errors import Invalid
from hotline.store.queries import versions
from hotline.store.queries.access import Scope
from hotline.store.seats import Agent, Queue
from hotline.store.versions import Version


def flows_within(scope: Scope) -> ColumnElement[bool]:
    """The flows that no number of another organisation leads to: what is changed there is heard by its own callers."""
    if scope.kind == "all":
        return true()
    foreign = select(ServiceNumber.flow_code).where(
        ServiceNumber.organisation_id.is_not(None), ServiceNumber.organisation_id.not_in(scope.organisations)
    )
    return Flow.code.not_in(foreign)


def numbers_by_flow(session: Session) -> dict[str, list[str]]:
    """The numbers that lead to each flow, by its code."""
    numbers: dict[str, list[str]] = {}
    for row in session.execute(
        select(ServiceNumber.flow_code, ServiceNumber.number).order_by(ServiceNumber.number)
    ):
        numbers.setdefault(row.flow_code, []).append(row.number)
    return numbers


def numbers_of(session: Session, code: str) -> list[str]:
    """The numbers that lead to the flow."""
    return list(
        session.scalars(
            select(ServiceNumber.number).where(ServiceNumber.flow_code == code).order_by(ServiceNumber.number)
        )
    )


def create_flow(
    session: Session, code: str, name: str, content: Mapping[str, Any], *, comment: str, by: str, at: datetime
) -> None:
    """A new flow with a first draft. Raises :class:`Conflict` for a code that is taken."""
    versions.create(
        session,
        Flow(code=code, name=name),
        _stamped(code, 1, content),
        comment=comment,
        by=by,
        at=at,
    )


def save_flow(
    session: Session,
    flow: Flow,
    content: Mapping[str, Any],
    *,
    base: int,
    comment: str,
    by: str,
    at: datetime,
) -> Version:
    """Add a version made from version *base*; the flow takes its name. Raises :class:`StaleVersion`."""
    stamped = _stamped(flow.code, base + 1, content)
    saved = versions.save(session, flow, stamped, base=base, comment=comment, by=by, at=at)
    flow.name = str(content["name"])[:80]
    return saved


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


def published_flows(session: Session) -> dict[str, Document]:
    """The published version of every flow that can be read, by code."""
    found: dict[str, Document] = {}
    for flow, version in versions.published(session, Flow):
        try:
            found[flow.code] = read_flow(flow.code, version)
        except FlowError:
            # Written by an older program; it is told where that flow itself is opened.
            continue
    return found


def read_flow(code: str, version: Version) -> Document:
    """Raises :class:`FlowError` for content that an older program wrote and this one cannot read."""
    return parse(_stamped(code, version.number, version.content))


def _stamped(code: str, number: int, content: Mapping[str, Any]) -> dict[str, Any]:
    return {**content, "id": code, "version": number}
