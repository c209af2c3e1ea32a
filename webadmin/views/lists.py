"""The caller lists: VIP (名单), black and white; searched, changed, brought in from files."""

from __future__ import annotations

from functools import partial
from typing import Final

import gevent
from flask import Blueprint, Response, flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _
from flask_babel import lazy_gettext as _l
from sqlalchemy.orm import Session
from wtforms import SelectField, StringField

from hotline.domain.permissions import Permission
from hotline.store.base import from_epoch
from hotline.store.errors import Conflict
from hotline.store.lists import CallerEntry
from hotline.store.queries import lists as store
from hotline.store.queries.lists import EntryDetails, EntryFilter
from webadmin.audit import audit, differences
from webadmin.caller_entries import BadEntry, last_day, make_entry, read_entries, written_number
from webadmin.database import change, session
from webadmin.forms import Form, at_most, options, required, stripped
from webadmin.guard import permission
from webadmin.identity import own_organisation, person
from webadmin.labels import choices
from webadmin.live.commands import announce
from webadmin.lookup import find
from webadmin.paging import paged
from webadmin.services import services
from webadmin.tables import BadRow, as_csv

bp = Blueprint("lists", __name__, url_prefix="/lists")

_LARGEST: Final = 16_000_000
_SHOWN_BAD: Final = 200


class EntryForm(Form):
    kind = SelectField(_l("List"), choices=options(choices("list")))
    number = StringField(_l("Number"), [required(), at_most(40)], filters=[stripped])
    bonus = StringField(_l("Priority bonus"), [at_most(3)], filters=[stripped])
    until = StringField(_l("Valid until"), filters=[stripped])
    note = StringField(_l("Note"), [at_most(200)], filters=[stripped])

    def details(self) -> EntryDetails:
        """Raises :class:`BadEntry`."""
        values = [self[name].data or "" for name in ("kind", "number", "bonus", "until", "note")]
        return make_entry(*values, area=store.area_code(session()))


@bp.get("/")
@permission(Permission.LISTS_VIEW)
def index() -> ResponseReturnValue:
    return _page(EntryForm(formdata=None), [])


@bp.post("/")
@permission(Permission.LISTS_EDIT)
def create() -> ResponseReturnValue:
    form = EntryForm()
    details = _read(form)
    if details is None:
        return _page(form, []), 422
    me, now = person(), from_epoch(services().clock())
    organisation = own_organisation()

    def add(db: Session) -> None:
        store.add_entry(db, organisation, details, by=me.login, now=now)
        audit(db, "list.add", "caller", details.number, **details.as_data())

    try:
        change(add)
    except Conflict as error:
        form.show(error)
        return _page(form, []), 422
    announce("lists")
    flash(_("%(number)s was added.", number=details.number), "success")
    return redirect(url_for("lists.index", kind=details.kind))


@bp.route("/<int:entry_id>/edit", methods=["GET", "POST"])
@permission(Permission.LISTS_EDIT)
def edit(entry_id: int) -> ResponseReturnValue:
    entry = find(CallerEntry, entry_id)
    before = store.details_of(entry)
    form = EntryForm(
        data={
            "kind": before.kind,
            "number": written_number(before.number, is_prefix=before.is_prefix),
            "bonus": str(before.bonus or ""),
            "until": last_day(before.expires_at),
            "note": before.note,
        }
    )
    details = _read(form) if form.is_submitted() else None
    if details is not None:
        wanted = details

        def save(db: Session) -> None:
            store.update_entry(db, find(CallerEntry, entry_id, db=db), wanted)
            changed = differences(before.as_data(), wanted.as_data())
            audit(db, "list.update", "caller", wanted.number, **changed)

        try:
            change(save)
        except Conflict as error:
            form.show(error)
        else:
            announce("lists")
            flash(_("%(number)s was saved.", number=wanted.number), "success")
            return redirect(url_for("lists.index", kind=wanted.kind))
    return render_template("lists/form.html", form=form, entry=entry), (422 if form.errors else 200)


@bp.post("/delete")
@permission(Permission.LISTS_EDIT)
def delete() -> ResponseReturnValue:
    """Remove the entries that were ticked."""
    ids = [int(text) for text in request.form.getlist("id") if text.isdigit() and len(text) < 10]
    scope = person().scope

    def remove(db: Session) -> int:
        gone = store.delete_entries(db, scope, ids)
        audit(db, "list.delete", "caller", "", entries=gone)
        return gone

    if ids:
        gone = change(remove)
        announce("lists")
        flash(_("%(n)s entries were removed.", n=gone), "success")
    else:
        flash(_("Tick the entries first."), "error")
    return redirect(url_for("lists.index", kind=request.form.get("kind", "")))


@bp.post("/import")
@permission(Permission.LISTS_EDIT)
def import_entries() -> ResponseReturnValue:
    """Take the entries of a file. Rows that are none are shown with the reason; the others are saved."""
    sent = request.files.get("file")
    if sent is None or not sent.filename:
        flash(_("Choose a file first."), "error")
        return redirect(url_for("lists.index"))
    name = sent.filename
    entries, bad = read_entries(sent.read(_LARGEST), area=store.area_code(session()))
    if entries:
        known = _put(entries)
        change(
            lambda db: audit(
                db, "list.import", "caller", name[:64], entries=len(entries), replaced=known, refused=len(bad)
            )
        )
        announce("lists")
        flash(
            _("%(n)s entries were taken over, %(known)s of them replaced.", n=len(entries), known=known),
            "success",
        )
    if not bad:
        return redirect(url_for("lists.index"))
    return _page(EntryForm(formdata=None), bad, file=name), 422


@bp.get("/export.csv")
@permission(Permission.LISTS_VIEW)
def export() -> ResponseReturnValue:
    """The entries that the page shows, as a file that can be imported again."""
    wanted = _wanted()
    now = from_epoch(services().clock())
    rows = [
        (
            entry.kind,
            written_number(entry.number, is_prefix=entry.is_prefix),
            entry.bonus or "",
            last_day(entry.expires_at),
            entry.note,
        )
        for entry in session().scalars(store.entries_matching(person().scope, wanted, now))
    ]
    change(lambda db: audit(db, "list.export", "caller", wanted.kind, entries=len(rows)))
    return Response(
        as_csv(("list", "number", "bonus", "until", "note"), rows),
        mimetype="text/csv",
        headers={"Content-Disposition": 'attachment; filename="callers.csv"'},
    )


def _put(entries: list[EntryDetails]) -> int:
    """Write in small pieces, so that calls and other pages get their turn; how many were there already."""
    me, now = person(), from_epoch(services().clock())
    organisation = own_organisation()
    known = 0
    for begin in range(0, len(entries), store.BATCH):
        piece = entries[begin : begin + store.BATCH]
        known += change(
            partial(store.put_entries, organisation=organisation, details=piece, by=me.login, now=now)
        )
        gevent.sleep(0)
    return known


def _read(form: EntryForm) -> EntryDetails | None:
    """What the form says; None when something is wrong, which is then told at its field."""
    if not form.validate():
        return None
    try:
        return form.details()
    except BadEntry as error:
        form[error.field].errors = [*form[error.field].errors, str(error)]
        return None


def _wanted() -> EntryFilter:
    return EntryFilter(
        kind=request.args.get("kind", ""),
        text=request.args.get("q", "").strip(),
        expired={"yes": True, "no": False}.get(request.args.get("expired", "")),
    )


def _page(form: EntryForm, bad: list[BadRow], file: str = "") -> str:
    now, scope, wanted = services().clock(), person().scope, _wanted()
    statement = store.entries_matching(scope, wanted, from_epoch(now))
    return render_template(
        "lists/index.html",
        form=form,
        page=paged(session(), statement),
        wanted=wanted,
        counts=store.numbers_of_each(session(), scope),
        now=from_epoch(now),
        bad=bad[:_SHOWN_BAD],
        refused=len(bad),
        file=file,
        written=written_number,
        last_day=last_day,
    )
