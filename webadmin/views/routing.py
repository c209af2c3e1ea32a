"""Smart routing: the list of scripts and rule tables, one in its editor."""

from __future__ import annotations

import json
from typing import Any

from flask import Blueprint, flash, jsonify, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _
from flask_babel import lazy_gettext as _l
from sqlalchemy.orm import Session
from werkzeug.exceptions import BadRequest
from wtforms import RadioField, StringField

from hotline.domain.permissions import Permission
from hotline.domain.routing import rules
from hotline.scripting.published import RULES, SCRIPT
from hotline.scripting.stubs import completions
from hotline.store import models
from hotline.store.access import User
from hotline.store.base import from_epoch
from hotline.store.errors import Conflict
from hotline.store.queries import versions as store
from hotline.store.queries.flows import agent_names, queue_names
from hotline.store.queries.routing import scripts_within
from hotline.store.queries.versions import StaleVersion
from webadmin import versions
from webadmin.audit import audit
from webadmin.database import change, session
from webadmin.forms import Form, at_most, code_name, options, required, stripped
from webadmin.guard import permission
from webadmin.identity import person
from webadmin.routing import catalogue, words
from webadmin.routing.opened import SCRIPTS, Mistake, Opened, mistakes_of, open_script
from webadmin.services import services

bp = Blueprint("routing", __name__, url_prefix="/routing")

_LONGEST_TABLE = 200_000
_FIRST_SCRIPT = """\
def route(call: Call) -> Route | None:
    if call.vip:
        return Route(priority=50)
    return None
"""


class ScriptForm(Form):
    code = StringField(_l("Code"), [required(), code_name()], filters=[stripped])
    name = StringField(_l("Name"), [required(), at_most(80)], filters=[stripped])
    kind = RadioField(_l("Kind"), choices=options(words.KINDS.items()), default=RULES)


@bp.app_context_processor
def shared() -> dict[str, Any]:
    """What the templates of routing say things with."""
    return {"routing_words": words}


@bp.get("/")
@permission(Permission.ROUTING_VIEW)
def index() -> ResponseReturnValue:
    within = scripts_within(person().scope)
    return render_template(
        "routing/index.html", scripts=store.summaries(session(), models.RoutingScript, within)
    )


@bp.route("/new", methods=["GET", "POST"])
@permission(Permission.ROUTING_EDIT)
def create() -> ResponseReturnValue:
    form, me = ScriptForm(), person()
    if form.validate_on_submit():
        code, name, kind = form.code.data, form.name.data, form.kind.data
        content: dict[str, Any] = {"text": _FIRST_SCRIPT} if kind == SCRIPT else {"rows": []}

        def add(db: Session) -> None:
            organisation = db.get_one(User, me.user_id).organisation_id
            script = models.RoutingScript(code=code, name=name, kind=kind, organisation_id=organisation)
            at = from_epoch(services().clock())
            store.create(db, script, content, comment=_("First version"), by=me.login, at=at)
            audit(db, "routing.create", "routing", code, name=name, kind=kind)

        try:
            change(add)
        except Conflict as error:
            form.show(error)
        else:
            flash(_("%(name)s was created as a draft.", name=name), "success")
            return redirect(url_for("routing.show", code=code))
    return render_template("routing/new.html", form=form), 422 if form.errors else 200


@bp.get("/<code>/")
@permission(Permission.ROUTING_VIEW)
def show(code: str) -> ResponseReturnValue:
    """One version (``version=``, the newest by default) in its editor."""
    opened = open_script(code, _asked("version"))
    return _editor(opened, opened.version.content, mistakes_of(opened.row.kind, opened.version.content))


@bp.post("/<code>/")
@permission(Permission.ROUTING_EDIT)
def save(code: str) -> ResponseReturnValue:
    """Save what the editor holds as a new version; a draft may have problems, which are shown."""
    opened = open_script(code)
    try:
        content = _sent(opened)
    except rules.BadTable as error:
        raise BadRequest(str(error)) from error
    base, comment = request.form.get("base", type=int) or 0, request.form.get("comment", "").strip()
    mistakes = mistakes_of(opened.row.kind, content)
    try:
        number = versions.save(SCRIPTS, code, content, base=base, comment=comment)
    except StaleVersion as error:
        stale = versions.stale_text(error)
        return _editor(opened, content, mistakes, stale=stale, base=error.number), 409
    if mistakes:
        flash(
            _(
                "Version %(n)s was saved as a draft. It cannot be published before its problems are solved.",
                n=number,
            ),
            "warning",
        )
    else:
        flash(_("Version %(n)s was saved as a draft.", n=number), "success")
    return redirect(url_for("routing.show", code=code))


@bp.post("/<code>/check")
@permission(Permission.ROUTING_VIEW)
def check(code: str) -> ResponseReturnValue:
    """What is wrong with the text or table that is sent, as JSON for the editor. Nothing is saved."""
    opened = open_script(code)
    try:
        found = mistakes_of(opened.row.kind, _sent(opened))
    except rules.BadTable as error:
        found = [Mistake(0, 0, str(error))]
    return jsonify(mistakes=_plain(found))


def _sent(opened: Opened) -> dict[str, Any]:
    """The content that the editor sent. Raises :class:`BadTable`."""
    if not opened.is_table:
        return {"text": request.form.get("text", "").replace("\r\n", "\n")}
    text = request.form.get("table", "")
    if len(text) > _LONGEST_TABLE:
        raise rules.BadTable(_("The table is too long."))
    try:
        return rules.dump(rules.parse(json.loads(text)))
    except ValueError as error:
        raise rules.BadTable(str(error)) from error


def _plain(mistakes: list[Mistake]) -> list[dict[str, Any]]:
    return [
        {"line": m.line, "column": m.column, "text": m.text, "condition": m.condition, "field": m.field}
        for m in mistakes
    ]


def _editor(opened: Opened, content: Any, mistakes: list[Mistake], *, stale: str = "", base: int = 0) -> str:
    db = session()
    queues, agents = queue_names(db), agent_names(db)
    shared = {
        "opened": opened,
        "mistakes": mistakes,
        "marked": _plain(mistakes),
        "stale": stale,
        "base": base or opened.newest,
    }
    if opened.is_table:
        return render_template(
            "routing/table.html", **shared, content=content, catalogue=catalogue.of(queues, agents)
        )
    offered = [{**one, "info": catalogue.about(one)} for one in completions()]
    return render_template(
        "routing/script.html",
        script_ms=services().settings.script_ms,
        **shared,
        text=content.get("text", ""),
        offered=offered,
        codes={"queue": queues, "agent": agents},
    )


def _asked(name: str) -> int | None:
    return request.args.get(name, type=int)
