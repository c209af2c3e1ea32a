"""Callers who are treated differently: preferred, refused, always admitted."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy import ForeignKey, String, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column

from hotline.store.base import Base, UtcDateTime, Utf8


class CallerEntry(Base):
    """A row of a caller list; see :class:`hotline.domain.callers.ListEntry`. ``kind``: ``vip``, ``black`` or
    ``white``.

    ``number`` is kept in the spelling in which numbers are compared. An entry belongs to the organisation
    that made it, and counts for every call.
    """

    __tablename__ = "caller_entries"

    id: Mapped[int] = mapped_column(primary_key=True)
    organisation_id: Mapped[int] = mapped_column(ForeignKey("organisations.id"))
    kind: Mapped[str] = mapped_column(String(8))
    number: Mapped[str] = mapped_column(String(32), index=True)
    is_prefix: Mapped[bool] = mapped_column(default=False)
    bonus: Mapped[int] = mapped_column(default=0)
    note: Mapped[str] = mapped_column(Utf8(200), default="")
    expires_at: Mapped[datetime | None] = mapped_column(UtcDateTime)
    created_by: Mapped[str] = mapped_column(Utf8(64))
    created_at: Mapped[datetime] = mapped_column(UtcDateTime)

    __table_args__ = (UniqueConstraint("organisation_id", "kind", "number", "is_prefix"),)
