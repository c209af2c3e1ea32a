"""Where cards go when nobody has placed them: in columns by their distance from the start, few crossings."""

from __future__ import annotations

from collections import deque
from collections.abc import Mapping
from typing import Any, Final

from webadmin.flows.cards import WIDTH, Card

_GAP_X: Final = 92
_GAP_Y: Final = 28
# A place further out than this would make a canvas that nobody can look at.
_FAR: Final = 50_000
_SWEEPS: Final = 4

Places = dict[str, tuple[float, float]]


def places(document: Mapping[str, Any], cards: Mapping[str, Card]) -> Places:
    """The left upper corner of every card: where people put it, or all anew if one has no place yet."""
    given = {}
    for node_id in cards:
        place = _given(document["nodes"][node_id].get("ui"))
        if place is None:
            return lay_out(str(document.get("start", "")), cards)
        given[node_id] = place
    return given


def lay_out(start: str, cards: Mapping[str, Card]) -> Places:
    """Columns from left to right; within a column each card is near to those that lead to it."""
    leads = {
        node: list(dict.fromkeys(way.target for way in card.ways if way.target in cards))
        for node, card in cards.items()
    }
    columns = _columns(start, leads)
    _order(columns, leads)
    tallest = max((_height(column, cards) for column in columns), default=0.0)
    placed: Places = {}
    for number, column in enumerate(columns):
        y = (tallest - _height(column, cards)) / 2
        for node in column:
            placed[node] = (float(number * (WIDTH + _GAP_X)), round(y))
            y += cards[node].height + _GAP_Y
    return placed


def _given(ui: object) -> tuple[float, float] | None:
    if not isinstance(ui, Mapping):
        return None
    x, y = _number(ui.get("x")), _number(ui.get("y"))
    return (x, y) if x is not None and y is not None else None


def _number(value: object) -> float | None:
    if isinstance(value, bool) or not isinstance(value, int | float):
        return None
    return float(value) if abs(value) <= _FAR else None


def _columns(start: str, leads: Mapping[str, list[str]]) -> list[list[str]]:
    """Nodes by the shortest way from the start; what no way leads to comes first, where it is seen."""
    depth: dict[str, int] = {}
    for root in (start, *leads):
        if root not in leads or root in depth:
            continue
        depth[root] = 0
        waiting = deque([root])
        while waiting:
            here = waiting.popleft()
            for target in leads[here]:
                if target not in depth:
                    depth[target] = depth[here] + 1
                    waiting.append(target)
    columns: list[list[str]] = [[] for _ in range(max(depth.values(), default=-1) + 1)]
    for node, column in depth.items():
        columns[column].append(node)
    return columns


def _order(columns: list[list[str]], leads: Mapping[str, list[str]]) -> None:
    """Bring each column into the order of its neighbours' middles, forth and back."""
    sources: dict[str, list[str]] = {node: [] for node in leads}
    for node, targets in leads.items():
        for target in targets:
            sources[target].append(node)
    for sweep in range(_SWEEPS):
        forward = sweep % 2 == 0
        neighbours = sources if forward else leads
        for column in columns if forward else reversed(columns):
            rank = {node: index for each in columns for index, node in enumerate(each)}
            middle = {
                node: sum(rank[other] for other in neighbours[node]) / len(neighbours[node])
                if neighbours[node]
                else float(rank[node])
                for node in column
            }
            column.sort(key=middle.__getitem__)


def _height(column: list[str], cards: Mapping[str, Card]) -> float:
    return sum(cards[node].height + _GAP_Y for node in column) - _GAP_Y if column else 0.0
