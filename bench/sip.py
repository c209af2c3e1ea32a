"""As much SIP as answering peers need: messages in and out, digest, a session description. No input or output."""

from __future__ import annotations

import re
from collections.abc import Iterable
from dataclasses import dataclass
from hashlib import md5
from typing import Final

_URI: Final = re.compile(r"<([^>]*)>|(sips?:[^\s;>]+)")
_USER: Final = re.compile(r"sips?:([^@;>]*)@")
_AUTH: Final = re.compile(r'(\w+)=(?:"([^"]*)"|([^\s,]+))')
_MEDIA: Final = re.compile(r"^m=audio (\d+)", re.MULTILINE)
#: What a response repeats of its request.
_ECHOED: Final = ("via", "from", "call-id", "cseq")
_CANONICAL: Final = {"via": "Via", "from": "From", "call-id": "Call-ID", "cseq": "CSeq"}


@dataclass(slots=True)
class Message:
    """A request or a response as it came. Header names are in lower case; *via* has all of them in order."""

    start: str
    headers: dict[str, str]
    via: list[str]
    body: str

    @property
    def method(self) -> str:
        """The method of a request; for a response that of the request it answers."""
        return self.headers["cseq"].split()[1] if self.status else self.start.split(" ", 1)[0]

    @property
    def status(self) -> int:
        """The code of a response; 0 for a request."""
        return int(self.start.split(" ", 2)[1]) if self.start.startswith("SIP/2.0 ") else 0

    @property
    def call_id(self) -> str:
        return self.headers.get("call-id", "")

    @property
    def contact(self) -> str:
        """Where requests within the dialogue go."""
        found = _URI.search(self.headers.get("contact", ""))
        return (found[1] or found[2]) if found else ""

    @property
    def called(self) -> str:
        """The user part of the request's URI."""
        found = _USER.search(self.start)
        return found[1] if found else ""

    @property
    def caller(self) -> str:
        """The user part of From."""
        found = _USER.search(self.headers.get("from", ""))
        return found[1] if found else ""

    @property
    def rtp_port(self) -> int:
        """The port of the audio; 0 without a session description."""
        found = _MEDIA.search(self.body)
        return int(found[1]) if found else 0


def parse(data: bytes) -> Message:
    head, _, body = data.decode("utf-8", "replace").partition("\r\n\r\n")
    start, *lines = head.split("\r\n")
    headers: dict[str, str] = {}
    via: list[str] = []
    for line in lines:
        name, _, value = line.partition(":")
        name, value = name.strip().lower(), value.strip()
        if name in {"via", "v"}:
            via.append(value)
        else:
            headers.setdefault(name, value)
    return Message(start, headers, via, body)


def write(start: str, headers: Iterable[tuple[str, str]], body: str = "") -> bytes:
    lines = [start, *(f"{name}: {value}" for name, value in headers)]
    if body:
        lines.append("Content-Type: application/sdp")
    lines.append(f"Content-Length: {len(body)}")
    return ("\r\n".join(lines) + "\r\n\r\n" + body).encode()


def respond(request: Message, line: str, *, tag: str = "", contact: str = "", body: str = "") -> bytes:
    """The response with *line* (``200 OK``) to *request*; *tag* is ours where it has none yet."""
    to = request.headers.get("to", "")
    headers = [("Via", via) for via in request.via]
    headers += [(_CANONICAL[name], request.headers.get(name, "")) for name in _ECHOED[1:]]
    headers.append(("To", to if not tag or ";tag=" in to else f"{to};tag={tag}"))
    if contact:
        headers.append(("Contact", f"<{contact}>"))
    return write(f"SIP/2.0 {line}", headers, body)


def credentials(challenge: str, *, user: str, password: str, method: str, uri: str) -> str:
    """The value of Authorization that answers a digest *challenge*."""
    asked = {name.lower(): quoted or plain for name, quoted, plain in _AUTH.findall(challenge)}
    realm, nonce = asked.get("realm", ""), asked.get("nonce", "")
    ha1, ha2 = _hash(f"{user}:{realm}:{password}"), _hash(f"{method}:{uri}")
    parts = {"username": user, "realm": realm, "nonce": nonce, "uri": uri}
    extra = ""
    if "auth" in asked.get("qop", "").split(","):
        parts["cnonce"] = cnonce = "0a4f113b"
        parts["response"] = _hash(f"{ha1}:{nonce}:00000001:{cnonce}:auth:{ha2}")
        extra = ", qop=auth, nc=00000001"
    else:
        parts["response"] = _hash(f"{ha1}:{nonce}:{ha2}")
    written = ", ".join(f'{name}="{value}"' for name, value in parts.items())
    return f"Digest {written}, algorithm=MD5{extra}"


def _hash(text: str) -> str:
    return md5(text.encode(), usedforsecurity=False).hexdigest()


def audio(rtp_port: int) -> str:
    """A session description: G.711 A-law on *rtp_port* of this machine."""
    return (
        "v=0\r\no=- 1 1 IN IP4 127.0.0.1\r\ns=-\r\nc=IN IP4 127.0.0.1\r\nt=0 0\r\n"
        f"m=audio {rtp_port} RTP/AVP 8 101\r\na=rtpmap:8 PCMA/8000\r\na=rtpmap:101 telephone-event/8000\r\n"
        "a=fmtp:101 0-15\r\na=ptime:20\r\na=sendrecv\r\n"
    )
