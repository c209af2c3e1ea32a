"""The store in a request: a session to read with, and one way to write."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, TypeVar, cast

from flask import Flask, current_app
from flask_sqlalchemy import SQLAlchemy
from sqlalchemy import Engine
from sqlalchemy.orm import Session

from hotline.store.base import Base
from hotline.store.db import Database
from webadmin.services import services

T = TypeVar("T")


class SharedEngine(SQLAlchemy):
    """Flask-SQLAlchemy over the engine that the process has already, with its pool and its SQLite
    settings.
    """

    def __init__(self, database: Database) -> None:
        self._shared = database.engine
        super().__init__(model_class=Base, session_options={"expire_on_commit": False})

    def _make_engine(self, *_: Any) -> Engine:
        return self._shared


def set_up(app: Flask, database: Database) -> None:
    """Give each request of *app* a session on *database*, closed when the request ends."""
    # The extension wants an address; the engine above is what is used.
    app.config["SQLALCHEMY_DATABASE_URI"] = "sqlite://"
    SharedEngine(database).init_app(app)


def session() -> Session:
    """The request's session, to read with. Nothing that is changed in it is ever committed."""
    return cast(Session, current_app.extensions["sqlalchemy"].session())


def change(work: Callable[[Session], T]) -> T:
    """Run *work* in one write transaction and return what it returned; see :meth:`Database.write`.

    The request's own session forgets what it has read, so that it sees the change.
    """
    # Its read transaction would keep showing the state from before.
    session().rollback()
    session().expire_all()
    return services().database.write(work)
