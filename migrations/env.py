"""Alembic's environment. :mod:`hotline.store.migrate` hands over the connection; no file is read."""

from __future__ import annotations

from typing import Any, Literal

from alembic import context
from alembic.autogenerate.api import AutogenContext

from hotline.store.base import UtcDateTime, Utf8
from hotline.store.models import Base


def render_item(kind: str, item: Any, autogen_context: AutogenContext) -> str | Literal[False]:
    """Write our column types as plain ones, so that a migration stays what it was when the models move on."""
    if kind != "type":
        return False
    if isinstance(item, UtcDateTime):
        autogen_context.imports.add("from sqlalchemy.dialects import mysql")
        return 'sa.DateTime().with_variant(mysql.DATETIME(fsp=3), "mysql", "mariadb")'
    if isinstance(item, Utf8):
        return f"sa.String(length={item.length})"
    return False


def run() -> None:
    connection = context.config.attributes["connection"]
    context.configure(
        connection=connection,
        target_metadata=Base.metadata,
        render_as_batch=True,
        render_item=render_item,
        compare_type=True,
        # SQLite can undo table changes although Alembic assumes that it cannot: all or nothing.
        transactional_ddl=connection.dialect.name == "sqlite",
    )
    with context.begin_transaction():
        context.run_migrations()


run()
