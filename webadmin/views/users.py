"""Accounts and roles. Seats have their accounts from the agents' pages; here are all, with their rights."""

from __future__ import annotations

from flask import Blueprint, flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _
from flask_babel import lazy_gettext as _l
from sqlalchemy import or_, select
from sqlalchemy.orm import Session, joinedload
from werkzeug.exceptions import Forbidden
from wtforms import BooleanField, SelectField, StringField

from hotline.domain.permissions import Permission
from hotline.store.access import Role, User
from hotline.store.queries.access import roles, users_within
from hotline.store.queries.agents import escape_like, may_grant
from webadmin.audit import audit, differences
from webadmin.database import change, session
from webadmin.forms import Form, at_most, options, required, stripped
from webadmin.guard import permission
from webadmin.identity import person
from webadmin.labels import PERMISSIONS
from webadmin.lookup import find
from webadmin.paging import paged

bp = Blueprint("users", __name__, url_prefix="/users")


class UserForm(Form):
    name = StringField(_l("Person's name"), [required(), at_most(80)], filters=[stripped])
    role = SelectField(_l("Role"))
    active = BooleanField(_l("Active"))


@bp.get("/")
@permission(Permission.USERS_VIEW)
def index() -> ResponseReturnValue:
    text = request.args.get("q", "").strip()
    statement = select(User).where(users_within(person().scope)).order_by(User.login)
    if text:
        like = f"%{escape_like(text)}%"
        statement = statement.where(
            or_(User.login.like(like, escape="\\"), User.name.like(like, escape="\\"))
        )
    statement = statement.options(joinedload(User.role), joinedload(User.organisation))
    return render_template(
        "users/index.html",
        page=paged(session(), statement),
        text=text,
        roles=roles(session()),
        permission_words=PERMISSIONS,
    )


@bp.route("/<login>/edit", methods=["GET", "POST"])
@permission(Permission.USERS_EDIT)
def edit(login: str) -> ResponseReturnValue:
    """Change an account's name, role and whether it may sign in; its sessions end when the rights change."""
    user, me = find(User, login), person()
    if not may_grant(me.permissions, me.scope.kind, user.role):
        raise Forbidden
    before = {"name": user.name, "role": user.role.code, "active": user.active}
    form = UserForm(data=before)
    form.role.choices = options(
        (role.code, role.name)
        for role in roles(session())
        if role.code == user.role.code or may_grant(me.permissions, me.scope.kind, role)
    )
    own = user.id == me.user_id
    if form.validate_on_submit():
        after = {"name": form.name.data, "role": form.role.data, "active": form.active.data}
        if own and (after["role"] != before["role"] or not after["active"]):
            form.role.errors = [_("Nobody changes the own rights. Ask another administrator.")]
        else:
            change(lambda db: _save(db, login, before, after))
            flash(_("Account %(login)s was saved.", login=login), "success")
            return redirect(url_for("users.index"))
    return render_template("users/edit.html", form=form, user=user), (422 if form.errors else 200)


def _save(db: Session, login: str, before: dict[str, object], after: dict[str, object]) -> None:
    user = find(User, login, db=db)
    user.name = str(after["name"])
    user.role_id = find(Role, after["role"], db=db).id
    user.active = bool(after["active"])
    changed = differences(before, after)
    if "role" in changed or "active" in changed:
        user.session_epoch += 1
    if changed:
        audit(db, "user.update", "user", login, **changed)
