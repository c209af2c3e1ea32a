"""Callers arrive and leave."""

from __future__ import annotations

from hotline.domain.acd import estimates, memory, overflow, standing
from hotline.domain.acd.effects import CameBack, Effect, SendAway
from hotline.domain.acd.events import CallLeft, CallQueued
from hotline.domain.acd.leaving import drop_call, send_away, withdraw
from hotline.domain.acd.matching import binding_holds, close_offer, match, offer
from hotline.domain.acd.model import AcdState, Agent, Queue, Ticket, Waiting
from hotline.domain.acd.moves import queue_of, release


def call_queued(state: AcdState, event: CallQueued, now: float, effects: list[Effect]) -> None:
    queue = queue_of(state, event.queue)
    old = state.waiting.get(event.call_id)
    if old is not None:
        drop_call(state, old, now, effects, "queued_again")
    if state.emergency:
        effects.append(SendAway(event.call_id, event.queue, "emergency", rule="emergency"))
        return
    ticket = state.tickets.get(event.callback)
    if ticket is not None and not ticket.call_id:
        _let_go_of_the_unable(state, ticket, now, effects)
        call, agent = _called_back(state, event, ticket, now)
        state.waiting[call.call_id] = call
        if agent is not None:
            offer(state, call, agent, "callback", now, effects, ringing=True)
            return
    else:
        call = _newcomer(state, event, queue, now, effects)
        state.waiting[call.call_id] = call
    standing.stand(state, call, now)
    match(state, now, effects)
    overflow.review(state, call, now, effects)
    if call.lined and call.queue == event.queue and not call.exempt:
        limit = refusing_limit(state, call)
        if limit:
            send_away(state, call, now, effects, "overflow", rule=limit)
    if call.lined:
        overflow.mind_pushed_back(state, state.queues[call.queue], now)


def call_left(state: AcdState, event: CallLeft, now: float, effects: list[Effect]) -> None:
    call = state.waiting.get(event.call_id)
    if call is not None:
        drop_call(state, call, now, effects, "caller_left")


def _newcomer(state: AcdState, event: CallQueued, queue: Queue, now: float, effects: list[Effect]) -> Waiting:
    placed_at, asked, exempt = event.queued_at, "", event.exempt
    back = memory.take_given_up(state, queue, event.caller, now)
    if back is not None:
        exempt = True
        if queue.spec.return_to == "agent" and back.agent:
            asked = back.agent
        else:
            placed_at = min(placed_at, back.queued_at)
    call = Waiting(
        call_id=event.call_id,
        queue=event.queue,
        priority=event.priority,
        queued_at=placed_at,
        caller=event.caller,
        key=standing.place_in(queue, event.priority, placed_at, state.next_serial()),
        joined_at=event.queued_at,
        entered_at=event.queued_at,
        max_wait_seconds=event.max_wait_seconds,
        exempt=exempt,
    )
    _bind(state, event, call, queue, asked, now)
    if asked and call.bound_to == asked:
        effects.append(CameBack(call.call_id, call.queue, agent=asked))
    elif placed_at < event.queued_at:
        effects.append(CameBack(call.call_id, call.queue, queued_at=placed_at))
    return call


def _bind(state: AcdState, event: CallQueued, call: Waiting, queue: Queue, asked: str, now: float) -> None:
    """Have the call wait for one agent, if it is for one and that one is there."""
    if event.agent:
        call.bound_to, call.only = event.agent, True
        call.bound_until = event.queued_at + event.agent_seconds if event.agent_seconds else 0.0
    elif queue.spec.last_agent_seconds or asked:
        known = asked or event.last_agent or memory.server_of(queue, event.caller, now)
        agent = state.agents.get(known)
        step = standing.step_by_time(queue, call.joined_at, now)
        if agent is not None and agent.tiers.get(event.queue, step + 1) <= max(step, queue.floor):
            call.bound_to = known
            call.bound_until = event.queued_at + (queue.spec.last_agent_seconds or memory.OLD_AGENT_SECONDS)
    if call.bound_to and not binding_holds(state, call, now):
        call.bound_to, call.bound_until, call.only = "", 0.0, False


def _let_go_of_the_unable(state: AcdState, ticket: Ticket, now: float, effects: list[Effect]) -> None:
    """Free an agent who was kept for a callback and by new settings may not serve its queue any more, or whose phone
    takes no call any more.
    """
    reserved = state.offers.get(ticket.place.offer_id or "")
    if reserved is None:
        return
    agent = state.agents[reserved.agent]
    if reserved.queue not in agent.tiers or agent.phone_hindrance is not None:
        withdraw(state, reserved.offer_id, now, effects, "not_able")


def _called_back(
    state: AcdState, event: CallQueued, ticket: Ticket, now: float
) -> tuple[Waiting, Agent | None]:
    """The customer is there: the call takes over the ticket's place, and the agent who is kept for it."""
    place = ticket.place
    agent = None
    reserved = close_offer(state, place.offer_id, taken=False) if place.offer_id else None
    if reserved is not None:
        agent = state.agents[reserved.agent]
        release(agent)
    standing.leave_line(state, place)
    state.hush("ticket", ticket.ticket)
    ticket.call_id = event.call_id
    call = Waiting(
        call_id=event.call_id,
        queue=place.queue,
        priority=place.priority,
        queued_at=place.queued_at,
        caller=event.caller or place.caller,
        key=place.key,
        joined_at=now,
        entered_at=now,
        max_wait_seconds=event.max_wait_seconds,
        exempt=True,
        ticket=ticket.ticket,
        step=place.step,
    )
    return call, agent


def refusing_limit(state: AcdState, call: Waiting) -> str:
    """Which limit at its queue's door (``max_waiting``, ``max_expected_wait``) refuses a call that has just come to
    stand in line and is not exempt; empty for none.
    """
    queue = state.queues[call.queue]
    # The newcomer stands in line already.
    if 0 < queue.spec.max_waiting < len(queue.line) - queue.callbacks:
        return "max_waiting"
    if queue.spec.max_expected_wait_seconds:
        expected = estimates.expected_wait(state, call.call_id)
        if expected is not None and expected > queue.spec.max_expected_wait_seconds:
            return "max_expected_wait"
    return ""
