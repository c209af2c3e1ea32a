"""Why a caller got this agent, or nobody: put down at the moment of the decision.

The lists are bounded, so that the cost of a decision does not grow with the number of agents.
"""

from __future__ import annotations

from collections import Counter
from itertools import islice
from typing import Final

from hotline.domain.acd.effects import Candidate, Decision, Exclusion
from hotline.domain.acd.model import AcdState, Agent, Waiting
from hotline.domain.acd.spec import QueueSpec

RULE: Final = "strategy"
# Centres of this project's size (up to 100 seats, a skill held by some of them) are explained in full.
LOOKED_AT: Final = 40
NAMED: Final = 20


def explain(state: AcdState, call: Waiting, queue: QueueSpec, chosen: Agent | None, now: float) -> Decision:
    """The decision for *call* as it stands before anybody's state is changed by it."""
    candidates: list[Candidate] = []
    excluded: list[Exclusion] = []
    counts: Counter[str] = Counter()
    for number in islice(state.holders.get(queue.needs[0].skill, {}), LOOKED_AT):
        agent = state.agents[number]
        level = agent.spec.skills[queue.needs[0].skill]
        hindrance = "level_too_low" if level < queue.needs[0].min_level else agent.hindrance(now)
        if hindrance is None:
            candidates.append(Candidate(number, level, agent.spec.priority, now - agent.idle_since))
            continue
        counts[hindrance] += 1
        if len(excluded) < NAMED:
            excluded.append(Exclusion(number, hindrance))
    if chosen is not None and all(c.agent != chosen.spec.number for c in candidates):
        spec = chosen.spec
        candidates.append(
            Candidate(spec.number, spec.skills[queue.needs[0].skill], spec.priority, now - chosen.idle_since)
        )
    candidates.sort(key=lambda c: (c.priority, -c.idle_seconds))
    return Decision(
        queue=queue.code,
        strategy=queue.strategy,
        step=0,
        needs=queue.needs,
        rule=RULE,
        chosen=chosen.spec.number if chosen else None,
        candidates=tuple(candidates[:NAMED]),
        excluded=tuple(excluded),
        excluded_counts=tuple(sorted(counts.items())),
        waited_seconds=now - call.queued_at,
        position=state.position(call.call_id) or 1,
    )
