"""Agent groups: list, new, rename, delete."""

from __future__ import annotations

from flask import Blueprint, flash, redirect, render_template, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _
from flask_babel import lazy_gettext as _l
from sqlalchemy.orm import Session
from wtforms import SelectField, StringField

from hotline.domain.permissions import Permission
from hotline.store.errors import Conflict, InUse, Invalid
from hotline.store.queries.access import organisations
from hotline.store.queries.groups import create_group, delete_group, groups_with_sizes
from hotline.store.seats import Group
from webadmin.audit import audit
from webadmin.database import change, session
from webadmin.forms import Form, at_most, code_name, options, required, stripped
from webadmin.guard import permission
from webadmin.identity import person
from webadmin.live.commands import announce
from webadmin.lookup import find

bp = Blueprint("groups", __name__, url_prefix="/groups")


class GroupForm(Form):
    code = StringField(_l("Code"), [required(), code_name()], filters=[stripped])
    name = StringField(_l("Name"), [required(), at_most(80)], filters=[stripped])
    organisation = SelectField(_l("Organisation"))

    def fill_choices(self) -> None:
        self.organisation.choices = options(
            (o.code, o.name) for o in organisations(session(), person().scope)
        )


class NameForm(Form):
    name = StringField(_l("Name"), [required(), at_most(80)], filters=[stripped])


@bp.get("/")
@permission(Permission.AGENTS_VIEW)
def index() -> ResponseReturnValue:
    return _page(GroupForm(formdata=None))


@bp.post("/")
@permission(Permission.GROUPS_EDIT)
def create() -> ResponseReturnValue:
    form, me = GroupForm(), person()
    form.fill_choices()
    if form.validate():
        code, name, organisation = form.code.data, form.name.data, form.organisation.data

        def add(db: Session) -> None:
            create_group(db, me.scope, code, name, organisation)
            audit(db, "group.create", "group", code, name=name, organisation=organisation)

        try:
            change(add)
        except (Conflict, Invalid) as error:
            form.show(error)
        else:
            flash(_("Group %(name)s was created.", name=name), "success")
            return redirect(url_for("groups.index"))
    return _page(form), 422


@bp.route("/<code>/edit", methods=["GET", "POST"])
@permission(Permission.GROUPS_EDIT)
def edit(code: str) -> ResponseReturnValue:
    group = find(Group, code)
    form = NameForm(data={"name": group.name})
    if form.validate_on_submit():
        name = form.name.data

        def rename(db: Session) -> None:
            row = find(Group, code, db=db)
            audit(db, "group.update", "group", code, name=[row.name, name])
            row.name = name

        change(rename)
        announce("agents")
        flash(_("Group %(name)s was saved.", name=name), "success")
        return redirect(url_for("groups.index"))
    return render_template("groups/edit.html", form=form, group=group), (422 if form.errors else 200)


@bp.post("/<code>/delete")
@permission(Permission.GROUPS_EDIT)
def delete(code: str) -> ResponseReturnValue:
    """Delete an empty group; one with agents stays, and the page says why."""
    name = find(Group, code).name

    def remove(db: Session) -> None:
        delete_group(db, find(Group, code, db=db))
        audit(db, "group.delete", "group", code, name=name)

    try:
        change(remove)
    except InUse as error:
        flash(
            _("%(name)s still has %(n)s agents. Move them to another group first.", name=name, n=error.users),
            "error",
        )
    else:
        flash(_("Group %(name)s was deleted.", name=name), "success")
    return redirect(url_for("groups.index"))


def _page(form: GroupForm) -> str:
    form.fill_choices()
    return render_template(
        "groups/index.html", form=form, groups=groups_with_sizes(session(), person().scope)
    )
