"""What a routing script or rule table is told of a call, gathered at the moment of the decision."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from datetime import datetime
from typing import Final, Protocol
from zoneinfo import ZoneInfo

import gevent
import structlog

from fs_scripts.configuration import Configuration
from hotline.domain.acd.estimates import expected_wait_of_newcomer
from hotline.domain.acd.model import AcdState
from hotline.domain.ivr.commands import Facts
from hotline.domain.routing.facts import QueueFacts, RoutingFacts
from hotline.live.messages import QueueView
from hotline.regions import Regions
from hotline.store.db import Database, StoreError
from hotline.store.queries.routing import History, history_of

log = structlog.get_logger(__name__)

_LOCAL: Final = ZoneInfo("Asia/Shanghai")
# A history that takes longer is done without: the caller waits.
HISTORY_SECONDS: Final = 0.08


class Centre(Protocol):
    """The queues as they are."""

    def queues(self) -> list[QueueView]: ...


class FactFinder:
    """Gathers the facts. Without the database there is no history, and the rest is told."""

    def __init__(
        self,
        database: Database,
        centre: Centre,
        state: Callable[[], AcdState],
        regions: Regions,
        history_seconds: float = HISTORY_SECONDS,
    ) -> None:
        self._database = database
        self._centre = centre
        self._state = state
        self._regions = regions
        self._history_seconds = history_seconds

    def find(self, interaction_id: str, facts: Facts, configuration: Configuration) -> RoutingFacts:
        local = datetime.fromtimestamp(facts.now, _LOCAL)
        history = self._history(facts.caller, facts.now, interaction_id)
        agents = self._agents()
        membership = configuration.callers.of(facts.caller, facts.now)
        return RoutingFacts(
            caller=facts.caller,
            region=self._regions.of(facts.caller),
            called=facts.called,
            date=f"{local:%Y-%m-%d}",
            time=f"{local:%H:%M}",
            weekday=local.isoweekday(),
            open=facts.open,
            holiday=facts.holiday or "",
            make_up_workday=configuration.calendar.is_make_up_workday(local.date()),
            emergency=facts.emergency,
            signed_in=len(agents),
            calls_30_days=history.calls,
            last_agent=history.last_agent,
            last_queue=history.last_queue,
            last_outcome=history.last_outcome,
            last_mark=history.last_mark,
            vip=membership.vip or 0,
            black=membership.black,
            white=membership.white,
            queues=self._queues(facts.now),
            agents=agents,
            data=dict(facts.data),
        )

    def _queues(self, now: float) -> Mapping[str, QueueFacts]:
        return {
            queue.code: QueueFacts(
                waiting=queue.waiting,
                longest_wait=0
                if queue.longest_wait_since is None
                else max(0, round(now - queue.longest_wait_since)),
                expected_wait=self._expected_wait(queue.code, now),
                signed_in=queue.agents_signed_in,
                idle=queue.agents_idle,
            )
            for queue in self._centre.queues()
        }

    def _expected_wait(self, queue: str, now: float) -> int | None:
        seconds = expected_wait_of_newcomer(self._state(), queue, 0, now)
        return None if seconds is None else round(seconds)

    def _agents(self) -> dict[str, str]:
        return {number: str(agent.state) for number, agent in self._state().agents.items() if agent.signed_in}

    def _history(self, caller: str, now: float, interaction_id: str) -> History:
        # In a greenlet of its own: one that is cut off in a query would leave a connection of no use.
        asked = gevent.spawn(self._read_history, caller, now, interaction_id)
        asked.join(self._history_seconds)
        if asked.successful() and asked.value is not None:
            return asked.value
        log.warning("the caller's history did not come in time; the decision is made without it")
        return History()

    def _read_history(self, caller: str, now: float, interaction_id: str) -> History:
        try:
            with self._database.read() as session:
                return history_of(session, caller, before=now, without=interaction_id)
        except StoreError as error:
            log.warning("the caller's history cannot be read", error=str(error))
            return History()
