"""Databases for tests: empty ones, and copies of one that was filled once. Each test has its own."""

from __future__ import annotations

import shutil
from collections import deque
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Final, Protocol
from uuid import uuid4

import sqlalchemy

Fill = Callable[[str], object]

# So many tests later a database is used again: what a test left running has ended by then.
REST: Final = 4


class Databases(Protocol):
    """Makes databases and gives their SQLAlchemy URLs."""

    def empty(self) -> str:
        """A database without tables."""
        ...

    def copy(self, name: str, fill: Fill) -> AbstractContextManager[str]:
        """For a time, a database with what *fill* puts into one at a URL and leaves closed. The same *name* is
        filled once.
        """
        ...


class SqliteDatabases:
    """Files in *folder*."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        self._filled: dict[str, Path] = {}

    def empty(self) -> str:
        return f"sqlite:///{self._new()}"

    @contextmanager
    def copy(self, name: str, fill: Fill) -> Iterator[str]:
        if name not in self._filled:
            original = self._new()
            fill(f"sqlite:///{original}")
            self._filled[name] = original
        made = shutil.copyfile(self._filled[name], self._new())
        yield f"sqlite:///{made}"
        for file in self._folder.glob(f"{made.name}*"):
            file.unlink()

    def _new(self) -> Path:
        return self._folder / f"{uuid4().hex}.db"


@dataclass(slots=True)
class _Filled:
    """What makes a copy: the tables and the rows in them. ``free`` are copies that tests have given back."""

    tables: dict[str, str] = field(default_factory=dict)
    rows: list[str] = field(default_factory=list)
    free: deque[str] = field(default_factory=deque)


class MariadbDatabases:
    """Databases on the server at *url*; :meth:`close` drops them.

    Making tables takes the server most of a second, so that a copy is emptied and filled again for a later
    test.
    """

    def __init__(self, url: str) -> None:
        self._engine = sqlalchemy.create_engine(
            url, isolation_level="AUTOCOMMIT", poolclass=sqlalchemy.NullPool
        )
        self._made: list[str] = []
        self._filled: dict[str, _Filled] = {}

    def empty(self) -> str:
        return self._url(self._new())

    @contextmanager
    def copy(self, name: str, fill: Fill) -> Iterator[str]:
        if name not in self._filled:
            original = self._new()
            fill(self._url(original))
            self._filled[name] = self._read(original)
        filled = self._filled[name]
        made = filled.free.popleft() if len(filled.free) >= REST else ""
        with self._engine.connect() as connection:
            # Tables come in the order of their names, not in that of their references.
            connection.exec_driver_sql("SET foreign_key_checks = 0")
            if made:
                self._empty(connection, made, filled)
            else:
                made = self._new()
                connection.exec_driver_sql(f"USE {made}")
                for statement in filled.tables.values():
                    connection.execute(sqlalchemy.text(statement))
            for statement in filled.rows:
                connection.exec_driver_sql(statement)
        yield self._url(made)
        filled.free.append(made)

    def close(self) -> None:
        with self._engine.connect() as connection:
            for name in self._made:
                connection.exec_driver_sql(f"DROP DATABASE {name}")
        self._engine.dispose()

    def _new(self) -> str:
        name = f"test_{uuid4().hex}"
        with self._engine.connect() as connection:
            connection.exec_driver_sql(f"CREATE DATABASE {name} CHARACTER SET utf8mb4")
        self._made.append(name)
        return name

    def _url(self, name: str) -> str:
        return self._engine.url.set(database=name).render_as_string(hide_password=False)

    def _read(self, original: str) -> _Filled:
        found = _Filled()
        with self._engine.connect() as connection:
            connection.exec_driver_sql(f"USE {original}")
            for table in connection.exec_driver_sql("SHOW TABLES").scalars().all():
                made = connection.exec_driver_sql(f"SHOW CREATE TABLE {table}").one()[1]
                found.tables[table] = made.replace(":", "\\:")
                if connection.exec_driver_sql(f"SELECT EXISTS (SELECT 1 FROM {table})").scalar():
                    found.rows.append(f"INSERT INTO {table} SELECT * FROM {original}.{table}")
        return found

    def _empty(self, connection: sqlalchemy.Connection, used: str, filled: _Filled) -> None:
        connection.exec_driver_sql(f"USE {used}")
        counted = sqlalchemy.text(
            "SELECT table_name FROM information_schema.tables WHERE table_schema = :name AND auto_increment > 1"
        )
        # A table that has counted begins with 1 again only when it is truncated, which is slow.
        slow = set(connection.execute(counted, {"name": used}).scalars())
        for table in filled.tables:
            connection.exec_driver_sql(f"{'TRUNCATE TABLE' if table in slow else 'DELETE FROM'} {table}")
