"""The declarative base, the column types and the naming of constraints.

Plain SQLAlchemy: Flask-SQLAlchemy takes :class:`Base` as its ``model_class``, the call side uses it without
Flask.
"""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any, cast

from sqlalchemy import JSON, DateTime, MetaData, String, Table, TypeDecorator
from sqlalchemy.dialects import mysql
from sqlalchemy.engine import Dialect
from sqlalchemy.orm import DeclarativeBase

_NAMING = {
    "ix": "ix_%(table_name)s_%(column_0_N_name)s",
    "uq": "uq_%(table_name)s_%(column_0_N_name)s",
    "ck": "ck_%(table_name)s_%(constraint_name)s",
    "fk": "fk_%(table_name)s_%(column_0_N_name)s",
    "pk": "pk_%(table_name)s",
}

# What migrations give to each table, too.
MYSQL_TABLE = {"mysql_engine": "InnoDB", "mysql_charset": "utf8mb4", "mysql_collate": "utf8mb4_bin"}


class Base(DeclarativeBase):
    """Base of all models. Constraint names are fixed, so that migrations can name them on every database."""

    metadata = MetaData(naming_convention=_NAMING)

    def __init_subclass__(cls, **kwargs: Any) -> None:
        super().__init_subclass__(**kwargs)
        if "__abstract__" in vars(cls):
            return
        # Compared byte by byte as SQLite does: both databases then agree on what is equal and unique.
        for option, value in MYSQL_TABLE.items():
            cast("Table", cls.__table__).dialect_kwargs[option] = value


class UtcDateTime(TypeDecorator[datetime]):
    """An aware UTC datetime with millisecond precision.

    Both databases store naive values: ``DATETIME(3)`` on MariaDB, ISO text on SQLite. A naive value is
    refused, since nobody could say which zone was meant.
    """

    impl = DateTime
    cache_ok = True

    def load_dialect_impl(self, dialect: Dialect) -> Any:
        if dialect.name in {"mysql", "mariadb"}:
            return dialect.type_descriptor(mysql.DATETIME(fsp=3))
        return dialect.type_descriptor(DateTime())

    def process_bind_param(self, value: datetime | None, _dialect: Dialect) -> datetime | None:
        if value is None:
            return None
        if value.tzinfo is None:
            raise ValueError("a time without a zone cannot be stored; use an aware datetime")
        value = value.astimezone(UTC).replace(tzinfo=None)
        return value.replace(microsecond=value.microsecond // 1000 * 1000)

    def process_result_value(self, value: datetime | None, _dialect: Dialect) -> datetime | None:
        return None if value is None else value.replace(tzinfo=UTC)


def from_epoch(seconds: float) -> datetime:
    """The aware UTC datetime of *seconds* since the epoch, cut to milliseconds as the database keeps it."""
    # Rounded before it is cut: 1.001 is 1.000999… as a float, and would lose a millisecond.
    return datetime.fromtimestamp(round(seconds, 3), UTC)


def to_epoch(value: datetime) -> float:
    """Seconds since the epoch of an aware datetime, exact to the millisecond."""
    return round(value.timestamp(), 3)


class Utf8(TypeDecorator[str]):
    """Text of at most *length* characters in any script; longer values are cut, so that no peer's input is an
    error.

    For what comes from outside (a caller's name, a cause text). Names that people choose use ``String`` and
    are checked.
    """

    impl = String
    cache_ok = True

    def __init__(self, length: int) -> None:
        super().__init__(length)
        self._length = length

    def process_bind_param(self, value: str | None, _dialect: Dialect) -> str | None:
        if value is None:
            return None
        # Lone surrogates and NUL are legal in a Python string and refused by one database or the other.
        clean = value.encode("utf-8", "replace").decode("utf-8").replace("\x00", "\ufffd")
        return clean[: self._length]


# Both databases keep JSON as text; the name marks columns whose shape is documented elsewhere.
JsonDocument = JSON
