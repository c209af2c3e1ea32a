"""Bringing callers and agents together.

An event changes who waits and who is idle, and stirs the agents and queues that it was about; :func:`match`
then makes the offers that have become possible. An agent who has become free gets, of the callers who may have
this agent, the one whose place is first; a queue that has been stirred has its callers offered in their
order while there are agents for them. Both use the same order, so that it does not matter which of the two
came first, and what was not stirred need not be looked at: before the event nobody waited while somebody was
free for them, and this is so again when :func:`match` is done.
"""

from __future__ import annotations

import heapq
from collections.abc import Iterator
from typing import Final

from hotline.domain.acd import standing
from hotline.domain.acd.effects import DialCallback, Effect, MakeOffer
from hotline.domain.acd.explain import explain
from hotline.domain.acd.index import best, lowest_open_step, permitted, shelve, unshelve
from hotline.domain.acd.model import AcdState, Agent, Entry, Offer, Waiting
from hotline.domain.acd.moves import move, remove
from hotline.domain.acd.spec import Strategy
from hotline.domain.agent import AgentState, Move

# How long nobody may leave an offer unanswered beyond the ring time before the ACD takes it back by itself.
REPORT_GRACE_SECONDS: Final = 5.0
# How long a customer's telephone rings.
DIAL_SECONDS: Final = 45


def match(state: AcdState, now: float, effects: list[Effect]) -> None:
    """Make every offer that can be made."""
    while state.upset or state.stirred_agents or state.stirred_queues:
        while state.upset:
            _look_at_bound(state, _take(state.upset), now)
        while state.stirred_agents:
            _settle(state, state.agents[_take(state.stirred_agents)], now, effects)
        if state.stirred_queues:
            _serve(state, now, effects)


def _take(stirred: dict[str, None]) -> str:
    first = next(iter(stirred))
    del stirred[first]
    return first


def binding_holds(state: AcdState, call: Waiting, now: float) -> bool:
    """Whether a call goes on waiting for its agent."""
    if not call.bound_until:
        return call.only
    agent = state.agents.get(call.bound_to)
    here = agent is not None and agent.state not in {AgentState.SIGNED_OUT, AgentState.REST}
    return here and now < call.bound_until


def _look_at_bound(state: AcdState, number: str, now: float) -> None:
    """An agent's state has changed: who waits for just that agent may have to take another one."""
    for entry in list(state.bound.get(number, ())):
        call = state.place(entry)
        if not binding_holds(state, call, now):
            standing.unbind(state, call, now)
        if call.call_id:
            standing.set_alarm(state, call, now)


def _settle(state: AcdState, agent: Agent, now: float, effects: list[Effect]) -> None:
    """Bring the shelves into line with the agent, and give an agent who is free the next caller."""
    if agent.leaving and agent.offer_id is None and agent.call_id is None:
        remove(state, agent, now, effects)
        return
    if agent.hindrance(now) is not None:
        unshelve(state, agent)
        return
    if not agent.indexed:
        shelve(state, agent, now)
    entry = _first_caller(state, agent)
    if entry is not None:
        call = state.place(entry)
        offer(state, call, agent, _rule(call), now, effects)


def _rule(call: Waiting) -> str:
    if call.bound_to:
        return "only_agent" if call.only else "last_agent"
    return "strategy"


def _first_caller(state: AcdState, agent: Agent) -> Entry | None:
    """The first of all who may have this agent: in the lines that the agent serves, and of those who wait for
    just this one.
    """
    heads = []
    asked = next((e for e in state.bound.get(agent.spec.number, ()) if _may_have(state, e, agent)), None)
    if asked is not None:
        heads.append(asked)
    for code in _shared(state.crowded, agent.tiers):
        if permitted(state, agent.reserves, code):
            head = standing.first_for(state.queues[code], agent.tiers[code])
            if head is not None:
                heads.append(head)
    return min(heads, default=None)


def _shared(some: dict[str, None], others: dict[str, int]) -> Iterator[str]:
    if len(some) < len(others):
        return (code for code in some if code in others)
    return (code for code in others if code in some)


def _may_have(state: AcdState, entry: Entry, agent: Agent) -> bool:
    """Whether the call that waits for this agent may have it: one for the agent alone asks for no skill."""
    call = state.place(entry)
    if call.only:
        return True
    tier = agent.tiers.get(call.queue)
    if tier is None or tier > standing.step_in_force(state.queues[call.queue], call):
        return False
    return permitted(state, agent.reserves, call.queue)


def _serve(state: AcdState, now: float, effects: list[Effect]) -> None:
    """Offer the callers of the stirred queues, in the order of all of them, while there are agents."""
    heads = [(entry, code) for code in state.stirred_queues if (entry := _servable(state, code))]
    state.stirred_queues.clear()
    heapq.heapify(heads)
    while heads:
        entry, code = heapq.heappop(heads)
        current = _servable(state, code)
        if current == entry:
            call = state.place(entry)
            queue = state.queues[code]
            agent = best(state, queue, standing.step_in_force(queue, call))
            if agent is None:
                continue
            offer(state, call, agent, "strategy", now, effects)
            current = _servable(state, code)
        if current is not None:
            heapq.heappush(heads, (current, code))


def _servable(state: AcdState, code: str) -> Entry | None:
    """The first in line of those for whom there is an idle agent."""
    queue = state.queues[code]
    lowest = lowest_open_step(state, queue)
    return None if lowest is None else standing.first_for(queue, lowest)


def offer(
    state: AcdState,
    call: Waiting,
    agent: Agent,
    rule: str,
    now: float,
    effects: list[Effect],
    *,
    ringing: bool = False,
) -> None:
    """Offer the call to the agent, or have the customer of a callback dialled. With *ringing* the agent has
    been kept for this call, and goes on.
    """
    queue = state.queues[call.queue]
    spec, number = queue.spec, agent.spec.number
    dialled = not call.call_id
    decision = explain(state, call, agent, rule, now)
    standing.leave_line(state, call)
    offer_id = f"{state.epoch}-{state.next_serial()}"
    call.offer_id, call.last_offered = offer_id, number
    state.offers[offer_id] = Offer(offer_id, call.call_id, number, spec.code, now, call.ticket)
    queue.offered += 1
    if spec.strategy is Strategy.PERCENTAGE:
        queue.shares[agent.spec.group] = queue.shares.get(agent.spec.group, 0) + 1
    agent.offer_id, agent.call_id, agent.caller, agent.queue = (
        offer_id,
        call.call_id or None,
        call.caller,
        spec.code,
    )
    if not ringing:
        why = {"call_id": call.call_id or None, "queue": spec.code}
        move(state, agent, Move.OFFER, now, effects, by="acd", **why)
    seconds = DIAL_SECONDS if dialled else spec.ring_seconds
    state.wake("offer", offer_id, now + seconds + REPORT_GRACE_SECONDS)
    if dialled:
        ticket = state.tickets[call.ticket]
        attempt = ticket.attempts + 1
        effects.append(
            DialCallback(
                offer_id, call.ticket, spec.code, number, ticket.number, attempt, DIAL_SECONDS, decision
            )
        )
    else:
        effects.append(
            MakeOffer(
                offer_id, call.call_id, spec.code, number, agent.spec.extension, spec.ring_seconds, decision
            )
        )


def close_offer(state: AcdState, offer_id: str, *, taken: bool) -> Offer | None:
    """The offer is over; None when it was before. The agent is let go, but not moved."""
    offer = state.offers.pop(offer_id, None)
    if offer is None:
        return None
    state.hush("offer", offer_id)
    queue, agent = state.queues[offer.queue], state.agents[offer.agent]
    queue.offered -= 1
    if not taken and queue.spec.strategy is Strategy.PERCENTAGE:
        queue.shares[agent.spec.group] = max(0, queue.shares.get(agent.spec.group, 0) - 1)
    place = state.waiting[offer.call_id] if offer.call_id else state.tickets[offer.ticket].place
    place.offer_id = None
    agent.offer_id = None
    return offer
