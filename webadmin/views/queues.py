"""Queues: which skills they ask for, whom they ring, how long callers wait, and what happens then."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Final

from flask import Blueprint, flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _
from sqlalchemy.orm import Session

from hotline.domain.acd.settings import Unreadable, needs_of, relaxation_of
from hotline.domain.acd.spec import QueueSpec
from hotline.domain.permissions import Permission
from hotline.store.errors import Conflict, Invalid
from hotline.store.queries import groups as seats
from hotline.store.queries import queues as store
from hotline.store.queries.access import organisations
from hotline.store.queries.queues import Holder, QueueDetails, Unfit
from hotline.store.seats import Queue
from webadmin.audit import audit, differences
from webadmin.database import change, session
from webadmin.flows.opened import names as flow_names
from webadmin.forms import options
from webadmin.guard import permission
from webadmin.identity import person
from webadmin.live.commands import announce
from webadmin.lookup import find
from webadmin.queues import words
from webadmin.queues.form import QueueForm, Rows, details_of, sent_rows, show_problems, stored_rows

bp = Blueprint("queues", __name__, url_prefix="/queues")

# So many names are said; how many more there are is a number.
_NAMES_SHOWN: Final = 12


@bp.app_context_processor
def shared() -> dict[str, Any]:
    return {"queue_words": words}


@bp.get("/")
@permission(Permission.AGENTS_VIEW)
def index() -> ResponseReturnValue:
    agents = store.holders(session(), person().scope)
    rows: list[tuple[Queue, QueueSpec | None, int]] = []
    for queue in store.queues(session(), person().scope):
        try:
            spec = store.spec_of(queue)
        except Unreadable:
            rows.append((queue, None, 0))
        else:
            rows.append((queue, spec, len(next(store.able(agents, spec))[1])))
    names = {skill.code: skill.name for skill in seats.skills(session())}
    return render_template("queues/index.html", rows=rows, skill_names=names)


@bp.route("/new", methods=["GET", "POST"])
@permission(Permission.QUEUES_EDIT)
def create() -> ResponseReturnValue:
    form, me = _form(None), person()
    rows = sent_rows(request.form) if form.is_submitted() else stored_rows(None)
    if form.validate_on_submit() and not rows.errors:
        details = details_of(form, rows, {})
        prompts = frozenset(flow_names(session()).prompts)

        def add(db: Session) -> None:
            store.create_queue(db, me.scope, details, prompts)
            audit(db, "queue.create", "queue", details.spec.code, **details.as_data())

        try:
            change(add)
        except (Conflict, Invalid) as error:
            form.show(error)
        except Unfit as error:
            show_problems(form, rows, error.problems)
        else:
            announce("queues")
            flash(_("Queue %(name)s was created.", name=details.spec.name), "success")
            return redirect(url_for("queues.index"))
    return _page(form, rows, None)


@bp.route("/<code>/edit", methods=["GET", "POST"])
@permission(Permission.QUEUES_EDIT)
def edit(code: str) -> ResponseReturnValue:
    queue = find(Queue, code)
    before = _readable(queue)
    form = _form(before)
    rows = sent_rows(request.form) if form.is_submitted() else stored_rows(before)
    if form.validate_on_submit() and not rows.errors:
        details = details_of(form, rows, {"code": code, "organisation": before.organisation})
        prompts = frozenset(flow_names(session()).prompts)

        def save(db: Session) -> None:
            store.update_queue(db, find(Queue, code, db=db), details, prompts)
            changed = differences(before.as_data(), details.as_data())
            if changed:
                audit(db, "queue.update", "queue", code, **changed)

        try:
            change(save)
        except Unfit as error:
            show_problems(form, rows, error.problems)
        else:
            told = announce("queues")
            flash(
                _("Queue %(name)s was saved.", name=details.spec.name)
                + ("" if told else " " + _("The call side takes it over when it is back.")),
                "success",
            )
            return redirect(url_for("queues.index"))
    return _page(form, rows, queue)


@bp.post("/preview")
@permission(Permission.QUEUES_EDIT)
def preview() -> ResponseReturnValue:
    """Who could serve a queue with the skills and steps of the form, without saving it."""
    return render_template("queues/preview.html", steps=_steps(sent_rows(request.form)))


def _form(details: QueueDetails | None) -> QueueForm:
    """The form of a queue, or of a new one. For one that is there, code and organisation are given."""
    form = QueueForm(data=details.as_data() if details else None)
    if details:
        del form.code, form.organisation
    else:
        form.organisation.choices = options(
            (o.code, o.name) for o in organisations(session(), person().scope)
        )
    return form


def _readable(queue: Queue) -> QueueDetails:
    """The queue's settings; rows that cannot be read come up empty, to be entered again."""
    while True:
        try:
            return store.queue_details(queue)
        except Unreadable as error:
            # Only in the session that reads: nothing of it is committed.
            setattr(queue, error.field, {} if error.field == "mix" else [])


def _steps(rows: Rows) -> list[tuple[int, list[Holder], int]]:
    """For each step: from how many seconds on, who, and how many more. Rows that are no numbers yet count
    as nothing.
    """
    wrong = {name.rpartition(".")[0] for name in rows.errors}
    needs = [row for place, row in enumerate(rows.needs) if f"needs.{place}" not in wrong and row["skill"]]
    sound = [
        step
        for place, step in enumerate(rows.relaxation)
        if not any(name.startswith(f"relaxation.{place}") for name in wrong)
    ]
    spec = QueueSpec("", "", needs_of(needs), relaxation=relaxation_of(sound))
    agents = store.holders(session(), person().scope)
    found = store.able(agents, spec) if needs else iter([(0, [])])
    return [(after, able[:_NAMES_SHOWN], max(0, len(able) - _NAMES_SHOWN)) for after, able in found]


def _page(form: QueueForm, rows: Rows, queue: Queue | None) -> ResponseReturnValue:
    known = flow_names(session())
    form.closing_prompt.choices = options([("", _("(none)")), *_prompt_choices(known.prompts, known.offered)])
    html = render_template(
        "queues/form.html",
        form=form,
        rows=rows,
        queue=queue,
        skills=seats.skills(session()),
        groups=seats.groups(session(), person().scope),
        others=[
            (q.code, q.name)
            for q in store.queues(session(), person().scope)
            if queue is None or q.code != queue.code
        ],
        prompts=_prompt_choices(known.prompts, known.offered),
        steps=_steps(rows),
    )
    return html, (422 if form.errors or rows.errors else 200)


def _prompt_choices(texts: Mapping[str, str], offered: tuple[str, ...]) -> list[tuple[str, str]]:
    return [(prompt, f"{prompt} · {texts[prompt][:40]}") for prompt in offered]
