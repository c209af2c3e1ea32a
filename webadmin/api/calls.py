"""Calls, their timelines and recordings."""

from __future__ import annotations

import base64
import binascii
from datetime import UTC, datetime
from http import HTTPStatus
from typing import Any, Final

from apiflask import APIBlueprint
from flask import url_for
from flask.typing import ResponseReturnValue

from hotline.domain.permissions import Permission
from hotline.store.calls import Call, Recording
from hotline.store.errors import Invalid
from hotline.store.queries.callbacks import with_callbacks
from hotline.store.queries.history import CallFilter, Cursor, calls_matching, journal_of, recordings_of
from webadmin.api.schemas import CallOut, CallsOut, CallsQuery, TimelineOut, problems
from webadmin.database import session
from webadmin.guard import permission
from webadmin.hearing import note_hearing
from webadmin.identity import person
from webadmin.lookup import find
from webadmin.media import recording_file, send_sound
from webadmin.periods import YEARS

_SOUND: Final[Any] = {
    200: {
        "description": "The sound",
        "content": {"audio/wav": {"schema": {"type": "string", "format": "binary"}}},
    },
    206: {"description": "The range asked for"},
    404: {"description": HTTPStatus(404).phrase},
}

bp = APIBlueprint("api_calls", __name__, url_prefix="/api/v1", tag="Calls")


@bp.get("/calls")
@permission(Permission.CALLS_VIEW)
@bp.input(CallsQuery, location="query", arg_name="query")
@bp.output(CallsOut)
@bp.doc(summary="Calls, newest first", responses=problems(422))
def calls(query: dict[str, Any]) -> ResponseReturnValue:
    wanted = CallFilter(
        number=query.get("number", ""),
        agent=query.get("agent", ""),
        queue=query.get("queue", ""),
        outcome=query.get("outcome", ""),
        mark=query.get("mark"),
        since=_instant("since", query.get("since")),
        until=_instant("until", query.get("until")),
    )
    limit, after = query["limit"], _cursor(query.get("cursor"))
    rows = session().scalars(calls_matching(person().scope, wanted, after).limit(limit + 1)).all()
    shown = rows[:limit]
    recordings = recordings_of(session(), [call.interaction_id for call in shown])
    return {
        "calls": [_call(call, recordings.get(call.interaction_id, [])) for call in shown],
        "next": _cursor_text(shown[-1]) if len(rows) > limit else None,
    }


@bp.get("/calls/<interaction_id>")
@permission(Permission.CALLS_VIEW)
@bp.output(CallOut)
@bp.doc(summary="One call", responses=problems(404))
def call(interaction_id: str) -> ResponseReturnValue:
    row = find(Call, interaction_id)
    return _call(row, recordings_of(session(), [interaction_id]).get(interaction_id, []))


@bp.get("/calls/<interaction_id>/timeline")
@permission(Permission.CALLS_VIEW)
@bp.output(TimelineOut)
@bp.doc(
    summary="What happened in a call, in order, with the explanation of each routing decision",
    responses=problems(404),
)
def timeline(interaction_id: str) -> ResponseReturnValue:
    find(Call, interaction_id)
    entries = with_callbacks(session(), person().scope, journal_of(session(), interaction_id))
    return {
        "interaction_id": interaction_id,
        "entries": [
            {
                "at": iso(entry.at),
                "kind": entry.kind,
                "interaction_id": entry.interaction_id,
                "agent": entry.agent_number,
                "queue": entry.queue_code,
                "data": entry.data,
            }
            for entry in entries
        ],
    }


@bp.get("/recordings/<int:recording_id>")
@permission(Permission.RECORDINGS_LISTEN)
@bp.doc(
    summary="A recording: stereo WAV, left the caller, right the agent",
    responses=_SOUND,
)
def recording(recording_id: int) -> ResponseReturnValue:
    row = find(Recording, recording_id)
    if recording_file(row.path) is not None:
        note_hearing("recording.listen", "recording", recording_id, row.interaction_id)
    return send_sound(row.path)


def iso(value: datetime | None) -> str | None:
    """ISO 8601 in UTC with milliseconds, ending in Z."""
    if value is None:
        return None
    return value.astimezone(UTC).isoformat(timespec="milliseconds").replace("+00:00", "Z")


def _seconds(value: int | None) -> float | None:
    return None if value is None else value / 1000


def _call(row: Call, recordings: list[Recording]) -> dict[str, Any]:
    sounds = [
        {
            "id": recording.id,
            "url": url_for("api_calls.recording", recording_id=recording.id),
            "channels": ["caller", "agent"],
            "duration_seconds": _seconds(recording.duration_ms),
        }
        for recording in recordings
    ]
    return {
        "interaction_id": row.interaction_id,
        "direction": row.direction,
        "caller": row.caller,
        "caller_name": row.caller_name,
        "called": row.called,
        "queue": row.queue_code,
        "agent": row.agent_number,
        "extension": row.extension,
        "started_at": iso(row.started_at),
        "answered_at": iso(row.answered_at),
        "queued_at": iso(row.queued_at),
        "connected_at": iso(row.connected_at),
        "ended_at": iso(row.ended_at),
        "wait_seconds": _seconds(row.wait_ms),
        "talk_seconds": _seconds(row.talk_ms),
        "hold_seconds": _seconds(row.hold_ms),
        "mark": row.mark,
        "outcome": row.outcome,
        "hangup_side": row.hangup_side,
        "hangup_cause": row.hangup_cause,
        "data": row.data,
        "recording": sounds[0] if sounds else None,
        "recordings": sounds,
    }


def _instant(name: str, text: str | None) -> datetime | None:
    if not text:
        return None
    try:
        # A plus sign that was not escaped arrives as a space.
        value = datetime.fromisoformat(text.replace(" ", "+") if "T" in text else text)
    except ValueError:
        raise Invalid(name, text, "not an ISO 8601 instant such as 2026-11-24T09:00:00Z") from None
    if value.year not in YEARS:
        raise Invalid(name, text, f"not between the years {YEARS.start} and {YEARS.stop - 1}")
    if value.tzinfo is None:
        raise Invalid(name, text, "without a zone; end it in Z or +08:00")
    return value


def _cursor_text(last: Call) -> str:
    return (
        base64.urlsafe_b64encode(f"{iso(last.started_at)}|{last.interaction_id}".encode())
        .decode()
        .rstrip("=")
    )


def _cursor(text: str | None) -> Cursor | None:
    if not text:
        return None
    try:
        at, _, interaction = base64.urlsafe_b64decode(text + "=" * (-len(text) % 4)).decode().partition("|")
        return Cursor(datetime.fromisoformat(at), interaction)
    except (binascii.Error, ValueError):
        raise Invalid("cursor", text, "give the value of `next` as it came") from None
