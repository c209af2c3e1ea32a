"""What the visual editor asks for: the flow as cards, the form of a node, the check, places, saving."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import asdict
from typing import Any

from flask import Blueprint, render_template, request
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _
from werkzeug.exceptions import BadRequest, NotFound

from hotline.domain.ivr.flow import dump
from hotline.domain.ivr.nodes import NODE_TYPES
from hotline.domain.permissions import Permission
from hotline.store.queries.versions import StaleVersion
from webadmin.flows import forms, text
from webadmin.flows.cards import WIDTH, card, cards
from webadmin.flows.drafts import answer, draft, picture, sent, told
from webadmin.flows.layout import Places, lay_out, places
from webadmin.flows.opened import FLOWS, Opened, open_flow
from webadmin.flows.words import look_of, palette
from webadmin.guard import permission
from webadmin.versions import save, stale_text

bp = Blueprint("flows_editor", __name__, url_prefix="/flows/<code>/editor")


@bp.get("/document")
@permission(Permission.FLOWS_VIEW)
def load(code: str) -> ResponseReturnValue:
    """One version (``version=``, the newest by default) with its cards, and the palette."""
    opened = open_flow(code, request.args.get("version", type=int))
    made = draft(opened, opened.version.content)
    drawn = cards(made.document, opened.names)
    return answer(
        document=made.document,
        version=opened.version.number,
        newest=opened.newest,
        width=WIDTH,
        places=_points(places(made.document, drawn)),
        palette=_palette(opened),
        **picture(opened, made),
    )


@bp.post("/check")
@permission(Permission.FLOWS_VIEW)
def check(code: str) -> ResponseReturnValue:
    """The cards of a draft, and everything that is wrong with it."""
    opened = open_flow(code)
    return answer(**picture(opened, draft(opened, sent().get("document"))))


@bp.post("/layout")
@permission(Permission.FLOWS_VIEW)
def arrange(code: str) -> ResponseReturnValue:
    """Places for all cards of a draft, as if nobody had moved them."""
    opened = open_flow(code)
    made = draft(opened, sent().get("document"))
    return answer(
        places=_points(lay_out(str(made.document.get("start", "")), cards(made.document, opened.names)))
    )


@bp.post("/form")
@permission(Permission.FLOWS_VIEW)
def form(code: str) -> ResponseReturnValue:
    """The form of one ``node`` of a draft, as HTML."""
    opened, body = open_flow(code), sent()
    made, node = draft(opened, body.get("document")), body.get("node")
    drawn = cards(made.document, opened.names)
    if not isinstance(node, str) or node not in drawn:
        raise NotFound
    raw: Mapping[str, Any] = made.document["nodes"][node]
    return render_template(
        "flows/panel.html",
        opened=opened,
        card=drawn[node],
        look=look_of(drawn[node].type),
        fields=forms.fields_of(raw) if drawn[node].type in NODE_TYPES else [],
        targets=[(key, f"{one.title or one.type_name} · {key}") for key, one in drawn.items()],
        is_start=made.document.get("start") == node,
        forms=forms,
    )


@bp.post("/node/<type_code>")
@permission(Permission.FLOWS_EDIT)
def read(code: str, type_code: str) -> ResponseReturnValue:
    """The document of a node from its form."""
    open_flow(code)
    if type_code not in NODE_TYPES:
        raise NotFound
    return answer(**forms.read_node(type_code, request.form, {}))


@bp.post("/save")
@permission(Permission.FLOWS_EDIT)
def save_version(code: str) -> ResponseReturnValue:
    """Add a version made from ``base``. A draft with problems may be saved; it cannot be published.

    422 with the problems for what has not the shape of a flow; 409 with who was first when somebody saved
    meanwhile.
    """
    opened, body = open_flow(code), sent()
    made, base, comment = draft(opened, body.get("document")), body.get("base"), body.get("comment", "")
    if not isinstance(base, int) or not isinstance(comment, str):
        raise BadRequest
    if made.flow is None or not made.flow.name.strip():
        told_of = told(made.document, made.problems)
        return answer(422, problems=told_of, title=_("The flow needs a name, and fields that can be read."))
    try:
        number = save(
            FLOWS, code, dump(made.flow), base=base, comment=comment.strip() or _("Changed in the editor")
        )
    except StaleVersion as error:
        return answer(409, newest=error.number, by=error.by, title=stale_text(error))
    return answer(version=number)


@bp.post("/import")
@permission(Permission.FLOWS_EDIT)
def read_file(code: str) -> ResponseReturnValue:
    """The document in the ``text`` of a file that was exported; nothing is saved."""
    opened, body = open_flow(code), sent()
    try:
        flow = text.read(str(body.get("text", "")).removeprefix("\ufeff"), code, opened.newest)
    except text.BadText as error:
        return answer(422, mistakes=[asdict(mistake) for mistake in error.mistakes])
    made = draft(opened, dump(flow))
    drawn = cards(made.document, opened.names)
    placed = _points(places(made.document, drawn))
    return answer(document=made.document, places=placed, **picture(opened, made))


def _points(placed: Places) -> dict[str, dict[str, float]]:
    return {node: {"x": x, "y": y} for node, (x, y) in placed.items()}


def _palette(opened: Opened) -> list[dict[str, Any]]:
    """The node types in groups, each with a blank node and its card."""
    return [
        {
            "name": str(group),
            "types": [
                {
                    "type": code,
                    "does": str(look_of(code)[1]),
                    "blank": forms.blank(code),
                    "card": asdict(card("", forms.blank(code), opened.names)),
                }
                for code in members
            ],
        }
        for group, members in palette(NODE_TYPES)
    ]
