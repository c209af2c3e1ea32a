"""What administrators set, and where the agents were when the call side starts.

Taking up a configuration compares all of it with what is in force and works out only what has changed: for an
agent, which of the queues that ask for its skills it may serve; for a queue, which of the agents with a skill
that it asks for.
"""

from __future__ import annotations

from collections.abc import Iterable

from hotline.domain.acd import standing
from hotline.domain.acd.effects import AgentMoved, Effect
from hotline.domain.acd.events import AgentRestored, Configured
from hotline.domain.acd.index import (
    disqualify,
    list_queue,
    may_ask,
    mind_staffing,
    qualify,
    queues_for,
    unlist_queue,
    unshelve,
)
from hotline.domain.acd.model import AcdState, Agent, Queue, Waiting
from hotline.domain.acd.moves import agent_of, begin_idling, begin_talk, forget_skills, set_state
from hotline.domain.acd.spec import AgentSpec, QueueSpec
from hotline.domain.agent import AgentState


def configured(state: AcdState, event: Configured, now: float, _effects: list[Effect]) -> None:
    changed = [spec for spec in event.queues if _is_news(state.queues.get(spec.code), spec)]
    for spec in changed:
        _set_queue(state, spec, now)
    kept = {spec.code for spec in event.queues}
    state.leaving_queues = {code: None for code in state.queues if code not in kept}
    drop_queues(state)
    for agent_spec in event.agents:
        _set_agent(state, agent_spec, now)
    for spec in changed:
        for number in may_ask(state, spec):
            agent = state.agents[number]
            unshelve(state, agent)
            qualify(state, agent, spec.code)
            state.stir(agent)
    for queue in state.queues.values():
        mind_staffing(state, queue, now)
    state.by_extension = {spec.extension: spec.number for spec in event.agents}
    named = {spec.number for spec in event.agents}
    for number, agent in state.agents.items():
        if agent.leaving == (number in named):
            agent.leaving = not agent.leaving
            state.stir(agent)


def _is_news(queue: Queue | None, spec: QueueSpec) -> bool:
    return queue is None or (queue.spec is not spec and queue.spec != spec)


def _set_queue(state: AcdState, spec: QueueSpec, now: float) -> None:
    """Take up a queue's settings. Those who wait keep their place by the new rules; which agents may serve it
    is still to be worked out.
    """
    queue = state.queues.get(spec.code)
    if queue is None:
        queue = state.queues[spec.code] = Queue(spec, empty_since=now)
    else:
        _take_agents_from(state, queue)
        unlist_queue(state, queue.spec)
    standing_here = [state.place(entry) for entry in queue.line]
    for place in standing_here:
        standing.leave_line(state, place)
    queue.spec = spec
    queue.steps = [[] for _ in spec.steps]
    queue.signed_in = [0] * len(spec.steps)
    list_queue(state, spec)
    for place in _places_in(state, spec.code):
        place.key = standing.place_in(queue, place.priority, place.queued_at, place.key[2])
        place.step = 0
    for place in standing_here:
        standing.stand(state, place, now)
        if place.call_id:
            # What has become due by the new limits is done at the next tick.
            state.wake("call", place.call_id, now)


def _places_in(state: AcdState, code: str) -> Iterable[Waiting]:
    for call in state.waiting.values():
        if call.queue == code:
            yield call
    for ticket in state.tickets.values():
        if ticket.place.queue == code:
            yield ticket.place


def _take_agents_from(state: AcdState, queue: Queue) -> None:
    for number in list(queue.able):
        agent = state.agents[number]
        unshelve(state, agent)
        disqualify(state, agent, queue.spec.code)
        state.stir(agent)


def drop_queues(state: AcdState) -> None:
    """Let those queues go that administrators have removed, once nobody waits or talks in them."""
    for code in list(state.leaving_queues):
        queue = state.queues[code]
        if queue.line or queue.offered or queue.talking or any(_places_in(state, code)):
            continue
        _take_agents_from(state, queue)
        unlist_queue(state, queue.spec)
        state.hush("empty", code)
        state.hush("forget", code)
        state.stirred_queues.pop(code, None)
        del state.queues[code], state.leaving_queues[code]


def _set_agent(state: AcdState, spec: AgentSpec, now: float) -> None:
    agent = state.agents.get(spec.number)
    if agent is None:
        agent = state.agents[spec.number] = Agent(spec, since=now)
    elif agent.spec is spec or agent.spec == spec:
        return
    else:
        unshelve(state, agent)
        forget_skills(state, agent)
        if agent.spec.extension != spec.extension:
            # What was known is about the other phone.
            agent.reachable, agent.do_not_disturb, agent.own_calls = False, False, 0
        agent.spec = spec
    for skill in spec.skills:
        state.holders.setdefault(skill, {})[spec.number] = None
    for code in queues_for(state, spec):
        qualify(state, agent, code)
    state.stir(agent)


def restored(state: AcdState, event: AgentRestored, now: float, effects: list[Effect]) -> None:
    agent = agent_of(state, event.agent)
    talking = event.state is AgentState.TALKING and event.call_id is not None
    # An offer does not outlive the process that made it, nor does the clock of a wrap-up.
    lost = not talking and event.state in {AgentState.RINGING, AgentState.TALKING, AgentState.WRAP_UP}
    after = AgentState.IDLE if lost else event.state
    since = now if lost else event.since
    set_state(state, agent, after, now)
    begin_idling(state, agent, since)
    agent.reason, agent.since, agent.signed_in_at = event.reason, since, event.signed_in_at
    agent.calls_today, agent.work_seconds = event.calls_today, event.work_seconds
    if talking:
        agent.call_id = event.call_id
        begin_talk(state, agent, "", since)
    if lost:
        effects.append(AgentMoved(event.agent, event.state, after, "restored", "acd"))
