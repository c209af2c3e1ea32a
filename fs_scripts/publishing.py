"""Publishing flows at the time that was planned, and telling the call side."""

from __future__ import annotations

from collections.abc import Callable

import structlog
from sqlalchemy.orm import Session

from hotline.domain.ivr.check import check
from hotline.live.bus import LiveBus, NoCallSide
from hotline.live.messages import ReloadConfiguration
from hotline.store.base import from_epoch
from hotline.store.db import Database
from hotline.store.queries.flows import agent_names, published_flows, queue_names
from hotline.store.queries.publishing import Due, publish_due
from hotline.store.queries.routing import published_scripts
from hotline.store.queries.sources import source_names
from ivr_prompts.library import PromptLibrary

log = structlog.get_logger(__name__)

RELOAD_TIMEOUT_S = 5.0


def publish_planned(
    database: Database, bus: LiveBus, prompts: PromptLibrary, clock: Callable[[], float]
) -> None:
    """Publish the versions whose time has come.

    One that no longer passes the check is not published, with an alarm in the log. Raises
    :class:`hotline.store.db.StoreError`; the plans stay and are tried again.
    """
    now = from_epoch(clock())

    def publish(session: Session) -> list[Due]:
        heard = [prompt for prompt in prompts.ids() if prompts.has_audio(prompt)]
        known = {
            "queues": queue_names(session).keys(),
            "agents": agent_names(session).keys(),
            "scripts": published_scripts(session).keys(),
            "sources": source_names(session).keys(),
        }
        flows = published_flows(session)
        return publish_due(session, now, lambda flow: check(flow, prompts=heard, flows=flows, **known))

    done = database.write(publish)
    for due in done:
        if due.problems:
            told = "; ".join(map(str, due.problems))
            log.error("flow.not_published", flow=due.code, version=due.number, by=due.by, problems=told)
        else:
            log.info("flow.published", flow=due.code, version=due.number, by=due.by)
    published = [due for due in done if not due.problems]
    if published:
        _tell(bus, published[-1].by)


def _tell(bus: LiveBus, by: str) -> None:
    try:
        bus.request(ReloadConfiguration(by=by, parts=("flows",)), timeout=RELOAD_TIMEOUT_S)
    except NoCallSide as error:
        # It reads everything anew when it starts.
        log.warning("the call side was not told of new flows", reason=str(error))
