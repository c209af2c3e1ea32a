"""IVR flows: the list, one flow on the canvas and in words, its numbers, import and export."""

from __future__ import annotations

import json
from typing import Any

from flask import Blueprint, Response, flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _
from flask_babel import lazy_gettext as _l
from sqlalchemy.orm import Session
from werkzeug.exceptions import NotFound
from wtforms import StringField

from hotline.domain.ivr.flow import Flow, dump, parse
from hotline.domain.permissions import Permission
from hotline.store import models
from hotline.store.access import User
from hotline.store.base import from_epoch
from hotline.store.errors import Conflict, Invalid
from hotline.store.queries import flows as store
from hotline.store.queries.versions import summaries
from webadmin.audit import audit
from webadmin.database import change, session
from webadmin.flows import text, words
from webadmin.flows.editor import setup_of
from webadmin.flows.opened import open_flow
from webadmin.flows.outline import outline
from webadmin.forms import Form, at_most, code_name, digits, required, stripped
from webadmin.guard import permission
from webadmin.identity import person
from webadmin.live.commands import announce
from webadmin.lookup import find
from webadmin.services import services

bp = Blueprint("flows", __name__, url_prefix="/flows")


class FlowForm(Form):
    code = StringField(_l("Code"), [required(), code_name()], filters=[stripped])
    name = StringField(_l("Name"), [required(), at_most(80)], filters=[stripped])


class NumberForm(Form):
    number = StringField(_l("Number"), [required(), digits(3, 20)], filters=[stripped])


@bp.app_context_processor
def shared() -> dict[str, Any]:
    """What the templates of flows say things with."""
    return {"flow_words": words}


@bp.get("/")
@permission(Permission.FLOWS_VIEW)
def index() -> ResponseReturnValue:
    db = session()
    return render_template(
        "flows/index.html",
        flows=summaries(db, models.Flow, store.flows_within(person().scope)),
        numbers=store.numbers_by_flow(db),
    )


@bp.route("/new", methods=["GET", "POST"])
@permission(Permission.FLOWS_EDIT)
def create() -> ResponseReturnValue:
    """A new flow: from a file that was exported, else a greeting and a good-bye to begin with."""
    form, me = FlowForm(), person()
    mistakes: tuple[text.Mistake, ...] = ()
    if form.validate_on_submit():
        code, name = form.code.data, form.name.data
        sent = request.files.get("file")
        try:
            flow = (
                _from_file(sent.read(text.LONGEST + 1), code)
                if sent and sent.filename
                else _first(code, name)
            )
            content = {**dump(flow), "name": name}

            def add(db: Session) -> None:
                store.create_flow(
                    db,
                    code,
                    name,
                    content,
                    comment=_("First version"),
                    by=me.login,
                    at=from_epoch(services().clock()),
                )
                audit(db, "flow.create", "flow", code, name=name, nodes=len(content["nodes"]))

            change(add)
        except text.BadText as error:
            mistakes = error.mistakes
        except Conflict as error:
            form.show(error)
        else:
            flash(_("Flow %(name)s was created as a draft.", name=name), "success")
            return redirect(url_for("flows.show", code=code))
    return render_template("flows/new.html", form=form, mistakes=mistakes), (
        422 if form.errors or mistakes else 200
    )


@bp.get("/<code>/")
@permission(Permission.FLOWS_VIEW)
def show(code: str) -> ResponseReturnValue:
    """One version (``version=``, the newest by default) on the canvas, where the newest can be edited."""
    opened = open_flow(code, _asked("version"))
    return render_template(
        "flows/editor.html",
        opened=opened,
        numbers=store.numbers_of(session(), code),
        setup=setup_of(opened),
    )


@bp.get("/<code>/outline")
@permission(Permission.FLOWS_VIEW)
def read(code: str) -> ResponseReturnValue:
    """One version in words, node by node, with what is wrong about it: to be read, searched and printed."""
    opened = open_flow(code, _asked("version"))
    return render_template(
        "flows/outline.html",
        opened=opened,
        entries=outline(opened.flow, opened.problems, opened.names) if opened.flow else (),
    )


@bp.get("/<code>/export/<int:number>.json")
@permission(Permission.FLOWS_VIEW)
def export(code: str, number: int) -> ResponseReturnValue:
    """One version as a file, as it can be imported here or elsewhere."""
    opened = open_flow(code, number)
    body = json.dumps(opened.version.content, ensure_ascii=False, indent=2) + "\n"
    name = f"{code}-{number}.json"
    return Response(
        body, mimetype="application/json", headers={"Content-Disposition": f'attachment; filename="{name}"'}
    )


@bp.post("/<code>/numbers")
@permission(Permission.FLOWS_PUBLISH)
def lead(code: str) -> ResponseReturnValue:
    """Let a number that callers dial lead to this flow."""
    form, me = NumberForm(), person()
    if not form.validate():
        flash(" ".join(str(error) for error in form.number.errors), "error")
        return redirect(url_for("flows.show", code=code))
    number = form.number.data

    def put(db: Session) -> str | None:
        find(models.Flow, code, db=db)
        organisation = db.get_one(User, me.user_id).organisation_id
        before = store.lead_number(db, number, code, organisation)
        audit(db, "flow.number", "flow", code, number=number, flow=[before, code])
        return before

    try:
        change(put)
    except Invalid:
        flash(_("%(number)s belongs to another organisation.", number=number), "error")
    else:
        announce("flows")
        flash(_("%(number)s now leads to this flow.", number=number), "success")
    return redirect(url_for("flows.show", code=code))


@bp.post("/<code>/numbers/<number>/release")
@permission(Permission.FLOWS_PUBLISH)
def release(code: str, number: str) -> ResponseReturnValue:
    def take(db: Session) -> bool:
        find(models.Flow, code, db=db)
        gone = store.release_number(db, number, code)
        if gone:
            audit(db, "flow.number", "flow", code, number=number, flow=[code, None])
        return gone

    if not change(take):
        raise NotFound
    announce("flows")
    flash(_("%(number)s leads to this flow no longer.", number=number), "success")
    return redirect(url_for("flows.show", code=code))


def _asked(name: str) -> int | None:
    return request.args.get(name, type=int)


def _first(code: str, name: str) -> Flow:
    return parse(
        {
            "id": code,
            "version": 1,
            "name": name,
            "start": "welcome",
            "nodes": {
                "welcome": {
                    "type": "play",
                    "prompts": ["welcome"],
                    "next": "goodbye",
                    "ui": {"x": 0, "y": 0},
                },
                "goodbye": {"type": "hangup", "prompts": ["goodbye"], "ui": {"x": 260, "y": 0}},
            },
        }
    )


def _from_file(body: bytes, code: str) -> Flow:
    """The flow in a file that was sent. Raises :class:`~webadmin.flows.text.BadText`."""
    try:
        content = body.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        raise text.BadText([text.Mistake(0, "", _("The file is not in UTF-8. Save it as UTF-8."))]) from error
    return text.read(content, code, 1)
