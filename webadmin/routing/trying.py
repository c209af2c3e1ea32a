"""One decision tried out: facts from a form or from a call that has been, and what comes of them."""

from __future__ import annotations

import time
from collections.abc import Mapping
from dataclasses import asdict, dataclass, fields, replace
from datetime import datetime
from typing import Any, Final
from zoneinfo import ZoneInfo

from hotline.domain.routing.facts import FACTS, QueueFacts, RoutingFacts
from hotline.domain.routing.route import BadRoute, Known, Route, checked
from hotline.domain.routing.rules import RuleTable
from hotline.regions import regions
from hotline.scripting.published import RULES, Published
from hotline.scripting.sandbox import Sandbox, ScriptFailed

_LOCAL: Final = ZoneInfo("Asia/Shanghai")
_PATIENCE_SECONDS: Final = 3.0


@dataclass(frozen=True, slots=True)
class Tried:
    """The decision, or why there was none. ``row`` of a table and ``line`` of a script are from 1."""

    route: Route
    row: int = 0
    line: int = 0
    printed: str = ""
    ms: float = 0.0
    failed: str = ""
    error: str = ""


def trial_sandbox(script_ms: int, workers: int = 1) -> Sandbox:
    """Workers for a page: scripts have the time that they have in a call, and may wait longer for their turn."""
    return Sandbox(time_limit_ms=script_ms, workers=workers, patience_seconds=_PATIENCE_SECONDS)


def decide(
    sandbox: Sandbox | None, published: Published, facts: RoutingFacts, known: Known, now: float
) -> Tried:
    """Blocks its thread for a script, which needs a sandbox. Never raises for what a script does."""
    begun = time.perf_counter()
    decider = published.decider
    try:
        if isinstance(decider, RuleTable):
            matched = decider.decide(facts)
            tried = Tried(matched.route, row=matched.row)
        elif sandbox is None:
            raise ScriptFailed("busy", "there is no worker")
        else:
            ran = sandbox.run(decider, facts, now)
            tried = Tried(ran.route, line=ran.line, printed=ran.printed)
        checked(tried.route, known)
    except ScriptFailed as error:
        tried = Tried(Route(), line=error.line, failed=error.kind, error=error.message)
    except BadRoute as error:
        tried = Tried(Route(), failed="bad_result", error=str(error))
    return replace(tried, ms=round((time.perf_counter() - begun) * 1000, 1))


def decide_once(published: Published, facts: RoutingFacts, known: Known, now: float, script_ms: int) -> Tried:
    """:func:`decide` with workers for this one decision."""
    if published.kind == RULES:
        return decide(None, published, facts, known, now)
    with trial_sandbox(script_ms) as sandbox:
        return decide(sandbox, published, facts, known, now)


def blank(queues: Mapping[str, str], now: float) -> RoutingFacts:
    """The facts that the form begins with: a call of nobody in particular, now."""
    local = datetime.fromtimestamp(now, _LOCAL)
    return RoutingFacts(
        caller="051253520000",
        region=regions().of("051253520000"),
        called="12366",
        date=f"{local:%Y-%m-%d}",
        time=f"{local:%H:%M}",
        weekday=local.isoweekday(),
        queues={code: QueueFacts() for code in queues},
    )


def read(form: Mapping[str, str], queues: Mapping[str, str]) -> RoutingFacts:
    """The facts of a form. What cannot be read counts as not given."""
    values: dict[str, Any] = {}
    for item in fields(RoutingFacts):
        fact = FACTS.get(item.name)
        if fact is None or fact.of:
            continue
        values[item.name] = _value(fact.kind, form.get(item.name, "").strip())
    values["region"] = values["region"] or regions().of(values["caller"])
    return RoutingFacts(
        **values,
        queues={code: _queue(form, code) for code in queues},
        agents=_pairs(form.get("agents", "")),
        data=_pairs(form.get("data", "")),
    )


def _value(kind: str, typed: str) -> Any:
    if kind == "flag":
        return typed == "1"
    if kind == "number":
        return int(typed) if typed.isascii() and typed.isdigit() else 0
    return typed


def _queue(form: Mapping[str, str], code: str) -> QueueFacts:
    found = {}
    for name in asdict(QueueFacts()):
        typed = form.get(f"queue.{name}:{code}", "").strip()
        if typed.isascii() and typed.isdigit():
            found[name] = int(typed)
    return QueueFacts(**found)


def _pairs(text: str) -> dict[str, str]:
    """Lines of ``name=value``."""
    found = {}
    for line in text.splitlines():
        name, equals, value = line.partition("=")
        if equals and name.strip():
            found[name.strip()] = value.strip()
    return found


def as_lines(pairs: Mapping[str, str]) -> str:
    """The text that the form shows for such pairs."""
    return "\n".join(f"{name}={value}" for name, value in pairs.items())
