"""What a data source is, and what may be wrong with one."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any, Final
from urllib.parse import urlsplit

from sqlalchemy.engine import URL, make_url
from sqlalchemy.exc import ArgumentError

from hotline.domain.ivr.fields import is_identifier
from hotline.domain.ivr.templates import is_template

KINDS: Final = ("http", "sql", "table")
LONGEST_SECONDS: Final = 10
SECRET: Final = "${secret}"  # noqa: S105 - the place where the secret goes
MOST_RESULTS: Final = 30
DRIVERS: Final = ("sqlite", "mysql+pymysql", "mariadb+pymysql")

_HEADER: Final = re.compile(r"[A-Za-z0-9-]{1,60}")
_QUERY: Final = re.compile(r"\s*(select|with)\b[^;]*;?\s*", re.IGNORECASE)
_WRITES: Final = re.compile(r"\b(into|for\s+update)\b", re.IGNORECASE)


class LookUpFailed(Exception):
    """A source gave no answer that can be used. The text says why, for the log and for whoever tries it; it
    names no secret and nothing of the caller.
    """


@dataclass(frozen=True, slots=True)
class DataSource:
    """Where data are looked up.

    ``http``: ``address`` is fetched, with ``query`` as a JSON body posted if there is one; both may have
    ``${name}`` for parameters, the address only behind the host. ``sql``: ``address`` is an SQLAlchemy URL
    without the password, which is the secret, and ``query`` one SELECT with ``:name`` for parameters.
    ``table``: rows of our own, found by the parameter ``key``.

    ``headers`` may have ``${secret}``. ``results`` gives for each datum the path in the JSON answer
    (``data.items.0.name``) or the column; without any, all plain values of the answer are taken.
    ``allow_private``: the address may be one of a private network.
    """

    code: str
    name: str
    kind: str
    address: str = ""
    query: str = ""
    headers: Mapping[str, str] = field(default_factory=dict)
    secret: str = field(default="", repr=False)
    results: Mapping[str, str] = field(default_factory=dict)
    timeout_s: int = 3
    allow_private: bool = False


def faults(source: DataSource) -> Iterator[tuple[str, str]]:
    """Field and code of what is wrong; the codes are put into words by the console."""
    if source.kind not in KINDS:
        yield "kind", "bad_kind"
    if not 1 <= source.timeout_s <= LONGEST_SECONDS:
        yield "timeout_s", "bad_timeout"
    if len(source.results) > MOST_RESULTS or not all(map(is_identifier, source.results)):
        yield "results", "bad_results"
    if source.kind == "http":
        yield from _http_faults(source)
    elif source.kind == "sql":
        yield from _sql_faults(source)


def _http_faults(source: DataSource) -> Iterator[tuple[str, str]]:
    try:
        parts = urlsplit(source.address)
        port = parts.port
    except ValueError:
        yield "address", "bad_address"
        return
    right = (
        parts.scheme in ("http", "https")
        and parts.hostname
        and port != 0
        and not re.search(r"[@$\\]", parts.netloc)
        and is_template(source.address)
        and not re.search(r"[\s\x00-\x1f]", source.address)
    )
    if not right:
        yield "address", "bad_address"
    if not is_template(source.query):
        yield "query", "bad_body"
    for name, value in source.headers.items():
        if _HEADER.fullmatch(name) is None or re.search(r"[\x00-\x1f\x7f]", value) or not value.isascii():
            yield "headers", "bad_header"
        if "${" in value.replace(SECRET, ""):
            yield "headers", "bad_header"


def _sql_faults(source: DataSource) -> Iterator[tuple[str, str]]:
    url = database_url(source)
    if url is None or url.drivername not in DRIVERS:
        yield "address", "bad_database"
    elif url.password:
        yield "address", "password_in_address"
    elif not ((url.database or "").startswith("/") if url.drivername == "sqlite" else url.host):
        yield "address", "bad_database"
    if _QUERY.fullmatch(source.query) is None or _WRITES.search(source.query):
        yield "query", "bad_query"


def database_url(source: DataSource) -> URL | None:
    """The address of an ``sql`` source, None where it is none."""
    try:
        return make_url(source.address)
    except (ArgumentError, ValueError):
        return None


def as_text(value: Any) -> str | None:
    """A plain value as a datum; None for what is none."""
    if isinstance(value, bool):
        return "true" if value else "false"
    if value is None or isinstance(value, dict | list | bytes):
        return None
    if isinstance(value, float):
        return f"{value:.10f}".rstrip("0").rstrip(".")
    return str(value)
