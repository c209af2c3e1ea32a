"""Versioned documents: what people write draft by draft, and of which calls get the published version.

A version, once saved, is never changed: every save adds one, and publishing only says which one counts. The
queries are in :mod:`hotline.store.queries.versions` and :mod:`hotline.store.queries.publishing`.
"""

from __future__ import annotations

from datetime import datetime
from typing import Any, ClassVar

from sqlalchemy import JSON, String
from sqlalchemy.orm import Mapped, mapped_column

from hotline.store.base import Base, JsonDocument, UtcDateTime, Utf8


class Version(Base):
    """One saved state of the document with the id ``document_id``.

    At ``publish_at`` it is to be published, as ``planned_by`` wants; ``refused`` are the problems that kept it
    from that, each in plain values.
    """

    __abstract__ = True

    id: Mapped[int] = mapped_column(primary_key=True, sort_order=-1)
    document_id: Mapped[int]
    number: Mapped[int] = mapped_column()
    content: Mapped[dict[str, Any]] = mapped_column(JsonDocument)
    comment: Mapped[str] = mapped_column(Utf8(200), default="")
    created_by: Mapped[str] = mapped_column(String(64))
    created_at: Mapped[datetime] = mapped_column(UtcDateTime)
    published_at: Mapped[datetime | None] = mapped_column(UtcDateTime)
    published_by: Mapped[str | None] = mapped_column(String(64))
    publish_at: Mapped[datetime | None] = mapped_column(UtcDateTime)
    planned_by: Mapped[str | None] = mapped_column(String(64))
    refused: Mapped[list[dict[str, Any]] | None] = mapped_column(JSON(none_as_null=True))


class Document(Base):
    """What has versions. Calls get ``published_version``; drafts are invisible to them.

    ``noun`` is what the audit log calls it, ``part`` what the call side reads again when one was published.
    """

    __abstract__ = True

    noun: ClassVar[str]
    part: ClassVar[str]
    version_type: ClassVar[type[Version]]

    id: Mapped[int] = mapped_column(primary_key=True)
    code: Mapped[str] = mapped_column(String(32), unique=True)
    name: Mapped[str] = mapped_column(String(80))
    published_version: Mapped[int | None] = mapped_column()
