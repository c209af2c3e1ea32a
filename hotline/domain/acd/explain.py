"""Why a caller got this agent, or nobody: put down at the moment of the decision.

The lists are bounded, so that the cost of a decision does not grow with the number of agents.
"""

from __future__ import annotations

from collections import Counter
from itertools import islice
from typing import Final

from hotline.domain.acd.effects import Candidate, Decision, Exclusion
from hotline.domain.acd.index import deficit, in_order, open_shelves, reserver
from hotline.domain.acd.model import AcdState, Agent, Idle, Queue, Shelf, Waiting
from hotline.domain.acd.spec import SkillNeed, Strategy
from hotline.domain.acd.standing import step_in_force

# Centres of this project's size (up to 100 seats, a skill held by some of them) are explained in full.
LOOKED_AT: Final = 40
NAMED: Final = 20


def explain(state: AcdState, call: Waiting, chosen: Agent | None, rule: str, now: float) -> Decision:
    """The decision for *call* as it stands before anybody's state is changed by it."""
    queue = state.queues[call.queue]
    step = step_in_force(queue, call)
    needs = queue.spec.needs_at(step)
    candidates: list[Candidate] = []
    excluded: list[tuple[str, str]] = []
    if chosen is not None and rule != "strategy":
        candidates.append(_candidate(queue, needs, chosen, now))
    elif call.bound_to:
        excluded = _while_bound(state, call, queue, now)
    else:
        candidates = _candidates(state, queue, step, needs, now)
        excluded = _kept_for_others(state, queue, step)
        excluded += _hindered(state, queue, step, needs, now, LOOKED_AT - len(excluded))
        excluded += _near_misses(state, queue, needs, LOOKED_AT - len(queue.able))
    counts = Counter([reason for _, reason in excluded])
    return Decision(
        queue=queue.spec.code,
        strategy=queue.spec.strategy,
        step=step,
        needs=needs,
        rule=rule,
        chosen=chosen.spec.number if chosen else None,
        candidates=tuple(candidates),
        excluded=tuple([Exclusion(agent, reason) for agent, reason in excluded[:NAMED]]),
        excluded_counts=tuple(sorted(counts.items())),
        waited_seconds=now - call.joined_at,
        position=state.position_of(call),
    )


def _candidates(
    state: AcdState, queue: Queue, step: int, needs: tuple[SkillNeed, ...], now: float
) -> list[Candidate]:
    """The first of those who could have had the call, in the order in which they are asked."""
    return [
        _candidate(queue, needs, state.agents[idle[-1]], now, shelf, idle)
        for _, shelf, idle in islice(in_order(state, queue, step), NAMED)
    ]


def _candidate(
    queue: Queue,
    needs: tuple[SkillNeed, ...],
    agent: Agent,
    now: float,
    shelf: Shelf | None = None,
    idle: Idle | None = None,
) -> Candidate:
    spec = agent.spec
    score = idle[1] if idle is not None else 0.0
    if queue.spec.strategy is Strategy.HIGHEST_SKILL:
        score = abs(score)
    elif queue.spec.strategy is Strategy.PERCENTAGE and shelf is not None:
        score = deficit(queue, shelf[1])
    return Candidate(
        agent=spec.number,
        level=spec.skills.get(needs[0].skill, 0) if needs else 0,
        priority=spec.priority,
        idle_seconds=now - agent.idle_since,
        step=agent.tiers.get(queue.spec.code, 0),
        score=score,
    )


def _while_bound(state: AcdState, call: Waiting, queue: Queue, now: float) -> list[tuple[str, str]]:
    """The caller waits for one agent: what hinders that one, and the others who would have been free."""
    found = []
    agent = state.agents.get(call.bound_to)
    if agent is not None:
        found.append((call.bound_to, agent.hindrance(now) or "level_too_low"))
    for _, standing in open_shelves(state, queue, step_in_force(queue, call)):
        others = (idle[-1] for idle in standing[:NAMED])
        found += [(other, "waits_for_last_agent") for other in others if other != call.bound_to]
    return found[:LOOKED_AT]


def _kept_for_others(state: AcdState, queue: Queue, step: int) -> list[tuple[str, str]]:
    """Idle agents whom another queue has reserved."""
    found: list[tuple[str, str]] = []
    if not state.tight:
        return found
    for (first, _, reserves), standing in queue.shelves.items():
        kept_for = reserver(state, reserves, queue.spec.code) if reserves and first <= step else None
        if kept_for is not None:
            found += [(idle[-1], f"reserved_for:{kept_for}") for idle in standing[:NAMED]]
    return found[:LOOKED_AT]


def _hindered(
    state: AcdState, queue: Queue, step: int, needs: tuple[SkillNeed, ...], now: float, most: int
) -> list[tuple[str, str]]:
    """Agents who may serve the queue, and not now, or not yet."""
    found = []
    for number, first in islice(queue.able.items(), max(0, most)):
        agent = state.agents[number]
        reason = _lacks(agent, needs) if first > step else agent.hindrance(now)
        if reason is not None:
            found.append((number, reason))
    return found


def _near_misses(
    state: AcdState, queue: Queue, needs: tuple[SkillNeed, ...], most: int
) -> list[tuple[str, str]]:
    """Agents who have something of what is asked for, and never enough."""
    if most <= 0:
        return []
    near = [number for need in needs for number in islice(state.holders.get(need.skill, ()), most)]
    missing = [number for number in dict.fromkeys(near) if number not in queue.able]
    return [(number, _lacks(state.agents[number], needs)) for number in missing[:most]]


def _lacks(agent: Agent, needs: tuple[SkillNeed, ...]) -> str:
    missing = any(need.skill not in agent.spec.skills for need in needs)
    return "skill_missing" if missing else "level_too_low"
