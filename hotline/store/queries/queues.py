"""Queues: what administrators set for them, read and written; who could serve them, and who uses a skill."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import asdict, dataclass
from typing import Any, Final, cast

from sqlalchemy import select
from sqlalchemy.orm import Session, selectinload

from hotline.domain.acd.settings import (
    LIMITS,
    Known,
    mix_of,
    needs_as_data,
    overflow_as_data,
    overflow_of,
    overflow_queues,
    problems,
    relaxation_as_data,
    relaxation_of,
    serves,
)
from hotline.domain.acd.settings import Problem as Problem
from hotline.domain.acd.spec import QueueSpec, SkillNeed, Strategy
from hotline.store.errors import Conflict
from hotline.store.queries.access import Scope, agents_within, organisation_in_reach, queues_within
from hotline.store.seats import Agent, AgentSkill, Group, Queue, QueueSkill, Skill

# What a queue has beside its settings for the ACD.
_MORE: Final = (
    "closing_prompt",
    "announce_seconds",
    "whisper",
    "announce_agent",
    "service_level_seconds",
    "active",
)


class Unfit(Exception):
    """The settings have problems; ``problems`` says which, each at its field."""

    def __init__(self, found: list[Problem]) -> None:
        super().__init__(", ".join(f"{p.field}: {p.code}" for p in found))
        self.problems = found


@dataclass(frozen=True, slots=True)
class QueueDetails:
    """What a manager says of a queue. ``organisation`` is a code."""

    spec: QueueSpec
    organisation: str
    closing_prompt: str = ""
    announce_seconds: int = 30
    whisper: bool = False
    announce_agent: bool = False
    service_level_seconds: int = 20
    active: bool = True

    def as_data(self) -> dict[str, Any]:
        """JSON values, for the audit trail and for programs."""
        return {
            **asdict(self.spec),
            "strategy": str(self.spec.strategy),
            "mix": dict(self.spec.mix),
            "needs": needs_as_data(self.spec.needs),
            "relaxation": relaxation_as_data(self.spec.relaxation),
            "overflow": overflow_as_data(self.spec.overflow),
            "organisation": self.organisation,
            **{name: getattr(self, name) for name in _MORE},
        }


@dataclass(frozen=True, slots=True)
class Holder:
    """An active agent with the levels of its skills, as far as a preview needs it."""

    number: str
    name: str
    group: str
    skills: Mapping[str, int]


@dataclass(frozen=True, slots=True)
class SkillUse:
    """Names of queues and numbers of agents in reach that need a skill, and whether others do as well."""

    queues: tuple[str, ...]
    agents: tuple[str, ...]
    elsewhere: bool

    def __bool__(self) -> bool:
        return bool(self.queues or self.agents or self.elsewhere)


def queues(session: Session, scope: Scope) -> list[Queue]:
    """The queues in *scope* with the skills that they ask for."""
    return list(session.scalars(_with_needs().where(queues_within(scope)).order_by(Queue.id)))


def active_queues(session: Session) -> list[Queue]:
    """Every queue that callers may wait in, for the call side."""
    return list(session.scalars(_with_needs().where(Queue.active).order_by(Queue.id)))


def _with_needs() -> Any:
    return select(Queue).options(selectinload(Queue.needs).selectinload(QueueSkill.skill))


def spec_of(queue: Queue) -> QueueSpec:
    """The settings of *queue* for the ACD. Raises :class:`hotline.domain.acd.settings.Unreadable`."""
    return QueueSpec(
        code=queue.code,
        name=queue.name,
        needs=tuple(SkillNeed(need.skill.code, need.min_level, need.weight) for need in queue.needs),
        # One that nobody knows is found by settings.problems.
        strategy=Strategy(queue.strategy)
        if queue.strategy in set(Strategy)
        else cast(Strategy, queue.strategy),
        mix=mix_of(queue.mix),
        relaxation=relaxation_of(queue.relaxation),
        overflow=overflow_of(queue.overflow),
        closing=cast(Any, queue.closing),
        return_to=cast(Any, queue.return_to),
        **{name: getattr(queue, name) for name in LIMITS},
    )


def queue_details(queue: Queue) -> QueueDetails:
    """Raises :class:`hotline.domain.acd.settings.Unreadable`."""
    return QueueDetails(
        spec=spec_of(queue),
        organisation=queue.organisation.code,
        **{name: getattr(queue, name) for name in _MORE},
    )


def known(session: Session, prompts: frozenset[str] | None = None) -> Known:
    """What settings may name: skills, groups, queues with their overflow, and *prompts*."""
    return Known(
        skills=set(session.scalars(select(Skill.code))),
        groups=set(session.scalars(select(Group.code))),
        overflows={
            code: tuple(rule["target"] for rule in rules if rule.get("action") == "queue")
            for code, rules in session.execute(select(Queue.code, Queue.overflow))
        },
        prompts=prompts,
    )


def holders(session: Session, scope: Scope) -> list[Holder]:
    """The active agents in *scope*, by number."""
    query = (
        select(Agent)
        .where(Agent.active, agents_within(scope))
        .options(
            selectinload(Agent.user),
            selectinload(Agent.group),
            selectinload(Agent.skills).selectinload(AgentSkill.skill),
        )
        .order_by(Agent.number)
    )
    return [
        Holder(agent.number, agent.user.name, agent.group.code, {h.skill.code: h.level for h in agent.skills})
        for agent in session.scalars(query)
    ]


def able(agents: list[Holder], queue: QueueSpec) -> Iterator[tuple[int, list[Holder]]]:
    """Who could serve *queue* at once, and who after each step of relaxation: seconds and agents."""
    yield 0, [agent for agent in agents if serves(agent.skills, queue.needs)]
    for step in queue.relaxation:
        yield step.after_seconds, [agent for agent in agents if serves(agent.skills, step.needs)]


def create_queue(
    session: Session, scope: Scope, details: QueueDetails, prompts: frozenset[str] | None = None
) -> Queue:
    """Add a queue. Raises :class:`Conflict`, :class:`Invalid` and :class:`Unfit`."""
    code = details.spec.code
    if session.scalar(select(Queue.id).where(Queue.code == code)) is not None:
        raise Conflict("code", code)
    organisation = organisation_in_reach(session, scope, details.organisation)
    queue = Queue(code=code, organisation_id=organisation.id)
    _apply(session, queue, details, prompts)
    session.add(queue)
    session.flush()
    return queue


def update_queue(
    session: Session, queue: Queue, details: QueueDetails, prompts: frozenset[str] | None = None
) -> None:
    """Change a queue; its code and its organisation stay. Raises :class:`Unfit`."""
    _apply(session, queue, details, prompts)


def uses_of_skill(session: Session, scope: Scope, skill: Skill) -> SkillUse:
    """Who needs *skill*, a step of relaxation included."""
    within = set(session.scalars(select(Queue.id).where(queues_within(scope))))
    asking = [q for q in session.scalars(_with_needs().order_by(Queue.id)) if skill.code in _named(q)]
    holding = (
        select(Agent.number)
        .join(AgentSkill, AgentSkill.agent_id == Agent.id)
        .where(AgentSkill.skill_id == skill.id)
        .order_by(Agent.number)
    )
    numbers = session.scalars(holding).all()
    seen = session.scalars(holding.where(agents_within(scope))).all()
    return SkillUse(
        tuple(queue.name for queue in asking if queue.id in within),
        tuple(seen),
        elsewhere=len(seen) < len(numbers) or any(queue.id not in within for queue in asking),
    )


def _named(queue: Queue) -> set[str]:
    named = {need.skill.code for need in queue.needs}
    for step in queue.relaxation:
        named |= {need.get("skill", "") for need in step.get("needs", ())}
    return named


def _apply(session: Session, queue: Queue, details: QueueDetails, prompts: frozenset[str] | None) -> None:
    spec = details.spec
    wrong = problems(spec, _seen_from(session, spec, prompts))
    if spec.closing == "prompt" and not details.closing_prompt:
        wrong.append(Problem("closing_prompt", "no_prompt"))
    if wrong:
        raise Unfit(wrong)
    skills = {skill.code: skill.id for skill in session.scalars(select(Skill))}
    wanted = {skills[need.skill]: need for need in spec.needs}
    held = {row.skill_id: row for row in queue.needs}
    for skill_id, need in wanted.items():
        row = held.pop(skill_id, None)
        if row is None:
            row = QueueSkill(skill_id=skill_id)
            queue.needs.append(row)
        row.min_level, row.weight = need.min_level, need.weight
    for row in held.values():
        queue.needs.remove(row)
    queue.name = spec.name
    queue.strategy = str(spec.strategy)
    queue.mix = dict(spec.mix) if spec.strategy == Strategy.PERCENTAGE else {}
    queue.relaxation = relaxation_as_data(spec.relaxation)
    queue.overflow = overflow_as_data(spec.overflow)
    queue.closing, queue.return_to = spec.closing, spec.return_to
    for name in LIMITS:
        setattr(queue, name, getattr(spec, name))
    for name in _MORE:
        setattr(queue, name, getattr(details, name))


def _seen_from(session: Session, spec: QueueSpec, prompts: frozenset[str] | None) -> Known:
    """What may be named, with *spec* as it will be."""
    now = known(session, prompts)
    return Known(now.skills, now.groups, {**now.overflows, spec.code: overflow_queues(spec)}, prompts)
