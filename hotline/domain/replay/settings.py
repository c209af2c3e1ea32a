"""Other settings for a past hour: fields of queues and agents, by code and number; ``*`` is all of them.

As a document ``{"queues": {"policy": {"strategy": "fewest_calls"}}, "agents": {"8005": {"priority": 1}}}``, as
a line ``policy.strategy=fewest_calls``.
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field, fields, replace
from typing import Any, Final, TypeVar, get_type_hints

from hotline.domain.acd import wire
from hotline.domain.acd.events import Configured, Event
from hotline.domain.acd.model import AcdState
from hotline.domain.acd.spec import AgentSpec, QueueSpec

ALL: Final = "*"
_FIXED: Final = frozenset({"code", "number", "name", "extension"})

Spec = TypeVar("Spec", AgentSpec, QueueSpec)
Values = Mapping[str, Mapping[str, Any]]


class BadChange(Exception):
    """A change that cannot be made; one line that names it and says what to do."""


@dataclass(frozen=True, slots=True)
class Changes:
    """Fields by queue and by agent."""

    queues: Values = field(default_factory=dict)
    agents: Values = field(default_factory=dict)

    def __bool__(self) -> bool:
        return bool(self.queues or self.agents)

    def apply(self, event: Event) -> Event:
        """*event*, if it is a configuration, with these settings. Raises :class:`BadChange`."""
        return self._applied(event) if isinstance(event, Configured) else event

    def _applied(self, event: Configured) -> Configured:
        return Configured(
            tuple(_changed(spec, spec.number, self.agents) for spec in event.agents),
            tuple(_changed(spec, spec.code, self.queues) for spec in event.queues),
        )

    def begin(self, state: AcdState) -> Configured:
        """The configuration that *state* works by, with these settings. Raises :class:`BadChange`."""
        agents = [agent.spec for agent in state.agents.values() if not agent.leaving]
        queues = [queue.spec for code, queue in state.queues.items() if code not in state.leaving_queues]
        _known("queue", self.queues, [spec.code for spec in queues])
        _known("agent", self.agents, [spec.number for spec in agents])
        return self._applied(Configured(tuple(agents), tuple(queues)))


def read_changes(
    document: object, queue_lines: Iterable[str] = (), agent_lines: Iterable[str] = ()
) -> Changes:
    """The changes of a document and of lines; lines win. Raises :class:`BadChange`."""
    if not isinstance(document, Mapping) or set(document) - {"queues", "agents"}:
        raise BadChange('the settings must be an object with "queues" and "agents"')
    queues, agents = _copied("queues", document), _copied("agents", document)
    for lines, target in ((queue_lines, queues), (agent_lines, agents)):
        for line in lines:
            what, equals, value = line.partition("=")
            code, dot, name = what.strip().rpartition(".")
            if not (equals and dot and code and name):
                raise BadChange(f"{line!r} is no change; write it as policy.strategy=fewest_calls")
            target.setdefault(code, {})[name] = _value(value.strip())
    changes = Changes(queues, agents)
    for spec, values in ((QueueSpec, queues), (AgentSpec, agents)):
        for code, named in values.items():
            _checked(spec, code, named)
    return changes


def _copied(part: str, document: Mapping[str, Any]) -> dict[str, dict[str, Any]]:
    values = document.get(part, {})
    if not isinstance(values, Mapping) or not all(isinstance(named, Mapping) for named in values.values()):
        raise BadChange(
            f'"{part}" must be an object of objects, such as {{"policy": {{"ring_seconds": 15}}}}'
        )
    return {str(code): dict(named) for code, named in values.items()}


def _value(text: str) -> Any:
    try:
        return json.loads(text)
    except ValueError:
        return text


def _known(kind: str, values: Values, known: list[str]) -> None:
    unknown = sorted(set(values) - set(known) - {ALL})
    if unknown:
        raise BadChange(
            f"there was no {kind} {unknown[0]!r} in that hour; there were {', '.join(sorted(known))}"
        )


def _changed(spec: Spec, code: str, values: Values) -> Spec:
    named = {**values.get(ALL, {}), **values.get(code, {})}
    return replace(spec, **_checked(type(spec), code, named)) if named else spec


def _checked(kind: type[Any], code: str, named: Mapping[str, Any]) -> dict[str, Any]:
    hints = get_type_hints(kind)
    may = [part.name for part in fields(kind) if part.name not in _FIXED]
    made = {}
    for name, value in named.items():
        if name not in may:
            raise BadChange(f"{code}.{name} cannot be changed; what can is {', '.join(may)}")
        if hints[name] is int and (not isinstance(value, int) or isinstance(value, bool) or value < 0):
            raise BadChange(f"{code}.{name} must be a whole number from 0, not {value!r}")
        if hints[name] is str and not isinstance(value, str):
            raise BadChange(f"{code}.{name} must be a text, not {value!r}")
        try:
            made[name] = wire.unpack(hints[name], value)
        except wire.NotOnRecord as error:
            raise BadChange(f"{code}.{name} cannot be {value!r} ({error})") from None
    return made
