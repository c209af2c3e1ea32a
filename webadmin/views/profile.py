"""One's own account: what one may do, the language, the password."""

from __future__ import annotations

from typing import Final, cast

from flask import Blueprint, flash, redirect, render_template, session, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _
from flask_babel import lazy_gettext as _l
from flask_login import login_user
from sqlalchemy.orm import Session
from wtforms import PasswordField
from wtforms.validators import EqualTo, Length

from hotline.store.access import User
from hotline.store.passwords import hash_password
from webadmin import database
from webadmin.audit import audit
from webadmin.database import change
from webadmin.forms import Form, at_most, required
from webadmin.guard import signed_in
from webadmin.identity import Person, person, person_of
from webadmin.services import services
from webadmin.sign_in import Failure, check_own_password
from webadmin.views.session import MESSAGES

bp = Blueprint("profile", __name__, url_prefix="/profile")

SHORTEST_PASSWORD: Final = 10


class PasswordForm(Form):
    current = PasswordField(_l("Current password"), [required(), at_most(256)])
    new = PasswordField(
        _l("New password"),
        [
            required(),
            Length(
                min=SHORTEST_PASSWORD,
                max=256,
                message=_l("At least %(min)d characters. A short sentence is easy to remember."),
            ),
        ],
    )
    again = PasswordField(
        _l("New password again"),
        [required(), EqualTo("new", message=_l("The two do not match. Type the new password again."))],
    )


@bp.get("/")
@signed_in
def index() -> ResponseReturnValue:
    return _page(PasswordForm())


@bp.post("/password")
@signed_in
def change_password() -> ResponseReturnValue:
    """Change the own password; every other session of the account ends with it."""
    form = PasswordForm()
    me = person()
    if form.validate_on_submit():
        failure = check_own_password(me, form.current.data)
        if failure is Failure.LOCKED:
            form.current.errors = [MESSAGES[failure]]
        elif failure is not None:
            form.current.errors = [_("This is not your current password. Type it again.")]
        elif form.new.data == form.current.data:
            form.new.errors = [_("This is the old password. Choose a new one.")]
        else:
            stored = cast(str, services().blocking(hash_password, form.new.data))

            def store(db: Session) -> Person:
                row = db.get_one(User, me.user_id)
                row.password_hash = stored
                row.session_epoch += 1
                row.failed_sign_ins = 0
                audit(db, "user.change_password", "user", me.login)
                return person_of(db, row)

            again = change(store)
            session.clear()
            session.permanent = True
            login_user(again)
            flash(_("The password was changed. Other sessions of your account have ended."), "success")
            return redirect(url_for("profile.index"))
    return _page(form), 422


def _page(form: PasswordForm) -> str:
    user = database.session().get_one(User, person().user_id)
    return render_template("profile/index.html", form=form, user=user)
