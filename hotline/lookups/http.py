"""Data out of the JSON answer of an HTTP service."""

from __future__ import annotations

import json
import socket
import ssl
import time
from collections.abc import Mapping
from http.client import HTTPConnection, HTTPException, HTTPResponse
from typing import Any, Final
from urllib.parse import quote, urlsplit

from hotline.domain.ivr.templates import fill
from hotline.lookups.network import address_of
from hotline.lookups.source import MOST_RESULTS, SECRET, DataSource, LookUpFailed, as_text

MOST_BYTES: Final = 64 * 1024
_PORTS: Final = {"http": 80, "https": 443}


def ask(source: DataSource, parameters: Mapping[str, str], timeout_s: float) -> dict[str, str] | None:
    """The data that the service answers with; None for 404 or an answer without any of them.

    Redirects are not followed. Raises :class:`LookUpFailed`.
    """
    deadline = time.monotonic() + timeout_s
    url = urlsplit(fill(source.address, parameters, lambda text: quote(text, safe="")))
    host, port = url.hostname or "", url.port or _PORTS[url.scheme]
    address = address_of(host, port, allow_private=source.allow_private)
    try:
        with socket.create_connection((address, port), timeout_s) as plain:
            if url.scheme == "https":
                with ssl.create_default_context().wrap_socket(plain, server_hostname=host) as secured:
                    body = _fetch(
                        secured, source, parameters, url.netloc, _path(url.path, url.query), deadline
                    )
            else:
                body = _fetch(plain, source, parameters, url.netloc, _path(url.path, url.query), deadline)
    except (OSError, HTTPException) as error:
        raise LookUpFailed(f"{host} did not answer properly: {type(error).__name__}") from error
    return None if body is None else _values(source, body)


def _path(path: str, query: str) -> str:
    return (path or "/") + (f"?{query}" if query else "")


def _fetch(
    sock: socket.socket,
    source: DataSource,
    parameters: Mapping[str, str],
    netloc: str,
    path: str,
    deadline: float,
) -> bytes | None:
    sock.settimeout(max(0.01, deadline - time.monotonic()))
    headers = {
        "Host": netloc,
        "Accept": "application/json",
        "Accept-Encoding": "identity",
        "Connection": "close",
    }
    headers |= {name: value.replace(SECRET, source.secret) for name, value in source.headers.items()}
    body = fill(source.query, parameters, lambda text: json.dumps(text)[1:-1]) if source.query else None
    if body is not None:
        headers.setdefault("Content-Type", "application/json")
    connection = HTTPConnection(netloc)
    connection.sock = sock
    connection.request("GET" if body is None else "POST", path, body=body and body.encode(), headers=headers)
    response = connection.getresponse()
    if response.status == 404:
        return None
    if not 200 <= response.status < 300:
        raise LookUpFailed(f"{netloc} answered {response.status}")
    return _read(sock, response, deadline)


def _read(sock: socket.socket, response: HTTPResponse, deadline: float) -> bytes:
    found = bytearray()
    while chunk := response.read1(8192):
        found += chunk
        if len(found) > MOST_BYTES:
            raise LookUpFailed(f"the answer has more than {MOST_BYTES // 1024} KiB")
        left = deadline - time.monotonic()
        if left <= 0:
            raise LookUpFailed("the answer took too long")
        sock.settimeout(left)
    return bytes(found)


def _values(source: DataSource, body: bytes) -> dict[str, str] | None:
    try:
        answer = json.loads(body)
    except (ValueError, RecursionError) as error:
        raise LookUpFailed("the answer is not JSON") from error
    if source.results:
        found = {key: as_text(_at(answer, path)) for key, path in source.results.items()}
    elif isinstance(answer, dict):
        found = {str(key): as_text(value) for key, value in list(answer.items())[:MOST_RESULTS]}
    else:
        found = {}
    return {key: value for key, value in found.items() if value is not None} or None


def _at(value: Any, path: str) -> Any:
    """What the path leads to; None where it leads nowhere."""
    for part in path.split("."):
        if isinstance(value, dict):
            value = value.get(part)
        elif isinstance(value, list) and part.isdecimal() and int(part) < len(value):
            value = value[int(part)]
        else:
            return None
    return value
