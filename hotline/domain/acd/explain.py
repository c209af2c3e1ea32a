"""Why a caller got this agent, or nobody: put down at the moment of the decision.

The lists are bounded, so that the cost of a decision does not grow with the number of agents.
"""

from __future__ import annotations

from collections import Counter
from itertools import islice
from typing import Final

from hotline.domain.acd.effects import Candidate, Decision, Exclusion
from hotline.domain.acd.events import QueueSpec
from hotline.domain.acd.model import AcdState, Agent, Waiting

RULE: Final = "skill, then priority, then longest idle"
# Centres of this project's size (up to 100 seats, a skill held by some of them) are explained in full.
LOOKED_AT: Final = 40
NAMED: Final = 20


def explain(state: AcdState, call: Waiting, queue: QueueSpec, chosen: Agent | None, now: float) -> Decision:
    """The decision for *call* as it stands before anybody's state is changed by it."""
    candidates: list[Candidate] = []
    excluded: list[Exclusion] = []
    counts: Counter[str] = Counter()
    for number in islice(state.holders.get(queue.skill, {}), LOOKED_AT):
        agent = state.agents[number]
        level = agent.spec.skills[queue.skill]
        hindrance = "level_too_low" if level < queue.min_level else agent.hindrance(now)
        if hindrance is None:
            candidates.append(Candidate(number, level, agent.spec.priority, now - agent.idle_since))
            continue
        counts[hindrance] += 1
        if len(excluded) < NAMED:
            excluded.append(Exclusion(number, hindrance))
    if chosen is not None and all(c.agent != chosen.spec.number for c in candidates):
        spec = chosen.spec
        candidates.append(
            Candidate(spec.number, spec.skills[queue.skill], spec.priority, now - chosen.idle_since)
        )
    candidates.sort(key=lambda c: (c.priority, -c.idle_seconds))
    return Decision(
        queue=queue.code,
        skill=queue.skill,
        min_level=queue.min_level,
        rule=RULE,
        chosen=chosen.spec.number if chosen else None,
        candidates=tuple(candidates[:NAMED]),
        excluded=tuple(excluded),
        excluded_counts=tuple(sorted(counts.items())),
        waited_seconds=now - call.queued_at,
        position=state.position(call.call_id) or 1,
    )
