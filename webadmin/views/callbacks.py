"""Callbacks (回拨): who is to be called back, who was reached, and taking somebody off the list."""

from __future__ import annotations

from typing import Final

from flask import Blueprint, flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _

from hotline.domain.permissions import Permission
from hotline.live.messages import CancelCallback
from hotline.store.base import from_epoch
from hotline.store.callbacks import Callback
from hotline.store.queries.callbacks import (
    OPEN_STATES,
    STATES,
    CallbackFilter,
    callbacks_matching,
    callbacks_within,
)
from hotline.store.queries.queues import queues
from webadmin.audit import audit
from webadmin.database import change, session
from webadmin.guard import permission
from webadmin.identity import person
from webadmin.live.commands import order
from webadmin.lookup import find
from webadmin.paging import paged
from webadmin.services import services

bp = Blueprint("callbacks", __name__, url_prefix="/callbacks")

# What the page shows at first: those that somebody still waits for.
_OPEN: Final = "open"


@bp.get("/")
@permission(Permission.CALLBACKS_VIEW)
def index() -> ResponseReturnValue:
    scope = person().scope
    wanted = CallbackFilter(
        state=request.args.get("state", _OPEN),
        queue=request.args.get("queue", ""),
        number=request.args.get("number", "").strip(),
    )
    statement = callbacks_matching(wanted).where(callbacks_within(scope))
    return render_template(
        "callbacks/index.html",
        page=paged(session(), statement),
        wanted=wanted,
        states=STATES,
        open_states=OPEN_STATES,
        queue_names={queue.code: queue.name for queue in queues(session(), scope)},
        now=from_epoch(services().clock()),
    )


@bp.post("/<ticket>/cancel")
@permission(Permission.CALLBACKS_EDIT)
def cancel(ticket: str) -> ResponseReturnValue:
    """Call this customer back no more; the call side knows whether that is still possible."""
    number = find(Callback, ticket).number
    order(CancelCallback(by=person().login, ticket=ticket))
    change(lambda db: audit(db, "callback.cancel", "callback", ticket, number=number))
    flash(_("%(number)s will not be called back.", number=number), "success")
    return redirect(url_for("callbacks.index"))
