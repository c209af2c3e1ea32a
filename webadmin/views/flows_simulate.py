"""Trying a flow by clicking through it, saved or not. The place in the flow travels with each request."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import asdict, dataclass
from datetime import datetime
from typing import Any

from flask import Blueprint
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _
from werkzeug.exceptions import BadRequest

from hotline.domain.ivr import interpreter
from hotline.domain.ivr.commands import Facts
from hotline.domain.ivr.data import shown
from hotline.domain.ivr.flow import Flow
from hotline.domain.ivr.problems import BrokenFlow, StateMismatch, UnexpectedEvent
from hotline.domain.ivr.state import State, StateError, dumps, loads
from hotline.domain.permissions import Permission
from hotline.store.queries.calendar import load_calendar
from webadmin.database import session
from webadmin.flows.drafts import answer, draft, sent
from webadmin.flows.opened import open_flow
from webadmin.flows.rehearsal import event_of, scene
from webadmin.formats import LOCAL
from webadmin.guard import permission
from webadmin.services import services

bp = Blueprint("flows_simulate", __name__, url_prefix="/flows/<code>/simulate")

_HOURS = ("open", "closed", "holiday", "emergency", "calendar")


@bp.post("")
@permission(Permission.FLOWS_VIEW)
def simulate(code: str) -> ResponseReturnValue:
    """Begin a call through the draft, or go on with what happened: an answer, or digits of the caller.

    ``state`` is what the last answer gave; without it the call begins. 409 when what happened does not go on
    from there, 422 when the draft leads nowhere at some point.
    """
    opened, body = open_flow(code), sent()
    made = draft(opened, body.get("document"))
    facts, state, flows = _facts(body.get("facts")), None, PublishedFlows(opened.names.published)
    if made.flow is None:
        return _broken()
    try:
        if body.get("state"):
            state = loads(str(body["state"]))
            event = event_of(*(str(body.get(part, "")) for part in ("kind", "answer", "digits")))
            if event is None:
                raise UnexpectedEvent("an answer that the page does not offer")
            after, command = interpreter.step(made.flow, state, event, facts, flows)
        else:
            after, command = interpreter.begin(made.flow, facts, flows)
    except (StateError, StateMismatch, UnexpectedEvent):
        return answer(409, title=_("That does not go on from here. Call again."))
    except BrokenFlow:
        return _broken()
    return answer(scene=scene(command, opened.names).as_json(), **_place(after, state))


@dataclass(frozen=True, slots=True)
class PublishedFlows:
    """The flows that a sub-flow node may call, as they are published now."""

    by_code: Mapping[str, Flow]

    def published(self, code: str) -> Flow | None:
        return self.by_code.get(code)

    def flow_at(self, code: str, version: int) -> Flow | None:
        flow = self.by_code.get(code)
        return flow if flow is not None and flow.version == version else None


def _place(after: State, before: State | None) -> dict[str, Any]:
    """Where the call is: ``node`` on the canvas, and the place in a sub-flow in ``inside``."""
    moves = after.moves_since(before) if before else after.history
    return {
        "state": dumps(after),
        "node": after.stack[0].node if after.stack else after.node,
        "inside": f"{after.flow}: {after.node}" if after.stack else "",
        "data": shown(after.data, after.sensitive),
        "moves": [asdict(move) for move in moves],
    }


def _broken() -> ResponseReturnValue:
    return answer(422, title=_("The flow leads nowhere at this point. Correct its problems first."))


def _facts(raw: object) -> Facts:
    """The facts that the person chose: when the call comes, who calls, and what is attached to it."""
    told = raw if isinstance(raw, Mapping) else {}
    hours, data = told.get("hours", "open"), told.get("data", {})
    if hours not in _HOURS or not isinstance(data, Mapping):
        raise BadRequest
    now = _moment(str(told.get("at", "")))
    day = load_calendar(session()).is_open(now)
    by_calendar = hours == "calendar"
    return Facts(
        now=now,
        caller=str(told.get("caller", ""))[:30],
        called=str(told.get("called", ""))[:30],
        open=day.open if by_calendar else hours == "open",
        holiday=day.holiday_name if by_calendar else _("Holiday") if hours == "holiday" else None,
        weekday=day.weekday,
        emergency=hours == "emergency",
        data={str(key)[:40]: str(value)[:500] for key, value in list(data.items())[:50]},
    )


def _moment(text: str) -> float:
    """A time on the hotline's wall clock, as a browser sends it, in seconds since the epoch; now without one."""
    if not text:
        return services().clock()
    try:
        return datetime.fromisoformat(text).replace(tzinfo=LOCAL).timestamp()
    except (ValueError, OverflowError) as error:
        raise BadRequest from error
