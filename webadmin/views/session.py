"""Signing in and out, and the language before that."""

from __future__ import annotations

from typing import Final
from urllib.parse import urlsplit

from flask import Blueprint, abort, flash, redirect, render_template, request, session, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _
from flask_babel import lazy_gettext as _l
from flask_login import login_user, logout_user
from sqlalchemy.orm import Session
from wtforms import PasswordField, StringField

from hotline.store.access import User
from webadmin.audit import audit
from webadmin.database import change
from webadmin.forms import Form, at_most, required, stripped
from webadmin.guard import public, signed_in
from webadmin.i18n import LANGUAGE_KEY, LANGUAGES
from webadmin.identity import Person, person, person_or_none
from webadmin.sign_in import Failure, check_credentials

bp = Blueprint("session", __name__)

MESSAGES: Final = {
    Failure.WRONG: _l("The account or the password is wrong. Check both; the account is your agent number."),
    Failure.LOCKED: _l(
        "Too many wrong passwords. The account is locked for 15 minutes; wait, or ask the administrator."
    ),
    Failure.INACTIVE: _l("This account is switched off. Ask the administrator."),
}


class SignInForm(Form):
    login = StringField(
        _l("Account"), [required(_l("Enter your account, such as 8001.")), at_most(64)], filters=[stripped]
    )
    password = PasswordField(_l("Password"), [required(_l("Enter your password.")), at_most(256)])


@bp.route("/sign-in", methods=["GET", "POST"])
@public
def sign_in() -> ResponseReturnValue:
    if person_or_none() is not None:
        return redirect(_wanted())
    form = SignInForm()
    problem = ""
    if form.validate_on_submit():
        found = check_credentials(form.login.data, form.password.data)
        if isinstance(found, Person):
            # A session that was made before somebody signed in is worth nothing afterwards.
            session.clear()
            session.permanent = True
            login_user(found)
            return redirect(_wanted())
        problem = str(MESSAGES[found])
    return render_template("session/sign_in.html", form=form, problem=problem), (401 if problem else 200)


@bp.post("/sign-out")
@signed_in
def sign_out() -> ResponseReturnValue:
    change(lambda db: audit(db, "session.sign_out", "user", person().login, by=person()))
    logout_user()
    session.clear()
    flash(_("You have signed out."), "success")
    return redirect(url_for("session.sign_in"))


@bp.post("/language/<code>")
@public
def choose_language(code: str) -> ResponseReturnValue:
    """Remember the language: with the account when somebody has signed in, else in the session."""
    if code not in LANGUAGES:
        abort(404)
    session[LANGUAGE_KEY] = code
    someone = person_or_none()
    if someone is not None:

        def remember(db: Session) -> None:
            user = db.get_one(User, someone.user_id)
            user.locale = code

        change(remember)
    return redirect(_back())


def _wanted() -> str:
    """Where the person wanted to go before signing in; only ever a place of this site."""
    return _local(request.args.get("next", "")) or url_for("home.index")


def _back() -> str:
    try:
        came_from = urlsplit(request.referrer or "")
    except ValueError:
        return url_for("home.index")
    same_site = came_from.netloc == request.host
    return (
        _local(came_from.path + (f"?{came_from.query}" if came_from.query else ""))
        if same_site
        else url_for("home.index")
    )


def _local(target: str) -> str:
    """*target* if it is a path of this site, else nothing. ``//host`` and ``/\\host`` are other sites to a
    browser.
    """
    plain = target.startswith("/") and not target.startswith(("//", "/\\")) and target.isprintable()
    return target if plain else ""
