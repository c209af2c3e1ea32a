"""One event as FreeSWITCH builds and serialises it.

Header values are text in which a byte that is no UTF-8 is a surrogate (``surrogateescape``), so that what a carrier sent
goes out again byte for byte.
"""

from __future__ import annotations

import json
import re
from collections.abc import Mapping
from functools import lru_cache

# FreeSWITCH escapes these, control characters, "%" unless two upper-case hexadecimal digits follow it, and every byte
# above "~". So a value that holds "%0A" and one that holds a line feed look the same in a plain event.
_UNSAFE = re.compile(rb'[\x00-\x1f\x7f-\xff\r\n #&+:;<=>?@\[\\\]^`{|}"]|%(?![0-9A-F]{2})')


@lru_cache(maxsize=4096)
def url_encode(value: str) -> bytes:
    """``value`` as it stands in a plain event."""
    raw = value.encode("utf-8", "surrogateescape")
    return _UNSAFE.sub(lambda found: b"%%%02X" % found.group()[0], raw)


class Event:
    """Headers in order, and a body. Serialised at most once in each form, however many listeners get it."""

    __slots__ = ("_folded", "_json", "_plain", "body", "headers", "name", "subclass")

    def __init__(self, name: str, headers: Mapping[str, str], body: str = "", subclass: str = "") -> None:
        self.name = name
        self.subclass = subclass
        self.headers = headers
        self.body = body
        self._plain: bytes | None = None
        self._json: bytes | None = None
        self._folded: dict[str, str] | None = None

    def header(self, name: str) -> str | None:
        """A header's value; its name is compared without regard to case, as FreeSWITCH does."""
        value = self.headers.get(name)
        if value is not None:
            return value
        if self._folded is None:
            self._folded = {key.lower(): value for key, value in self.headers.items()}
        return self._folded.get(name.lower())

    def plain(self) -> bytes:
        if self._plain is None:
            self._plain = serialise(self.headers, self.body)
        return self._plain

    def json(self) -> bytes:
        if self._json is None:
            content = dict(self.headers)
            if self.body:
                content["Content-Length"] = str(len(self.body.encode("utf-8", "surrogateescape")))
                content["_body"] = self.body
            text = json.dumps(content, ensure_ascii=False, separators=(",", ":"))
            self._json = text.encode("utf-8", "surrogateescape")
        return self._json


def serialise(headers: Mapping[str, str], body: str = "") -> bytes:
    """The plain form: one header a line, values escaped, a blank line, the body as it is."""
    lines = [
        b"%s: %s\n" % (name.encode(), url_encode(value) or b"_undef_") for name, value in headers.items()
    ]
    if body:
        raw = body.encode("utf-8", "surrogateescape")
        lines.append(b"Content-Length: %d\n\n" % len(raw))
        lines.append(raw)
    else:
        lines.append(b"\n")
    return b"".join(lines)
