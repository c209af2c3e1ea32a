"""Live monitoring: who does what right now, and the orders that a lead may give."""

from __future__ import annotations

from flask import Blueprint, render_template, request
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _
from werkzeug.exceptions import BadRequest, NotFound

from hotline.domain.permissions import Permission
from hotline.live.bus import NoCallSide
from hotline.live.messages import HangUpCall
from hotline.store.queries.groups import groups
from hotline.store.seats import Agent
from webadmin.audit import audit
from webadmin.database import change, session
from webadmin.guard import permission
from webadmin.identity import person
from webadmin.labels import COLOURS, LABELS
from webadmin.live.commands import order
from webadmin.live.orders import ORDERS, command_of
from webadmin.lookup import find
from webadmin.services import services

bp = Blueprint("live", __name__, url_prefix="/live")


@bp.get("/")
@permission(Permission.LIVE_VIEW)
def index() -> ResponseReturnValue:
    words = {
        kind: {code: str(word) for code, word in LABELS[kind].items()} for kind in ("agent_state", "phase")
    }
    texts = {
        "registered": _("Desk phone registered"),
        "unregistered": _("Desk phone not registered"),
        "next": _("then %(state)s", state="{state}"),
        "set_state": _("Change the state"),
        "hang_up": _("Hang up"),
        "hang_up_question": _(
            "End the call from %(caller)s? Both sides hear it end at once.", caller="{caller}"
        ),
        "sign_out_question": _("Sign out %(agent)s? The agent gets no more calls.", agent="{agent}"),
        "no_agents": _("No agent fits the filter."),
        "no_calls": _("No calls at the moment."),
        "missed": _("%(agent)s did not answer and is busy now.", agent="{agent}"),
        "script_failed": _("Routing script %(script)s failed: %(error)s", script="{script}", error="{error}"),
        "flow_not_published": _(
            "Version %(version)s of the flow %(name)s was not published as planned. Its versions say why.",
            version="{version}",
            name="{name}",
        ),
        "routing_not_published": _(
            "Version %(version)s of %(name)s in smart routing was not published as planned. Its versions say why.",
            version="{version}",
            name="{name}",
        ),
        "switch_lost": _("The connection to the switch is lost. Calls go on; live data may be old."),
        "failed": _("That did not work. Look at the current state and try again."),
        "disturbed": _("Do not disturb"),
        "left": _("%(time)s left", time="{time}"),
        "prolonged": _("prolonged %(n)s/%(most)s", n="{n}", most="{most}"),
        "done": _("End wrap-up"),
        "extend": _("Prolong wrap-up"),
        "do_not_disturb": _("Set do not disturb"),
        "take_calls": _("Take calls again"),
        "idle": _("Set idle"),
        "busy": _("Set busy"),
        "rest": _("Set to rest"),
        "signed_out": _("Sign the agent out"),
    }
    return render_template(
        "live/index.html",
        groups=groups(session(), person().scope),
        setup={
            "words": words,
            "colours": {kind: COLOURS[kind] for kind in words},
            "texts": texts,
            "control": person().can(Permission.LIVE_CONTROL),
            "calls": person().can(Permission.CALLS_VIEW),
            "groups": {group.code: group.name for group in groups(session(), person().scope)},
        },
    )


@bp.post("/agents/<number>/state")
@permission(Permission.LIVE_CONTROL)
def set_state(number: str) -> ResponseReturnValue:
    """Order an agent into another state, end or prolong the wrap-up, or have the phone take no calls."""
    wanted = request.form.get("state", "")
    if wanted not in ORDERS:
        raise BadRequest
    me, agent = person(), find(Agent, number)
    order(command_of(wanted, by=me.login, agent=agent.number, reason="console"))
    change(lambda db: audit(db, "agent.set_state", "agent", number, state=wanted))
    return "", 204


@bp.post("/calls/<interaction_id>/hang-up")
@permission(Permission.LIVE_CONTROL)
def hang_up(interaction_id: str) -> ResponseReturnValue:
    picture = services().mirror.snapshot()
    if picture is None:
        raise NoCallSide("no call side answers")
    me = person()
    call = next((c for c in picture.calls if c.interaction_id == interaction_id), None)
    if call is None or not services().visibility.call(me.scope, call):
        raise NotFound
    order(HangUpCall(by=me.login, interaction_id=interaction_id))
    change(lambda db: audit(db, "call.hang_up", "call", interaction_id, caller=call.caller))
    return "", 204
