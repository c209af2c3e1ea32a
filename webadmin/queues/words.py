"""The words for how a queue distributes its calls, and for what is wrong about its settings."""

from __future__ import annotations

from typing import Final

from flask_babel import LazyString
from flask_babel import gettext as _
from flask_babel import lazy_gettext as _l

from hotline.domain.acd.settings import Problem

STRATEGIES: Final[dict[str, LazyString]] = {
    "longest_idle": _l("Longest idle"),
    "fewest_calls": _l("Fewest calls today"),
    "least_occupied": _l("Least occupied"),
    "round_robin": _l("In turn"),
    "highest_skill": _l("Highest skill"),
    "percentage": _l("Shares of agent groups"),
}
WHEN: Final[dict[str, LazyString]] = {
    "wait": _l("The caller has waited (seconds)"),
    "position": _l("The place in line is beyond"),
    "expected_wait": _l("The expected wait is over (seconds)"),
    "nobody_signed_in": _l("Nobody is signed in for (seconds)"),
}
ACTIONS: Final[dict[str, LazyString]] = {
    "queue": _l("Also served by queue"),
    "outside": _l("Outside number"),
    "voicemail": _l("Voice message"),
    "callback": _l("Callback"),
    "prompt": _l("Announcement, then on in the flow"),
}
CLOSINGS: Final[dict[str, LazyString]] = {
    "serve": _l("They are served still"),
    "voicemail": _l("They may leave a message"),
    "callback": _l("They are called back"),
    "prompt": _l("They hear an announcement"),
}
RETURNS: Final[dict[str, LazyString]] = {
    "place": _l("The old place in line"),
    "agent": _l("The agent of last time"),
}
_PROBLEMS: Final[dict[str, LazyString]] = {
    "no_skill": _l("Name at least one skill: nobody could serve the callers otherwise."),
    "unknown_skill": _l("There is no skill %(value)s. Choose one from the list."),
    "unknown_group": _l("There is no agent group %(value)s. Choose one from the list."),
    "unknown_queue": _l("There is no queue %(value)s. Choose one from the list."),
    "unknown_prompt": _l("There is no prompt %(value)s. Choose one from the list."),
    "unknown": _l("%(value)s cannot be used here. Choose one from the list."),
    "twice": _l("This skill is named twice. Remove one of the rows."),
    "out_of_range": _l("A whole number from %(low)s to %(high)s."),
    "not_100": _l("The shares add up to %(value)s%%. They must make 100%%."),
    "too_many": _l("At most %(value)s rows. Remove some."),
    "not_ascending": _l("Each step must come later than the one before (%(value)s s)."),
    "demands_more": _l("A step may only ask for less than the step before, never for more."),
    "relaxes_nothing": _l("The step asks for the same as before. Lower a level, or remove the step."),
    "itself": _l("A queue cannot overflow to itself. Choose another queue."),
    "circle": _l("%(value)s overflows back to this queue. Callers would go round in circles."),
    "no_number": _l("Enter a telephone number of 3 to 20 digits."),
    "no_prompt": _l("Choose the prompt that callers hear."),
    "needed": _l("Enter this as well; the setting beside it has no effect without it."),
    "before_overflow": _l(
        "The line is full with %(value)s callers, before the overflow by place in line begins."
    ),
    "not_a_number": _l("Enter a whole number."),
}


def problem_text(problem: Problem) -> str:
    """What is wrong, and what to do about it."""
    low, _dash, high = problem.value.partition("-")
    return str(_PROBLEMS[problem.code]) % {"value": problem.value, "low": low, "high": high}


def rule_text(when: str, limit: int, action: str, target: str) -> str:
    """An overflow rule in one line, for a list."""
    conditions = {
        "wait": _("after %(n)s s", n=limit),
        "position": _("beyond place %(n)s", n=limit),
        "expected_wait": _("expected over %(n)s s", n=limit),
        "nobody_signed_in": _("nobody signed in"),
    }
    return f"{conditions.get(when, when)} → {ACTIONS.get(action, action)}{f' {target}' if target else ''}"
