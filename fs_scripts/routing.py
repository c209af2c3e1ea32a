"""Routing scripts and rule tables at work: which one, with what facts, within what time, and what then.

A table is looked at here and now. A script runs in the sandbox, in a thread that waits for it while the
greenlets go on. Whatever goes wrong, the flow goes on its own way, and people are told.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any, Final, Protocol

import gevent
import structlog
from gevent.lock import BoundedSemaphore
from gevent.threadpool import ThreadPool

from fs_scripts.configuration import Configuration
from fs_scripts.dispatch import Journal
from fs_scripts.routing_facts import FactFinder
from hotline.domain import journal as kinds
from hotline.domain.ivr.commands import Facts
from hotline.domain.ivr.events import Decided
from hotline.domain.routing.facts import RoutingFacts
from hotline.domain.routing.route import BadRoute, Known, Route, checked
from hotline.domain.routing.rules import RuleTable
from hotline.scripting.published import SCRIPT, Published
from hotline.scripting.sandbox import WORKERS, Ran, Sandbox, Script, ScriptFailed

log = structlog.get_logger(__name__)

# The whole decision, the gathering of facts and the wait for a worker with it.
DECISION_SECONDS: Final = 0.2
# One script never has all workers, so that another's decision is not kept waiting by it.
_WORKERS_A_SCRIPT: Final = WORKERS // 2
# A version that has failed so often in a row is left alone for so long.
_FAILURES_UNTIL_REST: Final = 3
_REST_SECONDS: Final = 30.0
# People are told of one script's failures no more often than this; log and journal have each.
_ALARM_SECONDS: Final = 30.0
_TIRING: Final = frozenset({"time", "memory", "crashed"})


class Alarm(Protocol):
    """Tells people."""

    def alarm(self, code: str, /, **params: str) -> None: ...


@dataclass(frozen=True, slots=True)
class _Outcome:
    """What came of it, and how the journal explains it."""

    route: Route
    explanation: Mapping[str, Any]


@dataclass(slots=True)
class _Record:
    """How one script has fared."""

    turns: BoundedSemaphore = field(default_factory=lambda: BoundedSemaphore(_WORKERS_A_SCRIPT))
    version: int = 0
    failures: int = 0
    rests_until: float = 0.0
    alarmed_at: float = float("-inf")


class ScriptRouter:
    """Decides by what is published; told of each new configuration, and stopped at the end."""

    def __init__(
        self,
        configuration: Callable[[], Configuration],
        finder: FactFinder,
        journal: Journal,
        people: Alarm,
        clock: Callable[[], float],
        sandbox: Sandbox,
    ) -> None:
        self._configuration = configuration
        self._finder = finder
        self._journal = journal
        self._people = people
        self._clock = clock
        self._sandbox = sandbox
        self._threads = ThreadPool(WORKERS)
        self._started = False
        self._records: defaultdict[str, _Record] = defaultdict(_Record)

    def prepare(self, configuration: Configuration) -> None:
        """Start the workers once there is a script for them, so that the first caller does not wait."""
        wanted = any(published.kind == SCRIPT for published in configuration.routing.values())
        if wanted and not self._started:
            self._threads.spawn(self._sandbox.__enter__).get()
            self._started = True

    def stop(self) -> None:
        """End the workers."""
        if self._started:
            self._sandbox.__exit__()
            self._started = False
        self._threads.kill()

    def decide(self, script: str, interaction_id: str, facts: Facts) -> Decided:
        """Where *script* (its code) sends the call. Never raises; takes 200 ms at most."""
        begun = self._clock()
        published = self._configuration().routing.get(script)
        try:
            if published is None:
                raise ScriptFailed("error", "no version of it is published")
            configuration = self._configuration()
            with gevent.Timeout(DECISION_SECONDS, ScriptFailed("time", "the decision took too long")):
                known = self._finder.find(interaction_id, facts, configuration)
                outcome = self._outcome(published, known, facts.now, interaction_id)
            route = checked(outcome.route, _known(configuration))
        except BadRoute as error:
            failed = ScriptFailed("bad_result", str(error))
        except ScriptFailed as error:
            failed = error
        except Exception as error:
            # A fault of ours must not cost the caller the call: the flow has a way without a decision.
            log.exception("a routing decision failed")
            failed = ScriptFailed("error", f"{type(error).__name__} in the call side")
        else:
            self._note(script, published, interaction_id, begun, "decided", route, **outcome.explanation)
            return Decided("decided", route.target, route.priority, route.values)
        self._failed(script, published, interaction_id, begun, failed)
        return Decided("failed")

    def _outcome(
        self, published: Published, facts: RoutingFacts, now: float, interaction_id: str
    ) -> _Outcome:
        decider = published.decider
        if isinstance(decider, RuleTable):
            matched = decider.decide(facts)
            return _Outcome(matched.route, {"row": matched.row, "used": dict(matched.used)})
        ran = self._run(decider, facts, now, interaction_id)
        return _Outcome(ran.route, {"line": ran.line, "used": decider.used(facts)})

    def _run(self, script: Script, facts: RoutingFacts, now: float, interaction_id: str) -> Ran:
        record = self._record(script)
        if self._clock() < record.rests_until:
            raise ScriptFailed("resting", "it has failed too often in a row and is left alone for a while")
        with record.turns:
            answer = self._threads.spawn(_answer, self._sandbox, script, facts, now, interaction_id).get()
        if isinstance(answer, Ran):
            record.failures = 0
            return answer
        failed = answer or ScriptFailed("crashed", "no answer came")
        self._count(record, failed)
        raise failed

    def _record(self, script: Script) -> _Record:
        record = self._records[script.code]
        if record.version != script.version:
            # A new version is not blamed for the old one.
            record.version, record.failures, record.rests_until = script.version, 0, 0.0
        return record

    def _count(self, record: _Record, failed: ScriptFailed) -> None:
        if failed.kind not in _TIRING:
            return
        record.failures += 1
        if record.failures >= _FAILURES_UNTIL_REST:
            record.failures = 0
            record.rests_until = self._clock() + _REST_SECONDS

    def _failed(
        self,
        script: str,
        published: Published | None,
        interaction_id: str,
        begun: float,
        failed: ScriptFailed,
    ) -> None:
        log.error(
            "a routing script failed; the flow goes its own way",
            script=script,
            kind=failed.kind,
            line=failed.line,
            error=failed.message,
        )
        self._note(
            script,
            published,
            interaction_id,
            begun,
            "failed",
            Route(),
            error=failed.message,
            error_kind=failed.kind,
            error_line=failed.line,
        )
        record = self._records[script]
        if self._clock() - record.alarmed_at >= _ALARM_SECONDS:
            record.alarmed_at = self._clock()
            self._people.alarm("routing_script_failed", script=script, kind=failed.kind, error=failed.message)

    def _note(
        self,
        script: str,
        published: Published | None,
        interaction_id: str,
        begun: float,
        outcome: str,
        route: Route,
        **explanation: Any,
    ) -> None:
        self._journal.write(
            kinds.ROUTING_SCRIPT,
            interaction_id=interaction_id,
            script=script,
            version=published.version if published else 0,
            kind_of_script=published.kind if published else "",
            outcome=outcome,
            target=route.target,
            priority=route.priority,
            values=dict(route.values),
            ms=round((self._clock() - begun) * 1000, 1),
            **explanation,
        )


def _answer(
    sandbox: Sandbox, script: Script, facts: RoutingFacts, now: float, seed: str
) -> Ran | ScriptFailed:
    """Runs in a thread, where an error that escapes would be printed as nobody's."""
    try:
        return sandbox.run(script, facts, now, seed)
    except ScriptFailed as error:
        return error


def _known(configuration: Configuration) -> Known:
    return Known(
        queues=frozenset(queue.code for queue in configuration.queues),
        agents=frozenset(agent.number for agent in configuration.agents),
    )
