"""The desk phones' accounts as FreeSWITCH reads them: XML, built here for the generated files and for
mod_xml_curl alike.

FreeSWITCH runs a pre-processor over generated files before it parses them as XML: it obeys its own element
wherever the name stands, drops lines, and replaces ``$${name}``. Values from people (a display name) are
therefore written with every ASCII character that is not a letter, a digit or a space as a character
reference, and lose the characters with which the switch would expand a variable later on.
"""

from __future__ import annotations

import hashlib
import re
from collections.abc import Iterable
from dataclasses import dataclass

DOMAIN = "hotline"
"""The SIP domain and digest realm of the desk phones. The stored hashes depend on it: it does not change."""

_EXTENSION = re.compile(r"[0-9]{2,10}", re.ASCII)
_HASH = re.compile(r"[0-9a-f]{32}", re.ASCII)
# A display name longer than any person's, and far below what a SIP header carries.
_NAME_LENGTH = 64

NOT_FOUND = (
    '<?xml version="1.0" encoding="UTF-8"?>\n'
    '<document type="freeswitch/xml">'
    '<section name="result"><result status="not found"/></section></document>\n'
)
"""The answer to mod_xml_curl that makes it look on, in the generated files."""


class DirectoryError(ValueError):
    """An account that cannot be written: the text says which field and why."""


@dataclass(frozen=True, slots=True)
class DeskUser:
    """The account of one desk phone.

    ``a1_hash`` is :func:`a1_hash` of its SIP password. ``name`` is what other phones show. ``agent`` is the
    number of the agent whose seat it is, or empty. Raises :class:`DirectoryError` for an extension or a
    hash that is none.
    """

    extension: str
    a1_hash: str
    name: str = ""
    agent: str = ""

    def __post_init__(self) -> None:
        if not _EXTENSION.fullmatch(self.extension):
            raise DirectoryError(f"extension must be 2 to 10 digits, not {self.extension!r}")
        if not _HASH.fullmatch(self.a1_hash):
            raise DirectoryError(f"a1_hash of extension {self.extension} is not 32 hexadecimal digits")
        if self.agent and not _EXTENSION.fullmatch(self.agent):
            raise DirectoryError(f"agent must be 2 to 10 digits, not {self.agent!r}")


def a1_hash(extension: str, password: str) -> str:
    """What digest authentication needs of a password (RFC 2617, A1): whoever holds it can sign in as that
    phone, but cannot read the password.
    """
    return hashlib.md5(f"{extension}:{DOMAIN}:{password}".encode(), usedforsecurity=False).hexdigest()


def user_element(user: DeskUser, *, cache_ms: int = 0) -> str:
    """The ``<user>`` element.

    With *cache_ms* the switch keeps it for so long, and ``xml_flush_cache id EXTENSION DOMAIN`` makes it
    forget.
    """
    cacheable = f' cacheable="{cache_ms:d}"' if cache_ms else ""
    variables = {
        "user_context": "desk",
        "hotline_extension": user.extension,
        "hotline_agent_number": user.agent,
        "effective_caller_id_number": user.extension,
        "effective_caller_id_name": user.name or user.extension,
        "accountcode": user.extension,
    }
    lines = [
        f'<user id="{user.extension}"{cacheable}>',
        f'  <params><param name="a1-hash" value="{user.a1_hash}"/></params>',
        "  <variables>",
        *(
            f'    <variable name="{name}" value="{_value(value)}"/>'
            for name, value in variables.items()
            if value
        ),
        "  </variables>",
        "</user>",
    ]
    return "\n".join(lines)


def include_file(users: Iterable[DeskUser]) -> str:
    """All accounts as one file that ``freeswitch-conf/directory`` includes, in order."""
    elements = [
        user_element(user) for user in sorted(users, key=lambda user: (len(user.extension), user.extension))
    ]
    return "\n".join(["<include>", *elements, "</include>", ""])


def document(user: DeskUser | None, *, cache_ms: int = 30_000) -> str:
    """The answer to mod_xml_curl's question for one account; for none it is :data:`NOT_FOUND`.

    The switch asks at each sign-in of a phone and at each call to it, so that it may keep the answer for
    *cache_ms*.
    """
    if user is None:
        return NOT_FOUND
    return (
        '<?xml version="1.0" encoding="UTF-8"?>\n'
        '<document type="freeswitch/xml">\n<section name="directory">\n'
        f'<domain name="{DOMAIN}">\n'
        '<params><param name="dial-string" value="{^^:sip_invite_domain=${dialed_domain}}'
        '${sofia_contact(*/${dialed_user}@${dialed_domain})}"/></params>\n'
        '<groups><group name="desks"><users>\n'
        f"{user_element(user, cache_ms=cache_ms)}\n"
        "</users></group></groups>\n"
        "</domain>\n</section>\n</document>\n"
    )


def _value(text: str) -> str:
    kept = "".join(c for c in text if c.isprintable() and c not in "${}\\")[:_NAME_LENGTH]
    return "".join(c if not c.isascii() or c.isalnum() or c == " " else f"&#{ord(c)};" for c in kept)
