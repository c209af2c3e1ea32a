"""Closing at once (紧急关闭): switched on and off with one click and a question, by plans prepared beforehand."""

from __future__ import annotations

from typing import Any, Final

from flask import Blueprint, flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _
from flask_babel import lazy_gettext as _l
from sqlalchemy.orm import Session

from hotline.domain.emergency import PROMPT, WAITING, Emergency, Plan
from hotline.domain.permissions import Permission
from hotline.store.queries import emergency as store
from webadmin.audit import audit
from webadmin.database import change, session
from webadmin.flows.opened import names as flow_names
from webadmin.guard import permission
from webadmin.identity import person, person_or_none
from webadmin.live.commands import announce
from webadmin.queues.form import numbered_rows
from webadmin.services import services

bp = Blueprint("emergency", __name__, url_prefix="/emergency")

MOST_PLANS: Final = 12
WORDS: Final = {
    "serve": _l("They are served still"),
    "prompt": _l("They hear the announcement, and the call ends"),
    "voicemail": _l("They may leave a message"),
    "callback": _l("They are called back"),
}


@bp.app_context_processor
def shared() -> dict[str, Any]:
    return {"closed_at_once": _on_every_page, "emergency_words": WORDS}


@bp.get("/")
@permission(Permission.EMERGENCY_SWITCH)
def index() -> ResponseReturnValue:
    return _page(store.plans(session()), {})


@bp.post("/on")
@permission(Permission.EMERGENCY_SWITCH)
def switch_on() -> ResponseReturnValue:
    """Close at once by the plan whose place in the list is sent."""
    plans, me = store.plans(session()), person()
    chosen = request.form.get("plan", "")
    if not chosen.isdigit() or int(chosen) >= len(plans):
        flash(_("Choose one of the plans."), "error")
        return redirect(url_for("emergency.index"))
    plan, now = plans[int(chosen)], services().clock()

    def turn(db: Session) -> None:
        store.switch_on(db, plan, by=me.login, now=now)
        audit(db, "emergency.on", "emergency", plan.name[:64], prompt=plan.prompt, waiting=plan.waiting)

    change(turn)
    _told(announce("emergency"), _("The hotline is closed at once: %(name)s.", name=plan.name))
    return redirect(url_for("emergency.index"))


@bp.post("/off")
@permission(Permission.EMERGENCY_SWITCH)
def switch_off() -> ResponseReturnValue:
    def turn(db: Session) -> None:
        before = store.switch_off(db)
        if before is not None:
            audit(db, "emergency.off", "emergency", before.plan.name[:64], since=before.since)

    change(turn)
    _told(announce("emergency"), _("The emergency is over: the hotline follows the calendar again."))
    return redirect(url_for("emergency.index"))


@bp.post("/plans")
@permission(Permission.SETTINGS_EDIT)
def save_plans() -> ResponseReturnValue:
    """Store the plans of the form, in their order."""
    known = flow_names(session()).prompts
    wanted, errors = [], {}
    for place, row in enumerate(numbered_rows(request.form, "plan")):
        plan = Plan(row.get("name", "").strip(), row.get("prompt", ""), row.get("waiting", ""))
        wanted.append(plan)
        if not plan.name or len(plan.name) > 40:
            errors[f"{place}.name"] = _("Give the plan a name of at most 40 characters.")
        if plan.prompt not in known and plan.prompt != PROMPT:
            errors[f"{place}.prompt"] = _("Choose the prompt that callers hear.")
        if plan.waiting not in WAITING:
            errors[f"{place}.waiting"] = _("Say what becomes of those who wait.")
    if len(wanted) > MOST_PLANS:
        errors["plans"] = _("At most %(n)s plans. Remove some.", n=MOST_PLANS)
    if errors:
        return _page(wanted, errors), 422

    def save(db: Session) -> None:
        before = [plan.name for plan in store.plans(db)]
        store.set_plans(db, wanted)
        audit(db, "emergency.plans", "emergency", "plans", names=[before, [plan.name for plan in wanted]])

    change(save)
    flash(_("The emergency plans were saved."), "success")
    return redirect(url_for("emergency.index"))


def _told(heard: bool, said: str) -> None:
    flash(
        said if heard else said + " " + _("The call side does not answer at the moment."),
        "success" if heard else "warning",
    )


def _on_every_page() -> Emergency | None:
    """For the banner above every page."""
    return store.current(session()) if person_or_none() else None


def _page(plans: list[Plan], errors: dict[str, str]) -> str:
    known = flow_names(session())
    return render_template(
        "emergency/index.html",
        current=store.current(session()),
        prepared=store.plans(session()),
        plans=plans,
        errors=errors,
        texts=known.prompts,
        prompts=[(prompt, f"{prompt} · {known.prompts[prompt][:40]}") for prompt in known.offered],
    )
