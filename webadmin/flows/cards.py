"""The nodes of a flow as cards on the editor's canvas, made from what their types declare.

A draft need not be right to be drawn: what cannot be read of a node is taken as its type begins.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace
from typing import Any, Final

from hotline.domain.ivr.fields import ShapeError, Spec, TargetSpec
from hotline.domain.ivr.node import Edge, Node, specs
from hotline.domain.ivr.nodes import NODE_TYPES
from webadmin.flows.outline import Names, facts, title_of, way_name
from webadmin.flows.words import look_of

WIDTH: Final = 208
_HEAD: Final = 54
_ROW: Final = 22
_FOOT: Final = 6
_DETAIL: Final = 60


@dataclass(frozen=True, slots=True)
class WayOut:
    """A way out of a card. ``path`` is where in the node's document the target is written.

    ``y`` is the middle of its row from the top of the card; ``spare``: the document has no such way yet;
    ``gone``: the other one of two versions has it, and it has no row of its own.
    """

    path: tuple[str, ...]
    label: str
    outcome: str
    target: str
    required: bool
    y: float = 0.0
    spare: bool = False
    gone: bool = False


@dataclass(frozen=True, slots=True)
class Card:
    id: str
    type: str
    type_name: str
    icon: str
    colour: str
    title: str
    detail: str
    height: float
    ways: tuple[WayOut, ...]


def cards(document: Mapping[str, Any], names: Names) -> dict[str, Card]:
    """A card for every node of the document that is an object at all."""
    nodes = document.get("nodes")
    return {
        str(node_id): card(str(node_id), raw, names)
        for node_id, raw in (nodes.items() if isinstance(nodes, Mapping) else ())
        if isinstance(raw, Mapping)
    }


def card(node_id: str, raw: Mapping[str, Any], names: Names) -> Card:
    type_code = str(raw.get("type", ""))
    name, _does, icon, colour = look_of(type_code)
    node = lenient(node_id, raw)
    ways = tuple(_ways(node)) if node else ()
    return Card(
        id=node_id,
        type=type_code,
        type_name=str(name),
        icon=icon,
        colour=colour,
        title=title_of(node) if node else "",
        detail=_detail(node, names) if node else "",
        height=_HEAD + _ROW * len(ways) + _FOOT,
        ways=tuple(replace(way, y=_HEAD + _ROW * (row + 0.5)) for row, way in enumerate(ways)),
    )


def lenient(node_id: str, raw: Mapping[str, Any]) -> Node | None:
    """The node with the fields that can be read, the others as its type begins; None for an unknown type."""
    node_type = NODE_TYPES.get(str(raw.get("type", "")))
    if node_type is None:
        return None
    values: dict[str, Any] = {}
    for name, spec in specs(node_type).items():
        if name in raw:
            try:
                values[name] = spec.parse(raw[name])
            except ShapeError:
                continue
    ui = raw.get("ui")
    return node_type(id=node_id, ui=dict(ui) if isinstance(ui, Mapping) else {}, **values)


def _ways(node: Node) -> Iterator[WayOut]:
    for name, spec in specs(type(node)).items():
        value = getattr(node, name)
        for way in spec.ways(name, value):
            path = _path(name, way.at)
            label = way_name(node, Edge(".".join(path), way.outcome, way.target, spec.needs))
            yield WayOut(path, label, way.outcome, way.target, _must(spec))
        if spare := spec.spare(value):
            outcome = spare.partition(".")[0]
            yield WayOut(_path(name, spare), "+", outcome, "", required=False, spare=True)


def _must(spec: Spec) -> bool:
    # A row of a table is there because somebody wants it; a field is there always.
    return spec.required or not isinstance(spec, TargetSpec)


def _path(name: str, at: str) -> tuple[str, ...]:
    return (name, *at.split(".")) if at else (name,)


def _detail(node: Node, names: Names) -> str:
    """What the node says or does, in one line."""
    for fact in facts(node, names):
        text = " ".join(item.text or item.prompt for item in fact.spoken) if fact.spoken else fact.text
        if text and text not in ("✓", "✗"):
            return text if len(text) <= _DETAIL else text[: _DETAIL - 1] + "…"
    return ""
