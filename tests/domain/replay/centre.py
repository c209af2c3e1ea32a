"""A small centre for the tests of the replay."""

from __future__ import annotations

from hotline.domain.acd.engine import handle
from hotline.domain.acd.events import Configured, PhoneReachable
from hotline.domain.acd.model import AcdState
from hotline.domain.acd.spec import AgentSpec, QueueSpec, SkillNeed

AGENTS = tuple(
    AgentSpec(f"800{n}", f"agent {n}", f"100{n}", "g", 5, {"policy": 5, "systems": n}) for n in range(1, 5)
)
QUEUES = (
    QueueSpec("policy", "Policy", (SkillNeed("policy"),)),
    QueueSpec("systems", "Systems", (SkillNeed("systems", 3),), wrap_up_seconds=15),
)


def a_centre(at: float = 0.0) -> AcdState:
    """Agents whose phones are registered and who have not signed in."""
    state = AcdState("e1")
    handle(state, Configured(AGENTS, QUEUES), now=at)
    for agent in AGENTS:
        handle(state, PhoneReachable(agent.extension, True), now=at)
    return state
