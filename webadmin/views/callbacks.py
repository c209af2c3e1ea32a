"""Callbacks (回拨): who is to be called back, who was reached, and what a lead may do about it."""

from __future__ import annotations

from typing import Final

from flask import Blueprint, flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _
from flask_babel import lazy_gettext as _l
from sqlalchemy.orm import Session
from wtforms import StringField

from hotline.domain.callbacks import BadHours, callable_hours, callable_number, written_hours
from hotline.domain.permissions import Permission
from hotline.live.messages import CancelCallback, ChangeCallbackNumber, HurryCallback
from hotline.store.base import from_epoch
from hotline.store.callbacks import Callback
from hotline.store.queries import callbacks as store
from hotline.store.queries.access import Scope
from hotline.store.queries.callbacks import OPEN_STATES, STATES, CallbackFilter
from hotline.store.queries.queues import queues
from webadmin.audit import audit
from webadmin.database import change, session
from webadmin.errors import REFUSALS
from webadmin.formats import local
from webadmin.forms import Form, at_most, required, stripped
from webadmin.guard import permission
from webadmin.identity import person
from webadmin.live.commands import Refused, announce, order
from webadmin.lookup import find
from webadmin.paging import paged
from webadmin.services import services
from webadmin.timeline import told
from webadmin.views.calls import names_in

bp = Blueprint("callbacks", __name__, url_prefix="/callbacks")

# What the page shows at first: those that somebody still waits for.
_OPEN: Final = "open"
# What the call side says about a number; every other refusal is not about what was typed.
_ABOUT_NUMBER: Final = frozenset({"bad_number", "number_waits"})


class NumberForm(Form):
    number = StringField(_l("New number"), [required(), at_most(32)], filters=[stripped])


class HoursForm(Form):
    begin = StringField(_l("Earliest"), [required()], filters=[stripped])
    end = StringField(_l("Latest"), [required()], filters=[stripped])


@bp.get("/")
@permission(Permission.CALLBACKS_VIEW)
def index() -> ResponseReturnValue:
    scope = person().scope
    wanted = CallbackFilter(
        state=request.args.get("state", _OPEN),
        queue=request.args.get("queue", ""),
        number=request.args.get("number", "").strip(),
    )
    statement = store.callbacks_matching(wanted).where(store.callbacks_within(scope))
    return render_template(
        "callbacks/index.html",
        page=paged(session(), statement),
        wanted=wanted,
        states=STATES,
        open_states=OPEN_STATES,
        queue_names={queue.code: queue.name for queue in queues(session(), scope)},
        now=from_epoch(services().clock()),
        hours=written_hours(store.callable_hours(session())),
    )


@bp.get("/<ticket>")
@permission(Permission.CALLBACKS_VIEW)
def show(ticket: str) -> ResponseReturnValue:
    return _ticket_page(find(Callback, ticket), NumberForm(formdata=None))


@bp.post("/<ticket>/cancel")
@permission(Permission.CALLBACKS_EDIT)
def cancel(ticket: str) -> ResponseReturnValue:
    """Call this customer back no more; the call side knows whether that is still possible."""
    number = find(Callback, ticket).number
    order(CancelCallback(by=person().login, ticket=ticket))
    change(lambda db: audit(db, "callback.cancel", "callback", ticket, number=number))
    flash(_("%(number)s will not be called back.", number=number), "success")
    return redirect(url_for("callbacks.index"))


@bp.post("/<ticket>/number")
@permission(Permission.CALLBACKS_EDIT)
def change_number(ticket: str) -> ResponseReturnValue:
    """Call the customer at another number, which has to be one that callers may give themselves."""
    callback, form = find(Callback, ticket), NumberForm()
    if not form.validate():
        return _ticket_page(callback, form), 422
    before, wanted = callback.number, callable_number(form.number.data)
    try:
        if wanted is None:
            raise Refused("bad_number", form.number.data)
        order(ChangeCallbackNumber(by=person().login, ticket=ticket, number=wanted))
    except Refused as refused:
        if refused.code not in _ABOUT_NUMBER:
            raise
        trouble = REFUSALS[refused.code]
        form.number.errors = [_("%(title)s. %(remedy)s", title=trouble.title, remedy=trouble.remedy)]
        return _ticket_page(callback, form), trouble.status
    change(lambda db: audit(db, "callback.number", "callback", ticket, number=[before, wanted]))
    flash(_("The customer will be called at %(number)s.", number=wanted), "success")
    return redirect(url_for("callbacks.show", ticket=ticket))


@bp.post("/<ticket>/hurry")
@permission(Permission.CALLBACKS_EDIT)
def hurry(ticket: str) -> ResponseReturnValue:
    """Have the customer called as soon as an agent is free."""
    number = find(Callback, ticket).number
    order(HurryCallback(by=person().login, ticket=ticket))
    change(lambda db: audit(db, "callback.hurry", "callback", ticket, number=number))
    begin, end = store.callable_hours(session())
    if begin <= local(services().clock()).time() < end:
        flash(_("%(number)s will be called as soon as an agent is free.", number=number), "success")
    else:
        flash(
            _(
                "%(number)s will be called first thing: customers are called from %(begin)s only.",
                number=number,
                begin=f"{begin:%H:%M}",
            ),
            "warning",
        )
    return redirect(url_for("callbacks.show", ticket=ticket))


@bp.route("/hours", methods=["GET", "POST"])
@permission(Permission.SETTINGS_EDIT)
def hours() -> ResponseReturnValue:
    """From when to when customers may be called back."""
    before = store.callable_hours(session())
    form = HoursForm(data={"begin": f"{before[0]:%H:%M}", "end": f"{before[1]:%H:%M}"})
    if form.is_submitted() and form.validate():
        try:
            wanted = callable_hours(f"{form.begin.data}-{form.end.data}")
        except BadHours:
            form.end.errors = [_("Give two times of one day, such as 09:00 and 20:00, the later one here.")]
        else:

            def save(db: Session) -> None:
                store.set_callable_hours(db, wanted)
                said = [written_hours(before), written_hours(wanted)]
                audit(db, "callback.hours", "setting", "callbacks.hours", hours=said)

            change(save)
            announce("calendar")
            flash(_("Customers are called back from %(hours)s.", hours=written_hours(wanted)), "success")
            return redirect(url_for("callbacks.index"))
    return render_template("callbacks/hours.html", form=form), (422 if form.errors else 200)


def _ticket_page(callback: Callback, form: NumberForm) -> str:
    names = names_in(Scope("all"))
    entries = store.journal_of_ticket(session(), callback)
    return render_template(
        "callbacks/show.html",
        callback=callback,
        form=form,
        names=names,
        open=callback.state in OPEN_STATES,
        attempts=store.attempts_in(entries),
        steps=told(entries, names, of=callback.interaction_id),
        now=from_epoch(services().clock()),
        hours=written_hours(store.callable_hours(session())),
    )
