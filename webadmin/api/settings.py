"""What is set for queues, skills, caller lists and emergencies."""

from __future__ import annotations

from typing import Any

from apiflask import APIBlueprint
from flask.typing import ResponseReturnValue
from sqlalchemy.orm import Session

from hotline.domain.acd.settings import LIMITS, mix_of, needs_of, overflow_of, relaxation_of
from hotline.domain.acd.spec import QueueSpec, Strategy
from hotline.domain.permissions import Permission
from hotline.store.base import from_epoch
from hotline.store.errors import Invalid
from hotline.store.lists import CallerEntry
from hotline.store.queries import emergency as emergencies
from hotline.store.queries import groups, lists
from hotline.store.queries import queues as store
from hotline.store.queries.lists import EntryFilter
from hotline.store.queries.queues import QueueDetails
from hotline.store.seats import Queue, Skill
from webadmin.api.calls import iso
from webadmin.api.schemas import problems
from webadmin.api.settings_schemas import (
    CallerIn,
    CallerOut,
    CallersOut,
    CallersQuery,
    EmergencyIn,
    EmergencyOut,
    QueueIn,
    QueueSettings,
    SkillIn,
    SkillOut,
    SkillsOut,
)
from webadmin.audit import audit, differences
from webadmin.caller_entries import BadEntry, last_day, make_entry, written_number
from webadmin.database import change, session
from webadmin.flows.opened import names as flow_names
from webadmin.guard import permission
from webadmin.identity import own_organisation, person
from webadmin.live.commands import announce
from webadmin.lookup import find
from webadmin.services import services

bp = APIBlueprint("api_settings", __name__, url_prefix="/api/v1", tag="Settings")


@bp.get("/queues/<code>")
@permission(Permission.AGENTS_VIEW)
@bp.output(QueueSettings)
@bp.doc(summary="All that is set for a queue", responses=problems(404))
def queue(code: str) -> ResponseReturnValue:
    return store.queue_details(find(Queue, code)).as_data()


@bp.put("/queues/<code>")
@permission(Permission.QUEUES_EDIT)
@bp.input(QueueIn, arg_name="body")
@bp.output(QueueSettings)
@bp.doc(summary="Set a queue anew; code and organisation stay", responses=problems(404, 422))
def put_queue(code: str, body: dict[str, Any]) -> ResponseReturnValue:
    before = store.queue_details(find(Queue, code))
    details = _details(before, body)
    prompts = frozenset(flow_names(session()).prompts)

    def save(db: Session) -> None:
        store.update_queue(db, find(Queue, code, db=db), details, prompts)
        changed = differences(before.as_data(), details.as_data())
        if changed:
            audit(db, "queue.update", "queue", code, **changed)

    change(save)
    announce("queues")
    return store.queue_details(find(Queue, code)).as_data()


@bp.get("/skills")
@permission(Permission.AGENTS_VIEW)
@bp.output(SkillsOut)
@bp.doc(summary="Skills, with how many agents have them")
def skills() -> ResponseReturnValue:
    rows = groups.skills_with_holders(session())
    return {"skills": [{"code": s.code, "name": s.name, "agents": holders} for s, holders in rows]}


@bp.post("/skills")
@permission(Permission.QUEUES_EDIT)
@bp.input(SkillIn, arg_name="body")
@bp.output(SkillOut, status_code=201)
@bp.doc(summary="Add a skill", responses=problems(409, 422))
def add_skill(body: dict[str, Any]) -> ResponseReturnValue:
    def add(db: Session) -> None:
        groups.create_skill(db, body["code"], body["name"])
        audit(db, "skill.create", "skill", body["code"], name=body["name"])

    change(add)
    return {**body, "agents": 0}


@bp.delete("/skills/<code>")
@permission(Permission.QUEUES_EDIT)
@bp.output({}, status_code=204)
@bp.doc(summary="Delete a skill that nobody has and no queue asks for", responses=problems(404, 409))
def delete_skill(code: str) -> ResponseReturnValue:
    name = find(Skill, code).name

    def remove(db: Session) -> None:
        groups.delete_skill(db, find(Skill, code, db=db))
        audit(db, "skill.delete", "skill", code, name=name)

    change(remove)
    return "", 204


@bp.get("/callers")
@permission(Permission.LISTS_VIEW)
@bp.input(CallersQuery, location="query", arg_name="query")
@bp.output(CallersOut)
@bp.doc(summary="Entries of the caller lists, newest first", responses=problems(422))
def callers(query: dict[str, Any]) -> ResponseReturnValue:
    wanted = EntryFilter(kind=query["list"], text=query["text"])
    statement = lists.entries_matching(person().scope, wanted, from_epoch(services().clock()))
    if query["before"]:
        statement = statement.where(CallerEntry.id < query["before"])
    rows = session().scalars(statement.limit(query["limit"])).all()
    more = len(rows) == query["limit"]
    return {"callers": [_caller(row) for row in rows], "next": rows[-1].id if more else None}


@bp.post("/callers")
@permission(Permission.LISTS_EDIT)
@bp.input(CallerIn, arg_name="body")
@bp.output(CallerOut, status_code=201)
@bp.doc(summary="Put a number on a list", responses=problems(409, 422))
def add_caller(body: dict[str, Any]) -> ResponseReturnValue:
    me, now = person(), from_epoch(services().clock())
    bonus = str(body["bonus"] or "")
    try:
        details = make_entry(
            body["list"],
            body["number"],
            bonus,
            body["until"],
            body["note"],
            area=lists.area_code(session()),
        )
    except BadEntry as error:
        raise Invalid(error.field, str(error)) from error
    organisation = own_organisation()

    def add(db: Session) -> int:
        entry = lists.add_entry(db, organisation, details, by=me.login, now=now)
        audit(db, "list.add", "caller", details.number, **details.as_data())
        return entry.id

    entry_id = change(add)
    announce("lists")
    return _caller(find(CallerEntry, entry_id))


@bp.delete("/callers/<int:entry_id>")
@permission(Permission.LISTS_EDIT)
@bp.output({}, status_code=204)
@bp.doc(summary="Take a number off a list", responses=problems(404))
def delete_caller(entry_id: int) -> ResponseReturnValue:
    number, scope = find(CallerEntry, entry_id).number, person().scope

    def remove(db: Session) -> None:
        lists.delete_entries(db, scope, [entry_id])
        audit(db, "list.delete", "caller", number, entries=1)

    change(remove)
    announce("lists")
    return "", 204


@bp.get("/emergency")
@permission(Permission.EMERGENCY_SWITCH)
@bp.output(EmergencyOut)
@bp.doc(summary="Whether the hotline is closed at once, and what is prepared")
def emergency() -> ResponseReturnValue:
    return _emergency()


@bp.put("/emergency")
@permission(Permission.EMERGENCY_SWITCH)
@bp.input(EmergencyIn, arg_name="body")
@bp.output(EmergencyOut)
@bp.doc(summary="Close at once by a plan", responses=problems(422))
def close_at_once(body: dict[str, Any]) -> ResponseReturnValue:
    me, now = person(), services().clock()
    plan = next((p for p in emergencies.plans(session()) if p.name == body["plan"]), None)
    if plan is None:
        raise Invalid("plan", body["plan"])

    def turn(db: Session) -> None:
        emergencies.switch_on(db, plan, by=me.login, now=now)
        audit(db, "emergency.on", "emergency", plan.name, prompt=plan.prompt, waiting=plan.waiting)

    change(turn)
    announce("emergency")
    return _emergency()


@bp.delete("/emergency")
@permission(Permission.EMERGENCY_SWITCH)
@bp.output(EmergencyOut)
@bp.doc(summary="End the emergency")
def open_again() -> ResponseReturnValue:
    def turn(db: Session) -> None:
        before = emergencies.switch_off(db)
        if before is not None:
            audit(db, "emergency.off", "emergency", before.plan.name, since=before.since)

    change(turn)
    announce("emergency")
    return _emergency()


def _details(before: QueueDetails, body: dict[str, Any]) -> QueueDetails:
    spec = QueueSpec(
        code=before.spec.code,
        name=body["name"],
        needs=needs_of(body["needs"]),
        strategy=Strategy(body["strategy"]),
        mix=mix_of(body["mix"]),
        relaxation=relaxation_of(body["relaxation"]),
        overflow=overflow_of(body["overflow"]),
        closing=body["closing"],
        return_to=body["return_to"],
        **{name: body[name] for name in LIMITS},
    )
    more = (
        "closing_prompt",
        "announce_seconds",
        "whisper",
        "announce_agent",
        "service_level_seconds",
        "active",
    )
    return QueueDetails(spec, before.organisation, **{name: body[name] for name in more})


def _caller(entry: CallerEntry) -> dict[str, Any]:
    return {
        "id": entry.id,
        "list": entry.kind,
        "number": written_number(entry.number, is_prefix=entry.is_prefix),
        "bonus": entry.bonus,
        "until": last_day(entry.expires_at),
        "note": entry.note,
        "created_by": entry.created_by,
    }


def _emergency() -> dict[str, Any]:
    current = emergencies.current(session())
    return {
        "on": current is not None,
        "plan": current.plan if current else None,
        "since": iso(from_epoch(current.since)) if current and current.since else None,
        "by": current.by if current else None,
        "plans": emergencies.plans(session()),
    }
