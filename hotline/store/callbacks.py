"""Callers who are to be called back and keep their place in line (保位回拨)."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy import Index, String, Text
from sqlalchemy.orm import Mapped, mapped_column

from hotline.store.base import Base, UtcDateTime, Utf8


class Callback(Base):
    """One wish to be called back, a projection of the journal.

    ``state``: ``waiting``, ``dialling``, then ``served``, ``failed`` (all attempts used), ``expired`` or
    ``cancelled``. ``interaction_id`` is the call in which it was asked for, ``reached_interaction_id`` the
    last one in which the customer picked up. ``place`` is the state of the flow that the call back begins
    with (:mod:`hotline.domain.ivr.state`). Nobody is called before ``next_at``; ``attempts`` counts the one that is
    under way, ``last_outcome`` is what became of the last one.
    """

    __tablename__ = "callbacks"

    ticket: Mapped[str] = mapped_column(String(36), primary_key=True)
    interaction_id: Mapped[str] = mapped_column(String(36), index=True)
    reached_interaction_id: Mapped[str | None] = mapped_column(String(36))
    state: Mapped[str] = mapped_column(String(16))
    queue_code: Mapped[str] = mapped_column(String(32))
    caller: Mapped[str] = mapped_column(Utf8(64))
    called: Mapped[str] = mapped_column(Utf8(64))
    number: Mapped[str] = mapped_column(Utf8(32))
    priority: Mapped[int] = mapped_column(default=0)
    queued_at: Mapped[datetime] = mapped_column(UtcDateTime)
    asked_at: Mapped[datetime] = mapped_column(UtcDateTime, index=True)
    expires_at: Mapped[datetime] = mapped_column(UtcDateTime)
    next_at: Mapped[datetime | None] = mapped_column(UtcDateTime)
    attempts: Mapped[int] = mapped_column(default=0)
    last_outcome: Mapped[str] = mapped_column(String(16), default="")
    agent_number: Mapped[str | None] = mapped_column(String(16))
    settled_at: Mapped[datetime | None] = mapped_column(UtcDateTime)
    place: Mapped[str] = mapped_column(Text, default="")

    __table_args__ = (Index("ix_callbacks_state_queued_at", "state", "queued_at"),)


def attempts_made(callback: Callback) -> int:
    """The attempts that came to nothing; one that is under way goes on, or is made again, under its number."""
    return callback.attempts - 1 if callback.state == "dialling" and callback.attempts else callback.attempts
