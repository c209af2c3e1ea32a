"""Editing a flow as a whole as text, for experts."""

from __future__ import annotations

from flask import Blueprint, flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _

from hotline.domain.ivr.flow import Flow, dump
from hotline.domain.permissions import Permission
from hotline.store.queries.versions import StaleVersion
from webadmin.flows import text
from webadmin.flows.opened import FLOWS, Opened, open_flow, problems_of
from webadmin.guard import permission
from webadmin.versions import save, stale_text

bp = Blueprint("flows_text", __name__, url_prefix="/flows")


@bp.route("/<code>/text", methods=["GET", "POST"])
@permission(Permission.FLOWS_EDIT)
def edit_text(code: str) -> ResponseReturnValue:
    """The flow as JSON. With ``check`` nothing is saved; it only says what is wrong, line by line."""
    opened = open_flow(code)
    if request.method == "GET":
        return _text_page(opened, text.write(opened.version.content))
    sent = request.files.get("file")
    written = request.form.get("text", "").replace("\r\n", "\n")
    if sent is not None and sent.filename:
        try:
            written = sent.read(text.LONGEST + 1).decode("utf-8-sig").replace("\r\n", "\n")
        except UnicodeDecodeError:
            flash(_("The file is not in UTF-8. Save it as UTF-8."), "error")
            return _text_page(opened, written), 422
    try:
        flow = text.read(written, code, opened.newest)
    except text.BadText as error:
        return _text_page(opened, written, error.mistakes), 422
    if "check" in request.form:
        return _text_page(opened, written, _mistakes(opened, written, flow), checked=True)
    base = request.form.get("base", type=int) or 0
    comment = request.form.get("comment", "").strip() or _("Changed as text")
    try:
        number = save(FLOWS, code, dump(flow), base=base, comment=comment)
    except StaleVersion as error:
        return _text_page(opened, written, stale=error), 409
    flash(_("Version %(n)s was saved as a draft.", n=number), "success")
    return redirect(url_for("flows.show", code=code))


def _mistakes(opened: Opened, written: str, flow: Flow) -> tuple[text.Mistake, ...]:
    """What keeps the flow from being published, at the lines of its text."""
    problems = problems_of(flow, opened.names)
    return tuple(sorted(text.located(written, dump(flow), problems), key=lambda mistake: mistake.line))


def _text_page(
    opened: Opened,
    written: str,
    mistakes: tuple[text.Mistake, ...] = (),
    *,
    checked: bool = False,
    stale: StaleVersion | None = None,
) -> str:
    return render_template(
        "flows/text.html",
        opened=opened,
        text=written,
        mistakes=mistakes,
        checked=checked,
        base=stale.number if stale else opened.newest,
        stale=stale_text(stale) if stale else "",
    )
