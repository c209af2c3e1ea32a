"""One's own keys to the REST interface."""

from __future__ import annotations

from datetime import timedelta
from typing import Final

from flask import Blueprint, flash, redirect, render_template, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _
from flask_babel import lazy_gettext as _l
from werkzeug.exceptions import NotFound
from wtforms import SelectField, StringField

from hotline.domain.permissions import Permission
from hotline.store.base import from_epoch
from hotline.store.queries.access import tokens_of
from webadmin.database import change, session
from webadmin.forms import Form, at_most, options, required, stripped
from webadmin.guard import permission
from webadmin.identity import person
from webadmin.services import services
from webadmin.tokens import issue_token, revoke_token

bp = Blueprint("tokens", __name__, url_prefix="/tokens")

_LIVES: Final = {
    "30": _l("30 days"),
    "90": _l("90 days"),
    "365": _l("1 year"),
    "0": _l("Until it is revoked"),
}


class TokenForm(Form):
    name = StringField(
        _l("Name"),
        [required(_l("Enter what the token is for, such as CRM.")), at_most(80)],
        filters=[stripped],
    )
    life = SelectField(_l("Valid for"), choices=options(_LIVES.items()), default="90")


@bp.get("/")
@permission(Permission.TOKENS_OWN)
def index() -> ResponseReturnValue:
    return _page(TokenForm())


@bp.post("/")
@permission(Permission.TOKENS_OWN)
def create() -> ResponseReturnValue:
    """Make a token and show it, this once."""
    form = TokenForm()
    if not form.validate_on_submit():
        return _page(form), 422
    days = int(form.life.data)
    made = issue_token(person(), form.name.data, timedelta(days=days) if days else None)
    return _page(TokenForm(formdata=None), fresh=made)


@bp.post("/<int:token_id>/revoke")
@permission(Permission.TOKENS_OWN)
def revoke(token_id: int) -> ResponseReturnValue:
    if not change(lambda db: revoke_token(db, person(), token_id)):
        raise NotFound
    flash(_("The token was revoked. Programs that use it are refused from now on."), "success")
    return redirect(url_for("tokens.index"))


def _page(form: TokenForm, fresh: str = "") -> str:
    rows = tokens_of(session(), person().user_id)
    return render_template(
        "tokens/index.html", form=form, rows=rows, fresh=fresh, now=from_epoch(services().clock())
    )
