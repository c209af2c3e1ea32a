"""Agents at work: talks, what comes after them, what agents and supervisors wish, and what becomes of the phones."""

from __future__ import annotations

from hotline.domain.acd.effects import AgentMoved, CancelOffer, Effect, NextStateKept
from hotline.domain.acd.events import (
    DoNotDisturb,
    PhoneInUse,
    PhoneReachable,
    StateRequested,
    TalkAdopted,
    TalkEnded,
    WrapUpFinished,
)
from hotline.domain.acd.model import AcdState, Agent, Waiting
from hotline.domain.acd.moves import agent_of, move, moved, release
from hotline.domain.acd.offering import drop_call, make_available, serve_line
from hotline.domain.agent import REQUESTS, AgentState, IllegalTransition, Move, transition


def talk_adopted(state: AcdState, event: TalkAdopted, now: float, effects: list[Effect]) -> None:
    agent = agent_of(state, event.agent)
    call = state.waiting.get(event.call_id)
    if call is not None:
        drop_call(state, call, now, effects, "connected")
    waits_again: Waiting | None = None
    if agent.offer_id is not None:
        offer = state.offers.pop(agent.offer_id)
        waits_again = state.waiting[offer.call_id]
        waits_again.offer_id = None
        state.stand_in_line(waits_again)
        effects.append(CancelOffer(offer.offer_id, offer.call_id, agent.spec.number, "connected_elsewhere"))
        release(agent)
    state.unindex(agent)
    if not agent.signed_in:
        state.count_signed_in(agent, +1)
        agent.signed_in_at = now
    before, agent.state = agent.state, AgentState.TALKING
    if before is not AgentState.TALKING or agent.call_id != event.call_id:
        agent.since = now
    agent.call_id, agent.caller, agent.queue = event.call_id, event.caller, event.queue
    if before is not AgentState.TALKING:
        effects.append(
            AgentMoved(event.agent, before, agent.state, "adopted", "acd", event.call_id, event.queue)
        )
    if waits_again is not None:
        serve_line(state, state.queues[waits_again.queue], now, effects)


def talk_ended(state: AcdState, event: TalkEnded, now: float, effects: list[Effect]) -> None:
    agent = state.agents.get(event.agent)
    if agent is None or agent.state is not AgentState.TALKING or agent.call_id != event.call_id:
        return
    queue = state.queues.get(agent.queue or "")
    wrap_up = queue.wrap_up_seconds if queue else 0
    if wrap_up:
        move(state, agent, Move.HANG_UP, now, effects, by="acd", call_id=event.call_id, queue=agent.queue)
        state.wake_at(now + wrap_up, "wrap_up", f"{agent.spec.number} {agent.since}")
    else:
        # Wrap-up of no length: two moves of the table, one change that people see.
        agent.state = transition(agent.state, Move.HANG_UP)
        _wrap_up_done(state, agent, now, effects, by="acd", before=AgentState.TALKING)


def wrap_up_finished(state: AcdState, event: WrapUpFinished, now: float, effects: list[Effect]) -> None:
    agent = agent_of(state, event.agent)
    transition(agent.state, Move.DONE)
    _wrap_up_done(state, agent, now, effects, by=event.by, before=agent.state)


def _wrap_up_done(
    state: AcdState, agent: Agent, now: float, effects: list[Effect], *, by: str, before: AgentState
) -> None:
    call_id, queue = agent.call_id, agent.queue
    release(agent)
    wish, reason = agent.next_state or AgentState.IDLE, agent.next_reason
    agent.next_state, agent.next_reason = None, ""
    agent.state = transition(agent.state, Move.DONE)
    if wish is not AgentState.IDLE:
        agent.state = transition(agent.state, REQUESTS[wish])
    moved(state, agent, before, now, effects, reason=reason, by=by, call_id=call_id, queue=queue)
    make_available(state, agent, now, effects)


def wrap_up_over(state: AcdState, key: str, now: float, effects: list[Effect]) -> None:
    number, since = key.split(" ")
    agent = state.agents.get(number)
    if agent is not None and agent.state is AgentState.WRAP_UP and str(agent.since) == since:
        _wrap_up_done(state, agent, now, effects, by="acd", before=agent.state)


def state_requested(state: AcdState, event: StateRequested, now: float, effects: list[Effect]) -> None:
    agent = agent_of(state, event.agent)
    wanted = REQUESTS.get(event.state)
    if wanted is None:
        raise IllegalTransition(agent.state, Move.OFFER)
    if agent.state in {AgentState.RINGING, AgentState.TALKING}:
        agent.next_state, agent.next_reason = event.state, event.reason
        effects.append(NextStateKept(event.agent, event.state, event.by))
        return
    if agent.state is AgentState.WRAP_UP and event.state is AgentState.IDLE:
        _wrap_up_done(state, agent, now, effects, by=event.by, before=agent.state)
        return
    if event.state is agent.state:
        return
    if agent.state is AgentState.SIGNED_OUT:
        move(state, agent, Move.SIGN_IN, now, effects, by=event.by)
        if event.state is AgentState.IDLE:
            make_available(state, agent, now, effects)
            return
    state.unindex(agent)
    release(agent)
    move(state, agent, wanted, now, effects, reason=event.reason, by=event.by)
    make_available(state, agent, now, effects)


def phone_reachable(state: AcdState, event: PhoneReachable, now: float, effects: list[Effect]) -> None:
    agent = state.agents.get(state.by_extension.get(event.extension, ""))
    if agent is not None and agent.reachable != event.reachable:
        agent.reachable = event.reachable
        make_available(state, agent, now, effects)


def phone_in_use(state: AcdState, event: PhoneInUse, now: float, effects: list[Effect]) -> None:
    agent = state.agents.get(state.by_extension.get(event.extension, ""))
    if agent is not None and agent.own_calls != event.calls:
        agent.own_calls = event.calls
        make_available(state, agent, now, effects)


def do_not_disturb(state: AcdState, event: DoNotDisturb, now: float, effects: list[Effect]) -> None:
    agent = state.agents.get(state.by_extension.get(event.extension, ""))
    if agent is not None and agent.do_not_disturb != event.on:
        agent.do_not_disturb = event.on
        make_available(state, agent, now, effects)
