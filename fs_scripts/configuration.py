"""What administrators have set, read from the store in one go and kept as plain values for the calls."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import time
from typing import Any, Final

import gevent
import structlog
from sqlalchemy import select
from sqlalchemy.orm import Session, selectinload

from hotline.domain import callbacks
from hotline.domain.acd.events import Configured
from hotline.domain.acd.settings import Unreadable, usable
from hotline.domain.acd.spec import AgentSpec, QueueSpec
from hotline.domain.calendar import Calendar
from hotline.domain.callers import CallerLists
from hotline.domain.emergency import PROMPT, Emergency, emergency_of
from hotline.domain.ivr.flow import Flow
from hotline.domain.ivr.problems import FlowError
from hotline.domain.routing.rules import BadTable
from hotline.scripting.published import Published, prepare
from hotline.store import models
from hotline.store.base import from_epoch
from hotline.store.queries import lists, versions
from hotline.store.queries.calendar import load_calendar
from hotline.store.queries.flows import read_flow
from hotline.store.queries.queues import active_queues, spec_of

log = structlog.get_logger(__name__)

ALWAYS_OPEN: Final = "demo.always_open"
EMERGENCY: Final = "calendar.emergency"


@dataclass(frozen=True, slots=True)
class QueueVoice:
    """What is said when an agent has answered: *whisper* to the agent (queue and wait), *announce_agent* to
    the caller (the agent's number); *closing_prompt* to those who wait still when the queue closes so.
    """

    whisper: bool = False
    announce_agent: bool = False
    closing_prompt: str = ""


@dataclass(frozen=True, slots=True)
class Configuration:
    """Agents, queues, the published flows by code, which flow answers which number, when the hotline is
    open and how it is closed at once, what is said in each queue by its code, the published routing scripts
    and rule tables by code, what callers are, and from when to when (local time) customers may be called back.

    ``callers_version`` tells whether ``callers`` are those of the store still.
    """

    agents: tuple[AgentSpec, ...]
    queues: tuple[QueueSpec, ...]
    flows: Mapping[str, Flow]
    old_flows: Mapping[tuple[str, int], Flow]
    numbers: Mapping[str, str]
    calendar: Calendar
    always_open: bool
    closing_now: Emergency | None = None
    voices: Mapping[str, QueueVoice] = field(default_factory=dict)
    routing: Mapping[str, Published] = field(default_factory=dict)
    callers: CallerLists = field(default_factory=CallerLists)
    callers_version: int = -1
    callable_hours: tuple[time, time] = callbacks.USUAL_HOURS

    @property
    def emergency(self) -> bool:
        """Whether the hotline is closed at once, whatever the calendar says."""
        return self.closing_now is not None

    def spoken(self, prompt: str) -> str:
        """The id of what callers hear for *prompt*: the announcement of an emergency is the one chosen."""
        return self.closing_now.prompt if prompt == PROMPT and self.closing_now else prompt

    def acd(self) -> Configured:
        return Configured(self.agents, self.queues)

    def flow_for(self, called: str) -> Flow | None:
        """The flow that answers *called*, which may have country and area code before the number.

        The only published flow answers numbers that nobody assigned.
        """
        assigned = [number for number in self.numbers if called.endswith(number)]
        if assigned:
            return self.flows.get(self.numbers[max(assigned, key=len)])
        return next(iter(self.flows.values())) if len(self.flows) == 1 else None

    def published(self, code: str) -> Flow | None:
        """The version of a flow that new calls get."""
        return self.flows.get(code)

    def flow_at(self, code: str, version: int) -> Flow | None:
        """The very version that a call began with; a call in progress is not moved to a newer one."""
        flow = self.flows.get(code)
        if flow is not None and flow.version == version:
            return flow
        return self.old_flows.get((code, version))


def load(session: Session, now: float, before: Configuration | None = None) -> Configuration:
    """Read everything as it is at *now*. What can no longer be read is left out, with an alarm in the log;
    the rest serves.

    The caller lists, which may be long, are taken from *before* unless they have changed since.
    """
    settings: dict[str, Any] = {row.key: row.value for row in session.scalars(select(models.Setting))}
    flows, old = _flows(session)
    queues, voices = _queues(session)
    version = lists.version(session)
    return Configuration(
        agents=_agents(session),
        queues=queues,
        flows=flows,
        old_flows=old,
        numbers={row.number: row.flow_code for row in session.scalars(select(models.ServiceNumber))},
        calendar=load_calendar(session),
        always_open=bool(settings.get(ALWAYS_OPEN, False)),
        closing_now=emergency_of(settings.get(EMERGENCY)),
        voices=voices,
        callers=before.callers
        if before is not None and before.callers_version == version
        else lists.load_callers(session, from_epoch(now), pause=lambda: gevent.sleep(0)),
        callers_version=version,
        routing=_routing(session),
        callable_hours=_hours(settings.get(callbacks.HOURS)),
    )


def _hours(value: object) -> tuple[time, time]:
    """What cannot be read counts as not set, with an alarm in the log."""
    if value is None:
        return callbacks.USUAL_HOURS
    try:
        return callbacks.callable_hours(str(value))
    except callbacks.BadHours:
        log.error("the hours for callbacks cannot be read", value=str(value))
        return callbacks.USUAL_HOURS


def _agents(session: Session) -> tuple[AgentSpec, ...]:
    query = (
        select(models.Agent)
        .where(models.Agent.active)
        .options(
            selectinload(models.Agent.user),
            selectinload(models.Agent.group),
            selectinload(models.Agent.skills).selectinload(models.AgentSkill.skill),
        )
        .order_by(models.Agent.number)
    )
    return tuple(
        AgentSpec(
            number=agent.number,
            name=agent.user.name,
            extension=agent.extension,
            group=agent.group.code,
            priority=agent.priority,
            skills={held.skill.code: held.level for held in agent.skills},
        )
        for agent in session.scalars(query)
    )


def _queues(session: Session) -> tuple[tuple[QueueSpec, ...], dict[str, QueueVoice]]:
    """The queues that can serve, and what is said in each."""
    read, voices = [], {}
    for queue in active_queues(session):
        try:
            read.append(spec_of(queue))
        except Unreadable as error:
            log.error("a queue cannot be read", queue=queue.code, field=error.field)
            continue
        voices[queue.code] = QueueVoice(queue.whisper, queue.announce_agent, queue.closing_prompt)
    able, wrong = usable(
        read,
        skills=set(session.scalars(select(models.Skill.code))),
        groups=set(session.scalars(select(models.Group.code))),
    )
    for code, problem in wrong:
        log.error(
            "a setting of a queue cannot be kept",
            queue=code,
            field=problem.field,
            problem=problem.code,
            value=problem.value,
        )
    return able, voices


def _routing(session: Session) -> dict[str, Published]:
    found: dict[str, Published] = {}
    for script, version in versions.published(session, models.RoutingScript):
        try:
            found[script.code] = prepare(script.code, version.number, script.kind, version.content)
        except BadTable as error:
            log.error("a published rule table cannot be read", script=script.code, error=str(error))
    return found


def _flows(session: Session) -> tuple[dict[str, Flow], dict[tuple[str, int], Flow]]:
    flows: dict[str, Flow] = {}
    old: dict[tuple[str, int], Flow] = {}
    query = (
        select(models.Flow.code, models.Flow.published_version, models.FlowVersion)
        .join(models.FlowVersion, models.FlowVersion.document_id == models.Flow.id)
        .where(models.FlowVersion.published_at.is_not(None))
        .order_by(models.FlowVersion.number.desc())
    )
    for code, published, version in session.execute(query):
        try:
            flow = read_flow(code, version)
        except FlowError as error:
            log.error("a published flow cannot be read", flow=code, version=version.number, error=str(error))
            continue
        if version.number == published:
            flows[code] = flow
        else:
            old[code, version.number] = flow
    return flows, old
