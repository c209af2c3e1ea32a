"""The call history, and one call with all that is known of it."""

from __future__ import annotations

import csv
import io
from collections.abc import Iterator
from dataclasses import replace
from datetime import date
from typing import Final

from flask import Blueprint, Response, render_template, request
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _
from sqlalchemy import select

from hotline.domain.permissions import Permission
from hotline.store.access import User
from hotline.store.calls import Call, CallRecord, RecordDifference, Recording
from hotline.store.queries.access import Scope, agents_within
from hotline.store.queries.callbacks import with_callbacks
from hotline.store.queries.history import (
    CallFilter,
    all_matching,
    calls_matching,
    journal_of,
    node_types,
    recordings_of,
)
from hotline.store.queries.queues import queues
from hotline.store.seats import Agent, Queue, Skill
from webadmin.audit import audit
from webadmin.database import change, session
from webadmin.explain.names import Names
from webadmin.explain.wait import wait_of
from webadmin.formats import date_time
from webadmin.guard import permission
from webadmin.hearing import note_hearing
from webadmin.identity import person
from webadmin.labels import LABELS, choices
from webadmin.lookup import find
from webadmin.media import recording_file, send_sound
from webadmin.paging import paged
from webadmin.periods import day_start, days_sent
from webadmin.services import services
from webadmin.timeline import told

bp = Blueprint("calls", __name__, url_prefix="/calls")

_EXPORT_LIMIT: Final = 200_000
# A cell that begins like this is a formula to a spreadsheet program; a caller's name may be anything.
_FORMULA: Final = ("=", "+", "-", "@", "\t", "\r")


@bp.get("/")
@permission(Permission.CALLS_VIEW)
def index() -> ResponseReturnValue:
    wanted, since, until = _filter_sent()
    scope = person().scope
    page = paged(session(), calls_matching(scope, wanted))
    return render_template(
        "calls/index.html",
        page=page,
        wanted=wanted,
        since=since,
        until=until,
        recordings=recordings_of(session(), [call.interaction_id for call in page.rows]),
        names=names_in(scope),
        queues=queues(session(), scope),
        outcomes=choices("outcome"),
        marks=choices("mark"),
    )


@bp.get("/export.csv")
@permission(Permission.CALLS_VIEW)
def export() -> ResponseReturnValue:
    """The calls that fit the filters as CSV, streamed; with a byte order mark, so that Excel reads UTF-8."""
    wanted, _since, _until = _filter_sent()
    me, names = person(), names_in(person().scope)
    change(lambda db: audit(db, "calls.export", "calls", "", filter=request.query_string.decode()[:400]))
    head = [
        _("Interaction"),
        _("Started"),
        _("Caller"),
        _("Called number"),
        _("Queue"),
        _("Agent number"),
        _("Agent"),
        _("Extension"),
        _("Outcome"),
        _("Wait (s)"),
        _("Talk (s)"),
        _("Survey"),
        _("Hung up by"),
    ]
    words = {
        kind: {code: str(word) for code, word in LABELS[kind].items()} for kind in ("outcome", "mark", "side")
    }
    database = services().database

    def rows() -> Iterator[bytes]:
        yield "\ufeff".encode()
        yield _csv_line(head)
        with database.read() as own:
            for n, call in enumerate(all_matching(own, me.scope, wanted)):
                if n >= _EXPORT_LIMIT:
                    return
                yield _csv_line(_export_row(call, names, words))

    return Response(
        rows(),
        mimetype="text/csv",
        headers={"Content-Disposition": "attachment; filename=calls.csv", "X-Accel-Buffering": "no"},
    )


@bp.get("/<interaction_id>")
@permission(Permission.CALLS_VIEW)
def show(interaction_id: str) -> ResponseReturnValue:
    call = find(Call, interaction_id)
    names = replace(names_in(Scope("all")), nodes=node_types(session(), call.flow_code, call.flow_version))
    entries = journal_of(session(), interaction_id)
    recordings = recordings_of(session(), [interaction_id]).get(interaction_id, [])
    records = (
        session()
        .scalars(
            select(CallRecord)
            .where(CallRecord.interaction_id == interaction_id)
            .order_by(CallRecord.started_at)
        )
        .all()
    )
    differences = (
        session()
        .scalars(select(RecordDifference).where(RecordDifference.interaction_id == interaction_id))
        .all()
    )
    return render_template(
        "calls/show.html",
        call=call,
        names=names,
        steps=told(with_callbacks(session(), person().scope, entries), names, of=interaction_id),
        wait=wait_of(entries, names),
        recordings=[(recording, recording_file(recording.path) is not None) for recording in recordings],
        records=records,
        differences=differences,
    )


@bp.get("/recordings/<int:recording_id>/audio")
@permission(Permission.RECORDINGS_LISTEN)
def audio(recording_id: int) -> ResponseReturnValue:
    """The recording for the player. Listening is written to the operation log."""
    recording = find(Recording, recording_id)
    if recording_file(recording.path) is not None:
        note_hearing("recording.listen", "recording", recording_id, recording.interaction_id)
    return send_sound(recording.path)


@bp.get("/recordings/<int:recording_id>/download")
@permission(Permission.RECORDINGS_DOWNLOAD)
def download(recording_id: int) -> ResponseReturnValue:
    recording = find(Recording, recording_id)
    if recording_file(recording.path) is not None:
        _note("recording.download", recording)
    return send_sound(recording.path, download_name=f"{recording.interaction_id}-{recording.id}.wav")


def names_in(scope: Scope) -> Names:
    """What agents, queues and skills are called."""
    db = session()
    agents = db.execute(
        select(Agent.number, User.name).join(User, User.id == Agent.user_id).where(agents_within(scope))
    )
    found = db.execute(select(Queue.code, Queue.name))
    skills = db.execute(select(Skill.code, Skill.name))
    return Names(agents=dict(agents.all()), queues=dict(found.all()), skills=dict(skills.all()))


def _note(action: str, recording: Recording) -> None:
    interaction, number = recording.interaction_id, recording.id
    change(lambda db: audit(db, action, "recording", number, interaction=interaction))


def _filter_sent() -> tuple[CallFilter, date | None, date | None]:
    since, until = days_sent()
    sent = request.args
    mark = sent.get("mark", "")
    wanted = CallFilter(
        number=sent.get("number", "").strip()[:32],
        agent=sent.get("agent", "").strip()[:16],
        queue=sent.get("queue", ""),
        outcome=sent.get("outcome", ""),
        mark=int(mark) if mark in ("1", "2", "3") else None,
        since=day_start(since) if since else None,
        until=day_start(until, after=1) if until else None,
        differing=sent.get("differing") == "yes",
    )
    return wanted, since, until


def _export_row(call: Call, names: Names, words: dict[str, dict[str, str]]) -> list[str]:
    def seconds(value: int | None) -> str:
        return "" if value is None else f"{value / 1000:.1f}"

    return [
        call.interaction_id,
        date_time(call.started_at),
        call.caller,
        call.called,
        names.queue(call.queue_code) if call.queue_code else "",
        call.agent_number or "",
        names.agents.get(call.agent_number or "", ""),
        call.extension or "",
        words["outcome"].get(call.outcome, call.outcome),
        seconds(call.wait_ms),
        seconds(call.talk_ms),
        words["mark"].get(str(call.mark), ""),
        words["side"].get(call.hangup_side or "", ""),
    ]


def _csv_line(values: list[str]) -> bytes:
    line = io.StringIO()
    csv.writer(line).writerow(["'" + v if v.startswith(_FORMULA) else v for v in values])
    return line.getvalue().encode("utf-8", "replace")
