"""Where a decision sends a call."""

from __future__ import annotations

import re
from collections.abc import Collection, Mapping
from dataclasses import dataclass, field
from types import MappingProxyType
from typing import Final

LOWEST: Final = 0
HIGHEST: Final = 100
MOST_VALUES: Final = 20
LONGEST_VALUE: Final = 200

# The kinds of targets, and what may follow the colon.
_KINDS: Final[Mapping[str, re.Pattern[str]]] = MappingProxyType(
    {
        "queue": re.compile(r"[A-Za-z0-9_-]{1,32}"),
        "agent": re.compile(r"[A-Za-z0-9_-]{1,16}"),
        "number": re.compile(r"\+?[0-9]{2,20}"),
        "label": re.compile(r"[A-Za-z0-9_-]{1,40}"),
    }
)
_KEY: Final = re.compile(r"[A-Za-z0-9_-]{1,40}")
KINDS: Final = tuple(_KINDS)


class BadRoute(ValueError):
    """A target, a priority or attached data that no call can be sent by. The message is for administrators."""


@dataclass(frozen=True, slots=True)
class Known:
    """The queues and agents there are. A label or a number is not known before a flow names it."""

    queues: Collection[str]
    agents: Collection[str]


@dataclass(frozen=True, slots=True)
class Route:
    """A decision: `target` is "queue:CODE", "agent:NUMBER", "number:DIGITS", "label:NAME" or "" for the way
    that the flow takes without one; `priority` None is the queue's own; `values` are attached to the call.
    """

    target: str = ""
    priority: int | None = None
    values: Mapping[str, str] = field(default_factory=dict)

    @property
    def kind(self) -> str:
        return self.target.partition(":")[0]

    @property
    def name(self) -> str:
        return self.target.partition(":")[2]


def target_problem(target: str, known: Known | None = None) -> str | None:
    """A code for what is wrong with a target: bad_target, unknown_queue, unknown_agent; None: nothing."""
    if not target:
        return None
    kind, _, name = target.partition(":")
    pattern = _KINDS.get(kind)
    if pattern is None or pattern.fullmatch(name) is None:
        return "bad_target"
    if known is not None and kind == "queue" and name not in known.queues:
        return "unknown_queue"
    if known is not None and kind == "agent" and name not in known.agents:
        return "unknown_agent"
    return None


def checked(route: Route, known: Known) -> Route:
    """The route, if a call can be sent by it. Raises :class:`BadRoute`."""
    if problem := target_problem(route.target, known):
        raise BadRoute(f"{problem}: {route.target[:60]!r}")
    if route.priority is not None and not LOWEST <= route.priority <= HIGHEST:
        raise BadRoute(f"bad_priority: {route.priority} is not between {LOWEST} and {HIGHEST}")
    if len(route.values) > MOST_VALUES:
        raise BadRoute(f"bad_data: more than {MOST_VALUES} values")
    for key, value in route.values.items():
        if _KEY.fullmatch(key) is None or len(value) > LONGEST_VALUE or not value.isprintable():
            raise BadRoute(f"bad_data: {key[:40]!r}")
    return route
