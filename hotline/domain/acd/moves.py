"""What every part of the ACD does with an agent: look it up, move it in the table of states, let it go."""

from __future__ import annotations

from typing import Any

from hotline.domain.acd.effects import AgentMoved, Effect
from hotline.domain.acd.index import count_at_work, count_signed_in, disqualify, unshelve
from hotline.domain.acd.model import AcdState, Agent, Queue
from hotline.domain.agent import AgentState, Move, transition


class UnknownAgent(Exception):
    """No agent has this number."""


class UnknownQueue(Exception):
    """No queue has this code."""


def agent_of(state: AcdState, number: str) -> Agent:
    try:
        return state.agents[number]
    except KeyError:
        raise UnknownAgent(number) from None


def agent_at(state: AcdState, extension: str) -> Agent | None:
    """The agent whose phone this is."""
    return state.agents.get(state.by_extension.get(extension, ""))


def queue_of(state: AcdState, code: str) -> Queue:
    try:
        return state.queues[code]
    except KeyError:
        raise UnknownQueue(code) from None


def move(state: AcdState, agent: Agent, move: Move, now: float, effects: list[Effect], **why: Any) -> None:
    before = agent.state
    after = transition(before, move)
    if move is not Move.WITHDRAW and after is AgentState.IDLE:
        begin_idling(state, agent, now)
    moved(state, agent, after, now, effects, **why)


def moved(
    state: AcdState,
    agent: Agent,
    after: AgentState,
    now: float,
    effects: list[Effect],
    *,
    reason: str = "",
    by: str,
    call_id: str | None = None,
    queue: str | None = None,
) -> None:
    """Put the agent into the state *after*, and everything that counts agents right."""
    before = set_state(state, agent, after, now)
    agent.reason, agent.since = reason, now
    effects.append(AgentMoved(agent.spec.number, before, after, reason, by, call_id, queue))


def set_state(state: AcdState, agent: Agent, after: AgentState, now: float) -> AgentState:
    """The state before. Everything that counts agents is right afterwards."""
    before, was_in, was_at_work = agent.state, agent.signed_in, agent.at_work
    if after is not AgentState.IDLE:
        unshelve(state, agent)
    agent.state = after
    if was_in != agent.signed_in:
        count_signed_in(state, agent, +1 if agent.signed_in else -1, now)
        agent.signed_in_at = now if agent.signed_in else None
        agent.work_seconds = 0.0
    if was_at_work != agent.at_work:
        count_at_work(state, agent, +1 if agent.at_work else -1)
    if before is AgentState.WRAP_UP:
        state.hush("wrap_up", agent.spec.number)
    if agent.spec.number in state.bound:
        state.upset[agent.spec.number] = None
    state.stir(agent)
    return before


def begin_idling(state: AcdState, agent: Agent, now: float) -> None:
    agent.idle_since, agent.idle_serial = now, state.next_serial()


def release(agent: Agent) -> None:
    agent.offer_id = agent.call_id = agent.queue = None
    agent.caller = ""


def begin_talk(state: AcdState, agent: Agent, code: str, now: float) -> None:
    """Count a talk that the agent has for this queue; the one before, if any, is over."""
    end_talk(state, agent)
    agent.talk_began = now
    if code in state.queues:
        agent.talking_in = code
        state.queues[code].talking += 1


def end_talk(state: AcdState, agent: Agent) -> None:
    queue = state.queues.get(agent.talking_in)
    agent.talking_in = ""
    if queue is not None:
        queue.talking -= 1


def remove(state: AcdState, agent: Agent, now: float, effects: list[Effect]) -> None:
    """The agent is no longer one."""
    number = agent.spec.number
    if agent.signed_in:
        moved(state, agent, AgentState.SIGNED_OUT, now, effects, reason="removed", by="acd")
    unshelve(state, agent)
    end_talk(state, agent)
    forget_skills(state, agent)
    state.hush("rested", number)
    if state.by_extension.get(agent.spec.extension) == number:
        del state.by_extension[agent.spec.extension]
    del state.agents[number]
    state.stirred_agents.pop(number, None)
    if number in state.bound:
        state.upset[number] = None


def forget_skills(state: AcdState, agent: Agent) -> None:
    """Take the agent, who must not be on a shelf, from everything that goes by skills."""
    for code in list(agent.tiers):
        disqualify(state, agent, code)
    for skill in agent.spec.skills:
        holders = state.holders[skill]
        del holders[agent.spec.number]
        if not holders:
            del state.holders[skill]
