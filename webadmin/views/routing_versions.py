"""The versions of a routing script or rule table: listed, compared line by line, gone on from, published, planned."""

from __future__ import annotations

import difflib

from flask import Blueprint, render_template
from flask.typing import ResponseReturnValue

from hotline.domain.permissions import Permission
from hotline.store.queries.versions import versions_of
from webadmin import versions as shared
from webadmin.database import session
from webadmin.guard import permission
from webadmin.identity import person
from webadmin.routing.opened import SCRIPTS, as_text, mistakes_of, open_script
from webadmin.views.calls import names_in

bp = Blueprint("routing_versions", __name__, url_prefix="/routing")


@bp.get("/<code>/versions")
@permission(Permission.ROUTING_VIEW)
def versions(code: str) -> ResponseReturnValue:
    opened = open_script(code)
    return render_template("versions/list.html", opened=opened, versions=versions_of(session(), opened.row))


@bp.get("/<code>/compare")
@permission(Permission.ROUTING_VIEW)
def compare(code: str) -> ResponseReturnValue:
    """What changed from version ``before`` to version ``after``, line by line."""
    opened = open_script(code)
    old, new = shared.compared(opened)
    names = names_in(person().scope)
    lines = difflib.ndiff(
        as_text(opened, old.content, names).splitlines(), as_text(opened, new.content, names).splitlines()
    )
    return render_template(
        "routing/compare.html",
        opened=opened,
        versions=versions_of(session(), opened.row),
        old=old,
        new=new,
        lines=[(line[:1], line[2:]) for line in lines if not line.startswith("?")],
    )


@bp.post("/<code>/continue")
@permission(Permission.ROUTING_EDIT)
def continue_from(code: str) -> ResponseReturnValue:
    """Make the content of the old version ``number`` the newest draft."""
    return shared.continue_from(open_script(code, shared.asked_number()))


@bp.post("/<code>/publish")
@permission(Permission.ROUTING_PUBLISH)
def publish(code: str) -> ResponseReturnValue:
    """Let version ``number`` decide: now, or from the local time ``at`` on.

    An older one than decides now is a rollback.
    """
    opened = open_script(code, shared.asked_number())
    return shared.publish(opened, len(mistakes_of(opened.row.kind, opened.version.content)))


@bp.post("/<code>/publish/cancel")
@permission(Permission.ROUTING_PUBLISH)
def cancel(code: str) -> ResponseReturnValue:
    """Version ``number`` is not published at the time that was planned."""
    return shared.cancel(SCRIPTS, code, shared.asked_number())
