"""The end of waiting: a caller is served, leaves or is sent away, and what becomes of a callback by that."""

from __future__ import annotations

from hotline.domain.acd import memory, standing
from hotline.domain.acd.effects import CallbackPostponed, CallbackSettled, CancelOffer, Effect, SendAway
from hotline.domain.acd.matching import close_offer
from hotline.domain.acd.model import AcdState, Ticket, Waiting
from hotline.domain.acd.moves import move, release
from hotline.domain.agent import Move


def drop_call(state: AcdState, call: Waiting, now: float, effects: list[Effect], reason: str) -> None:
    """The caller waits no longer. An open offer is taken back; the agent did nothing wrong and keeps the
    place among those who are idle.
    """
    standing.leave_line(state, call)
    if call.offer_id is not None:
        withdraw(state, call.offer_id, now, effects, reason)
    del state.waiting[call.call_id]
    if reason == "caller_left":
        memory.note_given_up(state, call, now)
    if call.ticket:
        _callback_over(state, call, now, effects, reason)


def withdraw(state: AcdState, offer_id: str, now: float, effects: list[Effect], reason: str) -> None:
    """Take an open offer back. Whoever it was for has no place in line until given one."""
    offer = close_offer(state, offer_id, taken=False)
    if offer is None:
        return
    ticket = "" if offer.call_id else offer.ticket
    effects.append(CancelOffer(offer_id, offer.call_id, offer.agent, reason, ticket))
    agent = state.agents[offer.agent]
    release(agent)
    why = {"call_id": offer.call_id or None, "queue": offer.queue}
    move(state, agent, Move.WITHDRAW, now, effects, reason=reason, by="acd", **why)


def send_away(
    state: AcdState,
    call: Waiting,
    now: float,
    effects: list[Effect],
    outcome: str,
    *,
    target: str = "",
    rule: str = "",
) -> None:
    """The flow goes on with the caller."""
    drop_call(state, call, now, effects, outcome)
    effects.append(SendAway(call.call_id, call.queue, outcome, target, rule))


# --- callbacks ----------------------------------------------------------------------------------------------


def line_up(state: AcdState, ticket: Ticket, now: float) -> None:
    """Have a callback stand in line exactly while its customer may be called. One whose customer is on the
    telephone is let be.
    """
    if ticket.call_id:
        return
    place = ticket.place
    may = place.offer_id is None and state.callable and not state.emergency and now >= ticket.not_before
    if may and not place.lined:
        standing.stand(state, place, now)
    elif place.lined and not may:
        standing.leave_line(state, place)
    standing.set_ticket_alarm(state, ticket, now)


def missed_customer(state: AcdState, ticket: Ticket, now: float, effects: list[Effect]) -> None:
    """An attempt to bring customer and agent together has come to nothing: later again, unless it was the
    last.
    """
    ticket.attempts += 1
    ticket.call_id = ""
    spec = state.queues[ticket.place.queue].spec
    until = now + spec.callback_retry_seconds
    if 0 < spec.callback_attempts <= ticket.attempts:
        settle(state, ticket, effects, "attempts")
    elif 0 < ticket.expires_at <= until:
        settle(state, ticket, effects, "expired")
    else:
        ticket.not_before = until
        effects.append(CallbackPostponed(ticket.ticket, until, ticket.attempts))
        line_up(state, ticket, now)


def settle(state: AcdState, ticket: Ticket, effects: list[Effect], outcome: str) -> None:
    """Close a ticket for which nobody is being dialled."""
    standing.leave_line(state, ticket.place)
    state.hush("ticket", ticket.ticket)
    del state.tickets[ticket.ticket]
    effects.append(CallbackSettled(ticket.ticket, outcome))


def _callback_over(state: AcdState, call: Waiting, now: float, effects: list[Effect], reason: str) -> None:
    ticket = state.tickets.get(call.ticket)
    if ticket is None or ticket.call_id != call.call_id:
        return
    if reason == "connected":
        settle(state, ticket, effects, "served")
    elif reason == "queued_again":
        ticket.call_id = ""
        line_up(state, ticket, now)
    else:
        missed_customer(state, ticket, now, effects)
