"""One way to ask, whatever the kind of the source."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Final

from hotline.lookups import http, sql
from hotline.lookups.source import DataSource, LookUpFailed, as_text

# The parameter by which a row of a table is found.
KEY: Final = "key"

# The row of a table of ours with this key, None for none.
FindRow = Callable[[str, str], Mapping[str, object] | None]


def ask(
    source: DataSource, parameters: Mapping[str, str], timeout_s: float, find_row: FindRow
) -> dict[str, str] | None:
    """What the source knows; None for nothing. Takes about *timeout_s* at most, or what the source itself
    allows if that is less. Raises :class:`LookUpFailed`.
    """
    limit = min(timeout_s, source.timeout_s)
    if source.kind == "http":
        return http.ask(source, parameters, limit)
    if source.kind == "sql":
        return sql.ask(source, parameters, limit)
    if source.kind == "table":
        row = find_row(source.code, parameters.get(KEY, ""))
        if row is None:
            return None
        found = {name: as_text(value) for name, value in row.items()}
        wanted = source.results or {name: name for name in found}
        return {key: value for key, name in wanted.items() if (value := found.get(name)) is not None}
    raise LookUpFailed(f"nothing is known of the kind {source.kind!r}")
