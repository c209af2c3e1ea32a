"""Agent groups and skills: lists, and the changes that a manager makes."""

from __future__ import annotations

from sqlalchemy import func, select
from sqlalchemy.orm import Session, selectinload

from hotline.store.errors import Conflict, InUse
from hotline.store.queries.access import EVERYTHING, Scope, groups_within, organisation_in_reach
from hotline.store.queries.queues import uses_of_skill
from hotline.store.seats import Agent, AgentSkill, Group, Skill


def groups_with_sizes(session: Session, scope: Scope) -> list[tuple[Group, int]]:
    """The groups in *scope* by code, each with the number of its active agents."""
    sizes = dict(
        session.execute(
            select(Agent.group_id, func.count()).where(Agent.active).group_by(Agent.group_id)
        ).all()
    )
    groups = session.scalars(
        select(Group)
        .where(groups_within(scope))
        .options(selectinload(Group.organisation))
        .order_by(Group.code)
    )
    return [(group, sizes.get(group.id, 0)) for group in groups]


def groups(session: Session, scope: Scope) -> list[Group]:
    return list(session.scalars(select(Group).where(groups_within(scope)).order_by(Group.code)))


def create_group(session: Session, scope: Scope, code: str, name: str, organisation: str) -> Group:
    """Add a group. Raises :class:`Conflict` and :class:`Invalid`."""
    if session.scalar(select(Group.id).where(Group.code == code)) is not None:
        raise Conflict("code", code)
    group = Group(
        code=code, name=name, organisation_id=organisation_in_reach(session, scope, organisation).id
    )
    session.add(group)
    session.flush()
    return group


def delete_group(session: Session, group: Group) -> None:
    """Remove a group that has no agents any more. Raises :class:`InUse`."""
    users = session.scalar(select(func.count()).select_from(Agent).where(Agent.group_id == group.id)) or 0
    if users:
        raise InUse(group.name, str(users))
    session.delete(group)


def skills_with_holders(session: Session) -> list[tuple[Skill, int]]:
    """Every skill, with the number of active agents who have it."""
    held = dict(
        session.execute(
            select(AgentSkill.skill_id, func.count())
            .join(Agent, Agent.id == AgentSkill.agent_id)
            .where(Agent.active)
            .group_by(AgentSkill.skill_id)
        ).all()
    )
    return [(skill, held.get(skill.id, 0)) for skill in skills(session)]


def skills(session: Session) -> list[Skill]:
    return list(session.scalars(select(Skill).order_by(Skill.id)))


def create_skill(session: Session, code: str, name: str) -> Skill:
    """Add a skill. Raises :class:`Conflict`."""
    if session.scalar(select(Skill.id).where(Skill.code == code)) is not None:
        raise Conflict("code", code)
    skill = Skill(code=code, name=name)
    session.add(skill)
    session.flush()
    return skill


def rename_skill(skill: Skill, name: str) -> None:
    """Give a skill another name; its code stays, since queues, flows and programs know it by that."""
    skill.name = name


def delete_skill(session: Session, skill: Skill) -> None:
    """Remove a skill that no agent has and no queue asks for. Raises :class:`InUse`."""
    use = uses_of_skill(session, EVERYTHING, skill)
    if use:
        raise InUse(skill.name, ", ".join([*use.queues, *use.agents]))
    session.delete(skill)
