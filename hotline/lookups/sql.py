"""Data out of a row of a database that is not ours: one SELECT, read only, at most one row."""

from __future__ import annotations

import math
import sqlite3
import time
from collections.abc import Mapping, Sequence
from typing import Any, Final
from urllib.parse import quote

from sqlalchemy import create_engine, text
from sqlalchemy.engine import URL
from sqlalchemy.exc import SQLAlchemyError
from sqlalchemy.pool import NullPool

from hotline.lookups.network import address_of
from hotline.lookups.source import MOST_RESULTS, DataSource, LookUpFailed, as_text, database_url

_PORT: Final = 3306
# SQLite's virtual machine looks at the clock after so many of its instructions.
_LOOK_EVERY: Final = 1000


def blocks(source: DataSource) -> bool:
    """Whether asking it holds up the thread: SQLite works within the process."""
    url = database_url(source) if source.kind == "sql" else None
    return url is not None and url.drivername == "sqlite"


def ask(source: DataSource, parameters: Mapping[str, str], timeout_s: float) -> dict[str, str] | None:
    """The first row that the query finds; None for none. Raises :class:`LookUpFailed`."""
    url = database_url(source)
    if url is None:
        raise LookUpFailed("the address is no database")
    try:
        found = (
            _in_file(url, source, parameters, timeout_s)
            if url.drivername == "sqlite"
            else _at_server(url, source, parameters, timeout_s)
        )
    except (sqlite3.Error, SQLAlchemyError) as error:
        cause = getattr(error, "orig", None) or error
        raise LookUpFailed(f"the database refused or was too slow: {type(cause).__name__}") from error
    if found is None:
        return None
    columns, row = found
    every = dict(zip(columns, map(as_text, row), strict=True))
    wanted = source.results or {column: column for column in list(every)[:MOST_RESULTS]}
    return {key: value for key, column in wanted.items() if (value := every.get(column)) is not None}


Found = tuple[Sequence[str], Sequence[Any]]


def _in_file(url: URL, source: DataSource, parameters: Mapping[str, str], timeout_s: float) -> Found | None:
    # Plain sqlite3: SQLAlchemy's locks are gevent's, which a native thread must not take.
    deadline = time.monotonic() + timeout_s
    database = sqlite3.connect(f"file:{quote(url.database or '')}?mode=ro", timeout=timeout_s, uri=True)
    try:
        database.set_progress_handler(lambda: time.monotonic() > deadline, _LOOK_EVERY)
        cursor = database.execute(source.query, _Bound(parameters))
        row = cursor.fetchone()
        return None if row is None else ([column[0] for column in cursor.description], row)
    finally:
        database.close()


class _Bound(dict[str, str]):
    """Parameters of which one that nobody gave is empty."""

    def __missing__(self, name: str) -> str:
        return ""


def _at_server(url: URL, source: DataSource, parameters: Mapping[str, str], timeout_s: float) -> Found | None:
    address = address_of(url.host or "", url.port or _PORT, allow_private=source.allow_private)
    seconds = max(1, math.ceil(timeout_s))
    engine = create_engine(
        url.set(host=address, password=source.secret or None),
        poolclass=NullPool,
        hide_parameters=True,
        connect_args={"connect_timeout": seconds, "read_timeout": seconds, "write_timeout": seconds},
    )
    statement = text(source.query.rstrip().removesuffix(";"))
    values = {name: parameters.get(name, "") for name in statement.compile().params}
    with engine.connect() as connection:
        connection.exec_driver_sql("SET SESSION TRANSACTION READ ONLY")
        if engine.dialect.is_mariadb:  # type: ignore[attr-defined]
            connection.exec_driver_sql(f"SET SESSION max_statement_time = {timeout_s:.3f}")
        else:
            connection.exec_driver_sql(f"SET SESSION max_execution_time = {round(timeout_s * 1000)}")
        connection.rollback()
        result = connection.execute(statement, values)
        row = result.fetchone()
        return None if row is None else (list(result.keys()), list(row))
