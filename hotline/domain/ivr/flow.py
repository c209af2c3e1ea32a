"""A flow: the graph of nodes that a call walks, and its document.

The document is JSON:

    {"id": "main", "version": 3, "name": "12366", "start": "welcome",
     "nodes": {"welcome": {"type": "play", "prompts": ["welcome"], "next": "bye", "ui": {"x": 0, "y": 0}},
               "bye": {"type": "hangup"}}}

A node has its `type`, the fields that its type declares (left out: the default) and a free `ui` object, kept
for the visual editor. A prompt is an id, or {"say": "number", "data": "balance"} to speak an attached datum.
Target fields name a node; "" is none. `parse` refuses what has not this shape; whether the flow makes sense
is for `check`.
"""

import dataclasses
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Final

from hotline.domain.ivr.fields import ShapeError, is_identifier
from hotline.domain.ivr.node import Node, specs
from hotline.domain.ivr.nodes import NODE_TYPES
from hotline.domain.ivr.problems import FlowError, Problem

MOST_NODES: Final = 500


@dataclass(frozen=True, slots=True)
class Flow:
    """One version of a flow. `start` is the node where calls begin."""

    id: str
    version: int
    name: str
    start: str
    nodes: Mapping[str, Node]


def dump(flow: Flow) -> dict[str, Any]:
    """The document of a flow, every field of every node given."""
    return {
        "id": flow.id,
        "version": flow.version,
        "name": flow.name,
        "start": flow.start,
        "nodes": {node_id: _dump_node(node) for node_id, node in flow.nodes.items()},
    }


def _dump_node(node: Node) -> dict[str, Any]:
    fields = {name: spec.dump(getattr(node, name)) for name, spec in specs(type(node)).items()}
    return {"type": node.type, **fields, "ui": dict(node.ui)}


def parse(raw: object) -> Flow:
    """Read a document. Raises FlowError with every problem of its shape, each located."""
    if not isinstance(raw, Mapping):
        raise FlowError([Problem("", "", "not_an_object")])
    fields = {item.name for item in dataclasses.fields(Flow)}
    problems = [Problem("", str(name), "unknown_field") for name in raw if name not in fields]
    flow_id = _text(raw, "id", problems)
    if flow_id and not is_identifier(flow_id):
        problems.append(Problem("", "id", "bad_id"))
    version = raw.get("version")
    if not isinstance(version, int) or isinstance(version, bool):
        problems.append(Problem("", "version", "expected_number" if "version" in raw else "missing_field"))
        version = 0
    name = _text(raw, "name", problems)
    start = _text(raw, "start", problems)
    nodes = _parse_nodes(raw.get("nodes", {}), problems)
    if problems:
        raise FlowError(problems)
    return Flow(flow_id, version, name, start, nodes)


def _text(raw: Mapping[Any, object], name: str, problems: list[Problem]) -> str:
    value = raw.get(name)
    if isinstance(value, str):
        return value
    problems.append(Problem("", name, "expected_text" if name in raw else "missing_field"))
    return ""


def _parse_nodes(raw: object, problems: list[Problem]) -> dict[str, Node]:
    nodes: dict[str, Node] = {}
    if not isinstance(raw, Mapping):
        problems.append(Problem("", "nodes", "not_an_object"))
        return nodes
    if len(raw) > MOST_NODES:
        problems.append(Problem("", "nodes", "too_many_nodes", {"most": MOST_NODES}))
        return nodes
    for node_id, body in raw.items():
        if not isinstance(node_id, str) or not is_identifier(node_id):
            problems.append(Problem(str(node_id)[:60], "", "bad_id"))
        elif (node := _parse_node(node_id, body, problems)) is not None:
            nodes[node_id] = node
    return nodes


def _parse_node(node_id: str, body: object, problems: list[Problem]) -> Node | None:
    """The node, or None after adding to `problems`."""
    if not isinstance(body, Mapping):
        problems.append(Problem(node_id, "", "not_an_object"))
        return None
    type_name = body.get("type")
    node_type = NODE_TYPES.get(type_name) if isinstance(type_name, str) else None
    if node_type is None:
        problems.append(Problem(node_id, "type", "unknown_type", {"type": str(type_name)[:60]}))
        return None
    found = len(problems)
    declared = specs(node_type)
    values: dict[str, Any] = {}
    for name, value in body.items():
        if name == "ui":
            if isinstance(value, Mapping):
                values["ui"] = dict(value)
            else:
                problems.append(Problem(node_id, "ui", "not_an_object"))
        elif name in declared:
            try:
                values[name] = declared[name].parse(value)
            except ShapeError as error:
                problems.append(Problem(node_id, f"{name}.{error.at}" if error.at else name, error.code))
        elif name != "type":
            problems.append(Problem(node_id, str(name), "unknown_field"))
    return node_type(id=node_id, **values) if len(problems) == found else None
