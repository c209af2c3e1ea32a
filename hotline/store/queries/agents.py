"""Seats: finding them, and the changes that a manager makes to them."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import ColumnElement, Select, func, or_, select
from sqlalchemy.orm import Session, selectinload

from hotline.store.access import Role, User
from hotline.store.errors import Conflict, Invalid
from hotline.store.queries.access import Scope, agents_within, groups_within
from hotline.store.seats import Agent, AgentPresence, AgentSkill, Group, Skill


@dataclass(frozen=True, slots=True)
class AgentDetails:
    """What a manager says of a seat.

    ``group`` and ``role`` are codes, ``skills`` codes with levels 1 to 9.
    """

    number: str
    name: str
    extension: str
    group: str
    post: str
    role: str
    priority: int
    active: bool
    skills: Mapping[str, int]

    def as_data(self) -> dict[str, Any]:
        """JSON values, for the audit trail."""
        return {
            "number": self.number,
            "name": self.name,
            "extension": self.extension,
            "group": self.group,
            "post": self.post,
            "role": self.role,
            "priority": self.priority,
            "active": self.active,
            "skills": dict(sorted(self.skills.items())),
        }


@dataclass(frozen=True, slots=True)
class AgentFilter:
    """What a list of agents is narrowed to; an empty value narrows nothing. ``text`` is a part of a number
    or a name.
    """

    text: str = ""
    group: str = ""
    skill: str = ""
    active: bool | None = None


def agents_matching(scope: Scope, wanted: AgentFilter) -> Select[Agent]:
    """The agents in *scope* that fit, by number, with what a list shows of them."""
    conditions: list[ColumnElement[bool]] = [agents_within(scope)]
    if wanted.text:
        like = f"%{escape_like(wanted.text)}%"
        conditions.append(
            or_(
                Agent.number.like(like, escape="\\"),
                Agent.extension.like(like, escape="\\"),
                User.name.like(like, escape="\\"),
            )
        )
    if wanted.group:
        conditions.append(Agent.group_id.in_(select(Group.id).where(Group.code == wanted.group)))
    if wanted.skill:
        holders = select(AgentSkill.agent_id).join(Skill).where(Skill.code == wanted.skill)
        conditions.append(Agent.id.in_(holders))
    if wanted.active is not None:
        conditions.append(Agent.active == wanted.active)
    return (
        select(Agent)
        .join(User, User.id == Agent.user_id)
        .where(*conditions)
        .options(
            selectinload(Agent.user).selectinload(User.role),
            selectinload(Agent.group),
            selectinload(Agent.skills).selectinload(AgentSkill.skill),
        )
        .order_by(func.length(Agent.number), Agent.number)
    )


def details_of(agent: Agent) -> AgentDetails:
    """The seat as a manager sees it."""
    return AgentDetails(
        number=agent.number,
        name=agent.user.name,
        extension=agent.extension,
        group=agent.group.code,
        post=agent.post,
        role=agent.user.role.code,
        priority=agent.priority,
        active=agent.active,
        skills={held.skill.code: held.level for held in agent.skills},
    )


def create_agent(
    session: Session,
    scope: Scope,
    details: AgentDetails,
    *,
    password_hash: str,
    sip_password_sealed: bytes,
    now: datetime,
) -> Agent:
    """Add a seat and its account. Raises :class:`Conflict` and :class:`Invalid`, which name the field."""
    if session.scalar(select(User.id).where(User.login == details.number)) is not None:
        raise Conflict("number", details.number)
    group = _group(session, scope, details.group)
    user = User(
        login=details.number,
        name=details.name,
        password_hash=password_hash,
        role_id=_role(session, details.role).id,
        organisation_id=group.organisation_id,
        active=details.active,
        created_at=now,
    )
    agent = Agent(
        number=details.number,
        user=user,
        group_id=group.id,
        extension=_free_extension(session, details.extension, None),
        sip_password_sealed=sip_password_sealed,
        post=details.post,
        priority=details.priority,
        active=details.active,
    )
    session.add_all([user, agent])
    session.flush()
    _set_skills(session, agent, details.skills)
    return agent


def update_agent(session: Session, scope: Scope, agent: Agent, details: AgentDetails) -> None:
    """Change a seat; its number stays. New rights, or being switched off, end the person's sessions.

    Raises :class:`Conflict` and :class:`Invalid`, which name the field.
    """
    group = _group(session, scope, details.group)
    user, role = agent.user, _role(session, details.role)
    if user.role_id != role.id or (user.active and not details.active):
        user.session_epoch += 1
    user.name = details.name
    user.role_id = role.id
    user.organisation_id = group.organisation_id
    user.active = details.active
    agent.group_id = group.id
    agent.extension = _free_extension(session, details.extension, agent.id)
    agent.post = details.post
    agent.priority = details.priority
    agent.active = details.active
    _set_skills(session, agent, details.skills)


def set_levels(session: Session, agent: Agent, priority: int, skills: Mapping[str, int]) -> None:
    """Give a seat another priority and other skills, and nothing else. Raises :class:`Invalid`."""
    agent.priority = priority
    _set_skills(session, agent, skills)


def presence_by_number(session: Session) -> dict[str, AgentPresence]:
    """The last known state of every agent that ever had one."""
    return {presence.agent_number: presence for presence in session.scalars(select(AgentPresence))}


def agent_by_extension(session: Session, extension: str) -> Agent | None:
    """The active seat at *extension*, for the switch's directory."""
    return session.execute(
        select(Agent).where(Agent.extension == extension, Agent.active).options(selectinload(Agent.user))
    ).scalar_one_or_none()


def escape_like(text: str) -> str:
    """*text* so that LIKE takes it as it is; the pattern wants ``escape="\\\\"``."""
    return text.replace("\\", "\\\\").replace("%", "\\%").replace("_", "\\_")


def _group(session: Session, scope: Scope, code: str) -> Group:
    found = session.scalar(select(Group).where(Group.code == code, groups_within(scope)))
    if found is None:
        raise Invalid("group", code)
    return found


def _role(session: Session, code: str) -> Role:
    found = session.scalar(select(Role).where(Role.code == code))
    if found is None:
        raise Invalid("role", code)
    return found


def _free_extension(session: Session, extension: str, own_id: int | None) -> str:
    taken_by = session.scalar(select(Agent.id).where(Agent.extension == extension))
    if taken_by is not None and taken_by != own_id:
        raise Conflict("extension", extension)
    return extension


def _set_skills(session: Session, agent: Agent, wanted: Mapping[str, int]) -> None:
    skills = {skill.code: skill for skill in session.scalars(select(Skill))}
    for code in wanted:
        if code not in skills:
            raise Invalid("skills", code)
    held = {row.skill_id: row for row in agent.skills}
    for code, level in wanted.items():
        row = held.pop(skills[code].id, None)
        if row is None:
            agent.skills.append(AgentSkill(skill_id=skills[code].id, level=level))
        else:
            row.level = level
    for row in held.values():
        agent.skills.remove(row)


def may_grant(granting: frozenset[str], granting_scope: str, role: Role) -> bool:
    """Whether somebody may give *role* to others: never more than one's own rights, nor a wider reach."""
    order = ("self", "group", "organisation", "all")
    return set(role.permissions) <= granting and order.index(role.scope) <= order.index(granting_scope)
