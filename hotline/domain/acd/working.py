"""Agents at work: talks, what comes after them, what agents and supervisors wish, and what becomes of the phones."""

from __future__ import annotations

from hotline.domain.acd import overflow
from hotline.domain.acd.effects import AgentMoved, Effect, NextStateKept, WrapUpProlonged
from hotline.domain.acd.estimates import note_handling
from hotline.domain.acd.events import (
    DoNotDisturb,
    PhoneInUse,
    PhoneReachable,
    StateRequested,
    TalkAdopted,
    TalkEnded,
    WrapUpExtended,
    WrapUpFinished,
)
from hotline.domain.acd.leaving import drop_call
from hotline.domain.acd.matching import match
from hotline.domain.acd.model import AcdState, Agent
from hotline.domain.acd.moves import (
    agent_at,
    agent_of,
    begin_idling,
    begin_talk,
    end_talk,
    move,
    moved,
    release,
    set_state,
)
from hotline.domain.acd.offering import take_back_for_another_talk
from hotline.domain.agent import REQUESTS, AgentState, IllegalTransition, Move, transition


def talk_adopted(state: AcdState, event: TalkAdopted, now: float, effects: list[Effect]) -> None:
    agent = agent_of(state, event.agent)
    call = state.waiting.get(event.call_id)
    if call is not None:
        drop_call(state, call, now, effects, "connected")
    displaced = ""
    if agent.offer_id is not None:
        displaced = take_back_for_another_talk(state, agent.offer_id, now, effects)
        release(agent)
    same = agent.state is AgentState.TALKING and agent.call_id == event.call_id
    agent.call_id, agent.caller, agent.queue = event.call_id, event.caller, event.queue
    if not same:
        begin_talk(state, agent, event.queue, now)
        agent.since = now
    if agent.state is not AgentState.TALKING:
        before = set_state(state, agent, AgentState.TALKING, now)
        effects.append(
            AgentMoved(event.agent, before, agent.state, "adopted", "acd", event.call_id, event.queue)
        )
    match(state, now, effects)
    waits_again = state.waiting.get(displaced)
    if waits_again is not None:
        overflow.review(state, waits_again, now, effects)


def talk_ended(state: AcdState, event: TalkEnded, now: float, effects: list[Effect]) -> None:
    agent = state.agents.get(event.agent)
    if agent is None or agent.state is not AgentState.TALKING or agent.call_id != event.call_id:
        return
    queue = state.queues.get(agent.queue or "")
    wrap_up = queue.spec.wrap_up_seconds if queue else 0
    end_talk(state, agent)
    if wrap_up:
        agent.extensions = 0
        agent.wrap_up_until = now + wrap_up
        move(state, agent, Move.HANG_UP, now, effects, by="acd", call_id=event.call_id, queue=agent.queue)
        state.wake("wrap_up", event.agent, agent.wrap_up_until)
    else:
        # Wrap-up of no length: two moves of the table, one change that people see.
        transition(agent.state, Move.HANG_UP)
        _wrap_up_done(state, agent, now, effects, by="acd")


def wrap_up_finished(state: AcdState, event: WrapUpFinished, now: float, effects: list[Effect]) -> None:
    agent = agent_of(state, event.agent)
    transition(agent.state, Move.DONE)
    _wrap_up_done(state, agent, now, effects, by=event.by)


def wrap_up_extended(state: AcdState, event: WrapUpExtended, now: float, effects: list[Effect]) -> None:
    agent = agent_of(state, event.agent)
    transition(agent.state, Move.EXTEND)
    queue = state.queues.get(agent.queue or "")
    if queue is None or agent.extensions >= queue.spec.wrap_up_extensions:
        raise IllegalTransition(agent.state, Move.EXTEND)
    agent.extensions += 1
    agent.wrap_up_until = max(now, agent.wrap_up_until) + queue.spec.wrap_up_extension_seconds
    state.wake("wrap_up", event.agent, agent.wrap_up_until)
    effects.append(WrapUpProlonged(event.agent, agent.wrap_up_until, event.by))


def _wrap_up_done(state: AcdState, agent: Agent, now: float, effects: list[Effect], *, by: str) -> None:
    """The agent is idle again after a call, or what was asked for meanwhile."""
    call_id, code = agent.call_id, agent.queue
    _count_work(state, agent, now)
    release(agent)
    wish, reason = agent.next_state or AgentState.IDLE, agent.next_reason
    agent.next_state, agent.next_reason = None, ""
    after = transition(AgentState.WRAP_UP, Move.DONE)
    if wish is not AgentState.IDLE:
        after = transition(after, REQUESTS[wish])
    else:
        begin_idling(state, agent, now)
    moved(state, agent, after, now, effects, reason=reason, by=by, call_id=call_id, queue=code)


def _count_work(state: AcdState, agent: Agent, now: float) -> None:
    seconds = now - agent.talk_began
    agent.work_seconds += seconds
    queue = state.queues.get(agent.queue or "")
    if queue is not None:
        note_handling(queue, seconds)


def wrap_up_over(state: AcdState, key: str, now: float, effects: list[Effect]) -> None:
    agent = state.agents.get(key)
    if agent is not None and agent.state is AgentState.WRAP_UP:
        _wrap_up_done(state, agent, now, effects, by="acd")


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
        _wrap_up_done(state, agent, now, effects, by=event.by)
        return
    if event.state is agent.state:
        return
    if agent.state is AgentState.SIGNED_OUT:
        move(state, agent, Move.SIGN_IN, now, effects, by=event.by)
        if event.state is AgentState.IDLE:
            return
    if agent.state is AgentState.WRAP_UP:
        _count_work(state, agent, now)
    release(agent)
    move(state, agent, wanted, now, effects, reason=event.reason, by=event.by)


def phone_reachable(state: AcdState, event: PhoneReachable, _now: float, _effects: list[Effect]) -> None:
    agent = agent_at(state, event.extension)
    if agent is not None and agent.reachable != event.reachable:
        agent.reachable = event.reachable
        state.stir(agent)


def phone_in_use(state: AcdState, event: PhoneInUse, _now: float, _effects: list[Effect]) -> None:
    agent = agent_at(state, event.extension)
    if agent is not None and agent.own_calls != event.calls:
        agent.own_calls = event.calls
        state.stir(agent)


def do_not_disturb(state: AcdState, event: DoNotDisturb, _now: float, _effects: list[Effect]) -> None:
    agent = agent_at(state, event.extension)
    if agent is not None and agent.do_not_disturb != event.on:
        agent.do_not_disturb = event.on
        state.stir(agent)
