"""Calls: the journal, one row a contact, the switch's own records, recordings and voice messages."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from sqlalchemy import BigInteger, ForeignKey, Index, Integer, String, Text, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column

from hotline.store.base import Base, JsonDocument, UtcDateTime, Utf8

# SQLite counts rows by itself only for a column declared INTEGER; MariaDB needs 64 bits.
_BigId = BigInteger().with_variant(Integer, "sqlite")


class JournalEntry(Base):
    """One fact about a call or an agent, written once and never changed.

    ``entry_id`` is made where the fact happened, so that writing a spooled batch twice changes nothing. The
    kinds and their data are in :mod:`hotline.domain.journal`.
    """

    __tablename__ = "journal"

    id: Mapped[int] = mapped_column(_BigId, primary_key=True)
    entry_id: Mapped[str] = mapped_column(String(40), unique=True)
    at: Mapped[datetime] = mapped_column(UtcDateTime, index=True)
    kind: Mapped[str] = mapped_column(String(32))
    interaction_id: Mapped[str | None] = mapped_column(String(36))
    agent_number: Mapped[str | None] = mapped_column(String(16))
    queue_code: Mapped[str | None] = mapped_column(String(32))
    data: Mapped[dict[str, Any]] = mapped_column(JsonDocument)

    __table_args__ = (
        Index("ix_journal_interaction_id_at", "interaction_id", "at"),
        Index("ix_journal_agent_number_at", "agent_number", "at"),
        Index("ix_journal_kind_at", "kind", "at"),
    )


class Call(Base):
    """One contact with a person, a projection of the journal. Durations are milliseconds.

    ``outcome``: ``open`` while it lasts, then ``served``, ``abandoned`` (left the queue), ``voicemail``,
    ``self_service`` (was content with the menu), ``overflowed``, ``callback`` (is to be called back),
    ``refused`` (on the blacklist) or ``failed``. ``direction``: ``inbound``, or ``callback`` for the call back
    itself. ``hangup_side``: ``caller``, ``agent`` or ``system``. ``mark``: 1 satisfied, 2 fairly, 3 not; none
    when the caller gave none.
    """

    __tablename__ = "calls"

    interaction_id: Mapped[str] = mapped_column(String(36), primary_key=True)
    channel_uuid: Mapped[str] = mapped_column(String(64), index=True)
    direction: Mapped[str] = mapped_column(String(8), default="inbound")
    caller: Mapped[str] = mapped_column(Utf8(64))
    caller_name: Mapped[str] = mapped_column(Utf8(80), default="")
    called: Mapped[str] = mapped_column(Utf8(64))
    flow_code: Mapped[str] = mapped_column(String(32), default="")
    flow_version: Mapped[int] = mapped_column(default=0)
    started_at: Mapped[datetime] = mapped_column(UtcDateTime, index=True)
    answered_at: Mapped[datetime | None] = mapped_column(UtcDateTime)
    queued_at: Mapped[datetime | None] = mapped_column(UtcDateTime)
    connected_at: Mapped[datetime | None] = mapped_column(UtcDateTime)
    talk_ended_at: Mapped[datetime | None] = mapped_column(UtcDateTime)
    ended_at: Mapped[datetime | None] = mapped_column(UtcDateTime)
    queue_code: Mapped[str | None] = mapped_column(String(32))
    agent_number: Mapped[str | None] = mapped_column(String(16))
    extension: Mapped[str | None] = mapped_column(String(16))
    priority: Mapped[int] = mapped_column(default=0)
    offers: Mapped[int] = mapped_column(default=0)
    wait_ms: Mapped[int | None] = mapped_column()
    talk_ms: Mapped[int | None] = mapped_column()
    hold_ms: Mapped[int] = mapped_column(default=0)
    holds: Mapped[int] = mapped_column(default=0)
    mark: Mapped[int | None] = mapped_column()
    outcome: Mapped[str] = mapped_column(String(16), default="open")
    hangup_side: Mapped[str | None] = mapped_column(String(8))
    hangup_cause: Mapped[str | None] = mapped_column(Utf8(64))
    data: Mapped[dict[str, Any]] = mapped_column(JsonDocument, default=dict)

    # Lists are filtered by one of these and shown newest first.
    __table_args__ = (
        Index("ix_calls_caller_started_at", "caller", "started_at"),
        Index("ix_calls_queue_code_started_at", "queue_code", "started_at"),
        Index("ix_calls_agent_number_started_at", "agent_number", "started_at"),
        Index("ix_calls_outcome_started_at", "outcome", "started_at"),
    )


class Recording(Base):
    """A stereo recording on the caller's leg: left the caller, right the agent. ``path`` is relative to the
    recordings folder.
    """

    __tablename__ = "recordings"

    id: Mapped[int] = mapped_column(primary_key=True)
    interaction_id: Mapped[str] = mapped_column(String(36), index=True)
    path: Mapped[str] = mapped_column(String(200), unique=True)
    started_at: Mapped[datetime] = mapped_column(UtcDateTime, index=True)
    duration_ms: Mapped[int | None] = mapped_column()
    caller: Mapped[str] = mapped_column(Utf8(64))
    called: Mapped[str] = mapped_column(Utf8(64))
    extension: Mapped[str | None] = mapped_column(String(16))
    agent_number: Mapped[str | None] = mapped_column(String(16))


class VoiceMessage(Base):
    """What a caller left after the beep (语音留言). ``path`` is relative to the recordings folder."""

    __tablename__ = "voice_messages"

    id: Mapped[int] = mapped_column(primary_key=True)
    interaction_id: Mapped[str] = mapped_column(String(36), index=True)
    path: Mapped[str] = mapped_column(String(200), unique=True)
    left_at: Mapped[datetime] = mapped_column(UtcDateTime, index=True)
    duration_ms: Mapped[int] = mapped_column()
    caller: Mapped[str] = mapped_column(Utf8(64))
    box: Mapped[str] = mapped_column(String(32))
    heard_by: Mapped[str | None] = mapped_column(String(64))
    heard_at: Mapped[datetime | None] = mapped_column(UtcDateTime)


class CallRecord(Base):
    """One leg as the switch itself reports it when the leg is over.

    ``talk_ms`` is the time from this leg's answer to its end: for a caller the menu and the queue are in
    it, for an agent's phone it is the talk. ``raw`` keeps what else of the report helps to explain a bad
    call.
    """

    __tablename__ = "call_records"

    id: Mapped[int] = mapped_column(_BigId, primary_key=True)
    leg_uuid: Mapped[str] = mapped_column(String(64), unique=True)
    interaction_id: Mapped[str | None] = mapped_column(String(36), index=True)
    direction: Mapped[str] = mapped_column(String(8))
    caller: Mapped[str] = mapped_column(Utf8(64))
    called: Mapped[str] = mapped_column(Utf8(64))
    started_at: Mapped[datetime] = mapped_column(UtcDateTime, index=True)
    answered_at: Mapped[datetime | None] = mapped_column(UtcDateTime)
    ended_at: Mapped[datetime] = mapped_column(UtcDateTime)
    duration_ms: Mapped[int] = mapped_column()
    talk_ms: Mapped[int] = mapped_column()
    hangup_cause: Mapped[str] = mapped_column(Utf8(64))
    hangup_disposition: Mapped[str] = mapped_column(Utf8(32), default="")
    codec: Mapped[str] = mapped_column(Utf8(32), default="")
    mos: Mapped[float | None] = mapped_column()
    packet_loss: Mapped[float | None] = mapped_column()
    jitter_ms: Mapped[float | None] = mapped_column()
    source: Mapped[str] = mapped_column(Utf8(200))
    content_hash: Mapped[str] = mapped_column(String(64))
    received_at: Mapped[datetime] = mapped_column(UtcDateTime)
    raw: Mapped[dict[str, Any]] = mapped_column(JsonDocument)


class RejectedRecord(Base):
    """A call record that could not be taken in, with the reason. Found again by the hash of what was sent."""

    __tablename__ = "rejected_records"

    id: Mapped[int] = mapped_column(primary_key=True)
    content_hash: Mapped[str] = mapped_column(String(64), unique=True)
    source: Mapped[str] = mapped_column(Utf8(200))
    position: Mapped[int] = mapped_column(default=0)
    reason: Mapped[str] = mapped_column(String(48))
    field: Mapped[str] = mapped_column(Utf8(64), default="")
    detail: Mapped[str] = mapped_column(Utf8(400))
    excerpt: Mapped[str] = mapped_column(Text)
    at: Mapped[datetime] = mapped_column(UtcDateTime, index=True)


class RecordDifference(Base):
    """A value on which the switch's record and our own call disagree."""

    __tablename__ = "record_differences"

    id: Mapped[int] = mapped_column(primary_key=True)
    record_id: Mapped[int] = mapped_column(ForeignKey("call_records.id", ondelete="CASCADE"))
    interaction_id: Mapped[str] = mapped_column(String(36), index=True)
    field: Mapped[str] = mapped_column(String(32))
    ours: Mapped[str] = mapped_column(Utf8(80))
    theirs: Mapped[str] = mapped_column(Utf8(80))
    at: Mapped[datetime] = mapped_column(UtcDateTime)

    __table_args__ = (UniqueConstraint("record_id", "field"),)
