"""Skills, and the queues that ask for them."""

from __future__ import annotations

from typing import Any

from flask import Blueprint, flash, redirect, render_template, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _
from flask_babel import lazy_gettext as _l
from sqlalchemy.orm import Session
from wtforms import BooleanField, IntegerField, SelectField, StringField

from hotline.domain.permissions import Permission
from hotline.store.errors import Conflict, InUse, Invalid
from hotline.store.queries import groups as seats
from hotline.store.queries.access import organisations
from hotline.store.queries.groups import QueueDetails
from hotline.store.seats import Queue, Skill
from webadmin.audit import audit, differences
from webadmin.database import change, session
from webadmin.forms import Form, at_most, between, code_name, options, required, stripped
from webadmin.guard import permission
from webadmin.identity import person
from webadmin.live.commands import announce
from webadmin.lookup import find

bp = Blueprint("queues", __name__, url_prefix="/queues")


class QueueForm(Form):
    code = StringField(_l("Code"), [required(), code_name()], filters=[stripped])
    name = StringField(_l("Name"), [required(), at_most(80)], filters=[stripped])
    skill = SelectField(_l("Skill"))
    organisation = SelectField(_l("Organisation"))
    min_level = IntegerField(_l("Minimum level"), [required(), between(1, 9)], default=1)
    ring_seconds = IntegerField(_l("Ring time"), [required(), between(5, 120)], default=20)
    wrap_up_seconds = IntegerField(_l("Wrap-up time"), [required(), between(0, 3600)], default=0)
    max_wait_seconds = IntegerField(_l("Longest wait"), [required(), between(0, 7200)], default=600)
    no_agents_seconds = IntegerField(
        _l("Wait while nobody is signed in"), [required(), between(0, 3600)], default=60
    )
    misses_until_busy = IntegerField(_l("Misses until busy"), [required(), between(1, 10)], default=1)
    announce_seconds = IntegerField(_l("Position announced every"), [required(), between(0, 600)], default=30)
    service_level_seconds = IntegerField(
        _l("Answer in time within"), [required(), between(1, 600)], default=20
    )
    active = BooleanField(_l("Active"), default=True)

    def fill_choices(self, queue: QueueDetails | None = None) -> None:
        """Offer the skills; for a *queue* that is there, code and organisation are given and not asked
        for.
        """
        self.given: dict[str, Any] = {"code": queue.code, "organisation": queue.organisation} if queue else {}
        if queue:
            del self.code, self.organisation
        else:
            self.organisation.choices = options(
                (o.code, o.name) for o in organisations(session(), person().scope)
            )
        self.skill.choices = options((s.code, s.name) for s in seats.skills(session()))

    def details(self) -> QueueDetails:
        return QueueDetails(**self.given, **{name: field.data for name, field in self._fields.items()})


class SkillForm(Form):
    code = StringField(_l("Code"), [required(), code_name()], filters=[stripped])
    name = StringField(_l("Name"), [required(), at_most(80)], filters=[stripped])


@bp.get("/")
@permission(Permission.AGENTS_VIEW)
def index() -> ResponseReturnValue:
    return _page(SkillForm(formdata=None))


@bp.route("/new", methods=["GET", "POST"])
@permission(Permission.QUEUES_EDIT)
def create() -> ResponseReturnValue:
    form, me = QueueForm(), person()
    form.fill_choices()
    if form.validate_on_submit():
        details = form.details()

        def add(db: Session) -> None:
            seats.create_queue(db, me.scope, details)
            audit(db, "queue.create", "queue", details.code, **details.as_data())

        try:
            change(add)
        except (Conflict, Invalid) as error:
            form.show(error)
        else:
            announce("queues")
            flash(_("Queue %(name)s was created.", name=details.name), "success")
            return redirect(url_for("queues.index"))
    return render_template("queues/form.html", form=form, queue=None), (422 if form.errors else 200)


@bp.route("/<code>/edit", methods=["GET", "POST"])
@permission(Permission.QUEUES_EDIT)
def edit(code: str) -> ResponseReturnValue:
    queue = find(Queue, code)
    before = seats.queue_details(queue)
    form = QueueForm(data=before.as_data())
    form.fill_choices(before)
    if form.validate_on_submit():
        details = form.details()

        def save(db: Session) -> None:
            seats.update_queue(db, find(Queue, code, db=db), details)
            changed = differences(before.as_data(), details.as_data())
            if changed:
                audit(db, "queue.update", "queue", code, **changed)

        try:
            change(save)
        except Invalid as error:
            form.show(error)
        else:
            announce("queues")
            flash(_("Queue %(name)s was saved.", name=details.name), "success")
            return redirect(url_for("queues.index"))
    return render_template("queues/form.html", form=form, queue=queue), (422 if form.errors else 200)


@bp.post("/skills")
@permission(Permission.QUEUES_EDIT)
def create_skill() -> ResponseReturnValue:
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
            return redirect(url_for("queues.index"))
    return _page(form), 422


@bp.post("/skills/<code>/delete")
@permission(Permission.QUEUES_EDIT)
def delete_skill(code: str) -> ResponseReturnValue:
    name = find(Skill, code).name

    def remove(db: Session) -> None:
        seats.delete_skill(db, find(Skill, code, db=db))
        audit(db, "skill.delete", "skill", code, name=name)

    try:
        change(remove)
    except InUse:
        flash(
            _(
                "%(name)s is still held by agents or asked for by a queue. Take it away there first.",
                name=name,
            ),
            "error",
        )
    else:
        flash(_("Skill %(name)s was deleted.", name=name), "success")
    return redirect(url_for("queues.index"))


def _page(form: SkillForm) -> str:
    return render_template(
        "queues/index.html",
        form=form,
        queues=seats.queues(session(), person().scope),
        skills=seats.skills_with_holders(session()),
    )
