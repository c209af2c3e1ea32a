"""Publishing flows, routing scripts and rule tables at the time that was planned, and telling the call side."""

from __future__ import annotations

from collections.abc import Callable, Collection, Mapping, Sequence
from dataclasses import asdict, dataclass
from typing import Any, Final

import gevent
import structlog
from sqlalchemy.orm import Session

from hotline.domain.ivr.check import check
from hotline.domain.ivr.flow import Flow
from hotline.domain.ivr.languages import USUAL
from hotline.domain.ivr.nodes.language import LANGUAGES
from hotline.domain.ivr.problems import FlowError
from hotline.domain.routing.route import Known
from hotline.domain.routing.rules import BadTable
from hotline.live.bus import LiveBus, NoCallSide
from hotline.live.messages import Command, RaiseAlarm, ReloadConfiguration
from hotline.scripting.checking import problems_of
from hotline.scripting.source import Problem
from hotline.store import models
from hotline.store.base import from_epoch
from hotline.store.db import Database
from hotline.store.queries.flows import agent_names, published_flows, queue_names, read_flow
from hotline.store.queries.publishing import Due, Judged, due, settle
from hotline.store.queries.routing import known_targets, published_scripts
from hotline.store.queries.sources import source_names
from hotline.store.versions import Version
from ivr_prompts.library import PromptLibrary

log = structlog.get_logger(__name__)

ORDER_TIMEOUT_S: Final = 5.0


@dataclass(frozen=True, slots=True)
class _Known:
    """What versions may name at this moment."""

    codes: Mapping[str, Collection[str]]
    flows: Mapping[str, Flow]
    targets: Known


def publish_planned(
    database: Database, bus: LiveBus, prompts: PromptLibrary, clock: Callable[[], float]
) -> None:
    """Publish the versions whose time has come.

    One that no longer passes the check is not published: people get the notice ``flow_not_published`` or
    ``routing_not_published``, and the list of versions says why. Raises
    :class:`hotline.store.db.StoreError`; the plans stay and are tried again.
    """
    now = from_epoch(clock())
    with database.read() as session:
        waiting = [*due(session, models.Flow, now), *due(session, models.RoutingScript, now)]
        if not waiting:
            return
        known = _known(session)
    # A script's check takes a while: no lock is held meanwhile.
    judged = [_judge(one, known, prompts) for one in waiting]
    done = database.write(lambda session: settle(session, judged, now))
    published = [one.due for one in done if not one.refused]
    for one in published:
        document, number = one.document, one.version.number
        log.info("published as planned", kind=document.noun, code=document.code, version=number, by=_by(one))
    if published:
        parts = tuple(dict.fromkeys(one.document.part for one in published))
        _order(bus, ReloadConfiguration(by=_by(published[-1]), parts=parts))
    for refused in done:
        if refused.refused:
            _alarm(bus, refused)


def _known(session: Session) -> _Known:
    codes = {
        "queues": queue_names(session).keys(),
        "agents": agent_names(session).keys(),
        "scripts": published_scripts(session).keys(),
        "sources": source_names(session).keys(),
    }
    return _Known(codes, published_flows(session), known_targets(session))


def _judge(one: Due, known: _Known, prompts: PromptLibrary) -> Judged:
    document = one.document
    if isinstance(document, models.RoutingScript):
        return _judge_routing(one, document.kind, known.targets)
    return _judge_flow(one, document.code, one.version, known, prompts)


def _judge_flow(one: Due, code: str, version: Version, known: _Known, prompts: PromptLibrary) -> Judged:
    heard = {lang: prompts.in_language(lang).with_audio() for lang in LANGUAGES}
    try:
        problems = check(
            read_flow(code, version), prompts=heard[USUAL], languages=heard, flows=known.flows, **known.codes
        )
    except FlowError as error:
        problems = list(error.problems)
    return Judged(one, [asdict(problem) for problem in problems], [str(problem) for problem in problems])


def _judge_routing(one: Due, kind: str, known: Known) -> Judged:
    try:
        # The check waits for the sandbox, which would hold up every call.
        found: Sequence[Any] = gevent.get_hub().threadpool.apply(
            problems_of, (kind, one.version.content, known)
        )
    except BadTable as error:
        found = [Problem(0, 0, "bad_table", str(error))]
    said = [" ".join(str(value) for value in asdict(problem).values() if value) for problem in found]
    return Judged(one, [asdict(problem) for problem in found], said)


def _alarm(bus: LiveBus, refused: Judged) -> None:
    document, version = refused.due.document, refused.due.version
    log.error(
        "not published as planned",
        kind=document.noun,
        code=document.code,
        version=version.number,
        by=_by(refused.due),
        problems="; ".join(refused.said),
    )
    params = {"code": document.code, "name": document.name, "version": str(version.number)}
    _order(bus, RaiseAlarm(_by(refused.due), f"{document.noun}_not_published", params))


def _order(bus: LiveBus, command: Command) -> None:
    try:
        bus.request(command, timeout=ORDER_TIMEOUT_S)
    except NoCallSide as error:
        # It reads everything anew when it starts.
        log.warning("the call side was not told", command=type(command).__name__, reason=str(error))


def _by(one: Due) -> str:
    return one.version.planned_by or ""
