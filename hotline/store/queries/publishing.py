"""Giving callers a version of a flow: now, or at a time that was planned."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import asdict, dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import select
from sqlalchemy.orm import Session

from hotline.domain.ivr.flow import Flow as Document
from hotline.domain.ivr.flow import parse
from hotline.domain.ivr.problems import FlowError, Problem
from hotline.store.access import AuditEntry
from hotline.store.content import Flow, FlowVersion

Check = Callable[[Document], list[Problem]]


@dataclass(frozen=True, slots=True)
class Due:
    """What became of a version whose time had come; without ``problems`` callers have it now."""

    code: str
    number: int
    by: str
    problems: tuple[Problem, ...]


def publish_version(flow: Flow, version: FlowVersion, *, by: str, at: datetime) -> int | None:
    """Give callers *version* from now on; returns the version that they had before.

    A plan for it is done with.
    """
    before = flow.published_version
    flow.published_version = version.number
    version.published_at = at
    version.published_by = by
    cancel(version)
    return before


def plan(version: FlowVersion, *, by: str, at: datetime) -> None:
    """Let the version be published at *at*."""
    version.publish_at, version.planned_by, version.refused = at, by, None


def cancel(version: FlowVersion) -> None:
    """Forget the plan for the version, and why an earlier one failed."""
    version.publish_at, version.planned_by, version.refused = None, None, None


def publish_due(session: Session, now: datetime, check: Check) -> list[Due]:
    """Publish every version whose time has come, the earliest first, so that of two the later one stays.

    What *check* finds fault with is not published; it stays in the list with its problems. Both is audited.
    """
    rows = session.execute(
        select(Flow, FlowVersion)
        .join(FlowVersion, FlowVersion.flow_id == Flow.id)
        .where(FlowVersion.publish_at <= now)
        .order_by(FlowVersion.publish_at, FlowVersion.number)
        .with_for_update()
    ).all()
    return [_publish(session, flow, version, now, check) for flow, version in rows]


def _publish(session: Session, flow: Flow, version: FlowVersion, now: datetime, check: Check) -> Due:
    by = version.planned_by or ""
    problems = _problems(flow.code, version, check)
    detail: dict[str, Any] = {"version": [flow.published_version, version.number]}
    if problems:
        cancel(version)
        version.refused = [asdict(problem) for problem in problems]
        detail = {"version": version.number, "problems": [str(problem) for problem in problems[:10]]}
    else:
        publish_version(flow, version, by=by, at=now)
    action = "flow.not_published" if problems else "flow.publish"
    session.add(
        AuditEntry(
            at=now,
            login=by,
            action=action,
            object_type="flow",
            object_id=flow.code,
            detail=detail,
            address="",
        )
    )
    return Due(flow.code, version.number, by, problems)


def _problems(code: str, version: FlowVersion, check: Check) -> tuple[Problem, ...]:
    try:
        return tuple(check(parse({**version.content, "id": code, "version": version.number})))
    except FlowError as error:
        return error.problems
