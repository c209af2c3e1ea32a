"""Routing scripts and rule tables (智能路由), their versions, and their trials on calls that have been."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from sqlalchemy import ForeignKey, String, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column, relationship

from hotline.store.base import Base, JsonDocument, UtcDateTime, Utf8


class RoutingScript(Base):
    """A script or a rule table. Calls are decided by ``published_version``; drafts decide nothing.

    ``kind``: ``script`` or ``rules``; it never changes. It belongs to the organisation of who made it.
    """

    __tablename__ = "routing_scripts"

    id: Mapped[int] = mapped_column(primary_key=True)
    code: Mapped[str] = mapped_column(String(32), unique=True)
    name: Mapped[str] = mapped_column(String(80))
    kind: Mapped[str] = mapped_column(String(8))
    published_version: Mapped[int | None] = mapped_column()
    organisation_id: Mapped[int | None] = mapped_column(ForeignKey("organisations.id"))

    versions: Mapped[list[RoutingVersion]] = relationship(
        back_populates="script", order_by="RoutingVersion.number"
    )


class RoutingVersion(Base):
    """One saved state. ``content`` is ``{"text": …}`` for a script, and for a rule table what
    :func:`hotline.domain.routing.rules.parse` reads.
    """

    __tablename__ = "routing_versions"

    id: Mapped[int] = mapped_column(primary_key=True)
    script_id: Mapped[int] = mapped_column(ForeignKey("routing_scripts.id", ondelete="CASCADE"))
    number: Mapped[int] = mapped_column()
    content: Mapped[dict[str, Any]] = mapped_column(JsonDocument)
    comment: Mapped[str] = mapped_column(Utf8(200), default="")
    created_by: Mapped[str] = mapped_column(String(64))
    created_at: Mapped[datetime] = mapped_column(UtcDateTime)
    published_at: Mapped[datetime | None] = mapped_column(UtcDateTime)
    published_by: Mapped[str | None] = mapped_column(String(64))

    script: Mapped[RoutingScript] = relationship(back_populates="versions")

    __table_args__ = (UniqueConstraint("script_id", "number"),)


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
