"""What the REST interface takes and gives of queues, skills, caller lists and emergencies."""

from __future__ import annotations

from typing import Any, Final, cast

from apiflask import Schema
from apiflask.fields import Boolean, Dict, Integer, List, Nested, String
from apiflask.validators import Length, OneOf, Range, Regexp

from hotline.domain.acd.settings import ACTIONS, CLOSINGS, LIMITS, RETURNS, WHEN
from hotline.domain.acd.spec import QueueSpec, Strategy
from hotline.domain.callers import HIGHEST_BONUS, ListKind
from webadmin.api.schemas import Need

_CODE: Final = Regexp(r"^[a-z][a-z0-9_-]{0,31}$", error="Use small letters, digits, - and _ (at most 32).")


def _described(text: str) -> dict[str, Any]:
    return {"metadata": {"description": text}}


class Step(Schema):
    """From this waiting time on the queue asks for these skills instead."""

    after_seconds = Integer(required=True)
    needs = List(Nested(Need), required=True)


class Rule(Schema):
    """What happens when it takes too long; rules are looked at from the top."""

    when = String(required=True, validate=OneOf(tuple(WHEN)))
    limit = Integer(required=True, **_described("Seconds; for `position` a place in line."))
    action = String(required=True, validate=OneOf(ACTIONS))
    target = String(load_default="", **_described("Code of a queue, a number, or id of a prompt."))


class QueueBody(Schema):
    """All that is set for a queue. What is left out gets its usual value."""

    name = String(required=True, validate=Length(1, 80))
    needs = List(Nested(Need), required=True, **_described("All of these skills are asked for."))
    strategy = String(load_default="longest_idle", validate=OneOf([str(one) for one in Strategy]))
    mix = Dict(keys=String(), values=Integer(), load_default=dict, **_described("Percent by agent group."))
    relaxation = List(Nested(Step), load_default=list)
    overflow = List(Nested(Rule), load_default=list)
    closing = String(load_default="serve", validate=OneOf(CLOSINGS))
    closing_prompt = String(load_default="", validate=Length(max=64))
    return_to = String(load_default="place", validate=OneOf(RETURNS))
    announce_seconds = Integer(load_default=30, validate=Range(0, 600))
    service_level_seconds = Integer(load_default=20, validate=Range(1, 600))
    whisper = Boolean(load_default=False, **_described("The agent is told queue and wait."))
    announce_agent = Boolean(load_default=False, **_described("The caller is told the agent's number."))
    active = Boolean(load_default=True)


_USUAL = QueueSpec("", "")
QueueIn = cast(
    type[Schema],
    QueueBody.from_dict(
        {
            name: Integer(load_default=getattr(_USUAL, name), validate=Range(low, high))
            for name, (low, high) in LIMITS.items()
        },
        name="QueueIn",
    ),
)


class QueueSettings(QueueIn):  # type: ignore[misc,valid-type]
    """A queue as it is set."""

    code = String()
    organisation = String()


class SkillIn(Schema):
    code = String(required=True, validate=_CODE)
    name = String(required=True, validate=Length(1, 80))


class SkillOut(Schema):
    code = String()
    name = String()
    agents = Integer(**_described("Active agents who have it."))


class SkillInList(SkillOut):
    """A skill as a list holds it; its own class, since a description names each class once."""


class SkillsOut(Schema):
    skills = List(Nested(SkillInList))


class CallerIn(Schema):
    list = String(required=True, validate=OneOf([str(kind) for kind in ListKind]))
    number = String(
        required=True, validate=Length(1, 40), **_described("A number, or the beginning of numbers and *.")
    )
    bonus = Integer(
        load_default=None,
        allow_none=True,
        validate=Range(1, HIGHEST_BONUS),
        **_described("For `vip`: added to the call's priority; 10 when left out."),
    )
    until = String(load_default="", **_described("The last day, such as 2026-10-01; empty: for ever."))
    note = String(load_default="", validate=Length(max=200))


class CallerOut(Schema):
    id = Integer()
    list = String()
    number = String(**_described("In the spelling in which numbers are compared; * after a beginning."))
    bonus = Integer()
    until = String()
    note = String()
    created_by = String()


class CallerInList(CallerOut):
    """An entry as a list holds it."""


class CallersQuery(Schema):
    list = String(load_default="", validate=OneOf(["", *(str(kind) for kind in ListKind)]))
    text = String(load_default="", validate=Length(max=40), **_described("A part of number or note."))
    before = Integer(load_default=0, validate=Range(0), **_described("Entries with a smaller id only."))
    limit = Integer(load_default=100, validate=Range(1, 1000))


class CallersOut(Schema):
    callers = List(Nested(CallerInList))
    next = Integer(allow_none=True, **_described("Give it as `before` for the next page."))


class PlanOut(Schema):
    name = String()
    prompt = String(**_described("Id of what callers hear."))
    waiting = String(**_described("What becomes of those who wait: serve, prompt, voicemail or callback."))


class EmergencyOut(Schema):
    on = Boolean()
    plan = Nested(PlanOut, allow_none=True)
    since = String(allow_none=True)
    by = String(allow_none=True)
    plans = List(Nested(PlanOut), **_described("What is prepared."))


class EmergencyIn(Schema):
    plan = String(required=True, validate=Length(1, 40), **_described("The name of a plan."))
