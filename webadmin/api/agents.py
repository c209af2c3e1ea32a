"""Agents, their states, queues, and everything that is known of this moment."""

from __future__ import annotations

import secrets
from dataclasses import asdict, replace
from typing import Any, cast

from apiflask import APIBlueprint
from flask.typing import ResponseReturnValue
from sqlalchemy.orm import Session
from werkzeug.exceptions import Forbidden

from hotline.domain.permissions import Permission
from hotline.live.bus import NoCallSide
from hotline.live.messages import AgentView, Snapshot
from hotline.store.access import Role
from hotline.store.base import from_epoch
from hotline.store.passwords import hash_password
from hotline.store.queries.agents import (
    AgentDetails,
    AgentFilter,
    agents_matching,
    create_agent,
    details_of,
    may_grant,
    update_agent,
)
from hotline.store.queries.queues import queues as queues_of
from hotline.store.seats import Agent
from hotline.store.seed import new_password
from webadmin.api.calls import iso
from webadmin.api.schemas import (
    AgentChange,
    AgentIn,
    AgentOut,
    AgentsOut,
    CreatedAgentOut,
    QueuesOut,
    SnapshotOut,
    StateIn,
    StateOut,
    problems,
)
from webadmin.audit import audit, differences
from webadmin.database import change, session
from webadmin.guard import permission
from webadmin.identity import person
from webadmin.live.commands import announce, order
from webadmin.live.orders import command_of
from webadmin.lookup import find
from webadmin.services import services

bp = APIBlueprint("api_agents", __name__, url_prefix="/api/v1", tag="Agents and queues")


@bp.get("/agents")
@permission(Permission.AGENTS_VIEW)
@bp.output(AgentsOut)
@bp.doc(summary="Agents, by number")
def agents() -> ResponseReturnValue:
    rows = session().scalars(agents_matching(person().scope, AgentFilter())).unique()
    states = _states()
    return {"agents": [_agent(row, states) for row in rows]}


@bp.post("/agents")
@permission(Permission.AGENTS_EDIT)
@bp.input(AgentIn, arg_name="body")
@bp.output(CreatedAgentOut, status_code=201)
@bp.doc(summary="Add an agent with an account and a phone account", responses=problems(409, 422))
def add_agent(body: dict[str, Any]) -> ResponseReturnValue:
    me, details, password = person(), AgentDetails(**body), new_password()
    _check_role(details.role)
    password_hash = cast(str, services().blocking(hash_password, password))
    sealed = services().vault.seal(secrets.token_urlsafe(18))
    now = from_epoch(services().clock())

    def add(db: Session) -> None:
        create_agent(db, me.scope, details, password_hash=password_hash, sip_password_sealed=sealed, now=now)
        audit(db, "agent.create", "agent", details.number, **details.as_data())

    change(add)
    announce("agents")
    return {**_agent(find(Agent, details.number), _states()), "password": password}


@bp.get("/agents/<number>")
@permission(Permission.AGENTS_VIEW)
@bp.output(AgentOut)
@bp.doc(summary="One agent", responses=problems(404))
def agent(number: str) -> ResponseReturnValue:
    return _agent(find(Agent, number), _states())


@bp.patch("/agents/<number>")
@permission(Permission.AGENTS_EDIT)
@bp.input(AgentChange, arg_name="body")
@bp.output(AgentOut)
@bp.doc(summary="Change an agent", responses=problems(404, 409, 422))
def change_agent(number: str, body: dict[str, Any]) -> ResponseReturnValue:
    row = find(Agent, number)
    _check_role(row.user.role.code)
    before = details_of(row)
    details = replace(before, **body)
    _check_role(details.role)
    me = person()

    def save(db: Session) -> None:
        update_agent(db, me.scope, find(Agent, number, db=db), details)
        changed = differences(before.as_data(), details.as_data())
        if changed:
            audit(db, "agent.update", "agent", number, **changed)

    change(save)
    announce("agents")
    return _agent(find(Agent, number), _states())


@bp.get("/agents/<number>/state")
@permission(Permission.AGENTS_VIEW)
@bp.output(StateOut)
@bp.doc(summary="What an agent is doing", responses=problems(404, 503))
def state(number: str) -> ResponseReturnValue:
    return _state(find(Agent, number).number)


@bp.put("/agents/<number>/state")
@permission(Permission.LIVE_CONTROL)
@bp.input(StateIn, arg_name="body")
@bp.output(StateOut)
@bp.doc(summary="Make an agent idle, busy, …", responses=problems(404, 409, 503))
def set_state(number: str, body: dict[str, Any]) -> ResponseReturnValue:
    me, row = person(), find(Agent, number)
    order(command_of(body["state"], by=me.login, agent=row.number, reason=body["reason"]))
    change(lambda db: audit(db, "agent.set_state", "agent", number, state=body["state"]))
    return _state(number)


@bp.get("/queues")
@permission(Permission.AGENTS_VIEW)
@bp.output(QueuesOut)
@bp.doc(summary="Queues, with who waits in them now")
def queues() -> ResponseReturnValue:
    picture = services().mirror.snapshot()
    live = {queue.code: queue for queue in picture.queues} if picture else {}
    now = services().clock()
    found = []
    for row in queues_of(session(), person().scope):
        view = live.get(row.code)
        since = view.longest_wait_since if view else None
        found.append(
            {
                "code": row.code,
                "name": row.name,
                "needs": [
                    {"skill": need.skill.code, "min_level": need.min_level, "weight": need.weight}
                    for need in row.needs
                ],
                "ring_seconds": row.ring_seconds,
                "wrap_up_seconds": row.wrap_up_seconds,
                "max_wait_seconds": row.max_wait_seconds,
                "active": row.active,
                "waiting": view.waiting if view else None,
                "longest_wait_seconds": round(now - since, 1) if since is not None else None,
                "agents_signed_in": view.agents_signed_in if view else None,
                "agents_idle": view.agents_idle if view else None,
                "talking": view.talking if view else None,
            }
        )
    return {"queues": found}


@bp.get("/snapshot")
@permission(Permission.LIVE_VIEW)
@bp.output(SnapshotOut)
@bp.doc(summary="Everything that is known of this moment", responses=problems(503))
def snapshot() -> ResponseReturnValue:
    picture = _picture(fresh=True)
    visible = services().visibility.snapshot(person().scope, picture)
    return {**asdict(visible), "at": iso(from_epoch(visible.at))}


def _picture(*, fresh: bool) -> Snapshot:
    picture = services().mirror.ask() if fresh else services().mirror.snapshot()
    if picture is None:
        raise NoCallSide("no call side answers")
    return picture


def _states() -> dict[str, str]:
    picture = services().mirror.snapshot()
    return {agent.number: agent.state for agent in picture.agents} if picture else {}


def _state(number: str) -> dict[str, Any]:
    # Asked anew: a program that has just set a state must not read the one before.
    view: AgentView | None = next((a for a in _picture(fresh=True).agents if a.number == number), None)
    if view is None:
        raise NoCallSide(f"the call side does not know agent {number}")
    return {
        "number": view.number,
        "state": view.state,
        "reason": view.reason,
        "since": iso(from_epoch(view.since)),
        "next_state": view.next_state,
        "reachable": view.reachable,
        "interaction_id": view.interaction_id,
    }


def _agent(row: Agent, states: dict[str, str]) -> dict[str, Any]:
    return {**details_of(row).as_data(), "state": states.get(row.number)}


def _check_role(code: str) -> None:
    """Nobody gives, or takes from somebody, more rights than the own ones."""
    me, role = person(), session().query(Role).filter_by(code=code).one_or_none()
    if role is not None and not may_grant(me.permissions, me.scope.kind, role):
        raise Forbidden
