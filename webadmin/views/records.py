"""The switch's own call records: what came in, what could not be read and why, and an import by hand."""

from __future__ import annotations

import tempfile
from pathlib import Path
from typing import Any, Final

import gevent
from flask import Blueprint, flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _
from sqlalchemy import Select, func, or_, select, true
from werkzeug.utils import secure_filename

from hotline.domain.permissions import Permission
from hotline.store.calls import CallRecord, RejectedRecord
from hotline.store.queries.access import call_records_within
from hotline.store.records import BadImportFile, import_file
from webadmin.audit import audit
from webadmin.database import change, session
from webadmin.guard import permission
from webadmin.identity import person
from webadmin.paging import paged
from webadmin.services import services

bp = Blueprint("records", __name__, url_prefix="/records")

_TABS: Final = ("imported", "rejected")


@bp.get("/")
@permission(Permission.RECORDS_VIEW)
def index() -> ResponseReturnValue:
    tab = request.args.get("tab", "imported")
    tab = tab if tab in _TABS else "imported"
    number = request.args.get("number", "").strip()[:64]
    within = call_records_within(person().scope)
    # What could not be read belongs to nobody that could be told: only those who see everything see it.
    sees_rejected = person().scope.unlimited
    statement: Select[Any]
    if tab == "imported":
        statement = (
            select(CallRecord).where(within).order_by(CallRecord.started_at.desc(), CallRecord.id.desc())
        )
        if number:
            statement = statement.where(or_(CallRecord.caller == number, CallRecord.called == number))
    else:
        statement = select(RejectedRecord).where(true() if sees_rejected else RejectedRecord.id < 0)
        statement = statement.order_by(RejectedRecord.id.desc())
    rejected = (
        (session().scalar(select(func.count()).select_from(RejectedRecord)) or 0) if sees_rejected else 0
    )
    return render_template(
        "records/index.html", tab=tab, page=paged(session(), statement), number=number, rejected=rejected
    )


@bp.post("/import")
@permission(Permission.RECORDS_IMPORT)
def upload() -> ResponseReturnValue:
    """Import an uploaded file; importing it again changes nothing."""
    sent = request.files.get("file")
    if sent is None or not sent.filename:
        flash(_("Choose a file first: .json, .jsonl or .ndjson."), "error")
        return redirect(url_for("records.index"))
    name = secure_filename(sent.filename)
    now, database = services().clock(), services().database
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / f"import{Path(name).suffix.lower()}"
        sent.save(path)
        try:
            report = import_file(
                database, path, now=now, source=name, progress=lambda _report: gevent.sleep(0)
            )
        except BadImportFile:
            flash(
                _("%(name)s cannot be imported. The file must end in .json, .jsonl or .ndjson.", name=name),
                "error",
            )
            return redirect(url_for("records.index"))
    change(
        lambda db: audit(
            db,
            "records.import",
            "records",
            name,
            added=report.added,
            known=report.known,
            rejected=report.rejected,
        )
    )
    flash(
        _(
            "%(name)s: %(added)s new, %(known)s known already, %(rejected)s rejected.",
            name=name,
            added=report.added,
            known=report.known,
            rejected=report.rejected,
        ),
        "error" if report.rejected else "success",
    )
    return redirect(url_for("records.index", tab="rejected" if report.rejected else "imported"))
