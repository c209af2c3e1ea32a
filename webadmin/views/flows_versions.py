"""The versions of a flow: listed, compared in words and on the canvas, gone on from, published, planned."""

from __future__ import annotations

from flask import Blueprint, render_template
from flask.typing import ResponseReturnValue

from hotline.domain.permissions import Permission
from hotline.store.queries.versions import versions_of
from webadmin import versions as shared
from webadmin.database import session
from webadmin.flows import compare as comparing
from webadmin.flows.drafts import answer
from webadmin.flows.opened import FLOWS, open_flow
from webadmin.guard import permission

bp = Blueprint("flows_versions", __name__, url_prefix="/flows")


@bp.get("/<code>/versions")
@permission(Permission.FLOWS_VIEW)
def versions(code: str) -> ResponseReturnValue:
    opened = open_flow(code)
    return render_template("versions/list.html", opened=opened, versions=versions_of(session(), opened.row))


@bp.get("/<code>/compare")
@permission(Permission.FLOWS_VIEW)
def compare(code: str) -> ResponseReturnValue:
    """What changed from version ``before`` to version ``after``: by default from the published to the
    newest one.
    """
    opened = open_flow(code)
    old, new = shared.compared(opened)
    return render_template(
        "flows/compare.html",
        opened=opened,
        versions=versions_of(session(), opened.row),
        old=old,
        new=new,
        changes=comparing.compare(old.content, new.content),
    )


@bp.get("/<code>/compare/drawing")
@permission(Permission.FLOWS_VIEW)
def drawing(code: str) -> ResponseReturnValue:
    """Both versions on one canvas, for its script."""
    opened = open_flow(code)
    old, new = shared.compared(opened)
    return answer(**comparing.overlay(old.content, new.content, opened.names))


@bp.post("/<code>/continue")
@permission(Permission.FLOWS_EDIT)
def continue_from(code: str) -> ResponseReturnValue:
    """Make the content of the old version ``number`` the newest draft."""
    return shared.continue_from(open_flow(code, shared.asked_number()))


@bp.post("/<code>/publish")
@permission(Permission.FLOWS_PUBLISH)
def publish(code: str) -> ResponseReturnValue:
    """Give callers the version ``number``: now, or at the local time ``at``.

    An older version than they have now is a rollback.
    """
    opened = open_flow(code, shared.asked_number())
    return shared.publish(opened, len(opened.problems))


@bp.post("/<code>/publish/cancel")
@permission(Permission.FLOWS_PUBLISH)
def cancel(code: str) -> ResponseReturnValue:
    """Version ``number`` is not published at the time that was planned."""
    return shared.cancel(FLOWS, code, shared.asked_number())
