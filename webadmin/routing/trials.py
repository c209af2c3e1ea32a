"""Trials on past calls, in the background: their progress and result are rows of the store, so that any web
worker shows them.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from itertools import islice
from typing import Any, Final

import gevent
import structlog
from sqlalchemy.orm import Session

from hotline.domain.routing.route import Known
from hotline.regions import regions
from hotline.scripting.published import RULES, Published
from hotline.scripting.sandbox import Sandbox
from hotline.store.base import from_epoch
from hotline.store.queries.access import Scope, calls_within
from hotline.store.queries.calendar import load_calendar
from hotline.store.queries.routing import known_targets, queues_of_agents
from hotline.store.queries.routing_past import Past, PastCall
from hotline.store.routing import RoutingTrial
from webadmin.routing.trying import Tried, decide, trial_sandbox
from webadmin.services import Services

log = structlog.get_logger(__name__)

# A trial that has said nothing for so long has lost its process.
SILENT_SECONDS: Final = 60.0
_BATCH: Final = 20
_MOST_ROWS: Final = 300


@dataclass(frozen=True, slots=True)
class Order:
    """What is to be tried: a version, on the calls between two instants that the person may see."""

    trial: int
    published: Published
    scope: Scope
    since: float
    until: float


def start(services: Services, order: Order) -> None:
    """Begin; the caller does not wait."""
    gevent.spawn(_run, services, order)


def _run(services: Services, order: Order) -> None:
    try:
        past, known = _read(services, order)
        _decide_all(services, order, past, known)
    except Exception:
        log.exception("a trial on past calls failed", trial=order.trial)
        _put(services, order.trial, state="failed")


def _read(services: Services, order: Order) -> tuple[Past, Known]:
    with services.database.read() as session:
        known = known_targets(session)
        past = Past(
            session,
            order.since,
            order.until,
            within=calls_within(order.scope),
            calendar=load_calendar(session),
            regions=regions(),
            serves=queues_of_agents(session),
            queues=frozenset(known.queues),
            script=order.published.code,
        )
    return past, known


def _decide_all(services: Services, order: Order, past: Past, known: Known) -> None:
    _put(services, order.trial, total=len(past))
    done = differing = failed = 0
    rows: list[dict[str, Any]] = []
    if order.published.kind == RULES:
        batches = _batches(services, order, past, known, None)
        done, differing, failed = _follow(services, order, batches, rows)
    else:
        with trial_sandbox(services.settings.script_ms) as sandbox:
            batches = _batches(services, order, past, known, sandbox)
            done, differing, failed = _follow(services, order, batches, rows)
    _put(services, order.trial, state="done", done=done, differing=differing, failed=failed, rows=rows)


Batch = list[tuple[PastCall, Tried]]


def _batches(
    services: Services, order: Order, past: Past, known: Known, sandbox: Sandbox | None
) -> Iterator[Batch]:
    calls = iter(past)
    while batch := list(islice(calls, _BATCH)):
        tried: Any = services.blocking(_decide_batch, sandbox, order.published, batch, known)
        yield list(zip(batch, tried, strict=True))
        # Pages are served in between.
        gevent.sleep(0)


def _decide_batch(
    sandbox: Sandbox | None, published: Published, batch: list[PastCall], known: Known
) -> list[Tried]:
    return [decide(sandbox, published, call.facts, known, call.at) for call in batch]


def _follow(
    services: Services, order: Order, batches: Iterator[Batch], rows: list[dict[str, Any]]
) -> tuple[int, int, int]:
    done = differing = failed = 0
    for number, batch in enumerate(batches):
        for call, tried in batch:
            done += 1
            failed += bool(tried.failed)
            other = not tried.failed and _differs(call, tried)
            differing += other
            if (other or tried.failed) and len(rows) < _MOST_ROWS:
                rows.append(_row(call, tried))
        if number % 5 == 0:
            _put(services, order.trial, done=done, differing=differing, failed=failed, rows=rows)
    return done, differing, failed


def _differs(call: PastCall, tried: Tried) -> bool:
    """No target and no priority are the flow's own, which the call took or not: that is no difference."""
    route = tried.route
    return (bool(route.target) and route.target != call.target) or (
        route.priority is not None and route.priority != call.priority
    )


def _row(call: PastCall, tried: Tried) -> dict[str, Any]:
    return {
        "call": call.interaction_id,
        "at": call.at,
        "caller": call.caller,
        "region": call.facts.region,
        "before": [call.target, call.priority],
        "after": [tried.route.target, tried.route.priority],
        "row": tried.row,
        "line": tried.line,
        "failed": tried.failed,
        "error": tried.error[:200],
    }


def _put(services: Services, trial: int, **values: Any) -> None:
    def write(session: Session) -> None:
        row = session.get(RoutingTrial, trial)
        if row is None:
            return
        for name, value in values.items():
            setattr(row, name, list(value) if name == "rows" else value)
        row.changed_at = from_epoch(services.clock())

    services.database.write(write)
