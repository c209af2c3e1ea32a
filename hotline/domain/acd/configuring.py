"""What administrators set, and where the agents were when the call side starts."""

from __future__ import annotations

from hotline.domain.acd.effects import AgentMoved, Effect
from hotline.domain.acd.events import AgentRestored, Configured
from hotline.domain.acd.model import AcdState, Agent
from hotline.domain.acd.moves import agent_of, forget_skills, remove
from hotline.domain.acd.offering import make_available
from hotline.domain.agent import AgentState


def configured(state: AcdState, event: Configured, now: float, effects: list[Effect]) -> None:
    # A queue that is gone stays as it was for those who still wait in it.
    in_use = {call.queue: state.queues[call.queue] for call in state.waiting.values()}
    state.queues = in_use | {q.code: q for q in event.queues}
    named = {spec.number for spec in event.agents}
    for spec in event.agents:
        agent = state.agents.get(spec.number)
        if agent is None:
            agent = state.agents[spec.number] = Agent(spec, since=now)
        elif agent.spec != spec:
            forget_skills(state, agent)
            if agent.spec.extension != spec.extension:
                # What was known is about the other phone.
                agent.reachable, agent.own_calls = False, 0
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
        by_skill.setdefault(queue.needs[0].skill, []).append(queue.code)
    state.queues_of_skill = {skill: tuple(codes) for skill, codes in by_skill.items()}
    for number in [n for n in state.agents if n not in named]:
        agent = state.agents[number]
        agent.leaving = True
        if agent.offer_id is None and agent.call_id is None:
            remove(state, agent, effects)
    for agent in list(state.agents.values()):
        make_available(state, agent, now, effects)


def restored(state: AcdState, event: AgentRestored, now: float, effects: list[Effect]) -> None:
    agent = agent_of(state, event.agent)
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
    make_available(state, agent, now, effects)
