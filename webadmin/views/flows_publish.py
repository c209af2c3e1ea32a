"""What callers hear: a version is published now or at a time, rolled back, and plans are cancelled."""

from __future__ import annotations

from datetime import datetime

from flask import Blueprint, flash, redirect, request, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _
from sqlalchemy.orm import Session
from werkzeug.exceptions import NotFound

from hotline.domain.permissions import Permission
from hotline.store import models
from hotline.store.base import from_epoch
from hotline.store.content import FlowVersion
from hotline.store.queries import flows as store
from hotline.store.queries import publishing
from webadmin.audit import audit
from webadmin.database import change
from webadmin.flows.opened import open_flow
from webadmin.formats import LOCAL, date_time
from webadmin.guard import permission
from webadmin.identity import person
from webadmin.live.commands import announce
from webadmin.lookup import find
from webadmin.services import services

bp = Blueprint("flows_publish", __name__, url_prefix="/flows")


@bp.post("/<code>/publish")
@permission(Permission.FLOWS_PUBLISH)
def publish(code: str) -> ResponseReturnValue:
    """Give callers the version ``number``: now, or at the local time ``at``.

    An older version than they have now is a rollback.
    """
    number = request.form.get("number", type=int) or 0
    opened = open_flow(code, number)
    if opened.problems:
        flash(
            _(
                "Version %(version)s was not published: it has %(n)s problems. Correct them first.",
                version=number,
                n=len(opened.problems),
            ),
            "error",
        )
    elif request.form.get("when") == "later":
        _plan(code, number)
    else:
        _publish(code, number)
    return redirect(url_for("flows.show", code=code, version=number))


@bp.post("/<code>/publish/cancel")
@permission(Permission.FLOWS_PUBLISH)
def cancel(code: str) -> ResponseReturnValue:
    """Version ``number`` is not published at the time that was planned."""
    number = request.form.get("number", type=int) or 0

    def forget(db: Session) -> bool:
        version = _version(db, code, number)
        planned = version.publish_at is not None
        publishing.cancel(version)
        if planned:
            audit(db, "flow.plan", "flow", code, version=number, at=None)
        return planned

    if change(forget):
        flash(_("Version %(n)s will not be published by itself.", n=number), "success")
    return redirect(url_for("flows.versions", code=code))


def _publish(code: str, number: int) -> None:
    me, at = person(), from_epoch(services().clock())

    def put(db: Session) -> None:
        version = _version(db, code, number)
        before = publishing.publish_version(version.flow, version, by=me.login, at=at)
        action = "flow.rollback" if before is not None and number < before else "flow.publish"
        audit(db, action, "flow", code, version=[before, number])

    change(put)
    if announce("flows"):
        flash(_("Version %(version)s is published: the next caller hears it.", version=number), "success")
    else:
        flash(
            _(
                "Version %(version)s is published. The call side does not answer at the moment; it takes the "
                "version when it is back.",
                version=number,
            ),
            "warning",
        )


def _plan(code: str, number: int) -> None:
    me, at = person(), _moment(request.form.get("at", ""))
    if at is None or at <= from_epoch(services().clock()):
        flash(_("Choose a time that is still to come."), "error")
        return

    def put(db: Session) -> None:
        publishing.plan(_version(db, code, number), by=me.login, at=at)
        audit(db, "flow.plan", "flow", code, version=number, at=at.isoformat())

    change(put)
    flash(
        _("Version %(n)s will be published at %(at)s.", n=number, at=date_time(at)),
        "success",
    )


def _version(db: Session, code: str, number: int) -> FlowVersion:
    version = store.version_of(db, find(models.Flow, code, db=db), number)
    if version is None:
        raise NotFound
    return version


def _moment(text: str) -> datetime | None:
    """A time on the hotline's wall clock, as a browser sends it."""
    try:
        return datetime.fromisoformat(text).replace(tzinfo=LOCAL)
    except ValueError:
        return None
