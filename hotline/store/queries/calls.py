"""What the call side asks about calls and agents: where it left off, and what became of whom."""

from __future__ import annotations

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from hotline.domain import journal as kinds
from hotline.domain.acd.events import CallerRemembered
from hotline.domain.agent import MISSED
from hotline.store.base import from_epoch, to_epoch
from hotline.store.calls import JournalEntry
from hotline.store.models import AgentPresence, Call


def presence(session: Session) -> list[AgentPresence]:
    """The agents' last known states."""
    return list(session.scalars(select(AgentPresence)))


def served_today(session: Session, since: float) -> dict[str, int]:
    """How many calls each agent has taken since *since* (seconds since the epoch)."""
    query = (
        select(Call.agent_number, func.count())
        .where(Call.connected_at >= from_epoch(since), Call.agent_number.is_not(None))
        .group_by(Call.agent_number)
    )
    return {number: count for number, count in session.execute(query) if number is not None}


def missed_today(session: Session, since: float) -> dict[str, int]:
    """How many offers each agent has missed since *since* (seconds since the epoch)."""
    query = (
        select(JournalEntry.agent_number, func.count())
        .where(
            JournalEntry.kind == kinds.OFFER_ENDED,
            JournalEntry.at >= from_epoch(since),
            JournalEntry.agent_number.is_not(None),
            JournalEntry.data["outcome"].as_string().in_(MISSED),
        )
        .group_by(JournalEntry.agent_number)
    )
    return {number: count for number, count in session.execute(query) if number is not None}


def recent_callers(session: Session, *, since: float) -> list[CallerRemembered]:
    """Who was served, and who gave up waiting, since *since* (seconds since the epoch), oldest first."""
    served = select(Call.caller, Call.queue_code, Call.agent_number, Call.talk_ended_at).where(
        Call.talk_ended_at >= from_epoch(since), Call.agent_number.is_not(None), Call.caller != ""
    )
    gave_up = select(Call.caller, Call.queue_code, Call.queued_at, Call.ended_at).where(
        Call.outcome == "abandoned",
        Call.ended_at >= from_epoch(since),
        Call.queued_at.is_not(None),
        Call.caller != "",
    )
    found = [
        CallerRemembered(caller, queue or "", agent or "", to_epoch(at))
        for caller, queue, agent, at in session.execute(served)
        if at is not None
    ]
    found += [
        CallerRemembered(caller, queue or "", "", to_epoch(at), to_epoch(queued_at))
        for caller, queue, queued_at, at in session.execute(gave_up)
        if at is not None and queued_at is not None
    ]
    return sorted(found, key=lambda each: each.at)


def open_calls(session: Session, *, before: float) -> list[tuple[str, str]]:
    """The calls that began before *before* and are not over in the books: interaction id and channel."""
    query = select(Call.interaction_id, Call.channel_uuid).where(
        Call.outcome == "open", Call.started_at < from_epoch(before)
    )
    return [(interaction, channel) for interaction, channel in session.execute(query)]


def call_outcomes(session: Session, *, since: float) -> list[tuple[str, int]]:
    """How many calls that began since *since* (seconds since the epoch) ended how."""
    query = (
        select(Call.outcome, func.count())
        .where(Call.started_at >= from_epoch(since))
        .group_by(Call.outcome)
        .order_by(Call.outcome)
    )
    return [(outcome, count) for outcome, count in session.execute(query)]
