"""Which part of the present a person may see: by the same scopes as everywhere else."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace
from typing import Final

from sqlalchemy import select

from hotline.live.messages import (
    AgentChanged,
    CallChanged,
    CallView,
    LiveEvent,
    QueueChanged,
    Snapshot,
)
from hotline.store.content import ServiceNumber
from hotline.store.db import Database
from hotline.store.queries.access import Scope
from hotline.store.seats import Agent, Group, Queue

# What belongs to whom changes seldom; a seat that was added is seen after this time at the latest.
_KEPT_SECONDS: Final = 10.0


@dataclass(frozen=True, slots=True)
class _Owners:
    """Agent number -> (group, organisation); queue code and service number -> organisation."""

    agents: dict[str, tuple[int, int]]
    queues: dict[str, int]
    numbers: dict[str, int | None]


class Visibility:
    """Answers for agents, queues, calls and whole snapshots; reads who belongs where every few seconds."""

    def __init__(self, database: Database, clock: Callable[[], float]) -> None:
        self._database = database
        self._clock = clock
        self._owners = _Owners({}, {}, {})
        self._read_at = float("-inf")

    def agent(self, scope: Scope, number: str | None) -> bool:
        if scope.unlimited:
            return True
        if scope.kind == "self":
            return number is not None and number == scope.agent
        group, organisation = self._known().agents.get(number or "", (None, None))
        if scope.kind == "group":
            return group is not None and group == scope.group
        return organisation in scope.organisations

    def queue(self, scope: Scope, code: str | None) -> bool:
        return scope.unlimited or self._known().queues.get(code or "") in scope.organisations

    def call(self, scope: Scope, view: CallView) -> bool:
        """As for calls of the history, and those who lead a group also see who waits in their
        organisation.
        """
        if scope.unlimited or (view.agent and self.agent(scope, view.agent)):
            return True
        if scope.kind == "self" or (scope.kind == "group" and view.agent):
            return False
        if view.queue:
            return self.queue(scope, view.queue)
        return self._known().numbers.get(view.called) in scope.organisations

    def event(self, scope: Scope, event: LiveEvent) -> bool:
        match event:
            case AgentChanged(agent=agent):
                return self.agent(scope, agent.number)
            case QueueChanged(queue=queue):
                return self.queue(scope, queue.code)
            case CallChanged(call=call):
                return self.call(scope, call)
        return True

    def snapshot(self, scope: Scope, picture: Snapshot) -> Snapshot:
        """The part of *picture* that *scope* reaches."""
        return replace(
            picture,
            agents=tuple(agent for agent in picture.agents if self.agent(scope, agent.number)),
            queues=tuple(queue for queue in picture.queues if self.queue(scope, queue.code)),
            calls=tuple(call for call in picture.calls if self.call(scope, call)),
        )

    def _known(self) -> _Owners:
        if self._clock() - self._read_at > _KEPT_SECONDS:
            self._read_at = self._clock()
            with self._database.read() as session:
                agents = session.execute(
                    select(Agent.number, Group.id, Group.organisation_id).join(
                        Group, Group.id == Agent.group_id
                    )
                )
                self._owners = _Owners(
                    agents={number: (group, organisation) for number, group, organisation in agents},
                    queues=dict(session.execute(select(Queue.code, Queue.organisation_id)).all()),
                    numbers=dict(
                        session.execute(select(ServiceNumber.number, ServiceNumber.organisation_id)).all()
                    ),
                )
        return self._owners
