"""The words for stored codes. A code without a word is shown as it is."""

from __future__ import annotations

from typing import Final

from flask_babel import LazyString
from flask_babel import lazy_gettext as _l

Words = dict[str, LazyString]

LABELS: Final[dict[str, Words]] = {
    "agent_state": {
        "signed_out": _l("Signed out"),
        "idle": _l("Idle"),
        "busy": _l("Busy"),
        "rest": _l("Rest"),
        "ringing": _l("Ringing"),
        "talking": _l("Talking"),
        "wrap_up": _l("Wrap-up"),
    },
    "post": {
        "lead": _l("Lead"),
        "deputy": _l("Deputy lead"),
        "information": _l("Information officer"),
        "senior": _l("Senior agent"),
        "agent": _l("Agent"),
    },
    "outcome": {
        "open": _l("In progress"),
        "served": _l("Served by an agent"),
        "abandoned": _l("Abandoned"),
        "voicemail": _l("Voice message left"),
        "self_service": _l("Self-service"),
        "overflowed": _l("Overflowed"),
        "failed": _l("Failed"),
    },
    "side": {"caller": _l("Caller"), "agent": _l("Agent"), "system": _l("System")},
    "mark": {"1": _l("Satisfied"), "2": _l("Fairly satisfied"), "3": _l("Not satisfied")},
    "phase": {
        "ivr": _l("In the menu"),
        "queued": _l("Waiting"),
        "offered": _l("Ringing"),
        "talking": _l("Talking"),
        "survey": _l("Survey"),
        "voicemail": _l("Leaving a message"),
        "ended": _l("Ended"),
    },
    "switch": {
        "simulated": _l("Simulated switch"),
        "freeswitch": _l("FreeSWITCH"),
        "none": _l("No switch"),
    },
    "scope": {
        "all": _l("Everything"),
        "organisation": _l("Own organisation"),
        "group": _l("Own group"),
        "self": _l("Only oneself"),
    },
    "direction": {"inbound": _l("Incoming"), "outbound": _l("Outgoing")},
}

# Colours of Tabler that say the same on every page.
COLOURS: Final[dict[str, dict[str, str]]] = {
    "agent_state": {
        "signed_out": "secondary",
        "idle": "green",
        "busy": "red",
        "rest": "orange",
        "ringing": "yellow",
        "talking": "blue",
        "wrap_up": "purple",
    },
    "outcome": {
        "open": "blue",
        "served": "green",
        "abandoned": "red",
        "voicemail": "purple",
        "self_service": "azure",
        "overflowed": "orange",
        "failed": "red",
    },
    "mark": {"1": "green", "2": "yellow", "3": "red"},
    "phase": {
        "ivr": "azure",
        "queued": "orange",
        "offered": "yellow",
        "talking": "blue",
        "survey": "teal",
        "voicemail": "purple",
        "ended": "secondary",
    },
}


def label(kind: str, code: object) -> str:
    """The word for *code* in the person's language."""
    return str(LABELS[kind].get(str(code), code))


def colour(kind: str, code: object) -> str:
    return COLOURS.get(kind, {}).get(str(code), "secondary")


def choices(kind: str, *, without: frozenset[str] = frozenset()) -> list[tuple[str, LazyString]]:
    """The codes and words of *kind* for a select."""
    return [(code, word) for code, word in LABELS[kind].items() if code not in without]
