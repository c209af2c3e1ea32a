"""What callers hear: IVR flows and their versions, the numbers that lead to them, prompts, the calendar."""

from __future__ import annotations

from datetime import date, datetime

from sqlalchemy import ForeignKey, String, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column

from hotline.store.base import Base, UtcDateTime, Utf8
from hotline.store.versions import Document, Version


class FlowVersion(Version):
    """One saved state of a flow; ``content`` has the shape of :func:`hotline.domain.ivr.flow.dump`, ``refused``
    are :class:`hotline.domain.ivr.problems.Problem`.
    """

    __tablename__ = "flow_versions"

    document_id: Mapped[int] = mapped_column("flow_id", ForeignKey("flows.id", ondelete="CASCADE"))

    __table_args__ = (UniqueConstraint("flow_id", "number"),)


class Flow(Document):
    """An IVR script (流程)."""

    __tablename__ = "flows"

    noun = "flow"
    part = "flows"
    version_type = FlowVersion


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
