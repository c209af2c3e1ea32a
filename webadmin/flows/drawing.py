"""A flow as a drawing: boxes where the editor put them, else in columns by their distance from the start."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Final

from hotline.domain.ivr.flow import Flow
from hotline.domain.ivr.node import Node
from webadmin.flows.outline import in_order, title_of
from webadmin.flows.words import TYPES, type_name

WIDTH: Final = 184
HEIGHT: Final = 58
_COLUMN: Final = 260
_ROW: Final = 140
_MARGIN: Final = 24
# A place further out than this would make a drawing that nobody can look at.
_FAR: Final = 20_000
_TEXT: Final = 13


@dataclass(frozen=True, slots=True)
class Box:
    node: str
    title: str
    type_name: str
    colour: str
    x: float
    y: float
    is_start: bool
    broken: bool


@dataclass(frozen=True, slots=True)
class Arrow:
    """A way from box to box; several outcomes that lead to one node share an arrow. ``path`` is SVG."""

    source: str
    target: str
    label: str
    path: str
    label_x: float
    label_y: float


@dataclass(frozen=True, slots=True)
class Drawing:
    width: float
    height: float
    boxes: tuple[Box, ...]
    arrows: tuple[Arrow, ...]


def draw(flow: Flow, broken: frozenset[str]) -> Drawing:
    """Lay the flow out; *broken* nodes are marked."""
    places = _places(flow)
    boxes = tuple(
        Box(
            node=node.id,
            title=title_of(node) or node.id,
            type_name=type_name(node.type),
            colour=TYPES[node.type][3] if node.type in TYPES else "secondary",
            x=places[node.id][0],
            y=places[node.id][1],
            is_start=node.id == flow.start,
            broken=node.id in broken,
        )
        for node in flow.nodes.values()
    )
    arrows = tuple(arrow for node in flow.nodes.values() for arrow in _arrows(node, places))
    return Drawing(
        width=max((box.x for box in boxes), default=0) + WIDTH + 2 * _MARGIN,
        height=max((box.y for box in boxes), default=0) + HEIGHT + 2 * _MARGIN,
        boxes=boxes,
        arrows=arrows,
    )


def _places(flow: Flow) -> dict[str, tuple[float, float]]:
    """Where each box is; a flow with one box that has no place of its own is laid out anew as a whole."""
    given = {node.id: place for node in flow.nodes.values() if (place := _place(node)) is not None}
    if len(given) < len(flow.nodes):
        given = _columns(flow)
    left = min((x for x, _ in given.values()), default=0)
    top = min((y for _, y in given.values()), default=0)
    return {node: (x - left + _MARGIN, y - top + _MARGIN) for node, (x, y) in given.items()}


def _place(node: Node) -> tuple[float, float] | None:
    x, y = node.ui.get("x"), node.ui.get("y")
    usable = all(
        isinstance(value, int | float) and not isinstance(value, bool) and abs(value) <= _FAR
        for value in (x, y)
    )
    return (float(x), float(y)) if usable and x is not None and y is not None else None


def _columns(flow: Flow) -> dict[str, tuple[float, float]]:
    depth: dict[str, int] = {flow.start: 0}
    order = in_order(flow)
    for node_id in order:
        for edge in flow.nodes[node_id].edges():
            depth.setdefault(edge.target, depth.get(node_id, 0) + 1)
    rows: dict[int, int] = {}
    places = {}
    for node_id in order:
        column = depth.get(node_id, 0)
        places[node_id] = (column * _COLUMN * 1.0, rows.get(column, 0) * _ROW * 0.75)
        rows[column] = rows.get(column, 0) + 1
    return places


def _arrows(node: Node, places: Mapping[str, tuple[float, float]]) -> list[Arrow]:
    outcomes: dict[str, list[str]] = {}
    for edge in node.edges():
        if edge.target in places:
            key = edge.field.partition(".")[2]
            outcomes.setdefault(edge.target, []).append(key)
    return [
        _arrow(node.id, target, " ".join(key for key in keys if key), places)
        for target, keys in outcomes.items()
    ]


def _arrow(source: str, target: str, label: str, places: Mapping[str, tuple[float, float]]) -> Arrow:
    (x1, y1), (x2, y2) = places[source], places[target]
    middle = HEIGHT / 2
    if source == target:
        # A small loop over the box.
        start, end = x1 + WIDTH - 40, x1 + WIDTH - 12
        path = f"M{start:g},{y1:g} C{start:g},{y1 - 30:g} {end + 16:g},{y1 - 30:g} {end:g},{y1:g}"
        return Arrow(source, target, label, path, end + 4, y1 - 14)
    if x2 > x1:
        ax, ay, bx, by = x1 + WIDTH, y1 + middle, x2, y2 + middle
        bend = max(30.0, (bx - ax) / 2)
        path = f"M{ax:g},{ay:g} C{ax + bend:g},{ay:g} {bx - bend:g},{by:g} {bx:g},{by:g}"
    elif x2 == x1:
        down = y2 > y1
        ax, ay = x1 + WIDTH / 2, y1 + (HEIGHT if down else 0)
        bx, by = x2 + WIDTH / 2, y2 + (0 if down else HEIGHT)
        # Further down the column the line goes round what lies between.
        aside = 0 if abs(y2 - y1) <= _ROW else WIDTH * 0.62
        path = f"M{ax:g},{ay:g} C{ax + aside:g},{ay + (30 if down else -30):g} {bx + aside:g},{by - (30 if down else -30):g} {bx:g},{by:g}"
    else:
        ax, ay, bx, by = x1, y1 + middle + 12, x2 + WIDTH, y2 + middle + 12
        path = f"M{ax:g},{ay:g} C{ax - 46:g},{ay + 20:g} {bx + 46:g},{by + 20:g} {bx:g},{by:g}"
    # Close to the target: there the arrows of a menu are apart, so that each key is read with its own.
    return Arrow(source, target, label, path, ax + (bx - ax) * 0.8, ay + (by - ay) * 0.9 - 4)
