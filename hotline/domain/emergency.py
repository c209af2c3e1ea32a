"""Closing at once (紧急关闭): what callers hear and what becomes of those who wait, prepared beforehand.

A plan (预案) says both; switching it on makes it an :class:`Emergency` until somebody switches it off.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import asdict, dataclass
from typing import Any, Final

# What becomes of those who wait: they are served still, or hear the prompt and go, leave a message, or are
# called back.
WAITING: Final = ("serve", "prompt", "voicemail", "callback")
PROMPT: Final = "emergency"


@dataclass(frozen=True, slots=True)
class Plan:
    """What is prepared for one kind of trouble. ``prompt`` is the id of what callers hear."""

    name: str
    prompt: str = PROMPT
    waiting: str = "voicemail"


@dataclass(frozen=True, slots=True)
class Emergency:
    """A plan that is on, since when (seconds since the epoch), and who switched it on."""

    plan: Plan
    since: float = 0.0
    by: str = ""

    @property
    def prompt(self) -> str:
        return self.plan.prompt

    @property
    def waiting(self) -> str:
        return self.plan.waiting

    def as_data(self) -> dict[str, Any]:
        return {**asdict(self.plan), "since": self.since, "by": self.by}


def plan_of(data: Mapping[str, Any]) -> Plan:
    """A stored plan; what is missing is as usual, what nobody knows becomes it."""
    waiting = str(data.get("waiting", ""))
    return Plan(
        name=str(data.get("name", "")),
        prompt=str(data.get("prompt", "")) or PROMPT,
        waiting=waiting if waiting in WAITING else "voicemail",
    )


def emergency_of(stored: Any) -> Emergency | None:
    """The emergency as it is stored; None while there is none. A bare true is one without a plan."""
    if not stored:
        return None
    if not isinstance(stored, Mapping):
        return Emergency(Plan(""))
    return Emergency(plan_of(stored), float(stored.get("since", 0.0)), str(stored.get("by", "")))
