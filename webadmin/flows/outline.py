"""A flow as people read it: its nodes in the order of the call, with what they say and where they lead."""

from __future__ import annotations

from collections import deque
from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from hotline.domain.ivr.commands import SayData
from hotline.domain.ivr.fields import Spec
from hotline.domain.ivr.flow import Flow
from hotline.domain.ivr.node import Edge, Node, specs
from hotline.domain.ivr.problems import Problem
from hotline.domain.ivr.rules import Rule
from webadmin.flows.words import OPERATORS, SAYABLE, field_name, option_name, type_name

# Fields that say no more than their default are left out of the outline; these never are.
_ALWAYS = frozenset({"queue", "number", "box"})
# Fields that are shown as ways out.
_WAYS = frozenset({"target", "choices", "outcomes", "rules"})


@dataclass(frozen=True, slots=True)
class Spoken:
    """Something that callers hear: a prompt, or (``prompt`` empty) data that is spoken; ``text`` is for
    people.
    """

    prompt: str
    text: str


@dataclass(frozen=True, slots=True)
class Fact:
    """A field in words. ``spoken`` is set for prompts, ``text`` for everything else."""

    name: str
    text: str = ""
    spoken: tuple[Spoken, ...] = ()


@dataclass(frozen=True, slots=True)
class Exit:
    """A way out: what happens, and where it leads."""

    name: str
    target: str
    known: bool


@dataclass(frozen=True, slots=True)
class Entry:
    """One node in the outline."""

    id: str
    type: str
    type_name: str
    title: str
    is_start: bool
    facts: tuple[Fact, ...]
    exits: tuple[Exit, ...]
    entrances: tuple[str, ...]
    problems: tuple[Problem, ...]


@dataclass(frozen=True, slots=True)
class Names:
    """What ids stand for: the texts of prompts, the names of queues, agents, scripts, data sources and flows.

    ``offered`` are the prompts that one chooses from: all but the words that numbers and dates are made of.
    ``published`` are the flows themselves, for the check of sub-flows; ``elsewhere`` are the prompts that have
    audio in other languages, by the language.
    """

    prompts: Mapping[str, str]
    queues: Mapping[str, str]
    offered: tuple[str, ...] = ()
    agents: Mapping[str, str] = field(default_factory=dict)
    scripts: Mapping[str, str] = field(default_factory=dict)
    sources: Mapping[str, str] = field(default_factory=dict)
    flows: Mapping[str, str] = field(default_factory=dict)
    published: Mapping[str, Flow] = field(default_factory=dict)
    elsewhere: Mapping[str, Collection[str]] = field(default_factory=dict)

    @property
    def references(self) -> Mapping[str, Mapping[str, str]]:
        """Code to name for each kind of field that refers to something defined elsewhere."""
        return {
            "queue": self.queues,
            "agent": self.agents,
            "script": self.scripts,
            "source": self.sources,
            "flow": self.flows,
        }


def title_of(node: Node) -> str:
    """The name that people gave the node, empty without one."""
    title = node.ui.get("title", "")
    return title if isinstance(title, str) else ""


def in_order(flow: Flow) -> list[str]:
    """The nodes as a call may meet them, breadth first; those that no way leads to come last."""
    order: dict[str, None] = {}
    waiting = deque([flow.start])
    while waiting:
        here = waiting.popleft()
        if here in order or here not in flow.nodes:
            continue
        order[here] = None
        waiting.extend(edge.target for edge in flow.nodes[here].edges())
    return [*order, *(node for node in flow.nodes if node not in order)]


def outline(flow: Flow, problems: Sequence[Problem], names: Names) -> list[Entry]:
    """The whole flow for the page."""
    entrances: dict[str, list[str]] = {}
    for node in flow.nodes.values():
        for edge in node.edges():
            if node.id not in entrances.setdefault(edge.target, []):
                entrances[edge.target].append(node.id)
    return [
        _entry(flow, flow.nodes[node_id], entrances.get(node_id, ()), problems, names)
        for node_id in in_order(flow)
    ]


def _entry(
    flow: Flow, node: Node, entrances: Iterable[str], problems: Sequence[Problem], names: Names
) -> Entry:
    return Entry(
        id=node.id,
        type=node.type,
        type_name=type_name(node.type),
        title=title_of(node),
        is_start=node.id == flow.start,
        facts=tuple(facts(node, names)),
        exits=tuple(
            Exit(way_name(node, edge), edge.target, edge.target in flow.nodes) for edge in node.edges()
        ),
        entrances=tuple(entrances),
        problems=tuple(problem for problem in problems if problem.node == node.id),
    )


def way_name(node: Node, edge: Edge) -> str:
    """What has to happen for the way to be taken, in words."""
    name, _, inside = edge.field.partition(".")
    spec = specs(type(node))[name]
    if spec.kind == "rules":
        return rule_text(getattr(node, name)[int(inside.partition(".")[0])])
    return inside or field_name(node.type, name)


def rule_text(rule: Rule) -> str:
    """A rule on attached data in words."""
    return " ".join(filter(None, (rule.key, str(OPERATORS.get(rule.operator, rule.operator)), rule.value)))


def facts(node: Node, names: Names) -> Iterable[Fact]:
    """What the fields of a node say, but for the ways out and what is as it begins."""
    for name, spec in specs(type(node)).items():
        value = getattr(node, name)
        if spec.kind in _WAYS or (value in ("", (), {}, 0, False) and name not in _ALWAYS):
            continue
        if spec.kind == "prompts":
            yield Fact(field_name(node.type, name), spoken=spoken(value, names))
        elif spec.kind == "codes":
            for code, prompts in value.items():
                yield Fact(code, spoken=spoken(prompts, names))
        else:
            yield Fact(field_name(node.type, name), text=value_text(spec, value, names))


def spoken(prompts: Iterable[str | SayData], names: Names) -> tuple[Spoken, ...]:
    """Prompts of a flow as people read them."""
    return tuple(
        Spoken(item, names.prompts.get(item, ""))
        if isinstance(item, str)
        else Spoken("", f"{item.key} ({SAYABLE[item.kind]})")
        for item in prompts
    )


def value_text(spec: Spec, value: Any, names: Names) -> str:
    """A value that is neither prompts nor a way, in words."""
    if spec.kind == "flag":
        return "✓" if value else "✗"
    if (known := names.references.get(spec.kind)) is not None:
        return f"{known[value]} ({value})" if value in known else str(value or "–")
    if spec.kind == "one_of":
        return option_name(value)
    if isinstance(value, Mapping):
        return ", ".join(f"{key}: {text}" for key, text in value.items())
    return str(value) if value != "" else "–"
