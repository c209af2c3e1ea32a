"""The database: one engine, sessions to read with, and one way to write.

SQLite lets one connection write at a time. Waiting for it inside the driver would stop every greenlet of the
process, so the driver never waits: :meth:`Database.write` takes the write lock at the beginning (``BEGIN
IMMEDIATE``) and, when another has it, sleeps outside the driver and begins again. What it calls must
therefore not yield (no network, no logging to a slow place) and must be able to run twice.
"""

from __future__ import annotations

import random
import sqlite3
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any, Final, TypeVar

from sqlalchemy import Connection, Engine, create_engine, event, make_url, text
from sqlalchemy.engine import URL
from sqlalchemy.exc import ArgumentError, DBAPIError, IntegrityError, NoSuchModuleError, OperationalError
from sqlalchemy.exc import TimeoutError as PoolTimeout
from sqlalchemy.orm import Session, sessionmaker

T = TypeVar("T")

# The execution option of a connection that will write; see the theory above.
WRITE_OPTION: Final = "hotline_write"
# MariaDB: lock wait timeout, deadlock, record changed since it was read.
_RETRY_CODES: Final = frozenset({1205, 1213, 1020})
# MariaDB: server gone or going, not reachable, too many connections, read-only while a node joins.
_AWAY_CODES: Final = frozenset({1040, 1053, 1047, 1290, 2002, 2003, 2006, 2013, 2055})
_SQLITE_AWAY: Final = (
    "unable to open database file",
    "disk i/o error",
    "database or disk is full",
    "readonly",
)


class StoreError(Exception):
    """Something that the store cannot do, in one line for people."""


class DatabaseAway(StoreError):
    """The database cannot be reached, or took no write in time. Trying again later is right."""


class BadDatabaseUrl(StoreError):
    """The database URL names nothing that this program can open."""


class Database:
    """Sessions over one engine. Made by :func:`open_database`; ``close`` gives the connections back."""

    def __init__(self, engine: Engine, *, sleep: Callable[[float], object] = time.sleep) -> None:
        self.engine = engine
        self.url = engine.url
        self._sleep = sleep
        self._readers = sessionmaker(engine, expire_on_commit=False)
        self._writers = sessionmaker(engine.execution_options(**{WRITE_OPTION: True}), expire_on_commit=False)

    @contextmanager
    def read(self) -> Iterator[Session]:
        """A session to read with; nothing is written. Raises :class:`DatabaseAway`."""
        try:
            with self._readers() as session:
                yield session
        except (DBAPIError, PoolTimeout) as error:
            if is_away(error):
                raise DatabaseAway(describe(self.url, error)) from error
            raise

    def write(self, change: Callable[[Session], T], *, timeout: float = 10.0, races: int = 0) -> T:
        """Run *change* in one write transaction, commit, and return what it returned.

        A lock or a deadlock is tried again for *timeout* seconds, so *change* may run several times: it
        must do nothing but work on its session. *races* is how often a violated constraint is tried again
        as well: for a change that looks for rows and adds those that are missing, while another process
        does the same. Raises :class:`DatabaseAway`, and whatever *change* raises.
        """
        deadline = time.monotonic() + timeout
        delay = 0.002
        while True:
            try:
                with self._writers() as session, session.begin():
                    return change(session)
            except (DBAPIError, PoolTimeout) as error:
                if isinstance(error, IntegrityError) and races > 0:
                    races -= 1
                elif not is_contention(error):
                    if is_away(error):
                        raise DatabaseAway(describe(self.url, error)) from error
                    raise
                if time.monotonic() + delay > deadline:
                    raise DatabaseAway(
                        f"{_shown(self.url)}: no write was possible for {timeout:g} s"
                    ) from error
            # Uneven, so that those who collided once do not collide again.
            self._sleep(delay * random.uniform(0.5, 1.5))
            delay = min(delay * 1.6, 0.1)

    def ping(self) -> None:
        """Ask the database for one row. Raises :class:`DatabaseAway` with the reason."""
        with self.read() as session:
            session.execute(text("SELECT 1"))

    def close(self) -> None:
        self.engine.dispose()


def open_database(
    url: str, *, sleep: Callable[[float], object] = time.sleep, pool_size: int = 20
) -> Database:
    """The database at *url*: ``sqlite:///file`` or ``mysql+pymysql://…``. Connects at the first use.

    *sleep* waits between attempts to write. Raises :class:`BadDatabaseUrl`.
    """
    return Database(make_engine(url, pool_size=pool_size), sleep=sleep)


def make_engine(url: str, *, pool_size: int = 20) -> Engine:
    """An engine set up as the program needs it, for :class:`Database`, Alembic and Flask-SQLAlchemy alike."""
    parsed = parse_url(url)
    if parsed.get_backend_name() == "sqlite":
        engine = create_engine(
            parsed, pool_size=pool_size, max_overflow=pool_size, connect_args={"timeout": 0}
        )
        event.listen(engine, "connect", _prepare_sqlite)
        event.listen(engine, "begin", _begin_sqlite)
        return engine
    return create_engine(
        parsed,
        isolation_level="READ COMMITTED",
        pool_size=pool_size,
        max_overflow=pool_size,
        pool_timeout=10,
        pool_pre_ping=True,
        # Below the eight hours after which a server with default settings hangs up.
        pool_recycle=1800,
        connect_args={"charset": "utf8mb4", "connect_timeout": 5, "read_timeout": 60, "write_timeout": 60},
    )


def parse_url(url: str) -> URL:
    """*url* with the driver that is used. Raises :class:`BadDatabaseUrl`."""
    try:
        parsed = make_url(url)
        parsed.get_dialect()
    except (ArgumentError, NoSuchModuleError, ImportError) as error:
        raise BadDatabaseUrl(f"the database URL cannot be used ({error.__class__.__name__})") from error
    backend, driver = parsed.get_backend_name(), parsed.get_driver_name()
    if (backend, driver) not in {("sqlite", "pysqlite"), ("mysql", "pymysql"), ("mariadb", "pymysql")}:
        raise BadDatabaseUrl(f"the database URL begins with {backend}+{driver}; use sqlite or mysql+pymysql")
    if backend == "sqlite" and (not parsed.database or parsed.database == ":memory:"):
        raise BadDatabaseUrl(
            "SQLite needs a file: a database in memory would be another one for each connection"
        )
    return parsed


def is_away(error: Exception) -> bool:
    """Whether *error* says that the database is not there, rather than that what was asked is wrong."""
    if isinstance(error, PoolTimeout):
        return True
    if not isinstance(error, DBAPIError):
        return False
    if error.connection_invalidated or _mysql_code(error) in _AWAY_CODES:
        return True
    cause = str(error.orig).lower()
    return isinstance(error.orig, sqlite3.OperationalError) and any(part in cause for part in _SQLITE_AWAY)


def is_contention(error: Exception) -> bool:
    """Whether *error* is a lock that another writer holds, or a deadlock: the same again may work."""
    if not isinstance(error, OperationalError):
        return False
    if isinstance(error.orig, sqlite3.OperationalError):
        return "locked" in str(error.orig)
    return _mysql_code(error) in _RETRY_CODES


def _mysql_code(error: DBAPIError) -> int | None:
    args = getattr(error.orig, "args", ())
    return args[0] if args and isinstance(args[0], int) else None


def _shown(url: URL) -> str:
    return url.render_as_string(hide_password=True)


def describe(url: URL, error: Exception) -> str:
    """One line for people: which database, without its password, and what it said."""
    cause = error.orig if isinstance(error, DBAPIError) else error
    return f"{_shown(url)}: {cause}"


def _prepare_sqlite(connection: Any, _record: object) -> None:
    # The driver would begin transactions by its own rules, too late to take the write lock first.
    connection.isolation_level = None
    cursor = connection.cursor()
    try:
        cursor.execute("PRAGMA foreign_keys = ON")
        # In WAL mode a crash of the machine may lose the last commits but never the file; the journal's
        # segments hold those.
        cursor.execute("PRAGMA synchronous = NORMAL")
        if cursor.execute("PRAGMA journal_mode").fetchone()[0] != "wal":
            cursor.execute("PRAGMA journal_mode = WAL")
    finally:
        cursor.close()


def _begin_sqlite(connection: Connection) -> None:
    write = connection.get_execution_options().get(WRITE_OPTION, False)
    connection.exec_driver_sql("BEGIN IMMEDIATE" if write else "BEGIN")
