"""Callbacks: a ticket holds a caller's place in line, and is dialled when an agent is there for it."""

from __future__ import annotations

from hotline.domain.acd import standing
from hotline.domain.acd.effects import Effect
from hotline.domain.acd.events import (
    CallableHours,
    CallbackAsked,
    CallbackCancelled,
    CallbackDialled,
    CallbackHurried,
    CallbackNumberChanged,
    CallbackRestored,
    OfferFailed,
)
from hotline.domain.acd.leaving import drop_call, line_up, settle, withdraw
from hotline.domain.acd.model import AcdState, Ticket, Waiting
from hotline.domain.acd.moves import queue_of
from hotline.domain.acd.offering import offer_failed


def asked(state: AcdState, event: CallbackAsked, now: float, effects: list[Effect]) -> None:
    if event.ticket in state.tickets:
        return
    call = state.waiting.get(event.call_id)
    if call is None:
        queue = queue_of(state, event.queue)
        queued_at = event.queued_at or now
        key = standing.place_in(queue, event.priority, queued_at, state.next_serial())
        place = Waiting(
            "", event.queue, event.priority, queued_at, event.caller, key, queued_at, now, ticket=event.ticket
        )
    else:
        drop_call(state, call, now, effects, "callback_asked")
        place = Waiting(
            call_id="",
            queue=call.queue,
            priority=call.priority,
            queued_at=call.queued_at,
            caller=call.caller,
            key=call.key,
            joined_at=call.joined_at,
            entered_at=call.entered_at,
            ticket=event.ticket,
            step=call.step,
        )
    lasts = state.queues[place.queue].spec.callback_expiry_seconds
    expires_at = event.expires_at or (now + lasts if lasts else 0.0)
    _open(state, Ticket(event.ticket, place, event.number, expires_at, event.not_before), now, effects)


def restored(state: AcdState, event: CallbackRestored, now: float, effects: list[Effect]) -> None:
    queue = queue_of(state, event.queue)
    if event.ticket in state.tickets:
        return
    key = standing.place_in(queue, event.priority, event.queued_at, state.next_serial())
    place = Waiting(
        call_id="",
        queue=event.queue,
        priority=event.priority,
        queued_at=event.queued_at,
        caller=event.caller,
        key=key,
        joined_at=event.queued_at,
        entered_at=event.queued_at,
        ticket=event.ticket,
    )
    _open(
        state,
        Ticket(event.ticket, place, event.number, event.expires_at, event.not_before, event.attempts),
        now,
        effects,
    )


def _open(state: AcdState, ticket: Ticket, now: float, effects: list[Effect]) -> None:
    state.tickets[ticket.ticket] = ticket
    if 0 < ticket.expires_at <= now:
        settle(state, ticket, effects, "expired")
    else:
        line_up(state, ticket, now)


def dialled(state: AcdState, event: CallbackDialled, now: float, effects: list[Effect]) -> None:
    offer = state.offers.get(event.offer_id)
    if offer is not None and not offer.call_id and offer.ticket == event.ticket:
        offer_failed(state, OfferFailed(event.offer_id, event.outcome), now, effects)


def cancelled(state: AcdState, event: CallbackCancelled, now: float, effects: list[Effect]) -> None:
    ticket = state.tickets.get(event.ticket)
    if ticket is None:
        return
    if ticket.place.offer_id is not None:
        withdraw(state, ticket.place.offer_id, now, effects, "cancelled")
    call = state.waiting.get(ticket.call_id)
    if call is not None:
        # Who is on the telephone already waits on as any other caller.
        call.ticket = ""
    settle(state, ticket, effects, "cancelled")


def number_changed(
    state: AcdState, event: CallbackNumberChanged, _now: float, _effects: list[Effect]
) -> None:
    ticket = state.tickets.get(event.ticket)
    if ticket is not None:
        ticket.number = event.number


def hurried(state: AcdState, event: CallbackHurried, now: float, _effects: list[Effect]) -> None:
    ticket = state.tickets.get(event.ticket)
    if ticket is not None and not ticket.under_way:
        ticket.not_before = 0.0
        line_up(state, ticket, now)


def hours_changed(state: AcdState, event: CallableHours, now: float, _effects: list[Effect]) -> None:
    state.callable = event.open
    for ticket in state.tickets.values():
        line_up(state, ticket, now)


def ticket_due(state: AcdState, key: str, now: float, effects: list[Effect]) -> None:
    """A ticket expires, may be dialled again, or has waited for the next relaxation step."""
    ticket = state.tickets.get(key)
    if ticket is None or ticket.under_way:
        return
    if 0 < ticket.expires_at <= now:
        settle(state, ticket, effects, "expired")
        return
    place = ticket.place
    step = standing.step_by_time(state.queues[place.queue], place.joined_at, now)
    if step > place.step:
        standing.relax(state, place, step)
    line_up(state, ticket, now)
