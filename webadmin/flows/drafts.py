"""Drafts as the editor sends them: read, checked, and answered with what the canvas shows."""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping
from dataclasses import asdict, dataclass
from typing import Any, Final, NoReturn

from flask import Response, request
from werkzeug.exceptions import BadRequest

from hotline.domain.ivr.flow import Flow, parse
from hotline.domain.ivr.problems import FlowError, Problem
from webadmin.flows.cards import Card, cards
from webadmin.flows.opened import Opened, problems_of
from webadmin.flows.words import field_name, problem_text

# A flow of 500 nodes has some 300 kB.
_LONGEST: Final = 4 * 1024 * 1024
_PARTS: Final = ("name", "start", "nodes")


@dataclass(frozen=True, slots=True)
class Draft:
    """A document that was sent; ``flow`` is None where it has not the shape of a flow."""

    document: Mapping[str, Any]
    flow: Flow | None
    problems: tuple[Problem, ...]


def sent() -> dict[str, Any]:
    """The JSON object of the request. Raises 400 for anything that could not be saved."""
    request.max_content_length = _LONGEST
    try:
        body = json.loads(request.get_data(), parse_constant=_refuse)
        # What has no UTF-8 (half of a pair of code units) has no place in the database either.
        json.dumps(body, ensure_ascii=False).encode()
    except (ValueError, RecursionError) as error:
        raise BadRequest from error
    if not isinstance(body, dict):
        raise BadRequest
    return body


def answer(status: int = 200, /, **members: Any) -> Response:
    """A JSON object. Flask's own would sort the keys, and the nodes of a flow and the keys of a menu have an order."""
    body = json.dumps(members, ensure_ascii=False, default=str)
    return Response(body, status, mimetype="application/json")


def draft(opened: Opened, raw: object) -> Draft:
    """The document *raw* as a draft of the flow, from the version that is open. Raises 400 for no object."""
    if not isinstance(raw, Mapping):
        raise BadRequest
    document = {part: raw.get(part) for part in _PARTS}
    try:
        flow = parse({**document, "id": opened.row.code, "version": opened.version.number})
    except FlowError as error:
        return Draft(document, None, error.problems)
    return Draft(document, flow, problems_of(flow, opened.names))


def picture(opened: Opened, made: Draft) -> dict[str, Any]:
    """What the canvas shows of the draft: a card for each node, and all problems."""
    return {
        "cards": shown(cards(made.document, opened.names)),
        "problems": told(made.document, made.problems),
    }


def shown(all_cards: Mapping[str, Card]) -> dict[str, Any]:
    return {node_id: asdict(card) for node_id, card in all_cards.items()}


def told(document: Mapping[str, Any], problems: Iterable[Problem]) -> list[dict[str, str]]:
    """Each problem with its node, its field and its words."""
    nodes = document.get("nodes")
    types = {
        str(node_id): str(raw.get("type", ""))
        for node_id, raw in (nodes.items() if isinstance(nodes, Mapping) else ())
        if isinstance(raw, Mapping)
    }
    return [
        {
            "node": problem.node,
            "field": problem.field,
            "where": field_name(types.get(problem.node, ""), problem.field) if problem.field else "",
            "text": problem_text(problem),
        }
        for problem in problems
    ]


def _refuse(constant: str) -> NoReturn:
    raise ValueError(f"{constant} is no number")
