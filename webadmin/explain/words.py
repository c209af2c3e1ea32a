"""The codes of the ACD in words. A code that is not here is shown as it is; a test walks those of the domain."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final

from flask_babel import LazyString
from flask_babel import gettext as _
from flask_babel import lazy_gettext as _l

from webadmin.explain.names import Names

Words = Mapping[str, LazyString]

# Why an agent could have no offer; agent states among them.
HINDRANCES: Final[Words] = {
    "skill_missing": _l("skill missing"),
    "level_too_low": _l("skill level too low"),
    "phone_unregistered": _l("desk phone not registered"),
    "phone_in_use": _l("in another call"),
    "do_not_disturb": _l("do not disturb"),
    "leaving": _l("being switched off"),
    "failed_recently": _l("an offer failed a moment ago"),
    "waits_for_last_agent": _l("the caller waits for the agent of last time"),
    "signed_out": _l("signed out"),
    "busy": _l("busy"),
    "rest": _l("at rest"),
    "ringing": _l("phone is ringing"),
    "talking": _l("talking"),
    "wrap_up": _l("in wrap-up"),
}
_RESERVED: Final = "reserved_for:"

STRATEGIES: Final[Words] = {
    "longest_idle": _l("longest idle"),
    "fewest_calls": _l("fewest calls"),
    "least_occupied": _l("least occupied"),
    "round_robin": _l("in turn"),
    "highest_skill": _l("highest skill"),
    "percentage": _l("share of the group"),
}
# Whom a decision was about, when not about all agents.
RULES: Final[Words] = {
    "strategy": _l("by the queue's strategy"),
    "only_agent": _l("the call is for this agent alone"),
    "last_agent": _l("the agent of last time comes first"),
    "callback": _l("the agent was kept for this callback"),
}
# What an overflow rule looks at, and what refuses a caller at the door.
CONDITIONS: Final[Words] = {
    "wait": _l("waited too long"),
    "position": _l("too far back in line"),
    "expected_wait": _l("expected wait too long"),
    "nobody_signed_in": _l("nobody signed in"),
    "max_waiting": _l("too many callers wait"),
    "max_expected_wait": _l("expected wait too long to be let in"),
    "closing": _l("closing time"),
}
# Despite what a caller was let in.
PASSED: Final[Words] = {
    "black": _l("although the number is on the blacklist as well"),
    "max_waiting": _l("although too many callers wait"),
    "max_expected_wait": _l("although the expected wait is too long"),
}
OFFER_ENDS: Final[Words] = {
    "answered": _l("answered"),
    "no_answer": _l("not answered in time"),
    "busy": _l("phone was busy"),
    "refused": _l("refused by the agent"),
    "unreachable": _l("phone could not be reached"),
    "failed": _l("failed"),
    "withdrawn": _l("withdrawn"),
}
LEFT_QUEUE: Final[Words] = {
    "timeout": _l("the longest wait was over"),
    "no_agents": _l("nobody was signed in"),
    "overflow": _l("not let in"),
    "outside": _l("put through to an outside number"),
    "voicemail": _l("went on to the voice message"),
    "callback": _l("will be called back"),
    "prompt": _l("heard an announcement and went on"),
    "closed": _l("the hotline closed"),
    "emergency": _l("the emergency sent all callers away"),
    "abandoned": _l("the caller hung up"),
}
CALLBACK_ENDS: Final[Words] = {
    "served": _l("the customer was served"),
    "expired": _l("it expired"),
    "attempts": _l("the customer was not reached"),
    "cancelled": _l("it was cancelled"),
}


def hindrance(reason: object, names: Names) -> str:
    """Why an agent could have no offer."""
    code = str(reason)
    if code.startswith(_RESERVED):
        return _("kept for queue %(queue)s", queue=names.queue(code.removeprefix(_RESERVED)))
    return str(HINDRANCES.get(code, code))


def word(words: Words, code: object) -> str:
    return str(words.get(str(code), code))
