"""Skills, and the matrix of agents and their levels (技能矩阵)."""

from __future__ import annotations

from flask import Blueprint, flash, redirect, render_template, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _
from flask_babel import lazy_gettext as _l
from sqlalchemy.orm import Session
from wtforms import StringField

from hotline.domain.permissions import Permission
from hotline.store.errors import Conflict, InUse
from hotline.store.queries import groups as seats
from hotline.store.queries.queues import uses_of_skill
from hotline.store.seats import Skill
from webadmin.audit import audit
from webadmin.database import change, session
from webadmin.forms import Form, at_most, code_name, required, stripped
from webadmin.guard import permission
from webadmin.identity import person
from webadmin.lookup import find

bp = Blueprint("skills", __name__, url_prefix="/skills")


class SkillForm(Form):
    code = StringField(_l("Code"), [required(), code_name()], filters=[stripped])
    name = StringField(_l("Name"), [required(), at_most(80)], filters=[stripped])


class RenameForm(Form):
    name = StringField(_l("Name"), [required(), at_most(80)], filters=[stripped])


@bp.get("/")
@permission(Permission.AGENTS_VIEW)
def index() -> ResponseReturnValue:
    return _page(SkillForm(formdata=None))


@bp.post("/")
@permission(Permission.QUEUES_EDIT)
def create() -> ResponseReturnValue:
    form = SkillForm()
    if form.validate():
        code, name = form.code.data, form.name.data

        def add(db: Session) -> None:
            seats.create_skill(db, code, name)
            audit(db, "skill.create", "skill", code, name=name)

        try:
            change(add)
        except Conflict as error:
            form.show(error)
        else:
            flash(_("Skill %(name)s was created.", name=name), "success")
            return redirect(url_for("skills.index"))
    return _page(form), 422


@bp.post("/<code>/rename")
@permission(Permission.QUEUES_EDIT)
def rename(code: str) -> ResponseReturnValue:
    before, form = find(Skill, code).name, RenameForm()
    if not form.validate():
        flash(" ".join(str(text) for text in form.name.errors), "error")
        return redirect(url_for("skills.index"))
    name = form.name.data

    def save(db: Session) -> None:
        seats.rename_skill(find(Skill, code, db=db), name)
        audit(db, "skill.update", "skill", code, name=[before, name])

    if name != before:
        change(save)
        flash(_("Skill %(before)s is called %(name)s now.", before=before, name=name), "success")
    return redirect(url_for("skills.index"))


@bp.post("/<code>/delete")
@permission(Permission.QUEUES_EDIT)
def delete(code: str) -> ResponseReturnValue:
    name = find(Skill, code).name

    def remove(db: Session) -> None:
        seats.delete_skill(db, find(Skill, code, db=db))
        audit(db, "skill.delete", "skill", code, name=name)

    try:
        change(remove)
    except InUse:
        flash(_in_use(find(Skill, code)), "error")
    else:
        flash(_("Skill %(name)s was deleted.", name=name), "success")
    return redirect(url_for("skills.index"))


def _in_use(skill: Skill) -> str:
    """Who keeps the skill from going, and where to change that."""
    use = uses_of_skill(session(), person().scope, skill)
    shown = ", ".join(use.agents[:8]) + (" …" if len(use.agents) > 8 else "")
    by = [
        _("queues %(names)s", names=", ".join(use.queues)) if use.queues else "",
        _("agents %(numbers)s", numbers=shown) if use.agents else "",
        _("another organisation") if use.elsewhere else "",
    ]
    return _(
        "%(name)s is still used by %(users)s. Take it away there first.",
        name=skill.name,
        users=" · ".join(filter(None, by)),
    )


def _page(form: SkillForm) -> str:
    rows = [
        (skill, holders, uses_of_skill(session(), person().scope, skill).queues)
        for skill, holders in seats.skills_with_holders(session())
    ]
    return render_template("skills/index.html", form=form, rows=rows)
