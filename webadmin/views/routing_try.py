"""Trying a script or rule table: on a form, and on the calls of the last days."""

from __future__ import annotations

from typing import Any, cast

from flask import Blueprint, flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _
from sqlalchemy.orm import Session
from werkzeug.exceptions import NotFound

from hotline.domain.permissions import Permission
from hotline.domain.routing.facts import FACTS, RoutingFacts
from hotline.domain.routing.rules import BadTable
from hotline.regions import regions
from hotline.scripting.published import Published, prepare
from hotline.store import models
from hotline.store.base import from_epoch, to_epoch
from hotline.store.queries import routing as store
from hotline.store.queries.calendar import load_calendar
from hotline.store.queries.flows import queue_names
from hotline.store.queries.routing_past import Past
from hotline.store.queries.versions import versions_of
from hotline.store.routing import RoutingTrial
from webadmin.audit import audit
from webadmin.database import change, session
from webadmin.guard import permission
from webadmin.identity import person
from webadmin.lookup import find
from webadmin.routing import trying
from webadmin.routing.opened import Opened, open_script
from webadmin.routing.trials import SILENT_SECONDS, Order, start
from webadmin.services import services
from webadmin.views.calls import names_in

bp = Blueprint("routing_try", __name__, url_prefix="/routing")

_DAY = 86_400
_MOST_DAYS = 30
_AROUND_SECONDS = 1.0


@bp.get("/<code>/try")
@permission(Permission.ROUTING_VIEW)
def try_once(code: str) -> ResponseReturnValue:
    """The form, with the facts of the call ``call`` if one is named."""
    opened = open_script(code, request.args.get("version", type=int))
    call = request.args.get("call", "").strip()[:36]
    queues = queue_names(session())
    facts = trying.blank(queues, services().clock())
    if call:
        found = _facts_of(call, code)
        if found is None:
            flash(
                _("There is no such call with a queue. Copy its interaction id from the call history."),
                "error",
            )
        else:
            facts = found
    return _try_page(opened, facts, queues, call)


@bp.post("/<code>/try")
@permission(Permission.ROUTING_VIEW)
def decide(code: str) -> ResponseReturnValue:
    opened = open_script(code, request.form.get("version", type=int))
    queues = queue_names(session())
    facts = trying.read(request.form, queues)
    published = _prepared(opened)
    tried = None
    if published is None:
        flash(_("This version cannot be read. Correct it first."), "error")
    else:
        known, now = store.known_targets(session()), services().clock()
        limit = services().settings.script_ms
        tried = cast(
            trying.Tried, services().blocking(trying.decide_once, published, facts, known, now, limit)
        )
    return _try_page(opened, facts, queues, request.form.get("call", "")[:36], tried)


@bp.get("/<code>/trials")
@permission(Permission.ROUTING_VIEW)
def trials(code: str) -> ResponseReturnValue:
    opened = open_script(code)
    db = session()
    return render_template(
        "routing/trials.html",
        opened=opened,
        versions=versions_of(db, opened.row),
        trials=store.trials_of(db, opened.row, _starter()),
        states=_states(),
    )


@bp.post("/<code>/trials")
@permission(Permission.ROUTING_EDIT)
def begin_trial(code: str) -> ResponseReturnValue:
    """Decide the calls of the last ``days`` again with version ``version``, in the background."""
    opened, me = open_script(code, request.form.get("version", type=int)), person()
    days = min(max(request.form.get("days", type=int) or 7, 1), _MOST_DAYS)
    published = _prepared(opened)
    if published is None:
        flash(_("This version cannot be read. Correct it first."), "error")
        return redirect(url_for("routing_try.trials", code=code))
    now = services().clock()

    def add(db: Session) -> int:
        row = find(models.RoutingScript, code, db=db)
        made = RoutingTrial(
            script_id=row.id,
            version=opened.version.number,
            started_by=me.login,
            started_at=from_epoch(now),
            changed_at=from_epoch(now),
            rows=[],
        )
        db.add(made)
        db.flush()
        audit(db, "routing.trial", "routing", code, version=opened.version.number, days=days)
        return made.id

    number = change(add)
    start(services(), Order(number, published, me.scope, now - days * _DAY, now))
    return redirect(url_for("routing_try.trial", code=code, number=number))


@bp.get("/<code>/trials/<int:number>")
@permission(Permission.ROUTING_VIEW)
def trial(code: str, number: int) -> ResponseReturnValue:
    opened = open_script(code)
    row = store.trial_of(session(), opened.row, number, _starter())
    if row is None:
        raise NotFound
    if row.state == "running" and services().clock() - to_epoch(row.changed_at) > SILENT_SECONDS:
        flash(
            _("This trial has stopped, perhaps because the console was started anew. Begin it again."),
            "warning",
        )
    percent = round(100 * row.done / row.total) if row.total else 0
    return render_template(
        "routing/trial.html",
        opened=opened,
        trial=row,
        names=names_in(person().scope),
        states=_states(),
        percent=percent,
    )


def _starter() -> str | None:
    """Whose trials one sees: they hold calls of the starter's scope."""
    me = person()
    return None if me.scope.kind == "all" else me.login


def _states() -> dict[str, tuple[str, str]]:
    return {
        "running": (_("Running"), "blue"),
        "done": (_("Done"), "green"),
        "failed": (_("Failed"), "red"),
    }


def _prepared(opened: Opened) -> Published | None:
    try:
        return prepare(opened.row.code, opened.version.number, opened.row.kind, opened.version.content)
    except BadTable:
        return None


def _facts_of(call: str, code: str) -> RoutingFacts | None:
    """The facts of a call in reach, as they were when it was queued."""
    row = _call_in_reach(call)
    if row is None:
        return None
    at, db = to_epoch(row.started_at), session()
    known = store.known_targets(db)
    past = Past(
        db,
        at,
        at + _AROUND_SECONDS,
        within=models.Call.interaction_id == row.interaction_id,
        calendar=load_calendar(db),
        regions=regions(),
        serves=store.queues_of_agents(db),
        queues=frozenset(known.queues),
        script=code,
    )
    found = next(iter(past), None)
    return found.facts if found else None


def _call_in_reach(call: str) -> models.Call | None:
    try:
        return find(models.Call, call)
    except NotFound:
        return None


def _try_page(
    opened: Opened,
    facts: RoutingFacts,
    queues: dict[str, str],
    call: str,
    tried: trying.Tried | None = None,
) -> str:
    more: dict[str, Any] = {
        "plain": [fact for fact in FACTS.values() if not fact.of],
        "of_queue": [fact for fact in FACTS.values() if fact.of == "queue"],
        "lines": trying.as_lines,
        "names": names_in(person().scope),
    }
    return render_template(
        "routing/try.html", opened=opened, facts=facts, queues=queues, call=call, tried=tried, **more
    )
