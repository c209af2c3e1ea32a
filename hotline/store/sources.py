"""Data sources (数据源) that look-ups ask, and the rows of those that are tables of our own."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from sqlalchemy import ForeignKey, LargeBinary, String, Text, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column

from hotline.store.base import Base, JsonDocument, UtcDateTime


class DataSource(Base):
    """What administrators set; the fields are those of :class:`hotline.lookups.source.DataSource`."""

    __tablename__ = "data_sources"

    id: Mapped[int] = mapped_column(primary_key=True)
    code: Mapped[str] = mapped_column(String(32), unique=True)
    name: Mapped[str] = mapped_column(String(80))
    kind: Mapped[str] = mapped_column(String(8))
    address: Mapped[str] = mapped_column(Text, default="")
    query: Mapped[str] = mapped_column(Text, default="")
    headers: Mapped[dict[str, Any]] = mapped_column(JsonDocument, default=dict)
    sealed_secret: Mapped[bytes | None] = mapped_column(LargeBinary)
    results: Mapped[dict[str, Any]] = mapped_column(JsonDocument, default=dict)
    timeout_s: Mapped[int] = mapped_column(default=3)
    allow_private: Mapped[bool] = mapped_column(default=False)
    active: Mapped[bool] = mapped_column(default=True)
    updated_by: Mapped[str] = mapped_column(String(64))
    updated_at: Mapped[datetime] = mapped_column(UtcDateTime)


class DataRow(Base):
    """A row of a table that was uploaded."""

    __tablename__ = "data_rows"

    id: Mapped[int] = mapped_column(primary_key=True)
    source_id: Mapped[int] = mapped_column(ForeignKey("data_sources.id", ondelete="CASCADE"))
    lookup_key: Mapped[str] = mapped_column(String(100))
    content: Mapped[dict[str, Any]] = mapped_column(JsonDocument)

    __table_args__ = (UniqueConstraint("source_id", "lookup_key"),)
