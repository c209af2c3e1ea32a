"""What a rule or a script may look at, each fact declared once.

Rule tables take their fields and operators, scripts their classes, the console its forms and completions from
these declarations; a fact is added by adding a field.
"""

from __future__ import annotations

import dataclasses
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from functools import cache
from types import MappingProxyType
from typing import Any, Final, Literal

Kind = Literal["text", "number", "flag", "date", "time"]
Of = Literal["", "queue", "data", "agent"]


@dataclass(frozen=True, slots=True)
class Fact:
    """One fact: how rules treat it (`kind`), and of what it is one (`of` a queue, an agent, a datum)."""

    name: str
    kind: Kind
    about: str
    of: Of = ""


def _fact(kind: Kind, about: str, default: Any) -> Any:
    return field(default=default, metadata={"kind": kind, "about": about})


@dataclass(frozen=True, slots=True)
class QueueFacts:
    """A queue at the moment of the decision. Seconds; `expected_wait` is None where nobody can tell."""

    waiting: int = _fact("number", "callers who wait", 0)
    longest_wait: int = _fact("number", "seconds that the first of them has waited", 0)
    expected_wait: int | None = _fact("number", "seconds that a newcomer would wait; None: not known", None)
    signed_in: int = _fact("number", "agents signed in who can serve it", 0)
    idle: int = _fact("number", "agents who could take a call now", 0)


@dataclass(frozen=True, slots=True)
class RoutingFacts:
    """What is known of a call when its way is decided.

    Dates and times are local (Asia/Shanghai). `queues` is by code, `agents` the state of each agent signed in
    by number, `data` what is attached to the call (随路数据). History looks back 30 days, without this call.
    """

    caller: str = _fact("text", "the caller's number", "")
    region: str = _fact("text", "the region of the caller's number, such as 江苏省苏州市", "")
    called: str = _fact("text", "the number that was dialled", "")
    date: str = _fact("date", "today, as 2026-10-01", "")
    time: str = _fact("time", "the time of day, as 09:30", "")
    weekday: int = _fact("number", "the day of the week, Monday is 1", 1)
    open: bool = _fact("flag", "within working hours", True)
    holiday: str = _fact("text", "the name of today's holiday, or empty", "")
    make_up_workday: bool = _fact("flag", "today is a make-up workday", False)
    emergency: bool = _fact("flag", "the emergency announcement is on", False)
    signed_in: int = _fact("number", "agents signed in", 0)
    calls_30_days: int = _fact("number", "calls of this caller in the last 30 days", 0)
    last_agent: str = _fact("text", "the agent who served this caller last, or empty", "")
    last_queue: str = _fact("text", "the queue of the caller's last call, or empty", "")
    last_outcome: str = _fact("text", "how the caller's last call ended: served, abandoned, voicemail …", "")
    last_mark: int = _fact("number", "the caller's last mark: 1 satisfied, 2 fairly, 3 not, 0 none", 0)
    vip: int = _fact("number", "the priority that the VIP list adds, 0 for who is not on it", 0)
    black: bool = _fact("flag", "the caller is on the black list", False)
    white: bool = _fact("flag", "the caller is on the white list", False)
    ticket: str = _fact("text", "the state of the caller's ticket, or empty", "")
    queues: Mapping[str, QueueFacts] = field(default_factory=dict)
    agents: Mapping[str, str] = field(default_factory=dict)
    data: Mapping[str, str] = field(default_factory=dict)

    def value(self, name: str, of: str = "") -> Any:
        """The fact `name`, such as "caller", "queue.waiting" of a queue, "data" of a key; None: not known."""
        fact = FACTS[name]
        if fact.of == "queue":
            queue = self.queues.get(of)
            return None if queue is None else getattr(queue, name.removeprefix("queue."))
        if fact.of == "agent":
            return self.agents.get(of, "signed_out")
        if fact.of == "data":
            return self.data.get(of, "")
        return getattr(self, name)


def _declared(owner: type, of: Of = "") -> Iterator[Fact]:
    for item in dataclasses.fields(owner):
        if item.metadata:
            name = f"{of}.{item.name}" if of else item.name
            yield Fact(name, item.metadata["kind"], item.metadata["about"], of)


FACTS: Final[Mapping[str, Fact]] = MappingProxyType(
    {
        fact.name: fact
        for fact in (
            *_declared(RoutingFacts),
            *_declared(QueueFacts, "queue"),
            Fact("agent", "text", "the state of an agent: idle, talking, busy, signed_out …", "agent"),
            Fact("data", "text", "a datum attached to the call", "data"),
        )
    }
)


def dump(facts: RoutingFacts) -> dict[str, Any]:
    """The facts as a JSON document."""
    return {
        item.name: {code: dataclasses.asdict(queue) for code, queue in facts.queues.items()}
        if item.name == "queues"
        else _plain(getattr(facts, item.name))
        for item in dataclasses.fields(facts)
    }


def _plain(value: Any) -> Any:
    return dict(value) if isinstance(value, Mapping) else value


def load(document: Mapping[str, Any]) -> RoutingFacts:
    """The facts of a document that :func:`dump` made. What this program does not know is left out."""
    known = {name: value for name, value in document.items() if name in _names(RoutingFacts)}
    known["queues"] = {
        code: QueueFacts(**{name: value for name, value in queue.items() if name in _names(QueueFacts)})
        for code, queue in document.get("queues", {}).items()
    }
    return RoutingFacts(**known)


@cache
def _names(owner: type) -> frozenset[str]:
    return frozenset(item.name for item in dataclasses.fields(owner))
