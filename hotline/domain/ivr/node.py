"""What every node type is: declared fields, and three questions that the interpreter asks.

To add a node type, write one module in `hotline.domain.ivr.nodes` and enter its class in the table there.
"""

import dataclasses
import datetime as dt
import re
from abc import ABC, abstractmethod
from collections import ChainMap
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from functools import cache
from typing import Any, ClassVar, Final

from hotline.domain.ivr.commands import Command, Facts, FlowPrompt, Prompt, Say, SayKind
from hotline.domain.ivr.events import Event
from hotline.domain.ivr.fields import Needs, Spec
from hotline.domain.ivr.problems import BrokenFlow, Problem, UnexpectedEvent
from hotline.domain.ivr.state import State
from hotline.domain.ivr.templates import names_in

_SAYABLE: Final[Mapping[SayKind, re.Pattern[str]]] = {
    "number": re.compile(r"-?[0-9]{1,12}(\.[0-9]{1,6})?%?"),
    "count": re.compile(r"[0-9]{1,12}(\.[0-9]{1,6})?"),
    "digits": re.compile(r"[0-9A-Za-z./-]{1,40}"),
    "date": re.compile(r"[0-9]{4}-[0-9]{2}-[0-9]{2}"),
    "time": re.compile(r"([01][0-9]|2[0-3]):[0-5][0-9]"),
    "duration": re.compile(r"[0-9]{1,6}"),
    "money": re.compile(r"-?[0-9]{1,12}(\.[0-9]{1,2})?"),
}


@dataclass(frozen=True, slots=True)
class Do:
    """The node orders `command` and stays with `phase` and `attempts`; `data` is attached to the call."""

    command: Command
    phase: str = ""
    attempts: int = 0
    data: Mapping[str, str] = dataclasses.field(default_factory=dict)
    sensitive: bool = False


@dataclass(frozen=True, slots=True)
class Go:
    """The node is left by `outcome` to `target`; `data` is attached to the call, masked for others where
    they are `sensitive`.
    """

    outcome: str
    target: str
    data: Mapping[str, str] = dataclasses.field(default_factory=dict)
    sensitive: bool = False


@dataclass(frozen=True, slots=True)
class CallFlow:
    """The node waits until the flow `flow`, in the version published now, has returned."""

    flow: str


@dataclass(frozen=True, slots=True)
class Return:
    """The flow returns `outcome` to the node that called it; where none did, the call ends."""

    outcome: str


Turn = Do | Go | CallFlow | Return


@dataclass(frozen=True, slots=True)
class Visit:
    """What a node is told: the state of the call and the facts of the moment."""

    state: State
    facts: Facts

    @property
    def data(self) -> Mapping[str, str]:
        """All attached data; what the flow attached wins over what others did. The numbers of the call are
        among them as `caller` and `called`.
        """
        numbers = {"caller": self.facts.caller, "called": self.facts.called}
        return ChainMap(dict(self.state.data), dict(self.facts.data), numbers)

    def speaks_of_sensitive(self, text: str) -> bool:
        """Whether the template has sensitive data in it."""
        return not self.state.sensitive.isdisjoint(names_in(text))

    def prompts(self, *lists: tuple[FlowPrompt, ...]) -> tuple[Prompt, ...]:
        """The prompts of a command: data looked up, and what cannot be spoken left out."""
        found: list[Prompt] = []
        for item in (item for prompts in lists for item in prompts):
            if isinstance(item, str):
                found.append(item)
            elif can_say(item.kind, value := self.data.get(item.key, "")):
                found.append(Say(item.kind, value))
        return tuple(found)


def can_say(kind: SayKind, value: str) -> bool:
    """Whether the value is one that can be spoken as that."""
    if _SAYABLE[kind].fullmatch(value) is None:
        return False
    if kind == "date":
        try:
            dt.date.fromisoformat(value)
        except ValueError:
            return False
    return True


@dataclass(frozen=True, slots=True)
class Edge:
    """A way from one node to the next; `field` is where the document says so."""

    field: str
    outcome: str
    target: str
    needs: Needs


@dataclass(frozen=True, kw_only=True)
class Node(ABC):
    """One node of a flow. `ui` is the visual editor's own and means nothing here."""

    type: ClassVar[str]
    ends: ClassVar[bool] = False

    id: str
    ui: Mapping[str, Any] = dataclasses.field(default_factory=dict)

    @abstractmethod
    def enter(self, visit: Visit) -> Turn:
        """The call arrives from another node."""

    def answer(self, visit: Visit, event: Event) -> Turn:
        """The handler answers the last command. Raises UnexpectedEvent for an answer to something else."""
        raise self.unexpected(visit, event)

    def resume(self, visit: Visit) -> Turn:
        """Another handler takes the call over here; ask again no more than is needed."""
        return self.enter(visit)

    def returned(self, outcome: str) -> Turn:
        """The flow that the node called has returned; "" where it could not be called."""
        raise BrokenFlow(f"{self.type} node {self.id!r} has called no flow that could return {outcome!r}")

    def problems(self) -> Iterator[Problem]:
        """What is wrong between fields; the fields by themselves are checked by their specs."""
        yield from ()

    def edges(self) -> Iterator[Edge]:
        for name, spec in specs(type(self)).items():
            for way in spec.ways(name, getattr(self, name)):
                if way.target:
                    yield Edge(f"{name}.{way.at}" if way.at else name, way.outcome, way.target, spec.needs)

    def unexpected(self, visit: Visit, event: Event) -> UnexpectedEvent:
        return UnexpectedEvent(f"{event!r} at {self.type} node {self.id!r}, phase {visit.state.phase!r}")


@cache
def specs(node_type: type[Node]) -> Mapping[str, Spec]:
    """The declared fields of a node type, in the order of declaration."""
    return {
        item.name: item.metadata["spec"] for item in dataclasses.fields(node_type) if "spec" in item.metadata
    }
