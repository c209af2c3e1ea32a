"""Attached data (随路数据): how much a call may carry, and how it is shown to others.

Data come from callers' keys, from data sources and from scripts, and go into channel variables, the journal
and people's screens. So they are bounded here, once, and free of control characters.
"""

import base64
import json
import re
from collections.abc import Collection, Mapping
from typing import Final

from hotline.domain.ivr.fields import is_identifier

# Kept as the state of the call on its channel; see `hotline.domain.ivr.state`.
MOST_DATA: Final = 60
LONGEST_VALUE: Final = 500
MOST_CHARACTERS: Final = 6000
# On an agent's leg, packed.
_MOST_ON_LEG: Final = 2000
# The last characters of a sensitive value tell the agent which one it was.
_SHOWN_OF_SENSITIVE: Final = 4

_CONTROL: Final = re.compile(r"[\x00-\x1f\x7f-\x9f\u2028\u2029\ud800-\udfff]")

# The language that the caller is spoken to.
LANGUAGE: Final = "language"


def attach(before: Mapping[str, str], more: Mapping[str, str]) -> dict[str, str]:
    """`before` with `more`, within the bounds: values cut, and what does not fit any more left out."""
    after = dict(before)
    size = sum(len(key) + len(value) for key, value in after.items())
    for key, value in more.items():
        if not is_identifier(key):
            continue
        clean = _CONTROL.sub(" ", value)[:LONGEST_VALUE]
        gained = len(clean) - len(after[key]) if key in after else len(key) + len(clean)
        if (key in after or len(after) < MOST_DATA) and size + gained <= MOST_CHARACTERS:
            after[key] = clean
            size += gained
    return after


def masked(value: str) -> str:
    """A sensitive value for the eyes of others."""
    shown = _SHOWN_OF_SENSITIVE if len(value) > 2 * _SHOWN_OF_SENSITIVE else 0
    return "*" * (len(value) - shown) + value[len(value) - shown :]


def shown(data: Mapping[str, str], sensitive: Collection[str]) -> dict[str, str]:
    """The data as they are written down and shown."""
    return {key: masked(value) if key in sensitive else value for key, value in data.items()}


def for_leg(data: Mapping[str, str]) -> str:
    """The data as one word of letters, digits, '-' and '_' for a channel variable or a SIP header; what does
    not fit is left out.
    """
    packed, kept = "", {}
    for key, value in data.items():
        kept[key] = value
        longer = base64.urlsafe_b64encode(
            json.dumps(kept, ensure_ascii=False, separators=(",", ":")).encode()
        ).decode("ascii")
        if len(longer) > _MOST_ON_LEG:
            del kept[key]
        else:
            packed = longer
    return packed.rstrip("=")


def from_leg(text: str) -> dict[str, str]:
    """What `for_leg` packed; nothing for anything else."""
    try:
        found = json.loads(base64.urlsafe_b64decode(text + "=" * (-len(text) % 4)))
    except ValueError:
        return {}
    if not isinstance(found, dict):
        return {}
    return {key: value for key, value in found.items() if isinstance(key, str) and isinstance(value, str)}
