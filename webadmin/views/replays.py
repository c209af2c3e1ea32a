"""A past hour decided again (路由回放): with the same settings as a check, with others to see what would differ."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Final

from flask import Blueprint, Response, flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _
from flask_babel import lazy_gettext as _l
from werkzeug.exceptions import NotFound

from hotline.domain.acd.settings import Unreadable
from hotline.domain.permissions import Permission
from hotline.domain.replay.settings import ALL, BadChange, read_changes
from hotline.store import decisions
from hotline.store.queries import queues as store
from hotline.store.queries.access import Scope
from webadmin.audit import audit
from webadmin.database import change, session
from webadmin.explain.names import Names
from webadmin.explain.words import STRATEGIES
from webadmin.guard import permission
from webadmin.identity import person
from webadmin.replays import Replay, Replays
from webadmin.services import services
from webadmin.views.calls import names_in

bp = Blueprint("replays", __name__, url_prefix="/replays")

# The fields that the table of the form has a column for; the others can be written as lines.
FIELDS: Final = {
    "strategy": _l("Strategy"),
    "ring_seconds": _l("Ring time (s)"),
    "wrap_up_seconds": _l("Wrap-up (s)"),
    "max_wait_seconds": _l("Longest wait (s)"),
    "ageing_seconds": _l("Ageing (s)"),
    "last_agent_seconds": _l("Wait for last agent (s)"),
    "reserved_agents": _l("Reserved agents"),
}
_MOST_CALLS: Final = 200
_LONGEST_LINES: Final = 4000


def _replays() -> Replays:
    return Replays(services().settings.home)


@bp.get("/")
@permission(Permission.QUEUES_EDIT)
def index() -> ResponseReturnValue:
    return _form({})


@bp.post("/")
@permission(Permission.QUEUES_EDIT)
def start() -> ResponseReturnValue:
    """Begin a replay with what the form says."""
    now, me, sent = services().clock(), person(), request.form
    running = next((replay for replay in _replays().all(now) if replay.running), None)
    if running is not None:
        flash(_("A replay is running already. Wait for it, then start the next."), "error")
        return redirect(url_for("replays.show", key=running.key))
    hour, within = sent.get("hour", ""), sent.get("within", type=float)
    problems = {}
    if hour not in {found.name for found in decisions.hours(services().settings.decisions)}:
        problems["hour"] = _("Choose an hour from the list.")
    if within is None or not 0 < within <= 3600:
        problems["within"] = _("Give seconds from 1 to 3600.")
    changes: Mapping[str, Any] = {}
    try:
        known = set(_specs(me.scope)) | ({ALL} if me.scope.unlimited else set())
        changes = _changes(sent, known)
    except BadChange as error:
        problems["lines"] = _("This change cannot be made: %(why)s", why=str(error))
    if problems or within is None:
        return _form(problems), 422
    key = _replays().start(hour, changes, within, me.name, now)
    change(lambda db: audit(db, "replay.start", "replay", key, hour=hour, changes=changes))
    return redirect(url_for("replays.show", key=key))


@bp.get("/<key>")
@permission(Permission.QUEUES_EDIT)
def show(key: str) -> ResponseReturnValue:
    replay = _found(key)
    scope = person().scope
    shown = _within_reach(replay.result or {}, scope)
    return render_template(
        "replays/show.html",
        replay=replay,
        shown=shown,
        names=names_in(scope),
        lines=_lines(replay.changes, names_in(scope)),
        chart=_chart(shown, scope) if "before" in shown else None,
        most=_MOST_CALLS,
    )


@bp.get("/<key>/progress")
@permission(Permission.QUEUES_EDIT)
def progress(key: str) -> ResponseReturnValue:
    """The bar; when the replay is over, the browser is sent to its page."""
    replay = _found(key)
    if not replay.running:
        return Response("", headers={"HX-Redirect": url_for("replays.show", key=key)})
    return render_template("replays/progress.html", replay=replay)


def _found(key: str) -> Replay:
    replay = _replays().get(key, services().clock())
    if replay is None:
        raise NotFound
    return replay


def _form(problems: Mapping[str, str]) -> str:
    names = names_in(person().scope)
    return render_template(
        "replays/index.html",
        hours=decisions.hours(services().settings.decisions)[: 24 * 31],
        specs=_specs(person().scope),
        fields=FIELDS,
        strategies=STRATEGIES,
        replays=_replays().all(services().clock()),
        problems=problems,
        sent=request.form,
        lines_of=lambda changes: _lines(changes, names),
    )


def _specs(scope: Scope) -> dict[str, Any]:
    """The settings of the queues that the person may see; those that cannot be read are left out."""
    specs = {}
    for queue in store.queues(session(), scope):
        try:
            specs[queue.code] = store.spec_of(queue)
        except Unreadable:
            continue
    return specs


def _changes(sent: Mapping[str, str], known: set[str]) -> dict[str, Any]:
    """The document of what was asked for. Raises :class:`BadChange`."""
    queue_lines = [
        f"{code}.{name}={value}"
        for code in sorted(known)
        for name in FIELDS
        if (value := sent.get(f"{code}.{name}", "").strip())
    ]
    lines = [line.strip() for line in sent.get("lines", "")[:_LONGEST_LINES].splitlines() if line.strip()]
    of_queues = [line for line in lines if line.partition(".")[0] in known]
    of_agents = [line for line in lines if line not in of_queues]
    unknown = next((line for line in of_agents if not line[:1].isdigit()), None)
    if unknown is not None:
        raise BadChange(_("%(line)s names no queue and no agent number", line=unknown))
    made = read_changes({}, [*queue_lines, *of_queues], of_agents)
    return {"queues": made.queues, "agents": made.agents}


def _lines(changes: Mapping[str, Any], names: Names) -> list[str]:
    """What was changed, one a line; a field without a column in the form is called as it is written there."""
    lines = []
    for part, called in (("queues", names.queue), ("agents", names.agent)):
        for code, named in changes.get(part, {}).items():
            of = _("All") if code == ALL else called(code)
            for name, value in named.items():
                words = STRATEGIES.get(value, value) if name == "strategy" else value
                lines.append(f"{of} · {FIELDS.get(name, name)} = {words}")
    return lines


def _within_reach(result: Mapping[str, Any], scope: Scope) -> Mapping[str, Any]:
    """The part of a result that is about queues that the person may see."""
    if scope.unlimited or "before" not in result:
        return result
    known = set(_specs(scope))
    return {
        **result,
        **{
            side: {code: of for code, of in result[side].items() if code in known}
            for side in ("before", "after")
        },
        "changed": [row for row in result["changed"] if row["queue"] in known],
    }


def _chart(shown: Mapping[str, Any], scope: Scope) -> dict[str, Any]:
    names = names_in(scope)
    codes = [code for code in shown["before"] if code]
    sides = (("before", _("As recorded")), ("after", _("With the changes")))
    return {
        "queues": [names.queue(code) for code in codes],
        "waits": {
            "title": _("Mean wait (s)"),
            "series": [
                {"name": name, "values": [round(_of(shown, side, code, "mean_wait"), 1) for code in codes]}
                for side, name in sides
            ],
        },
        "levels": {
            "title": _("Service level in percent"),
            "series": [
                {"name": name, "values": [round(100 * _of(shown, side, code, "level"), 1) for code in codes]}
                for side, name in sides
            ],
        },
    }


def _of(shown: Mapping[str, Any], side: str, code: str, what: str) -> float:
    return float(shown[side].get(code, {}).get(what) or 0)
