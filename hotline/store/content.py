"""What callers hear: IVR flows and their versions, the numbers that lead to them, prompts, the calendar."""

from __future__ import annotations

from datetime import date, datetime
from typing import Any

from sqlalchemy import ForeignKey, String, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column, relationship

from hotline.store.base import Base, JsonDocument, UtcDateTime, Utf8


class Flow(Base):
    """An IVR script (流程). Callers get ``published_version``; drafts are invisible to them."""

    __tablename__ = "flows"

    id: Mapped[int] = mapped_column(primary_key=True)
    code: Mapped[str] = mapped_column(String(32), unique=True)
    name: Mapped[str] = mapped_column(String(80))
    published_version: Mapped[int | None] = mapped_column()

    versions: Mapped[list[FlowVersion]] = relationship(back_populates="flow", order_by="FlowVersion.number")


class FlowVersion(Base):
    """One saved state of a flow; ``content`` has the shape of :func:`hotline.domain.ivr.flow.dump`.

    At ``publish_at`` it is to be published, as ``planned_by`` wants; ``refused`` are the problems that kept it
    from that, as :class:`hotline.domain.ivr.problems.Problem` in plain values.
    """

    __tablename__ = "flow_versions"

    id: Mapped[int] = mapped_column(primary_key=True)
    flow_id: Mapped[int] = mapped_column(ForeignKey("flows.id", ondelete="CASCADE"))
    number: Mapped[int] = mapped_column()
    content: Mapped[dict[str, Any]] = mapped_column(JsonDocument)
    comment: Mapped[str] = mapped_column(Utf8(200), default="")
    created_by: Mapped[str] = mapped_column(String(64))
    created_at: Mapped[datetime] = mapped_column(UtcDateTime)
    published_at: Mapped[datetime | None] = mapped_column(UtcDateTime)
    published_by: Mapped[str | None] = mapped_column(String(64))
    publish_at: Mapped[datetime | None] = mapped_column(UtcDateTime)
    planned_by: Mapped[str | None] = mapped_column(String(64))
    refused: Mapped[list[dict[str, Any]] | None] = mapped_column(JsonDocument)

    flow: Mapped[Flow] = relationship(back_populates="versions")

    __table_args__ = (UniqueConstraint("flow_id", "number"),)


class ServiceNumber(Base):
    """A number that callers dial and the flow that answers it.

    A call that reached neither a queue nor an agent belongs to the organisation of the number that was
    dialled; where that is not known, only those who see everything see it.
    """

    __tablename__ = "service_numbers"

    number: Mapped[str] = mapped_column(String(32), primary_key=True)
    flow_code: Mapped[str] = mapped_column(String(32))
    organisation_id: Mapped[int | None] = mapped_column(ForeignKey("organisations.id"))


class PromptFile(Base):
    """What is known of one prompt's audio; the audio itself lies in the prompts folder. ``source``:
    ``generated`` or ``uploaded``.
    """

    __tablename__ = "prompt_files"

    id: Mapped[int] = mapped_column(primary_key=True)
    code: Mapped[str] = mapped_column(String(64))
    language: Mapped[str] = mapped_column(String(8), default="zh")
    text: Mapped[str] = mapped_column(Utf8(2000), default="")
    source: Mapped[str] = mapped_column(String(16), default="generated")
    duration_ms: Mapped[int] = mapped_column(default=0)
    sha256: Mapped[str] = mapped_column(String(64), default="")
    updated_by: Mapped[str] = mapped_column(String(64))
    updated_at: Mapped[datetime] = mapped_column(UtcDateTime)

    __table_args__ = (UniqueConstraint("code", "language"),)


class CalendarDay(Base):
    """A day that differs from the weekly hours, a row of :class:`hotline.domain.calendar.SpecialDay`.

    ``kind``: ``holiday`` (closed), ``workday`` (调休: open as on a workday) or ``special``, open for
    ``hours``, text that :func:`hotline.domain.calendar.parse_hours` reads. ``provisional``: not announced
    yet, only expected.
    """

    __tablename__ = "calendar_days"

    id: Mapped[int] = mapped_column(primary_key=True)
    day: Mapped[date] = mapped_column(unique=True)
    kind: Mapped[str] = mapped_column(String(16))
    name: Mapped[str] = mapped_column(String(80))
    hours: Mapped[str] = mapped_column(String(80), default="")
    provisional: Mapped[bool] = mapped_column(default=False)
