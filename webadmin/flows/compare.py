"""What changed from one version of a flow to another: node by node and field by field, and drawn."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import asdict, dataclass, replace
from typing import Any, Literal

from webadmin.flows.cards import WIDTH, Card, WayOut, cards
from webadmin.flows.layout import places
from webadmin.flows.outline import Names
from webadmin.flows.words import field_name, type_name


@dataclass(frozen=True, slots=True)
class FieldChange:
    """A field with its values before and after as text; None where there was, or is, none."""

    name: str
    before: str | None
    after: str | None


@dataclass(frozen=True, slots=True)
class NodeChange:
    """``node`` is empty for what concerns the flow as a whole; ``title`` is how people call it, if they do."""

    node: str
    title: str
    type_name: str
    kind: Literal["added", "removed", "changed"]
    fields: tuple[FieldChange, ...]


def compare(before: Mapping[str, Any], after: Mapping[str, Any]) -> list[NodeChange]:
    """The changes between two documents of a flow, those of the flow itself first."""
    changes = []
    whole = _fields(
        "", {k: before.get(k) for k in ("name", "start")}, {k: after.get(k) for k in ("name", "start")}
    )
    if whole:
        changes.append(NodeChange("", "", "", "changed", whole))
    old, new = before.get("nodes", {}), after.get("nodes", {})
    for node_id in [*old, *(node for node in new if node not in old)]:
        change = _node(node_id, old.get(node_id), new.get(node_id))
        if change is not None:
            changes.append(change)
    return changes


def overlay(before: Mapping[str, Any], after: Mapping[str, Any], names: Names) -> dict[str, Any]:
    """Both versions on one canvas: the cards of *after*, those that are gone, and what is marked how.

    Marks are by node, and by node, slash and the dotted path of a way.
    """
    old, new = cards(before, names), cards(after, names)
    marks: dict[str, str] = {change.node: change.kind for change in compare(before, after) if change.node}
    drawn: dict[str, Card] = {}
    for node_id, card in new.items():
        drawn[node_id] = _with_gone(card, old[node_id], marks) if node_id in old else card
        marks.update(_marked(card, old.get(node_id), "added"))
    for node_id in old.keys() - new.keys():
        drawn[node_id] = old[node_id]
        marks.update(_marked(old[node_id], None, "removed"))
    nodes = {**before.get("nodes", {}), **after.get("nodes", {})}
    placed = places({"start": after.get("start", ""), "nodes": nodes}, drawn)
    return {
        "cards": {node_id: asdict(card) for node_id, card in drawn.items()},
        "places": {node_id: {"x": x, "y": y} for node_id, (x, y) in placed.items()},
        "marks": marks,
        "start": after.get("start", ""),
        "width": WIDTH,
    }


def _targets(card: Card | None) -> dict[str, str]:
    return {".".join(way.path): way.target for way in card.ways} if card else {}


def _marked(card: Card, other: Card | None, mark: str) -> dict[str, str]:
    """The ways of the card that the other one has not."""
    elsewhere = _targets(other)
    return {
        f"{card.id}/{path}": mark
        for path, target in _targets(card).items()
        if target and elsewhere.get(path) != target
    }


def _with_gone(card: Card, old: Card, marks: dict[str, str]) -> Card:
    """The card with the ways that it had, each at the row where it was, marked as removed."""
    now = _targets(card)
    rows = {".".join(way.path): way.y for way in card.ways}
    gone: list[WayOut] = []
    for way in old.ways:
        path = ".".join(way.path)
        if way.target and now.get(path) != way.target:
            was = replace(way, path=(*way.path, "before"), y=rows.get(path, card.height - 8), gone=True)
            gone.append(was)
            marks[f"{card.id}/{'.'.join(was.path)}"] = "removed"
    return replace(card, ways=(*card.ways, *gone))


def _node(node_id: str, old: Mapping[str, Any] | None, new: Mapping[str, Any] | None) -> NodeChange | None:
    known = new or old or {}
    kind: Literal["added", "removed", "changed"] = "changed" if old and new else "added" if new else "removed"
    fields = _fields(str(known.get("type", "")), _flat(old), _flat(new))
    if not fields and kind == "changed":
        return None
    title = str(_flat(known).get("name") or "")
    return NodeChange(node_id, title, type_name(str(known.get("type", ""))), kind, fields)


def _flat(node: Mapping[str, Any] | None) -> dict[str, Any]:
    """The fields of a node; tables are taken apart, so that one key that changed shows as one line."""
    flat: dict[str, Any] = {}
    for name, value in (node or {}).items():
        if name == "ui":
            title = value.get("title", "") if isinstance(value, Mapping) else ""
            flat["name"] = title
        elif isinstance(value, Mapping):
            flat.update({f"{name}.{key}": item for key, item in value.items()})
        else:
            flat[name] = value
    return flat


def _fields(type_code: str, old: Mapping[str, Any], new: Mapping[str, Any]) -> tuple[FieldChange, ...]:
    names = [*old, *(name for name in new if name not in old)]
    return tuple(
        FieldChange(_name(type_code, name), _text(old.get(name)), _text(new.get(name)))
        for name in names
        if old.get(name) != new.get(name) and (_text(old.get(name)) or _text(new.get(name)))
    )


def _name(type_code: str, name: str) -> str:
    field, _, key = name.partition(".")
    return f"{field_name(type_code, field)} {key}".strip()


def _text(value: Any) -> str | None:
    if value in (None, "", [], {}):
        return None
    if isinstance(value, bool):
        return "✓" if value else "✗"
    if isinstance(value, list):
        return ", ".join(
            item if isinstance(item, str) else json.dumps(item, ensure_ascii=False) for item in value
        )
    return str(value)
