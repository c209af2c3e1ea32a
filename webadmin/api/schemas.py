"""What the REST interface takes and gives. Times are ISO 8601 in UTC with milliseconds, durations are
seconds.
"""

from __future__ import annotations

from http import HTTPStatus
from typing import Any, Final

from apiflask import Schema
from apiflask.fields import Boolean, Dict, Float, Integer, List, Nested, String
from apiflask.validators import Length, OneOf, Range, Regexp

from webadmin.live.orders import ORDERS

OUTCOMES: Final = (
    "open",
    "served",
    "abandoned",
    "voicemail",
    "self_service",
    "overflowed",
    "callback",
    "refused",
    "failed",
)
MOST_CALLS: Final = 200


def _described(text: str, **more: Any) -> dict[str, Any]:
    return {"metadata": {"description": text, **more}}


class Problem(Schema):
    """What went wrong (RFC 9457)."""

    type = String(**_described("A name of the kind of problem."))
    title = String()
    status = Integer()
    code = String(**_described("The kind of problem, for programs."))
    detail = String()
    remedy = String(**_described("What to do about it."))
    errors = List(Dict(), **_described("The fields that cannot be used: field and message."))


def problems(*codes: int) -> dict[int, str]:
    """The errors of an operation, for its description; each is a :class:`Problem`."""
    return {code: HTTPStatus(code).phrase for code in codes}


class RecordingOut(Schema):
    id = Integer()
    url = String(**_described("Where the sound is; GET it, also in ranges."))
    channels = List(String(), **_described("What each channel holds, in order: caller, agent."))
    duration_seconds = Float(allow_none=True)


class CallOut(Schema):
    """One contact with a person."""

    interaction_id = String()
    direction = String()
    caller = String()
    caller_name = String()
    called = String()
    queue = String(allow_none=True, **_described("Code of the last queue."))
    agent = String(allow_none=True, **_described("Agent number."))
    extension = String(allow_none=True)
    started_at = String()
    answered_at = String(allow_none=True)
    queued_at = String(allow_none=True)
    connected_at = String(allow_none=True)
    ended_at = String(allow_none=True)
    wait_seconds = Float(
        allow_none=True, **_described("In the queue, until an agent answered or the caller left.")
    )
    talk_seconds = Float(allow_none=True)
    hold_seconds = Float()
    mark = Integer(allow_none=True, **_described("1 satisfied, 2 fairly satisfied, 3 not satisfied."))
    outcome = String(**_described("One of: " + ", ".join(OUTCOMES)))
    hangup_side = String(allow_none=True, **_described("caller, agent or system."))
    hangup_cause = String(allow_none=True)
    data = Dict(**_described("Attached data."))
    recording = Nested(RecordingOut, allow_none=True)
    recordings = List(Nested(RecordingOut))


class CallInList(CallOut):
    """A call as a list holds it; its own class, since a description names each class once."""


class CallsOut(Schema):
    calls = List(Nested(CallInList))
    next = String(
        allow_none=True, **_described("Give it as `cursor` for the next page; null on the last one.")
    )


class CallsQuery(Schema):
    number = String(**_described("A part of the caller's or the called number."), validate=Length(max=32))
    agent = String(validate=Length(max=16))
    queue = String(validate=Length(max=32))
    outcome = String(validate=OneOf(OUTCOMES))
    mark = Integer(validate=Range(1, 3))
    since = String(**_described("Begun at or after this instant, ISO 8601 with its zone."))
    until = String(**_described("Begun before this instant, ISO 8601 with its zone."))
    limit = Integer(load_default=50, validate=Range(1, MOST_CALLS))
    cursor = String(validate=Length(max=200))


class EntryOut(Schema):
    at = String()
    kind = String()
    interaction_id = String(
        **_described("The call in which it happened: another one for what became of a callback.")
    )
    agent = String(allow_none=True)
    queue = String(allow_none=True)
    data = Dict()


class TimelineOut(Schema):
    interaction_id = String()
    entries = List(Nested(EntryOut))


class AgentOut(Schema):
    number = String()
    name = String()
    extension = String()
    group = String()
    post = String()
    role = String()
    priority = Integer()
    active = Boolean()
    skills = Dict(keys=String(), values=Integer(), **_described("Skill codes with levels 1 to 9."))
    state = String(allow_none=True, **_described("The live state; null while the call side does not answer."))


class AgentInList(AgentOut):
    """An agent as a list holds it."""


class AgentsOut(Schema):
    agents = List(Nested(AgentInList))


_NUMBER: Final = Regexp(r"^[0-9]{2,10}$", error="Use 2 to 10 digits, such as 8024.")
_SKILLS: Final = Dict(
    keys=String(),
    values=Integer(validate=Range(1, 9)),
    load_default=dict,
    **_described("Codes with levels 1 to 9."),
)


class AgentIn(Schema):
    number = String(required=True, validate=_NUMBER)
    name = String(required=True, validate=Length(1, 80))
    extension = String(required=True, validate=_NUMBER)
    group = String(required=True)
    post = String(load_default="agent", validate=OneOf(("lead", "deputy", "information", "senior", "agent")))
    role = String(load_default="agent")
    priority = Integer(load_default=5, validate=Range(1, 9))
    active = Boolean(load_default=True)
    skills = _SKILLS


class AgentChange(Schema):
    """Only what is sent is changed."""

    name = String(validate=Length(1, 80))
    extension = String(validate=_NUMBER)
    group = String()
    post = String(validate=OneOf(("lead", "deputy", "information", "senior", "agent")))
    role = String()
    priority = Integer(validate=Range(1, 9))
    active = Boolean()
    skills = Dict(keys=String(), values=Integer(validate=Range(1, 9)))


class CreatedAgentOut(AgentOut):
    password = String(**_described("The first password of the account. It is given only here."))


class StateOut(Schema):
    number = String()
    state = String(**_described("signed_out, idle, busy, rest, ringing, talking or wrap_up."))
    reason = String()
    since = String()
    next_state = String(allow_none=True, **_described("What the agent becomes after the current call."))
    reachable = Boolean(**_described("Whether the desk phone is registered."))
    interaction_id = String(allow_none=True)


class StateIn(Schema):
    state = String(
        required=True,
        validate=OneOf(sorted(ORDERS)),
        **_described(
            "What the agent is to become; during a call it is kept for after it. `done` ends the wrap-up, `extend` "
            "prolongs it; `do_not_disturb` and `take_calls` are about the phone."
        ),
    )
    reason = String(load_default="", validate=Length(max=64))


class Need(Schema):
    """A skill that an agent must have."""

    skill = String(required=True, validate=Length(1, 32))
    min_level = Integer(load_default=1, validate=Range(1, 9))
    weight = Integer(
        load_default=1,
        validate=Range(1, 9),
        **_described("How much the level counts where the highest skill goes first."),
    )


class QueueOut(Schema):
    code = String()
    name = String()
    needs = List(Nested(Need), **_described("All of these skills are asked for."))
    ring_seconds = Integer()
    wrap_up_seconds = Integer()
    max_wait_seconds = Integer()
    active = Boolean()
    waiting = Integer(
        allow_none=True, **_described("Null while the call side does not answer, as the next ones.")
    )
    longest_wait_seconds = Float(allow_none=True)
    agents_signed_in = Integer(allow_none=True)
    agents_idle = Integer(allow_none=True)
    talking = Integer(allow_none=True)


class QueuesOut(Schema):
    queues = List(Nested(QueueOut))


class SnapshotOut(Schema):
    at = String()
    switch = String(**_described("freeswitch or simulated."))
    switch_version = String()
    switch_connected = Boolean()
    agents = List(Dict())
    queues = List(Dict())
    calls = List(Dict())


class TokenIn(Schema):
    login = String(required=True, validate=Length(1, 64))
    password = String(required=True, validate=Length(1, 256))
    name = String(load_default="REST", validate=Length(1, 80), **_described("What the token is for."))
    days = Integer(load_default=90, validate=Range(1, 366), **_described("How long it is valid."))


class TokenOut(Schema):
    token = String(**_described("Send it as `Authorization: Bearer …`. It is given only here."))
    token_type = String()
    expires_at = String()


class HealthOut(Schema):
    status = String(**_described("ok, or degraded when one of the others is not."))
    database = Boolean()
    call_side = Boolean()
    switch = String()
    switch_connected = Boolean()
    version = String()
