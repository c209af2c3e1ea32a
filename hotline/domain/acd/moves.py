"""What every part of the ACD does with an agent: look it up, move it in the table of states, let it go."""

from __future__ import annotations

from typing import Any

from hotline.domain.acd.effects import AgentMoved, Effect
from hotline.domain.acd.model import AcdState, Agent
from hotline.domain.acd.spec import QueueSpec
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


def queue_of(state: AcdState, code: str) -> QueueSpec:
    try:
        return state.queues[code]
    except KeyError:
        raise UnknownQueue(code) from None


def move(state: AcdState, agent: Agent, move: Move, now: float, effects: list[Effect], **why: Any) -> None:
    before = agent.state
    agent.state = transition(before, move)
    if move is not Move.WITHDRAW and agent.state is AgentState.IDLE:
        agent.idle_since = now
    moved(state, agent, before, now, effects, **why)


def moved(
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


def release(agent: Agent) -> None:
    agent.offer_id = agent.call_id = agent.queue = None
    agent.caller = ""


def remove(state: AcdState, agent: Agent, effects: list[Effect]) -> None:
    forget_skills(state, agent)
    if agent.signed_in:
        before, agent.state = agent.state, AgentState.SIGNED_OUT
        effects.append(AgentMoved(agent.spec.number, before, agent.state, "removed", "acd"))
    del state.agents[agent.spec.number]


def forget_skills(state: AcdState, agent: Agent) -> None:
    state.unindex(agent)
    for skill in agent.spec.skills:
        state.holders.get(skill, {}).pop(agent.spec.number, None)
    if agent.signed_in:
        state.count_signed_in(agent, -1)
