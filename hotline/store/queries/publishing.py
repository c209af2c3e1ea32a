"""Giving calls a version of a document: now, or at a time that was planned."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import select
from sqlalchemy.orm import Session

from hotline.store.access import AuditEntry, User
from hotline.store.versions import Document, Version


@dataclass(frozen=True, slots=True)
class Due:
    """A version whose time has come."""

    document: Document
    version: Version


@dataclass(frozen=True, slots=True)
class Judged:
    """What the check says of a version whose time has come: ``refused`` keeps it from being published, in plain
    values, and ``said`` is the same in English, for logs.
    """

    due: Due
    refused: Sequence[dict[str, Any]] = ()
    said: Sequence[str] = ()


def publish_version(document: Document, version: Version, *, by: str, at: datetime) -> int | None:
    """Give calls *version* from now on; returns the version that they had before.

    A plan for it is done with.
    """
    before = document.published_version
    document.published_version = version.number
    version.published_at = at
    version.published_by = by
    cancel(version)
    return before


def action(document: Document, before: int | None, number: int) -> str:
    """What the audit log calls it when version *number* is published after *before*."""
    return f"{document.noun}.{'rollback' if before is not None and number < before else 'publish'}"


def plan(version: Version, *, by: str, at: datetime) -> None:
    """Let the version be published at *at*."""
    version.publish_at, version.planned_by, version.refused = at, by, None


def cancel(version: Version) -> None:
    """Forget the plan for the version, and why an earlier one failed."""
    version.publish_at, version.planned_by, version.refused = None, None, None


def due(session: Session, model: type[Document], now: datetime) -> list[Due]:
    """The versions of *model* whose time has come, the earliest first."""
    version = model.version_type
    rows = session.execute(
        select(model, version)
        .join(version, version.document_id == model.id)
        .where(version.publish_at <= now)
        .order_by(version.publish_at, version.number)
    )
    return [Due(document, found) for document, found in rows]


def settle(session: Session, judged: Sequence[Judged], now: datetime) -> list[Judged]:
    """Publish what passed, in this order, so that of two the later one stays; what did not stays in the list
    with its problems. Both is audited. Returns what was dealt with: not that whose plan was changed meanwhile.
    """
    return [one for one in judged if _settle(session, one, now)]


def _settle(session: Session, judged: Judged, now: datetime) -> bool:
    was = judged.due.version
    version = session.get(type(was), was.id, with_for_update=True)
    document = session.get(type(judged.due.document), was.document_id)
    if version is None or document is None or version.publish_at != was.publish_at:
        return False
    by = version.planned_by or ""
    if judged.refused:
        cancel(version)
        version.refused = list(judged.refused)
        said: dict[str, Any] = {"version": version.number, "problems": list(judged.said[:10])}
        done = f"{document.noun}.not_published"
    else:
        before = publish_version(document, version, by=by, at=now)
        said = {"version": [before, version.number]}
        done = action(document, before, version.number)
    session.add(
        AuditEntry(
            at=now,
            user_id=session.scalar(select(User.id).where(User.login == by)),
            login=by,
            action=done,
            object_type=document.noun,
            object_id=document.code,
            detail=said,
            address="",
        )
    )
    return True
