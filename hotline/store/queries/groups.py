"""Agent groups, skills and queues: lists, and the changes that a manager makes."""

from __future__ import annotations

from dataclasses import asdict, dataclass
from typing import Any

from sqlalchemy import func, select
from sqlalchemy.orm import Session, selectinload

from hotline.store.access import Organisation
from hotline.store.errors import Conflict, InUse, Invalid
from hotline.store.queries.access import Scope, groups_within, organisations_within, queues_within
from hotline.store.seats import Agent, AgentSkill, Group, Queue, Skill


@dataclass(frozen=True, slots=True)
class QueueDetails:
    """What a manager says of a queue; see :class:`hotline.store.seats.Queue`. ``skill`` and
    ``organisation`` are codes.
    """

    code: str
    name: str
    skill: str
    organisation: str
    min_level: int
    ring_seconds: int
    wrap_up_seconds: int
    max_wait_seconds: int
    no_agents_seconds: int
    misses_until_busy: int
    announce_seconds: int
    service_level_seconds: int
    active: bool

    def as_data(self) -> dict[str, Any]:
        """JSON values, for the audit trail."""
        return asdict(self)


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
    group = Group(code=code, name=name, organisation_id=_organisation(session, scope, organisation).id)
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


def delete_skill(session: Session, skill: Skill) -> None:
    """Remove a skill that no agent has and no queue asks for. Raises :class:`InUse`."""
    queue = session.scalar(select(Queue.code).where(Queue.skill_id == skill.id).limit(1))
    holders = session.scalar(
        select(func.count()).select_from(AgentSkill).where(AgentSkill.skill_id == skill.id)
    )
    if queue is not None or holders:
        raise InUse(skill.name, queue or str(holders))
    session.delete(skill)


def queues(session: Session, scope: Scope) -> list[Queue]:
    """The queues in *scope* with their skills."""
    return list(
        session.scalars(
            select(Queue).where(queues_within(scope)).options(selectinload(Queue.skill)).order_by(Queue.id)
        )
    )


def queue_details(queue: Queue) -> QueueDetails:
    return QueueDetails(
        code=queue.code,
        name=queue.name,
        skill=queue.skill.code,
        organisation=queue.organisation.code,
        min_level=queue.min_level,
        ring_seconds=queue.ring_seconds,
        wrap_up_seconds=queue.wrap_up_seconds,
        max_wait_seconds=queue.max_wait_seconds,
        no_agents_seconds=queue.no_agents_seconds,
        misses_until_busy=queue.misses_until_busy,
        announce_seconds=queue.announce_seconds,
        service_level_seconds=queue.service_level_seconds,
        active=queue.active,
    )


def create_queue(session: Session, scope: Scope, details: QueueDetails) -> Queue:
    """Add a queue. Raises :class:`Conflict` and :class:`Invalid`."""
    if session.scalar(select(Queue.id).where(Queue.code == details.code)) is not None:
        raise Conflict("code", details.code)
    queue = Queue(code=details.code, organisation_id=_organisation(session, scope, details.organisation).id)
    _apply(session, queue, details)
    session.add(queue)
    session.flush()
    return queue


def update_queue(session: Session, queue: Queue, details: QueueDetails) -> None:
    """Change a queue; its code and its organisation stay. Raises :class:`Invalid`."""
    _apply(session, queue, details)


def _apply(session: Session, queue: Queue, details: QueueDetails) -> None:
    skill = session.scalar(select(Skill).where(Skill.code == details.skill))
    if skill is None:
        raise Invalid("skill", details.skill)
    queue.skill_id = skill.id
    queue.name = details.name
    for name in (
        "min_level",
        "ring_seconds",
        "wrap_up_seconds",
        "max_wait_seconds",
        "no_agents_seconds",
        "misses_until_busy",
        "announce_seconds",
        "service_level_seconds",
        "active",
    ):
        setattr(queue, name, getattr(details, name))


def _organisation(session: Session, scope: Scope, code: str) -> Organisation:
    found = session.scalar(select(Organisation).where(Organisation.code == code, organisations_within(scope)))
    if found is None:
        raise Invalid("organisation", code)
    return found
