"""Editing a flow: node by node in forms, and as a whole as text. Every save is a new version."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from flask import Blueprint, flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _
from sqlalchemy.orm import Session
from werkzeug.exceptions import NotFound

from hotline.domain.ivr.fields import Spec, is_identifier
from hotline.domain.ivr.flow import Flow, dump, parse
from hotline.domain.ivr.nodes import NODE_TYPES
from hotline.domain.ivr.problems import FlowError, Problem
from hotline.domain.permissions import Permission
from hotline.store import models
from hotline.store.base import from_epoch
from hotline.store.queries import flows as store
from webadmin.audit import audit
from webadmin.database import change
from webadmin.flows import forms, text, words
from webadmin.flows.opened import Opened, open_flow, problems_of
from webadmin.flows.outline import in_order, title_of
from webadmin.guard import permission
from webadmin.identity import person
from webadmin.lookup import find
from webadmin.services import services

bp = Blueprint("flows_edit", __name__, url_prefix="/flows")


@dataclass(frozen=True, slots=True)
class FieldView:
    """One field of a node's form: its raw value, and what is wrong with it."""

    name: str
    label: str
    kind: str
    spec: Spec
    value: Any
    problems: tuple[Problem, ...]


@bp.route("/<code>/nodes/<node>", methods=["GET", "POST"])
@permission(Permission.FLOWS_EDIT)
def edit_node(code: str, node: str) -> ResponseReturnValue:
    opened = open_flow(code)
    raw = _nodes(opened).get(node)
    if raw is None:
        raise NotFound
    if request.method == "GET":
        found = tuple(problem for problem in opened.problems if problem.node == node)
        return _node_page(opened, node, raw, found)
    changed = forms.read_node(str(raw["type"]), request.form, raw.get("ui", {}))
    return _save_node(opened, node, changed, _("Node %(node)s changed", node=node))


@bp.route("/<code>/nodes/new/<type_code>", methods=["GET", "POST"])
@permission(Permission.FLOWS_EDIT)
def add_node(code: str, type_code: str) -> ResponseReturnValue:
    opened = open_flow(code)
    if type_code not in NODE_TYPES:
        raise NotFound
    if request.method == "GET":
        return _node_page(opened, "", forms.blank(type_code), (), new=True)
    node = request.form.get("id", "").strip()
    raw = forms.read_node(type_code, request.form, {})
    if not is_identifier(node):
        return _node_page(opened, node, raw, (Problem(node, "id", "bad_id"),), new=True), 422
    if node in _nodes(opened):
        flash(_("There is a node %(node)s already. Choose another id.", node=node), "error")
        return _node_page(opened, node, raw, (), new=True), 422
    return _save_node(opened, node, raw, _("Node %(node)s added", node=node), new=True)


@bp.post("/<code>/nodes/<node>/delete")
@permission(Permission.FLOWS_EDIT)
def delete_node(code: str, node: str) -> ResponseReturnValue:
    """Take a node away; the ways that led to it are shown as problems until they lead elsewhere."""
    opened = open_flow(code)
    nodes = {key: value for key, value in _nodes(opened).items() if key != node}
    if node not in _nodes(opened):
        raise NotFound
    if opened.flow is not None and opened.flow.start == node:
        flash(_("Calls begin at this node. Let them begin at another one first."), "error")
        return redirect(url_for("flows.show", code=code))
    return _save_or_say(
        opened, {**opened.version.content, "nodes": nodes}, _("Node %(node)s removed", node=node)
    )


@bp.post("/<code>/head")
@permission(Permission.FLOWS_EDIT)
def edit_head(code: str) -> ResponseReturnValue:
    """The name of the flow, and where calls begin."""
    opened = open_flow(code)
    name, start = request.form.get("name", "").strip()[:80], request.form.get("start", "")
    if not name or start not in _nodes(opened):
        flash(_("Give the flow a name and a start node."), "error")
        return redirect(url_for("flows.show", code=code))
    content = {**opened.version.content, "name": name, "start": start}
    return _save_or_say(opened, content, _("Name or start changed"))


@bp.route("/<code>/text", methods=["GET", "POST"])
@permission(Permission.FLOWS_EDIT)
def edit_text(code: str) -> ResponseReturnValue:
    """The flow as JSON. With ``check`` nothing is saved; it only says what is wrong, line by line."""
    opened = open_flow(code)
    if request.method == "GET":
        return _text_page(opened, text.write(opened.version.content))
    sent = request.files.get("file")
    written = request.form.get("text", "").replace("\r\n", "\n")
    if sent is not None and sent.filename:
        try:
            written = sent.read(text.LONGEST + 1).decode("utf-8-sig").replace("\r\n", "\n")
        except UnicodeDecodeError:
            flash(_("The file is not in UTF-8. Save it as UTF-8."), "error")
            return _text_page(opened, written), 422
    try:
        flow = text.read(written, code, opened.newest)
    except text.BadText as error:
        return _text_page(opened, written, error.mistakes), 422
    if "check" in request.form:
        return _text_page(opened, written, _mistakes(opened, written, flow), checked=True)
    try:
        number = _save(opened, dump(flow), _("Changed as text"))
    except store.StaleVersion as error:
        return _text_page(opened, written, stale=error), 409
    flash(_("Version %(n)s was saved as a draft.", n=number), "success")
    return redirect(url_for("flows.show", code=code))


def _nodes(opened: Opened) -> Mapping[str, Any]:
    """The nodes of the document. A flow that cannot be read is mended as text."""
    nodes: Mapping[str, Any] = opened.version.content.get("nodes", {}) if opened.flow is not None else {}
    return nodes


def _save_node(
    opened: Opened, node: str, raw: Mapping[str, Any], comment: str, *, new: bool = False
) -> ResponseReturnValue:
    content = {**opened.version.content, "nodes": {**_nodes(opened), node: dict(raw)}}
    try:
        flow = parse({**content, "id": opened.row.code, "version": opened.newest})
    except FlowError as error:
        return _node_page(opened, node, raw, error.problems, new=new), 422
    try:
        number = _save(opened, dump(flow), comment)
    except store.StaleVersion as error:
        return _node_page(opened, node, raw, (), new=new, stale=error), 409
    flash(_("Version %(n)s was saved as a draft.", n=number), "success")
    return redirect(url_for("flows.show", code=opened.row.code, _anchor=f"node-{node}"))


def _save_or_say(opened: Opened, content: Mapping[str, Any], comment: str) -> ResponseReturnValue:
    try:
        number = _save(opened, content, comment)
    except store.StaleVersion as error:
        flash(_stale_text(error), "error")
    else:
        flash(_("Version %(n)s was saved as a draft.", n=number), "success")
    return redirect(url_for("flows.show", code=opened.row.code))


def _save(opened: Opened, content: Mapping[str, Any], comment: str) -> int:
    """Add the version that the form was made from version ``base`` of. Raises :class:`StaleVersion`."""
    me, code = person(), opened.row.code
    base = request.form.get("base", type=int) or 0
    said = request.form.get("comment", "").strip()[:200] or comment
    at = from_epoch(services().clock())

    def save(db: Session) -> int:
        row = find(models.Flow, code, db=db)
        saved = store.save_version(db, row, content, base=base, comment=said, by=me.login, at=at)
        audit(db, "flow.save", "flow", code, version=saved.number, comment=said)
        return saved.number

    return change(save)


def _stale_text(error: store.StaleVersion) -> str:
    return _(
        "%(by)s saved version %(n)s while you were editing. Nothing of yours was saved yet.",
        by=error.by,
        n=error.number,
    )


def _node_page(
    opened: Opened,
    node: str,
    raw: Mapping[str, Any],
    problems: tuple[Problem, ...],
    *,
    new: bool = False,
    stale: store.StaleVersion | None = None,
) -> str:
    type_code = str(raw["type"])
    fields = [
        FieldView(
            name=name,
            label=words.field_name(type_code, name),
            kind=spec.kind,
            spec=spec,
            value=raw.get(name, forms.blank(type_code)[name]),
            problems=tuple(p for p in problems if p.node == node and p.field.partition(".")[0] == name),
        )
        for name, spec in forms.specs_of(type_code).items()
    ]
    ui = raw.get("ui")
    return render_template(
        "flows/node.html",
        opened=opened,
        node=node,
        type_code=type_code,
        title=ui.get("title", "") if isinstance(ui, Mapping) else "",
        fields=fields,
        problems=[
            p
            for p in problems
            if p.node == node and p.field.partition(".")[0] not in {f.name for f in fields}
        ],
        targets=_targets(opened, node),
        forms=forms,
        new=new,
        base=stale.number if stale else opened.newest,
        stale=_stale_text(stale) if stale else "",
    )


def _targets(opened: Opened, node: str) -> list[tuple[str, str]]:
    """Every node with what people call it, in the order of the call."""
    if opened.flow is None:
        return []
    flow = opened.flow
    named = [
        (key, f"{key} · {title_of(flow.nodes[key]) or words.type_name(flow.nodes[key].type)}")
        for key in in_order(flow)
    ]
    return named if not node or node in flow.nodes else [*named, (node, node)]


def _mistakes(opened: Opened, written: str, flow: Flow) -> tuple[text.Mistake, ...]:
    """What keeps the flow from being published, at the lines of its text."""
    problems = problems_of(flow, opened.names)
    return tuple(sorted(text.located(written, dump(flow), problems), key=lambda mistake: mistake.line))


def _text_page(
    opened: Opened,
    written: str,
    mistakes: tuple[text.Mistake, ...] = (),
    *,
    checked: bool = False,
    stale: store.StaleVersion | None = None,
) -> str:
    return render_template(
        "flows/text.html",
        opened=opened,
        text=written,
        mistakes=mistakes,
        checked=checked,
        base=stale.number if stale else opened.newest,
        stale=_stale_text(stale) if stale else "",
    )
