"""Data sources: what there are, changing them, and the rows of tables."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from typing import Any

from sqlalchemy import delete, func, insert, select
from sqlalchemy.orm import Session

from hotline.domain.ivr.nodes.look_up import LookUpNode
from hotline.lookups import source as plain
from hotline.store.errors import Conflict
from hotline.store.queries.flows import published_flows
from hotline.store.sources import DataRow, DataSource
from hotline.store.vault import Vault, VaultError

_AT_ONCE = 500


def sources(session: Session) -> list[DataSource]:
    """All of them, by code."""
    return list(session.scalars(select(DataSource).order_by(DataSource.code)))


def source_names(session: Session) -> dict[str, str]:
    """Those that a flow may name."""
    rows = session.execute(
        select(DataSource.code, DataSource.name).where(DataSource.active).order_by(DataSource.code)
    )
    return {row.code: row.name for row in rows}


def sizes(session: Session) -> dict[int, int]:
    """How many rows each table has, by the id of the source."""
    rows = session.execute(select(DataRow.source_id, func.count()).group_by(DataRow.source_id))
    return {row[0]: row[1] for row in rows}


def as_plain(row: DataSource, vault: Vault) -> plain.DataSource:
    """The source as those who ask it want it. Raises :class:`VaultError` when the secret cannot be opened."""
    return plain.DataSource(
        code=row.code,
        name=row.name,
        kind=row.kind,
        address=row.address,
        query=row.query,
        headers={str(name): str(value) for name, value in row.headers.items()},
        secret=vault.open(row.sealed_secret) if row.sealed_secret else "",
        results={str(key): str(path) for key, path in row.results.items()},
        timeout_s=row.timeout_s,
        allow_private=row.allow_private,
    )


def add_source(session: Session, row: DataSource) -> None:
    """Raises :class:`Conflict` for a code that is taken."""
    if session.scalar(select(DataSource.id).where(DataSource.code == row.code)) is not None:
        raise Conflict("code", row.code)
    session.add(row)
    session.flush()


def active_source(session: Session, vault: Vault, code: str) -> plain.DataSource | None:
    """The source that a call asks; None where there is none, or where its secret cannot be opened."""
    row = session.scalar(select(DataSource).where(DataSource.code == code, DataSource.active))
    if row is None:
        return None
    try:
        return as_plain(row, vault)
    except VaultError:
        return None


def flows_that_ask(session: Session, code: str) -> list[str]:
    """The published flows that look something up in the source."""
    return [
        flow.id
        for flow in published_flows(session).values()
        if any(isinstance(node, LookUpNode) and node.source == code for node in flow.nodes.values())
    ]


def replace_rows(
    session: Session, source: DataSource, rows: Mapping[str, Mapping[str, str]], *, by: str, at: datetime
) -> None:
    """Let the table have these rows and no others."""
    session.execute(delete(DataRow).where(DataRow.source_id == source.id))
    every = [{"source_id": source.id, "lookup_key": key, "content": dict(row)} for key, row in rows.items()]
    for begin in range(0, len(every), _AT_ONCE):
        session.execute(insert(DataRow), every[begin : begin + _AT_ONCE])
    source.updated_by, source.updated_at = by, at


def find_row(session: Session, code: str, key: str) -> dict[str, Any] | None:
    """The row of the table *code* with this key."""
    return session.scalar(
        select(DataRow.content)
        .join(DataSource, DataSource.id == DataRow.source_id)
        .where(DataSource.code == code, DataRow.lookup_key == key)
    )
