"""Routing scripts and rule tables (智能路由), their versions, and their trials on calls that have been."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from sqlalchemy import ForeignKey, String, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column

from hotline.store.base import Base, JsonDocument, UtcDateTime
from hotline.store.versions import Document, Version


class RoutingVersion(Version):
    """One saved state. ``content`` is ``{"text": …}`` for a script, and for a rule table what
    :func:`hotline.domain.routing.rules.parse` reads. ``refused`` are problems of
    :func:`hotline.scripting.checking.problems_of`.
    """

    __tablename__ = "routing_versions"

    document_id: Mapped[int] = mapped_column(
        "script_id", ForeignKey("routing_scripts.id", ondelete="CASCADE")
    )

    __table_args__ = (UniqueConstraint("script_id", "number"),)


class RoutingScript(Document):
    """A script or a rule table.

    ``kind``: ``script`` or ``rules``; it never changes. It belongs to the organisation of who made it.
    """

    __tablename__ = "routing_scripts"

    noun = "routing"
    part = "routing"
    version_type = RoutingVersion

    kind: Mapped[str] = mapped_column(String(8))
    organisation_id: Mapped[int | None] = mapped_column(ForeignKey("organisations.id"))


class RoutingTrial(Base):
    """What a version would have done with the calls of some days.

    ``state``: ``running``, ``done`` or ``failed``. ``rows`` are the calls that would have gone another way, the
    first of them; ``differing`` counts all.
    """

    __tablename__ = "routing_trials"

    id: Mapped[int] = mapped_column(primary_key=True)
    script_id: Mapped[int] = mapped_column(ForeignKey("routing_scripts.id", ondelete="CASCADE"))
    version: Mapped[int] = mapped_column()
    started_by: Mapped[str] = mapped_column(String(64))
    started_at: Mapped[datetime] = mapped_column(UtcDateTime)
    changed_at: Mapped[datetime] = mapped_column(UtcDateTime)
    state: Mapped[str] = mapped_column(String(8), default="running")
    total: Mapped[int] = mapped_column(default=0)
    done: Mapped[int] = mapped_column(default=0)
    differing: Mapped[int] = mapped_column(default=0)
    failed: Mapped[int] = mapped_column(default=0)
    rows: Mapped[list[dict[str, Any]]] = mapped_column(JsonDocument, default=list)
