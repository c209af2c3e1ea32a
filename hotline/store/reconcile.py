"""Compare the switch's records with our own calls, once both are there.

The caller's leg is the one whose channel our call names; every other leg of the interaction that was
answered is an agent's.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Final

from sqlalchemy import delete, select
from sqlalchemy.orm import Session

from hotline.store.calls import Call, CallRecord, RecordDifference

TOLERANCE: Final = timedelta(seconds=2)
# What the switch says of the caller's leg when the caller hung up: its BYE, or its CANCEL before the answer.
_BY_CALLER: Final = frozenset({"recv_bye", "recv_cancel"})


@dataclass(frozen=True, slots=True)
class Difference:
    """One value: ours of the call, theirs of the record."""

    field: str
    ours: str
    theirs: str


def compare(call: Call, record: CallRecord, agent_legs: Sequence[CallRecord]) -> list[Difference]:
    """On what an ended *call* and the *record* of its caller's leg disagree; times may be 2 s apart."""
    found = [
        Difference(field, ours, theirs)
        for field, ours, theirs in (
            ("caller", call.caller, record.caller),
            ("called", call.called, record.called),
        )
        if ours != theirs
    ]
    found += _times("started_at", call.started_at, record.started_at)
    found += _times("ended_at", call.ended_at, record.ended_at)
    if (call.answered_at is None) != (record.answered_at is None):
        found.append(Difference("answered", _yes(call.answered_at), _yes(record.answered_at)))
    answered = [leg for leg in agent_legs if leg.answered_at is not None]
    if answered:
        theirs_ms = sum(leg.talk_ms for leg in answered)
        if abs((call.talk_ms or 0) - theirs_ms) > TOLERANCE.total_seconds() * 1000:
            found.append(Difference("talk_ms", str(call.talk_ms or 0), str(theirs_ms)))
    # After a talk that the agent ended the caller may hang up during the survey: that is no contradiction.
    if call.connected_at is None and record.hangup_disposition and call.hangup_side is not None:
        theirs = "caller" if record.hangup_disposition in _BY_CALLER else "system"
        if (call.hangup_side == "caller") != (theirs == "caller"):
            found.append(Difference("hangup_side", call.hangup_side, theirs))
    return found


def reconcile_calls(session: Session, interactions: Collection[str], *, at: datetime) -> None:
    """Work out the differences of these calls anew. Calls that last, or have no record, are passed over."""
    if not interactions:
        return
    calls = session.scalars(
        select(Call).where(Call.interaction_id.in_(interactions), Call.ended_at.is_not(None))
    ).all()
    if not calls:
        return
    by_interaction = {call.interaction_id: call for call in calls}
    legs: dict[str, list[CallRecord]] = defaultdict(list)
    for record in session.scalars(select(CallRecord).where(CallRecord.interaction_id.in_(by_interaction))):
        if record.interaction_id is not None:
            legs[record.interaction_id].append(record)
    # A call that never reached the point where the interaction is put on the channel is found by its channel.
    channels = {call.channel_uuid: call for call in calls if call.channel_uuid}
    for record in session.scalars(select(CallRecord).where(CallRecord.leg_uuid.in_(channels))):
        call = channels[record.leg_uuid]
        if record.interaction_id is None:
            record.interaction_id = call.interaction_id
            legs[call.interaction_id].append(record)
    session.execute(delete(RecordDifference).where(RecordDifference.interaction_id.in_(by_interaction)))
    for call in calls:
        own = [leg for leg in legs[call.interaction_id] if leg.leg_uuid == call.channel_uuid]
        others = [leg for leg in legs[call.interaction_id] if leg.leg_uuid != call.channel_uuid]
        for record in own:
            session.add_all(
                RecordDifference(
                    record_id=record.id,
                    interaction_id=call.interaction_id,
                    field=difference.field,
                    ours=difference.ours,
                    theirs=difference.theirs,
                    at=at,
                )
                for difference in compare(call, record, others)
            )


def _times(field: str, ours: datetime | None, theirs: datetime) -> list[Difference]:
    if ours is not None and abs(ours - theirs) <= TOLERANCE:
        return []
    return [Difference(field, "" if ours is None else ours.isoformat(), theirs.isoformat())]


def _yes(value: datetime | None) -> str:
    return "no" if value is None else "yes"
