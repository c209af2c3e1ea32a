"""The words for facts, operators, targets and what can be wrong with scripts and rule tables."""

from __future__ import annotations

from typing import Final

from flask_babel import LazyString
from flask_babel import gettext as _
from flask_babel import lazy_gettext as _l

from hotline.domain.routing.rules import Problem as RuleProblem
from hotline.scripting.source import Problem as ScriptProblem
from webadmin.explain.names import Names

FACTS: Final[dict[str, LazyString]] = {
    "caller": _l("Caller's number"),
    "region": _l("Caller's region"),
    "called": _l("Called number"),
    "date": _l("Date"),
    "time": _l("Time of day"),
    "weekday": _l("Day of the week (Monday is 1)"),
    "open": _l("Within working hours"),
    "holiday": _l("Holiday's name"),
    "make_up_workday": _l("Make-up workday"),
    "emergency": _l("Emergency closing"),
    "signed_in": _l("Number of agents signed in"),
    "calls_30_days": _l("Calls in 30 days"),
    "last_agent": _l("Agent of the last call"),
    "last_queue": _l("Queue of the last call"),
    "last_outcome": _l("Outcome of the last call"),
    "last_mark": _l("Mark of the last call"),
    "vip": _l("VIP priority (0: none)"),
    "black": _l("On the black list"),
    "white": _l("On the white list"),
    "ticket": _l("State of the ticket"),
    "queue.waiting": _l("Queue: callers waiting"),
    "queue.longest_wait": _l("Queue: longest wait (s)"),
    "queue.expected_wait": _l("Queue: expected wait (s)"),
    "queue.signed_in": _l("Queue: agents signed in"),
    "queue.idle": _l("Queue: idle agents"),
    "agent": _l("Agent: state"),
    "data": _l("Attached data"),
}

# The facts of a queue where its name stands beside them.
OF_QUEUE: Final[dict[str, LazyString]] = {
    "waiting": _l("Callers waiting"),
    "longest_wait": _l("Longest wait (s)"),
    "expected_wait": _l("Expected wait (s)"),
    "signed_in": _l("Number of agents signed in"),
    "idle": _l("Number of idle agents"),
}

# What a call has in a script beside its plain facts.
METHODS: Final[dict[str, LazyString]] = {
    "queues": _l("All queues by code"),
    "agents": _l("Agents signed in, with their states"),
    "queue": _l("The queue of a code"),
    "agent": _l("The state of an agent"),
}

OPERATORS: Final[dict[str, LazyString]] = {
    "is": _l("is"),
    "is_not": _l("is not"),
    "one_of": _l("is one of"),
    "none_of": _l("is none of"),
    "starts_with": _l("begins with"),
    "contains": _l("contains"),
    "empty": _l("is empty"),
    "not_empty": _l("is not empty"),
    "at_least": _l("is at least"),
    "at_most": _l("is at most"),
    "yes": _l("yes"),
    "no": _l("no"),
    "from": _l("from (inclusive)"),
    "until": _l("until (inclusive)"),
    "within": _l("within"),
    "outside": _l("outside"),
}

TARGETS: Final[dict[str, LazyString]] = {
    "": _l("The flow's own way"),
    "queue": _l("Queue"),
    "agent": _l("Agent"),
    "number": _l("Outside number"),
    "label": _l("Exit of the flow"),
}

KINDS: Final[dict[str, LazyString]] = {"script": _l("Script"), "rules": _l("Rule table")}

_RULE_PROBLEMS: Final[dict[str, LazyString]] = {
    "too_many_rows": _l("There are too many rules; at most %(value)s."),
    "too_many_conditions": _l("There are too many conditions; at most %(value)s."),
    "unknown_field": _l("There is no fact %(value)s. Choose one from the list."),
    "unknown_operator": _l("This fact cannot be compared so. Choose a comparison from the list."),
    "bad_value": _l("%(value)s cannot be compared with this fact. Correct the value."),
    "missing_of": _l("Say which queue, agent or datum is meant."),
    "unknown_queue": _l("There is no queue %(value)s. Choose one from the list."),
    "unknown_agent": _l("There is no agent %(value)s. Correct the number."),
    "bad_target": _l("No call can be sent to %(value)s. Correct the target."),
    "bad_priority": _l("A priority is between 0 and 100, not %(value)s."),
    "never_reached": _l("No call comes here: rule %(value)s fits every call. Move this rule above it."),
}

_SCRIPT_PROBLEMS: Final[dict[str, LazyString]] = {
    "unknown_queue": _l("There is no such queue"),
    "unknown_agent": _l("There is no such agent"),
    "bad_target": _l("No call can be sent there"),
    "too_long": _l("The script is too long"),
    "signature": _l("The script must define a function route(call)"),
    "invalid-syntax": _l("This is no valid syntax"),
    "syntax": _l("This is no valid syntax"),
    "unresolved-reference": _l("There is no such name"),
    "unresolved-attribute": _l("There is no such fact"),
    "unresolved-import": _l("This cannot be imported"),
    "invalid-argument-type": _l("The value is of the wrong type"),
    "invalid-return-type": _l("What is returned is no route"),
    "time": _l("It takes too long"),
    "memory": _l("It takes too much memory"),
    "recursion": _l("It calls itself too often"),
    "error": _l("It fails in the trial run"),
    "bad_result": _l("What is returned is no route"),
    "crashed": _l("It broke the sandbox"),
    "busy": _l("No worker was free"),
    "resting": _l("It has failed too often and is left alone"),
}


def rule_problem(problem: RuleProblem) -> str:
    return str(_RULE_PROBLEMS[problem.code]) % {"value": problem.value}


def script_problem(problem: ScriptProblem) -> str:
    """Our words for the kind of problem, and the checker's own sentence."""
    return with_detail(problem.code, problem.message)


def with_detail(code: str, message: str) -> str:
    known = _SCRIPT_PROBLEMS.get(code)
    return _("%(what)s: %(more)s", what=known, more=message) if known else message


def target_name(target: str, names: Names) -> str:
    """Where a call is sent, in words: ``queue:general`` as *names* calls that queue."""
    kind, _colon, code = target.partition(":")
    called = {"queue": names.queue, "agent": names.agent}.get(kind, str)(code)
    return f"{TARGETS.get(kind, kind)} {called}".rstrip()


def fact_name(name: str) -> str:
    """In words; also of a fact of something, as the journal writes it: ``queue.waiting:general``."""
    bare, _, of = name.partition(":")
    words = str(FACTS.get(bare, bare))
    return f"{words} · {of}" if of else words
