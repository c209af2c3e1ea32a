"""Data sources: list, new, change, try, upload the rows of a table, delete."""

from __future__ import annotations

from pathlib import Path
from typing import Any, Final

import gevent
from flask import Blueprint, flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from flask_babel import LazyString
from flask_babel import gettext as _
from flask_babel import lazy_gettext as _l
from sqlalchemy.orm import Session
from wtforms import BooleanField, IntegerField, PasswordField, SelectField, StringField, TextAreaField

from hotline.domain.permissions import Permission
from hotline.lookups import source as plain
from hotline.lookups import sql
from hotline.lookups.asking import ask
from hotline.lookups.source import LookUpFailed, database_url, faults
from hotline.lookups.table import BadRow, BadTable, read_table
from hotline.store.base import from_epoch
from hotline.store.errors import Conflict, InUse
from hotline.store.queries import sources as store
from hotline.store.sources import DataSource
from hotline.store.vault import VaultError
from webadmin.audit import audit, differences
from webadmin.database import change, session
from webadmin.forms import Form, at_most, between, code_name, options, required, stripped
from webadmin.guard import permission
from webadmin.identity import person
from webadmin.lookup import find
from webadmin.services import services

bp = Blueprint("sources", __name__, url_prefix="/sources")

KIND_NAMES: Final[dict[str, LazyString]] = {
    "http": _l("HTTP service"),
    "sql": _l("Database"),
    "table": _l("Uploaded table"),
}
_FAULTS: Final[dict[str, LazyString]] = {
    "bad_kind": _l("Choose one of the list."),
    "bad_timeout": _l("A whole number from 1 to 10."),
    "bad_results": _l(
        "One a line, at most 30: the name of the data (letters, digits, - and _), =, and the path."
    ),
    "bad_address": _l("Use http:// or https://, one host without parameters, and parameters behind it only."),
    "bad_body": _l("Each dollar sign must be followed by the name of a parameter in braces."),
    "bad_header": _l("One a line: name, colon, value. The only placeholder is the secret."),
    "bad_database": _l(
        "Use an address such as mysql+pymysql://reader@host/database or sqlite:////path/to/file."
    ),
    "password_in_address": _l("Leave the password out of the address, and enter it as the secret."),
    "bad_query": _l("Write one SELECT, without INTO and FOR UPDATE."),
    "own_database": _l("The files of this platform cannot be a data source."),
}
_TABLE_FAULTS: Final[dict[str, LazyString]] = {
    "too_large": _l("The file is larger than 4 MiB."),
    "bad_header": _l(
        "The first row must name the columns: the key, then up to 30 names of letters, digits, - and _."
    ),
    "not_csv": _l("The file is no CSV in UTF-8 or GB18030."),
}
_ROW_FAULTS: Final[dict[str, LazyString]] = {
    "bad_key": _l("without a key, or with one of more than 100 characters"),
    "wrong_width": _l("not as many cells as the first row"),
    "twice": _l("the key was there before"),
    "too_long": _l("a value of more than 500 characters"),
    "too_many": _l("beyond the 20,000th row"),
}
_ADDRESS_EXAMPLE: Final = "https://tax.example.cn/taxpayers/${number}"
_AUDITED: Final = ("name", "address", "query", "headers", "results", "timeout_s", "allow_private", "active")
# An answer may be held up by what the limits of the source do not see, such as a name server.
_PATIENCE_SECONDS: Final = 1.0
_MOST_SHOWN: Final = 20


class SourceForm(Form):
    code = StringField(_l("Code"), [required(), code_name()], filters=[stripped])
    name = StringField(_l("Name"), [required(), at_most(80)], filters=[stripped])
    kind = SelectField(
        _l("Kind"),
        choices=options(KIND_NAMES.items()),
        default="http",
        render_kw={"data-shows": "form", "data-name": "kind"},
    )
    address = StringField(_l("Address"), [at_most(1000)], filters=[stripped])
    query = TextAreaField(_l("Query or body"), [at_most(4000)], filters=[stripped])
    headers = TextAreaField(_l("Headers"), [at_most(2000)])
    secret = PasswordField(_l("Secret"), [at_most(500)])
    results = TextAreaField(_l("Results"), [at_most(4000)])
    timeout_s = IntegerField(_l("Time limit (seconds)"), [between(1, 10)], default=3)
    allow_private = BooleanField(_l("May be in a private network"))
    active = BooleanField(_l("Active"), default=True)

    def show_faults(self, source: plain.DataSource) -> bool:
        """Put what is wrong at its field; whether there is anything."""
        found = dict(faults(source))
        if "address" not in found and _is_own(source):
            found["address"] = "own_database"
        for name, code in found.items():
            self[name].errors = [*self[name].errors, str(_FAULTS[code])]
        return bool(found)


@bp.get("/")
@permission(Permission.SOURCES_EDIT)
def index() -> ResponseReturnValue:
    db = session()
    return render_template(
        "sources/index.html", sources=store.sources(db), sizes=store.sizes(db), kinds=KIND_NAMES
    )


@bp.route("/new", methods=["GET", "POST"])
@permission(Permission.SOURCES_EDIT)
def create() -> ResponseReturnValue:
    form, me, now = SourceForm(), person(), from_epoch(services().clock())
    if form.validate_on_submit() and not form.show_faults(_plain(form, form.code.data, form.kind.data)):
        row = DataSource(code=form.code.data, kind=form.kind.data, updated_by=me.login, updated_at=now)
        _fill(row, form)

        def add(db: Session) -> None:
            store.add_source(db, row)
            audit(db, "source.create", "source", row.code, kind=row.kind, **_audited(row))

        try:
            change(add)
        except Conflict as error:
            form.show(error)
        else:
            flash(_("Data source %(name)s was created. Try it below.", name=row.name), "success")
            return redirect(url_for("sources.edit", code=row.code))
    return _page(form, None)


@bp.route("/<code>/edit", methods=["GET", "POST"])
@permission(Permission.SOURCES_EDIT)
def edit(code: str) -> ResponseReturnValue:
    source = find(DataSource, code)
    form = _form(source)
    if form.validate_on_submit() and not form.show_faults(_plain(form, code, source.kind)):
        me, now = person(), from_epoch(services().clock())

        def save(db: Session) -> None:
            row = find(DataSource, code, db=db)
            before, sealed = _audited(row), row.sealed_secret
            _fill(row, form)
            row.updated_by, row.updated_at = me.login, now
            changed = differences(before, _audited(row))
            new_secret = sealed != row.sealed_secret
            if changed or new_secret:
                audit(db, "source.update", "source", code, new_secret=new_secret, **changed)

        change(save)
        flash(
            _("Data source %(name)s was saved. The next look-up asks it so.", name=form.name.data), "success"
        )
        return redirect(url_for("sources.edit", code=code))
    return _page(form, source)


@bp.post("/<code>/try")
@permission(Permission.SOURCES_EDIT)
def try_out(code: str) -> ResponseReturnValue:
    """Ask the source as a call would, with the parameters of the form."""
    source = find(DataSource, code)
    given = _pairs(request.form.get("parameters", ""), "=")
    found: dict[str, str] | None = None
    try:
        asked = store.as_plain(source, services().vault)
        found = _ask(asked, given)
        outcome = "found" if found is not None else "not_found"
        problem = ""
    except (LookUpFailed, VaultError) as error:
        outcome, problem = "failed", str(error)
    change(lambda db: audit(db, "source.try", "source", code, outcome=outcome))
    tried: dict[str, object] = {"outcome": outcome, "values": found or {}, "problem": problem}
    return _page(
        _form(source, fresh=True), source, tried=tried, parameters=request.form.get("parameters", "")
    )


@bp.post("/<code>/upload")
@permission(Permission.SOURCES_EDIT)
def upload(code: str) -> ResponseReturnValue:
    """Replace the rows of a table by those of a file; bad rows are set aside and told."""
    source, sent = find(DataSource, code), request.files.get("file")
    if source.kind != "table" or sent is None or not sent.filename:
        flash(_("Choose a file first."), "error")
        return redirect(url_for("sources.edit", code=code))
    try:
        table = read_table(sent.read())
    except BadTable as error:
        flash(str(_TABLE_FAULTS[error.code]), "error")
        return redirect(url_for("sources.edit", code=code))
    me, now = person(), from_epoch(services().clock())

    def replace(db: Session) -> None:
        store.replace_rows(db, find(DataSource, code, db=db), table.rows, by=me.login, at=now)
        audit(db, "source.upload", "source", code, rows=len(table.rows), bad=len(table.bad))

    change(replace)
    flash(_("The table has %(n)s rows now.", n=len(table.rows)), "success")
    if not table.bad:
        return redirect(url_for("sources.edit", code=code))
    return _page(_form(source, fresh=True), source, bad=table.bad)


@bp.post("/<code>/delete")
@permission(Permission.SOURCES_EDIT)
def delete(code: str) -> ResponseReturnValue:
    """Delete a source that no published flow asks."""
    name = find(DataSource, code).name

    def remove(db: Session) -> None:
        if flows := store.flows_that_ask(db, code):
            raise InUse(code, ", ".join(flows))
        db.delete(find(DataSource, code, db=db))
        audit(db, "source.delete", "source", code, name=name)

    try:
        change(remove)
    except InUse as error:
        flash(
            _("%(name)s is asked by the flows %(flows)s. Change them first.", name=name, flows=error.users),
            "error",
        )
    else:
        flash(_("Data source %(name)s was deleted.", name=name), "success")
    return redirect(url_for("sources.index"))


def _page(
    form: SourceForm,
    source: DataSource | None,
    *,
    tried: dict[str, object] | None = None,
    parameters: str = "",
    bad: tuple[BadRow, ...] = (),
) -> ResponseReturnValue:
    page = render_template(
        "sources/form.html",
        form=form,
        source=source,
        kinds=KIND_NAMES,
        address_example=_ADDRESS_EXAMPLE,
        rows=store.sizes(session()).get(source.id, 0) if source else 0,
        tried=tried,
        parameters=parameters,
        bad=[(row.line, _ROW_FAULTS[row.code]) for row in bad[:_MOST_SHOWN]],
        more_bad=max(0, len(bad) - _MOST_SHOWN),
    )
    return page, (422 if form.errors else 200)


def _form(source: DataSource, *, fresh: bool = False) -> SourceForm:
    data = {
        "name": source.name,
        "address": source.address,
        "query": source.query,
        "headers": _lines(source.headers, ": "),
        "results": _lines(source.results, " = "),
        "timeout_s": source.timeout_s,
        "allow_private": source.allow_private,
        "active": source.active,
    }
    form = SourceForm(formdata=None, data=data) if fresh else SourceForm(data=data)
    del form.code, form.kind
    return form


def _plain(form: SourceForm, code: str, kind: str) -> plain.DataSource:
    return plain.DataSource(
        code=code,
        name=form.name.data,
        kind=kind,
        address=form.address.data or "",
        query=form.query.data or "",
        headers=_pairs(form.headers.data or "", ":"),
        secret=form.secret.data or "",
        results=_pairs(form.results.data or "", "="),
        timeout_s=form.timeout_s.data,
        allow_private=form.allow_private.data,
    )


def _fill(row: DataSource, form: SourceForm) -> None:
    row.name, row.address, row.query = form.name.data, form.address.data or "", form.query.data or ""
    row.headers = _pairs(form.headers.data or "", ":")
    row.results = _pairs(form.results.data or "", "=")
    row.timeout_s = form.timeout_s.data
    row.allow_private, row.active = form.allow_private.data, form.active.data
    if form.secret.data:
        row.sealed_secret = services().vault.seal(form.secret.data)


def _audited(row: DataSource) -> dict[str, Any]:
    return {name: getattr(row, name) for name in _AUDITED}


def _is_own(source: plain.DataSource) -> bool:
    """Whether it is a file of this installation, such as its database with all accounts."""
    if not sql.blocks(source):
        return False
    url = database_url(source)
    path = Path((url.database if url else "") or "").resolve()
    return path.is_relative_to(services().settings.home.resolve())


def _ask(source: plain.DataSource, parameters: dict[str, str]) -> dict[str, str] | None:
    too_slow = LookUpFailed(_("it did not answer in time"))
    with gevent.Timeout(source.timeout_s + _PATIENCE_SECONDS, too_slow):
        if sql.blocks(source):
            found = services().blocking(sql.ask, source, parameters, float(source.timeout_s))
            return dict(found) if isinstance(found, dict) else None
        return ask(
            source, parameters, source.timeout_s, lambda code, key: store.find_row(session(), code, key)
        )


def _pairs(text: str, mark: str) -> dict[str, str]:
    """Lines of two parts; a line without the mark has an empty second part, which the check refuses."""
    found = {}
    for line in text.splitlines():
        if line.strip():
            name, _mark, value = line.partition(mark)
            found[name.strip()] = value.strip()
    return found


def _lines(pairs: dict[str, str], mark: str) -> str:
    return "\n".join(f"{name}{mark}{value}" for name, value in pairs.items())
