"""Bring a database to the newest schema. The steps are in ``migrations/versions``."""

from __future__ import annotations

import tempfile
import time
from collections.abc import Callable
from pathlib import Path
from typing import Final

from alembic import command
from alembic.autogenerate import compare_metadata
from alembic.config import Config
from alembic.runtime.migration import MigrationContext
from alembic.script import ScriptDirectory
from sqlalchemy import Connection, text
from sqlalchemy.exc import DBAPIError

from hotline.store.db import (
    WRITE_OPTION,
    DatabaseAway,
    StoreError,
    describe,
    is_away,
    is_contention,
    make_engine,
)
from hotline.store.models import Base

_FOLDER: Final = Path(__file__).resolve().parents[2] / "migrations"
_LOCK: Final = "hotline-migrate"
_LOCK_SECONDS: Final = 60


class UnknownSchema(StoreError):
    """The database was brought to its shape by another version of the program, most often a newer one."""


def upgrade(url: str, revision: str = "head") -> None:
    """Bring the database at *url* to *revision*; does nothing when it is there already.

    Two processes that start together wait for each other. Raises :class:`hotline.store.db.DatabaseAway` or
    :class:`UnknownSchema`.
    """

    def work(connection: Connection) -> None:
        _check_known(connection)
        command.upgrade(_config(connection), revision)

    _with_connection(url, work)


def downgrade(url: str, revision: str) -> None:
    """Take the database back to *revision* (``base``: empty). Data of tables that go is lost."""
    _with_connection(url, lambda connection: command.downgrade(_config(connection), revision))


def revise(message: str) -> None:
    """Write the next step, from what the models have and the schema at head has not. For developers."""
    number = f"{int(head()) + 1:04}"
    with tempfile.TemporaryDirectory() as folder:
        url = f"sqlite:///{folder}/head.db"
        upgrade(url)
        _with_connection(
            url,
            lambda connection: command.revision(
                _config(connection), message, autogenerate=True, rev_id=number
            ),
        )


def current(url: str) -> str | None:
    """The revision that the database is at; ``None`` for an empty one."""
    found: list[str | None] = []
    _with_connection(
        url, lambda connection: found.append(MigrationContext.configure(connection).get_current_revision())
    )
    return found[0]


def head() -> str:
    """The newest revision that this program knows."""
    revision = ScriptDirectory(str(_FOLDER)).get_current_head()
    if revision is None:
        raise RuntimeError(f"{_FOLDER} holds no migrations")
    return revision


def _check_known(connection: Connection) -> None:
    at = MigrationContext.configure(connection).get_current_revision()
    known = {script.revision for script in ScriptDirectory(str(_FOLDER)).walk_revisions()}
    if at is not None and at not in known:
        raise UnknownSchema(
            f"the database is at {at}, which this version does not know (its newest is {head()}); "
            "start the version that made it, or restore a backup"
        )


def differences(url: str) -> list[object]:
    """What the models and the database at *url* do not agree on; empty when the schema is right."""
    found: list[object] = []

    def compare(connection: Connection) -> None:
        found.extend(
            compare_metadata(
                MigrationContext.configure(connection, opts={"compare_type": True}), Base.metadata
            )
        )

    _with_connection(url, compare)
    return found


def _config(connection: Connection) -> Config:
    config = Config()
    config.set_main_option("script_location", str(_FOLDER).replace("%", "%%"))
    config.set_main_option("file_template", "%%(rev)s_%%(slug)s")
    config.attributes["connection"] = connection
    return config


def _with_connection(url: str, work: Callable[[Connection], object]) -> None:
    engine = make_engine(url, pool_size=1)
    deadline = time.monotonic() + _LOCK_SECONDS
    try:
        while True:
            try:
                with engine.execution_options(**{WRITE_OPTION: True}).connect() as connection:
                    _work_alone(connection, work)
                return
            except DBAPIError as error:
                if is_away(error) or (is_contention(error) and time.monotonic() > deadline):
                    raise DatabaseAway(describe(engine.url, error)) from error
                if not is_contention(error):
                    raise
            time.sleep(0.1)
    finally:
        engine.dispose()


def _work_alone(connection: Connection, work: Callable[[Connection], object]) -> None:
    if connection.dialect.name == "sqlite":
        # Changing a table means copying it and dropping the old one: with foreign keys on, what refers to its
        # rows would be deleted. The setting has no effect within a transaction, so it is made below
        # SQLAlchemy.
        driver = connection.connection.driver_connection
        assert driver is not None  # noqa: S101
        driver.execute("PRAGMA foreign_keys = OFF")
        with connection.begin():
            work(connection)
        return
    if not connection.scalar(
        text("SELECT GET_LOCK(:name, :seconds)"), {"name": _LOCK, "seconds": _LOCK_SECONDS}
    ):
        raise DatabaseAway(f"another process has been changing the schema for {_LOCK_SECONDS} s")
    try:
        connection.commit()
        work(connection)
        connection.commit()
    finally:
        connection.rollback()
        connection.execute(text("SELECT RELEASE_LOCK(:name)"), {"name": _LOCK})
        connection.commit()
