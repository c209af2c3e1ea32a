"""Seats: list, details, changes, passwords and phone accounts."""

from __future__ import annotations

import secrets
from typing import Final, cast

from flask import Blueprint, flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _
from flask_babel import lazy_gettext as _l
from sqlalchemy.orm import Session
from werkzeug.exceptions import Forbidden
from wtforms import BooleanField, IntegerField, SelectField, StringField

from hotline.domain.directory import DOMAIN
from hotline.domain.permissions import Permission
from hotline.store.access import Role
from hotline.store.base import from_epoch
from hotline.store.errors import Conflict, Invalid
from hotline.store.passwords import hash_password
from hotline.store.queries import access, groups
from hotline.store.queries.agents import (
    AgentDetails,
    AgentFilter,
    agents_matching,
    create_agent,
    details_of,
    may_grant,
    presence_by_number,
    update_agent,
)
from hotline.store.seats import Agent
from hotline.store.seed import new_password
from webadmin.audit import audit, differences
from webadmin.database import change, session
from webadmin.forms import Form, at_most, between, digits, options, required, stripped
from webadmin.guard import permission
from webadmin.identity import person
from webadmin.labels import choices
from webadmin.live.commands import announce
from webadmin.lookup import find
from webadmin.paging import paged
from webadmin.services import services

bp = Blueprint("agents", __name__, url_prefix="/agents")

LEVELS: Final = range(1, 10)
_SIP_PASSWORD_BYTES: Final = 18


class AgentForm(Form):
    number = StringField(
        _l("Agent number"),
        [required(_l("Enter the agent number, such as 8024.")), digits(2, 10)],
        filters=[stripped],
    )
    name = StringField(
        _l("Person's name"), [required(_l("Enter the person's name.")), at_most(80)], filters=[stripped]
    )
    extension = StringField(
        _l("Extension"),
        [required(_l("Enter the extension of the desk phone, such as 1024.")), digits(2, 10)],
        filters=[stripped],
    )
    group = SelectField(_l("Agent group"))
    post = SelectField(_l("Post"), choices=options(choices("post")))
    role = SelectField(_l("Role"))
    priority = IntegerField(_l("Priority"), [required(), between(1, 9)], default=5)
    active = BooleanField(_l("Active"), default=True)

    def fill_choices(self, role_now: str | None = None) -> None:
        """Offer the groups in reach, and only roles that the person may give (or that the seat has
        already).
        """
        me = person()
        self.group.choices = options((g.code, g.name) for g in groups.groups(session(), me.scope))
        self.role.choices = options(
            (role.code, role.name)
            for role in access.roles(session())
            if role.code == role_now or may_grant(me.permissions, me.scope.kind, role)
        )

    def details(self, number: str, skills: dict[str, int]) -> AgentDetails:
        return AgentDetails(
            number=number,
            name=self.name.data,
            extension=self.extension.data,
            group=self.group.data,
            post=self.post.data,
            role=self.role.data,
            priority=self.priority.data,
            active=self.active.data,
            skills=skills,
        )


@bp.get("/")
@permission(Permission.AGENTS_VIEW)
def index() -> ResponseReturnValue:
    wanted = AgentFilter(
        text=request.args.get("q", "").strip(),
        group=request.args.get("group", ""),
        skill=request.args.get("skill", ""),
        active={"yes": True, "no": False}.get(request.args.get("active", "yes")),
    )
    scope = person().scope
    live = services().mirror.snapshot()
    return render_template(
        "agents/index.html",
        page=paged(session(), agents_matching(scope, wanted)),
        wanted=wanted,
        groups=groups.groups(session(), scope),
        skills=groups.skills(session()),
        live={agent.number: agent for agent in live.agents} if live else {},
        presence=presence_by_number(session()),
    )


@bp.get("/new")
@permission(Permission.AGENTS_EDIT)
def new() -> ResponseReturnValue:
    form = AgentForm(formdata=None)
    form.fill_choices()
    form.role.data = "agent"
    form.post.data = "agent"
    return _form_page(form, None, {})


@bp.post("/new")
@permission(Permission.AGENTS_EDIT)
def create() -> ResponseReturnValue:
    """Add a seat with an account; the first password and the phone's are shown once."""
    form = AgentForm()
    form.fill_choices()
    skills = _skills_sent()
    if form.validate():
        me, password = person(), new_password()
        details = form.details(form.number.data, skills)
        password_hash = cast(str, services().blocking(hash_password, password))
        sealed = services().vault.seal(secrets.token_urlsafe(_SIP_PASSWORD_BYTES))
        now = from_epoch(services().clock())

        def add(db: Session) -> None:
            create_agent(
                db, me.scope, details, password_hash=password_hash, sip_password_sealed=sealed, now=now
            )
            audit(db, "agent.create", "agent", details.number, **details.as_data())

        try:
            change(add)
        except (Conflict, Invalid) as error:
            form.show(error)
        else:
            announce("agents")
            return render_template(
                "agents/password.html", agent=find(Agent, details.number), password=password, fresh=True
            )
    return _form_page(form, None, skills), 422


@bp.get("/<number>")
@permission(Permission.AGENTS_VIEW)
def show(number: str) -> ResponseReturnValue:
    agent = find(Agent, number)
    live = services().mirror.snapshot()
    return render_template(
        "agents/show.html",
        agent=agent,
        live=next((a for a in live.agents if a.number == number), None) if live else None,
    )


@bp.get("/<number>/edit")
@permission(Permission.AGENTS_EDIT)
def edit(number: str) -> ResponseReturnValue:
    agent = find(Agent, number)
    details = details_of(agent)
    form = AgentForm(formdata=None, data=details.as_data())
    del form.number
    form.fill_choices(details.role)
    return _form_page(form, agent, dict(details.skills))


@bp.post("/<number>/edit")
@permission(Permission.AGENTS_EDIT)
def update(number: str) -> ResponseReturnValue:
    agent = find(Agent, number)
    _check_rank(agent)
    before = details_of(agent)
    form = AgentForm()
    # The number is not asked for: it does not change.
    del form.number
    form.fill_choices(before.role)
    skills = _skills_sent()
    if form.validate():
        me, details = person(), form.details(number, skills)

        def save(db: Session) -> None:
            update_agent(db, me.scope, find(Agent, number, db=db), details)
            changed = differences(before.as_data(), details.as_data())
            if changed:
                audit(db, "agent.update", "agent", number, **changed)

        try:
            change(save)
        except (Conflict, Invalid) as error:
            form.show(error)
        else:
            told = announce("agents")
            flash(
                _("Agent %(number)s was saved.", number=number)
                + ("" if told else " " + _("The call side takes it over when it is back.")),
                "success",
            )
            return redirect(url_for("agents.show", number=number))
    return _form_page(form, agent, skills), 422


@bp.post("/<number>/password")
@permission(Permission.AGENTS_EDIT)
def reset_password(number: str) -> ResponseReturnValue:
    """Give the account a new random password, shown once; all its sessions end."""
    agent = find(Agent, number)
    _check_rank(agent)
    password = new_password()
    password_hash = cast(str, services().blocking(hash_password, password))

    def reset(db: Session) -> None:
        user = find(Agent, number, db=db).user
        user.password_hash = password_hash
        user.session_epoch += 1
        user.failed_sign_ins = 0
        user.locked_until = None
        audit(db, "agent.reset_password", "agent", number)

    change(reset)
    return render_template("agents/password.html", agent=find(Agent, number), password=password, fresh=False)


@bp.get("/<number>/phone")
@permission(Permission.AGENTS_EDIT)
def phone(number: str) -> ResponseReturnValue:
    """How to set up the desk phone. The password is not on the page; see :func:`reveal_phone`."""
    return _phone_page(find(Agent, number), None)


@bp.post("/<number>/phone/reveal")
@permission(Permission.AGENTS_EDIT)
def reveal_phone(number: str) -> ResponseReturnValue:
    agent = find(Agent, number)
    _check_rank(agent)
    change(lambda db: audit(db, "phone.reveal", "agent", number, extension=agent.extension))
    return _phone_page(find(Agent, number), services().vault.open(agent.sip_password_sealed))


@bp.post("/<number>/phone/reset")
@permission(Permission.AGENTS_EDIT)
def reset_phone(number: str) -> ResponseReturnValue:
    """Give the desk phone a new password; it has to be entered there before it can register again."""
    _check_rank(find(Agent, number))
    password = secrets.token_urlsafe(_SIP_PASSWORD_BYTES)
    sealed = services().vault.seal(password)

    def reset(db: Session) -> None:
        find(Agent, number, db=db).sip_password_sealed = sealed
        audit(db, "phone.reset", "agent", number)

    change(reset)
    announce("agents")
    return _phone_page(find(Agent, number), password)


def _check_rank(agent: Agent) -> None:
    """Nobody changes the account of somebody who may do more."""
    me = person()
    role: Role = agent.user.role
    if not may_grant(me.permissions, me.scope.kind, role):
        raise Forbidden


def _skills_sent() -> dict[str, int]:
    """Skill codes with levels from the form's ``skill-CODE`` selects; 0 is "does not have it"."""
    sent = {}
    for name, value in request.form.items():
        if name.startswith("skill-") and value.isdigit() and int(value) in LEVELS:
            sent[name.removeprefix("skill-")] = int(value)
    return sent


def _form_page(form: AgentForm, agent: Agent | None, skills: dict[str, int]) -> str:
    return render_template(
        "agents/form.html", form=form, agent=agent, skills=groups.skills(session()), levels=skills
    )


def _phone_page(agent: Agent, password: str | None) -> str:
    settings = services().settings
    return render_template(
        "agents/phone.html",
        agent=agent,
        password=password,
        server=f"{settings.sip_ip}:{settings.sip_port}",
        domain=DOMAIN,
    )
