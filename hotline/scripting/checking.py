"""The check of a script or rule table before it is published.

Of a script: syntax, names and types by our stubs, and one trial run.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import Any, Final

import pydantic_monty as monty

from hotline.domain.routing import rules
from hotline.domain.routing.facts import QueueFacts, RoutingFacts
from hotline.domain.routing.route import Known
from hotline.scripting.published import RULES
from hotline.scripting.sandbox import RECURSION, Sandbox, Script, ScriptFailed, failure
from hotline.scripting.source import LONGEST, Problem, unknown_names
from hotline.scripting.stubs import prelude, stubs

# The type check needs more than a decision does, and has nobody waiting on the line.
_PATIENCE_SECONDS: Final = 5.0
_MEMORY_BYTES: Final = 128 * 2**20
# Wider than a call's limit: the machine that saves a script may be busy, and an endless loop is one either way.
_RUN_LIMIT_MS: Final = 200
_MESSAGE_CHARACTERS: Final = 300
_ENDING: Final = "\n_made: Route | None = route(sample_call)\n"
# The only complaint that the last line, which is ours, can earn when the script as such is fine.
_SIGNATURE: Final = "the script must define route(call: Call) -> Route | None"


def check(text: str, known: Known) -> list[Problem]:
    """All that is wrong with the script, by line; empty: it may be published. Blocks its thread.

    The trial run is of a call of which nothing is known, with every queue empty.
    """
    if len(text) > LONGEST:
        return [Problem(0, 0, "too_long", f"a script has at most {LONGEST} characters")]
    found = unknown_names(text, known) + _type_check(text)
    if not found:
        found = _trial_run(text, known)
    return sorted(found, key=lambda problem: (problem.line, problem.column))


def problems_of(kind: str, content: Mapping[str, Any], known: Known) -> list[rules.Problem] | list[Problem]:
    """All that keeps a version of a script or of a rule table from being published. Blocks its thread.

    Raises :class:`~hotline.domain.routing.rules.BadTable` for what is no rule table.
    """
    if kind == RULES:
        return rules.problems(rules.parse(content), known)
    return check(str(content.get("text", "")), known)


def _type_check(text: str) -> list[Problem]:
    with monty.Monty(min_processes=1, max_processes=1, request_timeout=_PATIENCE_SECONDS) as pool:
        try:
            with pool.checkout(
                script_name="script.py",
                limits={
                    "max_feed_duration_secs": _RUN_LIMIT_MS / 1000,
                    "max_memory": _MEMORY_BYTES,
                    "max_recursion_depth": RECURSION,
                },
                type_check=True,
                type_check_stubs=f"{stubs()}\nsample_call: Call = Call()\n",
                type_check_format="json",
                os_policy={"sleep": "zero"},
            ) as session:
                session.feed_run(f"{prelude()}\nsample_call = Call()\n", skip_type_check=True)
                session.feed_run(text + _ENDING, print_callback=monty.CollectString())
        except monty.MontyTypingError as error:
            return _type_problems(error.display(), text)
        except monty.MontyError as error:
            # The checker runs what it has checked. How that ends is told better by the trial run.
            if isinstance(error, monty.MontyCrashedError):
                return [_problem(failure(error, text))]
    return []


def _trial_run(text: str, known: Known) -> list[Problem]:
    sandbox = Sandbox(time_limit_ms=_RUN_LIMIT_MS, workers=1, patience_seconds=_PATIENCE_SECONDS)
    facts = RoutingFacts(
        date="2026-01-05", time="10:00", queues={code: QueueFacts() for code in sorted(known.queues)}
    )
    with sandbox:
        try:
            sandbox.run(Script("check", 0, text), facts, 0.0)
        except ScriptFailed as error:
            return [_problem(error)]
    return []


def _problem(failed: ScriptFailed) -> Problem:
    return Problem(failed.line, 1 if failed.line else 0, failed.kind, failed.message)


def _type_problems(report: str, text: str) -> list[Problem]:
    most = len(text.splitlines())
    found: list[Problem] = []
    for one in json.loads(report):
        line, column = one["location"]["row"], one["location"]["column"]
        if line > most and one["code"] == "invalid-syntax":
            # Something that was begun is not closed, which shows only in what comes after.
            line, column = most, 1
        if line <= most:
            found.append(Problem(line, column, one["code"], one["message"][:_MESSAGE_CHARACTERS]))
    return found or [Problem(0, 0, "signature", _SIGNATURE)]
