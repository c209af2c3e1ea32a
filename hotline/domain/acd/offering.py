"""Callers, and the offers that bring them to agents.

A caller who arrives is offered to the first of the idle agents; an agent who becomes free gets the first of the callers. Both use the
same order, so it does not matter which of the two came first.
"""

from __future__ import annotations

from hotline.domain.acd.effects import CancelOffer, Effect, MakeOffer, NobodyFree, SendAway
from hotline.domain.acd.events import CallLeft, CallQueued, OfferAnswered, OfferFailed
from hotline.domain.acd.explain import explain
from hotline.domain.acd.model import AcdState, Agent, Offer, Waiting
from hotline.domain.acd.moves import move, queue_of, release, remove
from hotline.domain.acd.spec import QueueSpec
from hotline.domain.agent import REQUESTS, AgentState, Move

# How long nobody may leave an offer unanswered beyond the ring time before the ACD takes it back by itself.
REPORT_GRACE_SECONDS = 5.0
# How long an agent gets no offer after one that failed for a technical reason.
FAILURE_REST_SECONDS = 5.0


def call_queued(state: AcdState, event: CallQueued, now: float, effects: list[Effect]) -> None:
    queue = queue_of(state, event.queue)
    old = state.waiting.get(event.call_id)
    if old is not None:
        drop_call(state, old, now, effects, "queued_again")
    limit = event.max_wait_seconds or queue.max_wait_seconds
    key = (-event.priority, event.queued_at, state.next_serial())
    call = Waiting(event.call_id, event.queue, event.priority, event.queued_at, event.caller, key, limit)
    state.waiting[call.call_id] = call
    state.stand_in_line(call)
    stay = f"{key[2]} {call.call_id}"
    if limit:
        state.wake_at(event.queued_at + limit, "max_wait", stay)
    if queue.no_agents_seconds:
        state.wake_at(max(now, event.queued_at + queue.no_agents_seconds), "no_agents", stay)
    serve_line(state, queue, now, effects)
    if call.offer_id is None:
        call.explained = True
        effects.append(NobodyFree(call.call_id, explain(state, call, queue, None, now)))


def call_left(state: AcdState, event: CallLeft, now: float, effects: list[Effect]) -> None:
    call = state.waiting.get(event.call_id)
    if call is not None:
        drop_call(state, call, now, effects, "caller_left")


def drop_call(state: AcdState, call: Waiting, now: float, effects: list[Effect], reason: str) -> None:
    del state.waiting[call.call_id]
    if call.offer_id is None:
        state.leave_line(call)
        return
    offer = state.offers.pop(call.offer_id)
    effects.append(CancelOffer(offer.offer_id, call.call_id, offer.agent, reason))
    agent = state.agents[offer.agent]
    release(agent)
    # The agent did nothing wrong and keeps the place among those who are idle.
    move(
        state,
        agent,
        Move.WITHDRAW,
        now,
        effects,
        reason=reason,
        by="acd",
        call_id=call.call_id,
        queue=call.queue,
    )
    make_available(state, agent, now, effects)


def serve_line(state: AcdState, queue: QueueSpec, now: float, effects: list[Effect]) -> None:
    """Offer the callers of one line, in order, while there are agents for them."""
    while (call := state.first_in_line(queue.code)) is not None:
        agent = next((a for a, _ in state.idle_agents(queue.needs[0].skill, queue.needs[0].min_level)), None)
        if agent is None:
            return
        _offer(state, call, agent, queue, now, effects)


def _serve_agent(state: AcdState, agent: Agent, now: float, effects: list[Effect]) -> None:
    """Give an agent who is free the caller who is next among all lines that the agent can serve."""
    best: Waiting | None = None
    for skill, level in agent.spec.skills.items():
        for code in state.queues_of_skill.get(skill, ()):
            if level >= state.queues[code].needs[0].min_level:
                call = state.first_in_line(code)
                if call is not None and (best is None or call.key < best.key):
                    best = call
    if best is not None:
        _offer(state, best, agent, state.queues[best.queue], now, effects)


def _offer(
    state: AcdState, call: Waiting, agent: Agent, queue: QueueSpec, now: float, effects: list[Effect]
) -> None:
    decision = explain(state, call, queue, agent, now)
    offer = Offer(f"{state.epoch}-{state.next_serial()}", call.call_id, agent.spec.number, queue.code, now)
    state.leave_line(call)
    call.offer_id = offer.offer_id
    state.offers[offer.offer_id] = offer
    agent.offer_id, agent.call_id, agent.caller, agent.queue = (
        offer.offer_id,
        call.call_id,
        call.caller,
        queue.code,
    )
    move(state, agent, Move.OFFER, now, effects, by="acd", call_id=call.call_id, queue=queue.code)
    state.wake_at(now + queue.ring_seconds + REPORT_GRACE_SECONDS, "offer", offer.offer_id)
    effects.append(
        MakeOffer(
            offer.offer_id,
            call.call_id,
            queue.code,
            agent.spec.number,
            agent.spec.extension,
            queue.ring_seconds,
            decision,
        )
    )


def offer_answered(state: AcdState, event: OfferAnswered, now: float, effects: list[Effect]) -> None:
    offer = state.offers.pop(event.offer_id, None)
    if offer is None:
        return
    del state.waiting[offer.call_id]
    agent = state.agents[offer.agent]
    agent.offer_id = None
    agent.misses = 0
    move(state, agent, Move.ANSWER, now, effects, by="phone", call_id=offer.call_id, queue=offer.queue)


def offer_failed(state: AcdState, event: OfferFailed, now: float, effects: list[Effect]) -> None:
    offer = state.offers.pop(event.offer_id, None)
    if offer is None:
        return
    call, agent, queue = state.waiting[offer.call_id], state.agents[offer.agent], state.queues[offer.queue]
    call.offer_id = None
    state.stand_in_line(call)
    release(agent)
    missed = event.outcome in {"no_answer", "busy", "refused"}
    if missed:
        agent.misses += 1
    if missed and agent.misses >= queue.misses_until_busy > 0:
        agent.misses = 0
        move(
            state,
            agent,
            Move.MISS,
            now,
            effects,
            reason=event.outcome,
            by="acd",
            call_id=call.call_id,
            queue=queue.code,
        )
        _grant_wish(state, agent, now, effects)
    else:
        if event.outcome == "unreachable":
            agent.reachable = False
        agent.rests_until = now + FAILURE_REST_SECONDS
        state.wake_at(agent.rests_until, "rested", agent.spec.number)
        move(
            state,
            agent,
            Move.WITHDRAW,
            now,
            effects,
            reason=event.outcome,
            by="acd",
            call_id=call.call_id,
            queue=queue.code,
        )
    make_available(state, agent, now, effects)
    serve_line(state, queue, now, effects)


def make_available(state: AcdState, agent: Agent, now: float, effects: list[Effect]) -> None:
    """Bring the idle index into line with the agent, and give an agent who is free the next caller."""
    if agent.leaving and agent.offer_id is None and agent.call_id is None:
        if agent.spec.number in state.agents:
            remove(state, agent, effects)
        return
    if agent.hindrance(now) is not None:
        state.unindex(agent)
        return
    if not agent.indexed:
        state.index(agent)
    _serve_agent(state, agent, now, effects)


def _grant_wish(state: AcdState, agent: Agent, now: float, effects: list[Effect]) -> None:
    """After a missed offer: what the agent asked for while it rang, unless it is to be idle, which is what
    was missed.
    """
    wish, reason = agent.next_state, agent.next_reason
    agent.next_state, agent.next_reason = None, ""
    if wish in {AgentState.REST, AgentState.SIGNED_OUT}:
        move(state, agent, REQUESTS[wish], now, effects, reason=reason, by="acd")


def offer_overdue(state: AcdState, key: str, now: float, effects: list[Effect]) -> None:
    offer = state.offers.get(key)
    if offer is not None:
        effects.append(CancelOffer(offer.offer_id, offer.call_id, offer.agent, "no_report"))
        offer_failed(state, OfferFailed(offer.offer_id, "failed", "no_report"), now, effects)


def _still_waiting(state: AcdState, stay: str) -> Waiting | None:
    """The call whose stay in a queue a timer was set for, unless it has left, or has left and come back."""
    serial, call_id = stay.split(" ", 1)
    call = state.waiting.get(call_id)
    return call if call is not None and call.key[2] == int(serial) else None


def waited_too_long(state: AcdState, key: str, now: float, effects: list[Effect]) -> None:
    call = _still_waiting(state, key)
    if call is None:
        return
    if call.offer_id is not None:
        # A phone is ringing: let it, and look again when that is decided.
        state.wake_at(now + 1.0, "max_wait", key)
        return
    drop_call(state, call, now, effects, "timeout")
    effects.append(SendAway(call.call_id, call.queue, "timeout"))


def nobody_signed_in(state: AcdState, key: str, now: float, effects: list[Effect]) -> None:
    call = _still_waiting(state, key)
    if call is None:
        return
    queue = state.queues[call.queue]
    if call.offer_id is not None or state.anybody_for(queue):
        state.wake_at(now + max(1, queue.no_agents_seconds), "no_agents", key)
        return
    drop_call(state, call, now, effects, "no_agents")
    effects.append(SendAway(call.call_id, call.queue, "no_agents"))


def rested(state: AcdState, key: str, now: float, effects: list[Effect]) -> None:
    agent = state.agents.get(key)
    if agent is not None:
        make_available(state, agent, now, effects)
