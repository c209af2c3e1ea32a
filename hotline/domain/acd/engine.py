"""The ACD's one entry: :func:`handle` takes an event and returns the orders that follow from it.

How a decision is made: a caller who arrives gets the first of the idle agents who have the queue's skill at
its level; among those the lower ``priority`` number comes
first, then who has been idle longest. An agent who becomes free gets, of the callers at the head of every
line the agent can serve, the one with the highest priority, then
the one who waits longest. Both directions use the same order, so it does not matter which of the two came
first.

Promises, held by property tests: an agent never has two offers; nobody gets a call without its skill; no
caller is forgotten; equal callers go in order; an agent is
``ringing`` exactly while an offer is open.

An answer to an offer that is no longer open changes nothing and is not an error: the caller may hang up while
the agent picks up.
"""

from __future__ import annotations

import heapq
from collections.abc import Callable
from typing import Any

from hotline.domain.acd.effects import (
    AgentMoved,
    CancelOffer,
    Effect,
    MakeOffer,
    NextStateKept,
    NobodyFree,
    SendAway,
)
from hotline.domain.acd.events import (
    AgentRestored,
    CallLeft,
    CallQueued,
    Configured,
    Event,
    OfferAnswered,
    OfferFailed,
    PhoneInUse,
    PhoneReachable,
    QueueSpec,
    StateRequested,
    TalkAdopted,
    TalkEnded,
    Tick,
    WrapUpFinished,
)
from hotline.domain.acd.explain import explain
from hotline.domain.acd.model import AcdState, Agent, Offer, Waiting
from hotline.domain.agent import REQUESTS, AgentState, IllegalTransition, Move, transition

# How long nobody may leave an offer unanswered beyond the ring time before the ACD takes it back by itself.
REPORT_GRACE_SECONDS = 5.0
# How long an agent gets no offer after one that failed for a technical reason.
FAILURE_REST_SECONDS = 5.0


class UnknownAgent(Exception):
    """No agent has this number."""


class UnknownQueue(Exception):
    """No queue has this code."""


def handle(state: AcdState, event: Event, *, now: float) -> tuple[Effect, ...]:
    """Change *state* by what *event* says happened at *now* and return what is to be done, in order.

    Raises :class:`UnknownAgent`, :class:`UnknownQueue` or :class:`~hotline.domain.agent.IllegalTransition`
    before anything has changed.
    """
    effects: list[Effect] = []
    _HANDLERS[type(event)](state, event, now, effects)
    return tuple(effects)


def next_due(state: AcdState) -> float | None:
    """When the next :class:`Tick` is wanted, or None. It may turn out to be for nothing."""
    return state.timers[0][0] if state.timers else None


# --- configuration ------------------------------------------------------------------------------------------


def _configured(state: AcdState, event: Configured, now: float, effects: list[Effect]) -> None:
    state.queues = {q.code: q for q in event.queues} | {
        call.queue: state.queues[call.queue] for call in state.waiting.values()
    }
    named = {spec.number for spec in event.agents}
    for spec in event.agents:
        agent = state.agents.get(spec.number)
        if agent is None:
            agent = state.agents[spec.number] = Agent(spec, since=now)
        elif agent.spec != spec:
            _forget_skills(state, agent)
            agent.spec = spec
        else:
            agent.leaving = False
            continue
        agent.leaving = False
        for skill in spec.skills:
            state.holders.setdefault(skill, {})[spec.number] = None
        if agent.signed_in:
            state.count_signed_in(agent, +1)
    state.by_extension = {a.spec.extension: n for n, a in state.agents.items() if n in named}
    by_skill: dict[str, list[str]] = {}
    for queue in state.queues.values():
        by_skill.setdefault(queue.skill, []).append(queue.code)
    state.queues_of_skill = {skill: tuple(codes) for skill, codes in by_skill.items()}
    for number in [n for n in state.agents if n not in named]:
        agent = state.agents[number]
        agent.leaving = True
        if agent.offer_id is None and agent.call_id is None:
            _remove(state, agent, effects)
    for agent in list(state.agents.values()):
        _make_available(state, agent, now, effects)


def _forget_skills(state: AcdState, agent: Agent) -> None:
    state.unindex(agent)
    for skill in agent.spec.skills:
        state.holders.get(skill, {}).pop(agent.spec.number, None)
    if agent.signed_in:
        state.count_signed_in(agent, -1)


def _remove(state: AcdState, agent: Agent, effects: list[Effect]) -> None:
    _forget_skills(state, agent)
    if agent.signed_in:
        before, agent.state = agent.state, AgentState.SIGNED_OUT
        effects.append(AgentMoved(agent.spec.number, before, agent.state, "removed", "acd"))
    del state.agents[agent.spec.number]


def _restored(state: AcdState, event: AgentRestored, now: float, effects: list[Effect]) -> None:
    agent = _agent(state, event.agent)
    talking = event.state is AgentState.TALKING and event.call_id is not None
    # An offer does not outlive the process that made it, nor does the clock of a wrap-up.
    lost = not talking and event.state in {AgentState.RINGING, AgentState.TALKING, AgentState.WRAP_UP}
    after = AgentState.IDLE if lost else event.state
    since = now if lost else event.since
    if agent.signed_in != (after is not AgentState.SIGNED_OUT):
        state.count_signed_in(agent, +1 if not agent.signed_in else -1)
    agent.state, agent.reason, agent.signed_in_at = after, event.reason, event.signed_in_at
    agent.since = agent.idle_since = since
    if talking:
        agent.call_id = event.call_id
    if lost:
        effects.append(AgentMoved(event.agent, event.state, after, "restored", "acd"))
    _make_available(state, agent, now, effects)


# --- callers ------------------------------------------------------------------------------------------------


def _call_queued(state: AcdState, event: CallQueued, now: float, effects: list[Effect]) -> None:
    queue = _queue(state, event.queue)
    old = state.waiting.get(event.call_id)
    if old is not None:
        _drop_call(state, old, now, effects, "queued_again")
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
    _serve_line(state, queue, now, effects)
    if call.offer_id is None:
        call.explained = True
        effects.append(NobodyFree(call.call_id, explain(state, call, queue, None, now)))


def _call_left(state: AcdState, event: CallLeft, now: float, effects: list[Effect]) -> None:
    call = state.waiting.get(event.call_id)
    if call is not None:
        _drop_call(state, call, now, effects, "caller_left")


def _drop_call(state: AcdState, call: Waiting, now: float, effects: list[Effect], reason: str) -> None:
    del state.waiting[call.call_id]
    if call.offer_id is None:
        state.leave_line(call)
        return
    offer = state.offers.pop(call.offer_id)
    effects.append(CancelOffer(offer.offer_id, call.call_id, offer.agent, reason))
    agent = state.agents[offer.agent]
    _release(agent)
    # The agent did nothing wrong and keeps the place among those who are idle.
    _move(
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
    _make_available(state, agent, now, effects)


# --- offers -------------------------------------------------------------------------------------------------


def _serve_line(state: AcdState, queue: QueueSpec, now: float, effects: list[Effect]) -> None:
    """Offer the callers of one line, in order, while there are agents for them."""
    while (call := state.first_in_line(queue.code)) is not None:
        agent = next((a for a, _ in state.idle_agents(queue.skill, queue.min_level)), None)
        if agent is None:
            return
        _offer(state, call, agent, queue, now, effects)


def _serve_agent(state: AcdState, agent: Agent, now: float, effects: list[Effect]) -> None:
    """Give an agent who is free the caller who is next among all lines that the agent can serve."""
    best: Waiting | None = None
    for skill, level in agent.spec.skills.items():
        for code in state.queues_of_skill.get(skill, ()):
            if level >= state.queues[code].min_level:
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
    _move(state, agent, Move.OFFER, now, effects, by="acd", call_id=call.call_id, queue=queue.code)
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


def _offer_answered(state: AcdState, event: OfferAnswered, now: float, effects: list[Effect]) -> None:
    offer = state.offers.pop(event.offer_id, None)
    if offer is None:
        return
    del state.waiting[offer.call_id]
    agent = state.agents[offer.agent]
    agent.offer_id = None
    agent.misses = 0
    _move(state, agent, Move.ANSWER, now, effects, by="phone", call_id=offer.call_id, queue=offer.queue)


def _offer_failed(state: AcdState, event: OfferFailed, now: float, effects: list[Effect]) -> None:
    offer = state.offers.pop(event.offer_id, None)
    if offer is None:
        return
    call, agent, queue = state.waiting[offer.call_id], state.agents[offer.agent], state.queues[offer.queue]
    call.offer_id = None
    state.stand_in_line(call)
    _release(agent)
    missed = event.outcome in {"no_answer", "busy", "refused"}
    if missed:
        agent.misses += 1
    if missed and agent.misses >= queue.misses_until_busy > 0:
        agent.misses = 0
        _move(
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
        _move(
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
    _make_available(state, agent, now, effects)
    _serve_line(state, queue, now, effects)


# --- talk ---------------------------------------------------------------------------------------------------


def _talk_adopted(state: AcdState, event: TalkAdopted, now: float, effects: list[Effect]) -> None:
    agent = _agent(state, event.agent)
    call = state.waiting.get(event.call_id)
    if call is not None:
        _drop_call(state, call, now, effects, "connected")
    if agent.offer_id is not None:
        offer = state.offers.pop(agent.offer_id)
        other = state.waiting[offer.call_id]
        other.offer_id = None
        state.stand_in_line(other)
        effects.append(CancelOffer(offer.offer_id, offer.call_id, agent.spec.number, "connected_elsewhere"))
        _release(agent)
    state.unindex(agent)
    if not agent.signed_in:
        state.count_signed_in(agent, +1)
        agent.signed_in_at = now
    before, agent.state, agent.since = agent.state, AgentState.TALKING, now
    agent.call_id, agent.caller, agent.queue = event.call_id, event.caller, event.queue
    if before is not AgentState.TALKING:
        effects.append(
            AgentMoved(event.agent, before, agent.state, "adopted", "acd", event.call_id, event.queue)
        )


def _talk_ended(state: AcdState, event: TalkEnded, now: float, effects: list[Effect]) -> None:
    agent = state.agents.get(event.agent)
    if agent is None or agent.state is not AgentState.TALKING or agent.call_id != event.call_id:
        return
    queue = state.queues.get(agent.queue or "")
    wrap_up = queue.wrap_up_seconds if queue else 0
    if wrap_up:
        _move(state, agent, Move.HANG_UP, now, effects, by="acd", call_id=event.call_id, queue=agent.queue)
        state.wake_at(now + wrap_up, "wrap_up", f"{agent.spec.number} {agent.since}")
    else:
        # Wrap-up of no length: two moves of the table, one change that people see.
        agent.state = transition(agent.state, Move.HANG_UP)
        _wrap_up_done(state, agent, now, effects, by="acd", before=AgentState.TALKING)


def _wrap_up_finished(state: AcdState, event: WrapUpFinished, now: float, effects: list[Effect]) -> None:
    agent = _agent(state, event.agent)
    transition(agent.state, Move.DONE)
    _wrap_up_done(state, agent, now, effects, by=event.by, before=agent.state)


def _wrap_up_done(
    state: AcdState, agent: Agent, now: float, effects: list[Effect], *, by: str, before: AgentState
) -> None:
    call_id, queue = agent.call_id, agent.queue
    _release(agent)
    wish, reason = agent.next_state or AgentState.IDLE, agent.next_reason
    agent.next_state, agent.next_reason = None, ""
    agent.state = transition(agent.state, Move.DONE)
    if wish is not AgentState.IDLE:
        agent.state = transition(agent.state, REQUESTS[wish])
    _moved(state, agent, before, now, effects, reason=reason, by=by, call_id=call_id, queue=queue)
    _make_available(state, agent, now, effects)


# --- wishes of agents and supervisors -----------------------------------------------------------------------


def _state_requested(state: AcdState, event: StateRequested, now: float, effects: list[Effect]) -> None:
    agent = _agent(state, event.agent)
    move = REQUESTS.get(event.state)
    if move is None:
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
        _move(state, agent, Move.SIGN_IN, now, effects, by=event.by)
        if event.state is AgentState.IDLE:
            _make_available(state, agent, now, effects)
            return
    state.unindex(agent)
    _release(agent)
    _move(state, agent, move, now, effects, reason=event.reason, by=event.by)
    _make_available(state, agent, now, effects)


def _grant_wish(state: AcdState, agent: Agent, now: float, effects: list[Effect]) -> None:
    """After a missed offer: what the agent asked for while it rang, unless it is to be idle, which is what
    was missed.
    """
    wish, reason = agent.next_state, agent.next_reason
    agent.next_state, agent.next_reason = None, ""
    if wish in {AgentState.REST, AgentState.SIGNED_OUT}:
        _move(state, agent, REQUESTS[wish], now, effects, reason=reason, by="acd")


# --- phones -------------------------------------------------------------------------------------------------


def _phone_reachable(state: AcdState, event: PhoneReachable, now: float, effects: list[Effect]) -> None:
    agent = state.agents.get(state.by_extension.get(event.extension, ""))
    if agent is not None and agent.reachable != event.reachable:
        agent.reachable = event.reachable
        _make_available(state, agent, now, effects)


def _phone_in_use(state: AcdState, event: PhoneInUse, now: float, effects: list[Effect]) -> None:
    agent = state.agents.get(state.by_extension.get(event.extension, ""))
    if agent is not None and agent.own_calls != event.calls:
        agent.own_calls = event.calls
        _make_available(state, agent, now, effects)


# --- time ---------------------------------------------------------------------------------------------------


def _tick(state: AcdState, _event: Tick, now: float, effects: list[Effect]) -> None:
    while state.timers and state.timers[0][0] <= now:
        _, _, kind, key = heapq.heappop(state.timers)
        _TIMERS[kind](state, key, now, effects)


def _offer_overdue(state: AcdState, key: str, now: float, effects: list[Effect]) -> None:
    offer = state.offers.get(key)
    if offer is not None:
        effects.append(CancelOffer(offer.offer_id, offer.call_id, offer.agent, "no_report"))
        _offer_failed(state, OfferFailed(offer.offer_id, "failed", "no_report"), now, effects)


def _wrap_up_over(state: AcdState, key: str, now: float, effects: list[Effect]) -> None:
    number, since = key.split(" ")
    agent = state.agents.get(number)
    if agent is not None and agent.state is AgentState.WRAP_UP and str(agent.since) == since:
        _wrap_up_done(state, agent, now, effects, by="acd", before=agent.state)


def _still_waiting(state: AcdState, stay: str) -> Waiting | None:
    """The call whose stay in a queue a timer was set for, unless it has left, or has left and come back."""
    serial, call_id = stay.split(" ", 1)
    call = state.waiting.get(call_id)
    return call if call is not None and call.key[2] == int(serial) else None


def _waited_too_long(state: AcdState, key: str, now: float, effects: list[Effect]) -> None:
    call = _still_waiting(state, key)
    if call is None:
        return
    if call.offer_id is not None:
        # A phone is ringing: let it, and look again when that is decided.
        state.wake_at(now + 1.0, "max_wait", key)
        return
    _drop_call(state, call, now, effects, "timeout")
    effects.append(SendAway(call.call_id, call.queue, "timeout"))


def _nobody_signed_in(state: AcdState, key: str, now: float, effects: list[Effect]) -> None:
    call = _still_waiting(state, key)
    if call is None:
        return
    queue = state.queues[call.queue]
    if call.offer_id is not None or state.anybody_for(queue):
        state.wake_at(now + max(1, queue.no_agents_seconds), "no_agents", key)
        return
    _drop_call(state, call, now, effects, "no_agents")
    effects.append(SendAway(call.call_id, call.queue, "no_agents"))


def _rested(state: AcdState, key: str, now: float, effects: list[Effect]) -> None:
    agent = state.agents.get(key)
    if agent is not None:
        _make_available(state, agent, now, effects)


# --- shared -------------------------------------------------------------------------------------------------


def _make_available(state: AcdState, agent: Agent, now: float, effects: list[Effect]) -> None:
    """Bring the idle index into line with the agent, and give an agent who is free the next caller."""
    if agent.leaving and agent.offer_id is None and agent.call_id is None:
        if agent.spec.number in state.agents:
            _remove(state, agent, effects)
        return
    if agent.hindrance(now) is not None:
        state.unindex(agent)
        return
    if not agent.indexed:
        state.index(agent)
    _serve_agent(state, agent, now, effects)


def _move(state: AcdState, agent: Agent, move: Move, now: float, effects: list[Effect], **why: Any) -> None:
    before = agent.state
    agent.state = transition(before, move)
    if move is not Move.WITHDRAW and agent.state is AgentState.IDLE:
        agent.idle_since = now
    _moved(state, agent, before, now, effects, **why)


def _moved(
    state: AcdState,
    agent: Agent,
    before: AgentState,
    now: float,
    effects: list[Effect],
    *,
    reason: str = "",
    by: str,
    call_id: str | None = None,
    queue: str | None = None,
) -> None:
    after = agent.state
    agent.reason, agent.since = reason, now
    if before in {AgentState.TALKING, AgentState.WRAP_UP} and after is AgentState.IDLE:
        agent.idle_since = now
    if (before is AgentState.SIGNED_OUT) != (after is AgentState.SIGNED_OUT):
        state.count_signed_in(agent, +1 if after is not AgentState.SIGNED_OUT else -1)
        agent.signed_in_at = now if after is not AgentState.SIGNED_OUT else None
    if after is not AgentState.IDLE:
        state.unindex(agent)
    effects.append(AgentMoved(agent.spec.number, before, after, reason, by, call_id, queue))


def _release(agent: Agent) -> None:
    agent.offer_id = agent.call_id = agent.queue = None
    agent.caller = ""


def _agent(state: AcdState, number: str) -> Agent:
    try:
        return state.agents[number]
    except KeyError:
        raise UnknownAgent(number) from None


def _queue(state: AcdState, code: str) -> QueueSpec:
    try:
        return state.queues[code]
    except KeyError:
        raise UnknownQueue(code) from None


_HANDLERS: dict[type, Callable[[AcdState, Any, float, list[Effect]], None]] = {
    Configured: _configured,
    AgentRestored: _restored,
    CallQueued: _call_queued,
    CallLeft: _call_left,
    OfferAnswered: _offer_answered,
    OfferFailed: _offer_failed,
    TalkAdopted: _talk_adopted,
    TalkEnded: _talk_ended,
    StateRequested: _state_requested,
    WrapUpFinished: _wrap_up_finished,
    PhoneReachable: _phone_reachable,
    PhoneInUse: _phone_in_use,
    Tick: _tick,
}

_TIMERS: dict[str, Callable[[AcdState, str, float, list[Effect]], None]] = {
    "offer": _offer_overdue,
    "wrap_up": _wrap_up_over,
    "max_wait": _waited_too_long,
    "no_agents": _nobody_signed_in,
    "rested": _rested,
}
