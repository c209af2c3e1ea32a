"""What comes of an offer."""

from __future__ import annotations

from typing import Final

from hotline.domain.acd import memory, overflow, standing
from hotline.domain.acd.effects import CancelOffer, Effect
from hotline.domain.acd.events import OfferAnswered, OfferFailed
from hotline.domain.acd.leaving import drop_call, line_up, missed_customer, withdraw
from hotline.domain.acd.matching import close_offer, match
from hotline.domain.acd.model import AcdState, Agent
from hotline.domain.acd.moves import begin_talk, move, release
from hotline.domain.acd.spec import QueueSpec, Strategy
from hotline.domain.agent import MISSED, REQUESTS, AgentState, Move

# How long an agent gets no offer after one that failed for a technical reason.
FAILURE_REST_SECONDS: Final = 5.0
# The shortest rest after any offer that came to nothing: a phone that refuses by itself is not asked without
# end.
SHORTEST_REST_SECONDS: Final = 1.0


def offer_answered(state: AcdState, event: OfferAnswered, now: float, effects: list[Effect]) -> None:
    open_offer = state.offers.get(event.offer_id)
    if open_offer is None or not open_offer.call_id:
        return
    close_offer(state, event.offer_id, taken=True)
    call, agent = state.waiting[open_offer.call_id], state.agents[open_offer.agent]
    queue = state.queues[open_offer.queue]
    agent.misses = 0
    agent.calls_today += 1
    _took_turn(state, agent, queue.spec)
    begin_talk(state, agent, open_offer.queue, now)
    move(state, agent, Move.ANSWER, now, effects, by="phone", call_id=call.call_id, queue=open_offer.queue)
    memory.note_served(state, queue, call.caller, open_offer.agent, now, now)
    drop_call(state, call, now, effects, "connected")


def offer_failed(state: AcdState, event: OfferFailed, now: float, effects: list[Effect]) -> None:
    open_offer = close_offer(state, event.offer_id, taken=False)
    if open_offer is None:
        return
    agent, spec = state.agents[open_offer.agent], state.queues[open_offer.queue].spec
    release(agent)
    if open_offer.call_id:
        _blame(state, agent, spec, event.outcome, open_offer.call_id, now, effects)
        call = state.waiting[open_offer.call_id]
        standing.stand(state, call, now)
        match(state, now, effects)
        overflow.review(state, call, now, effects)
        overflow.mind_pushed_back(state, state.queues[call.queue], now)
    else:
        # The customer was not reached: nothing that the agent could help.
        move(state, agent, Move.WITHDRAW, now, effects, reason=event.outcome, by="acd", queue=spec.code)
        missed_customer(state, state.tickets[open_offer.ticket], now, effects)


def _blame(
    state: AcdState,
    agent: Agent,
    spec: QueueSpec,
    outcome: str,
    call_id: str,
    now: float,
    effects: list[Effect],
) -> None:
    """What a failed offer means for the agent: busy after so many misses, else a rest."""
    missed = outcome in MISSED
    if missed:
        agent.misses += 1
        _took_turn(state, agent, spec)
    if missed and agent.misses >= spec.misses_until_busy > 0:
        agent.misses = 0
        why = {"call_id": call_id, "queue": spec.code}
        move(state, agent, Move.MISS, now, effects, reason=outcome, by="acd", **why)
        _grant_wish(state, agent, now, effects)
        return
    if outcome == "unreachable":
        agent.reachable = False
    agent.rests_until = now + _rest_after(spec, outcome)
    state.wake("rested", agent.spec.number, agent.rests_until)
    why = {"call_id": call_id, "queue": spec.code}
    move(state, agent, Move.WITHDRAW, now, effects, reason=outcome, by="acd", **why)


def _rest_after(spec: QueueSpec, outcome: str) -> float:
    delays = {
        "no_answer": spec.no_answer_delay_seconds,
        "busy": spec.busy_delay_seconds,
        "refused": spec.refused_delay_seconds,
    }
    return max(SHORTEST_REST_SECONDS, delays.get(outcome, FAILURE_REST_SECONDS))


def _took_turn(state: AcdState, agent: Agent, spec: QueueSpec) -> None:
    if spec.strategy is Strategy.ROUND_ROBIN:
        state.queues[spec.code].turns[agent.spec.number] = state.next_serial()


def _grant_wish(state: AcdState, agent: Agent, now: float, effects: list[Effect]) -> None:
    """After a missed offer: what the agent asked for while it rang, unless it is to be idle, which is what
    was missed.
    """
    wish, reason = agent.next_state, agent.next_reason
    agent.next_state, agent.next_reason = None, ""
    if wish in {AgentState.REST, AgentState.SIGNED_OUT}:
        move(state, agent, REQUESTS[wish], now, effects, reason=reason, by="acd")


def offer_overdue(state: AcdState, key: str, now: float, effects: list[Effect]) -> None:
    """Nobody has reported what came of an offer."""
    overdue = state.offers.get(key)
    if overdue is None:
        return
    if not overdue.call_id:
        withdraw(state, key, now, effects, "no_report")
        missed_customer(state, state.tickets[overdue.ticket], now, effects)
        return
    effects.append(CancelOffer(key, overdue.call_id, overdue.agent, "no_report"))
    offer_failed(state, OfferFailed(key, "failed", "no_report"), now, effects)


def take_back_for_another_talk(state: AcdState, offer_id: str, now: float, effects: list[Effect]) -> str:
    """The agent turns out to talk with somebody else: who was offered stands in line again. The id of that
    call, or none for a callback.
    """
    offer = close_offer(state, offer_id, taken=False)
    if offer is None:
        return ""
    ticket = "" if offer.call_id else offer.ticket
    effects.append(CancelOffer(offer_id, offer.call_id, offer.agent, "connected_elsewhere", ticket))
    if offer.call_id:
        standing.stand(state, state.waiting[offer.call_id], now)
    else:
        line_up(state, state.tickets[offer.ticket], now)
    return offer.call_id


def rested(state: AcdState, key: str, _now: float, _effects: list[Effect]) -> None:
    agent = state.agents.get(key)
    if agent is not None:
        state.stir(agent)
