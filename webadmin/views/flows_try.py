"""Trying a flow by clicking through it. The place in the flow travels with the form; nothing is kept here."""

from __future__ import annotations

from flask import Blueprint, flash, render_template, request
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _

from hotline.domain.ivr import interpreter
from hotline.domain.ivr.commands import Command, Facts
from hotline.domain.ivr.problems import BrokenFlow, StateMismatch, UnexpectedEvent
from hotline.domain.ivr.state import State, StateError, dumps, loads
from hotline.domain.permissions import Permission
from webadmin.flows.opened import Opened, open_flow
from webadmin.flows.rehearsal import event_of, scene
from webadmin.guard import permission
from webadmin.services import services

bp = Blueprint("flows_try", __name__, url_prefix="/flows")

_CALLER = "13800000000"


@bp.get("/<code>/try")
@permission(Permission.FLOWS_VIEW)
def begin_try(code: str) -> ResponseReturnValue:
    opened = open_flow(code, request.args.get("version", type=int))
    if opened.flow is None:
        return _broken(opened)
    facts = _facts(dict(request.args.items()))
    try:
        state, command = interpreter.begin(opened.flow, facts)
    except BrokenFlow:
        return _broken(opened)
    return _page(opened, state, command, facts)


@bp.post("/<code>/try")
@permission(Permission.FLOWS_VIEW)
def answer_try(code: str) -> ResponseReturnValue:
    """Go on with what happened: an answer, or digits that the caller pressed."""
    opened = open_flow(code, request.form.get("version", type=int))
    facts = _facts(dict(request.form.items()))
    if opened.flow is None:
        return _broken(opened)
    try:
        state = loads(request.form.get("state", ""))
        sent = request.form
        event = event_of(sent.get("kind", ""), sent.get("answer", ""), sent.get("digits", "").strip()[:30])
        if event is None:
            raise UnexpectedEvent("an answer that the page does not offer")
        after, command = interpreter.step(opened.flow, state, event, facts)
    except (StateError, StateMismatch, UnexpectedEvent):
        flash(_("That does not go on from here. The call begins anew."), "error")
        state, command = interpreter.begin(opened.flow, facts)
        return _page(opened, state, command, facts), 409
    except BrokenFlow:
        return _broken(opened)
    return _page(opened, after, command, facts)


def _facts(sent: dict[str, str]) -> Facts:
    hours = sent.get("hours", "open")
    return Facts(
        now=services().clock(),
        caller=_CALLER,
        called="",
        open=hours == "open",
        holiday=_("Holiday") if hours == "holiday" else None,
        emergency=hours == "emergency",
    )


def _hours(facts: Facts) -> str:
    return (
        "emergency" if facts.emergency else "holiday" if facts.holiday else "open" if facts.open else "closed"
    )


def _page(opened: Opened, state: State, command: Command, facts: Facts) -> str:
    return render_template(
        "flows/try.html",
        opened=opened,
        scene=scene(command, opened.names),
        state=state,
        packed=dumps(state),
        hours=_hours(facts),
    )


def _broken(opened: Opened) -> ResponseReturnValue:
    return render_template(
        "flows/try.html", opened=opened, scene=None, state=None, packed="", hours="open"
    ), 422
