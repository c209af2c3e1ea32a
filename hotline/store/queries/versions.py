"""Documents that have versions: their list, their versions, and saving one made from another."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Generic, TypeVar

from sqlalchemy import ColumnElement, func, select
from sqlalchemy.orm import Session, defer

from hotline.store.errors import Conflict
from hotline.store.versions import Document, Version

D = TypeVar("D", bound=Document)


class StaleVersion(Exception):
    """Somebody saved a version meanwhile; nothing was written. ``number`` is that version, ``by`` who saved it."""

    def __init__(self, number: int, by: str, at: datetime) -> None:
        super().__init__(f"version {number} was saved by {by} meanwhile")
        self.number = number
        self.by = by
        self.at = at


@dataclass(frozen=True, slots=True)
class Summary(Generic[D]):
    """A document in the list. ``newest`` is its last version; it is a draft unless it is the published one.

    ``planned``: when the next version is to be published; ``refused``: whether one was not, as planned, and
    calls have got no later one since.
    """

    document: D
    newest: int
    saved_by: str
    saved_at: datetime
    planned: datetime | None
    refused: bool


def summaries(session: Session, model: type[D], within: ColumnElement[bool]) -> list[Summary[D]]:
    """The documents of *model* that are *within*, by code."""
    version = model.version_type
    found = (
        select(
            version.document_id.label("document_id"),
            func.max(version.number).label("newest"),
            func.min(version.publish_at).label("planned"),
        )
        .group_by(version.document_id)
        .subquery()
    )
    refused = {document.id for document, _ in not_published(session, model, within)}
    rows = session.execute(
        select(model, version.number, version.created_by, version.created_at, found.c.planned)
        .join(found, found.c.document_id == model.id)
        .join(version, (version.document_id == model.id) & (version.number == found.c.newest))
        .where(within)
        .order_by(model.code)
    )
    return [
        Summary(document, number, by, at, planned, document.id in refused)
        for document, number, by, at, planned in rows
    ]


def not_published(session: Session, model: type[D], within: ColumnElement[bool]) -> list[tuple[D, Version]]:
    """The versions of documents *within* that were not published as planned, by code and number. One is done
    with when calls get a later version, or when somebody puts the plan away.
    """
    version = model.version_type
    rows = session.execute(
        select(model, version)
        .join(version, version.document_id == model.id)
        .where(
            within,
            version.refused.is_not(None),
            model.published_version.is_(None) | (version.number > model.published_version),
        )
        .options(defer(version.content))
        .order_by(model.code, version.number)
    )
    return [(document, found) for document, found in rows]


def versions_of(session: Session, document: Document) -> list[Version]:
    """The versions, newest first, without their content."""
    version = document.version_type
    return list(
        session.scalars(
            select(version)
            .where(version.document_id == document.id)
            .options(defer(version.content))
            .order_by(version.number.desc())
        )
    )


def version_of(session: Session, document: Document, number: int | None = None) -> Version | None:
    """Version *number*, or the newest one."""
    version = document.version_type
    statement = select(version).where(version.document_id == document.id)
    if number is not None:
        statement = statement.where(version.number == number)
    return session.scalars(statement.order_by(version.number.desc()).limit(1)).first()


def published(session: Session, model: type[D]) -> list[tuple[D, Version]]:
    """The documents of *model* of which calls get a version, by code, each with that version."""
    version = model.version_type
    rows = session.execute(
        select(model, version)
        .join(version, (version.document_id == model.id) & (version.number == model.published_version))
        .order_by(model.code)
    )
    return [(document, found) for document, found in rows]


def create(
    session: Session,
    document: Document,
    content: Mapping[str, Any],
    *,
    comment: str,
    by: str,
    at: datetime,
) -> None:
    """Add a new document with a first draft. Raises :class:`Conflict` for a code that is taken."""
    model = type(document)
    if session.scalar(select(model.id).where(model.code == document.code)) is not None:
        raise Conflict("code", document.code)
    session.add(document)
    session.flush()
    _add(session, document, 1, content, comment=comment, by=by, at=at)


def save(
    session: Session,
    document: Document,
    content: Mapping[str, Any],
    *,
    base: int,
    comment: str,
    by: str,
    at: datetime,
) -> Version:
    """Add the version ``base + 1``. Raises :class:`StaleVersion` if *base* is not the newest any more."""
    # The row is locked where the database locks rows: of two who save at once the second one sees the first's.
    model = type(document)
    session.execute(select(model.id).where(model.id == document.id).with_for_update())
    newest = version_of(session, document)
    if newest is not None and newest.number != base:
        raise StaleVersion(newest.number, newest.created_by, newest.created_at)
    return _add(session, document, base + 1, content, comment=comment, by=by, at=at)


def _add(
    session: Session,
    document: Document,
    number: int,
    content: Mapping[str, Any],
    *,
    comment: str,
    by: str,
    at: datetime,
) -> Version:
    version = document.version_type(
        document_id=document.id,
        number=number,
        content=dict(content),
        comment=comment,
        created_by=by,
        created_at=at,
    )
    session.add(version)
    session.flush()
    return version
