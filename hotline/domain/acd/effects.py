"""What the ACD orders, and why."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from hotline.domain.agent import AgentState


@dataclass(frozen=True, slots=True)
class Candidate:
    """An agent who could have had the call. ``idle_seconds`` is how long the agent had been idle."""

    agent: str
    level: int
    priority: int
    idle_seconds: float


@dataclass(frozen=True, slots=True)
class Exclusion:
    """An agent with the skill who could not have the call, and why."""

    agent: str
    reason: str


@dataclass(frozen=True, slots=True)
class Decision:
    """Why this agent, or why nobody. ``excluded`` names at most the first few; ``excluded_counts`` counts
    all that were looked at.
    """

    queue: str
    skill: str
    min_level: int
    rule: str
    chosen: str | None
    candidates: tuple[Candidate, ...]
    excluded: tuple[Exclusion, ...]
    excluded_counts: tuple[tuple[str, int], ...]
    waited_seconds: float
    position: int

    def as_data(self) -> dict[str, Any]:
        """JSON values, as the journal keeps a decision beside the queue and the console shows it."""
        return {
            "skill": self.skill,
            "min_level": self.min_level,
            "rule": self.rule,
            "chosen": self.chosen,
            "candidates": [
                {
                    "agent": c.agent,
                    "level": c.level,
                    "priority": c.priority,
                    "idle_seconds": round(c.idle_seconds, 3),
                }
                for c in self.candidates
            ],
            "excluded": [{"agent": e.agent, "reason": e.reason} for e in self.excluded],
            "excluded_counts": dict(self.excluded_counts),
            "waited_seconds": round(self.waited_seconds, 3),
            "position": self.position,
        }


@dataclass(frozen=True, slots=True)
class MakeOffer:
    """Ring this agent's phone for this caller. Answered with ``OfferAnswered`` or ``OfferFailed`` naming
    ``offer_id``.
    """

    offer_id: str
    call_id: str
    queue: str
    agent: str
    extension: str
    ring_seconds: int
    decision: Decision


@dataclass(frozen=True, slots=True)
class CancelOffer:
    """Stop ringing: the caller has left, or nobody reported back in time. Needs no answer."""

    offer_id: str
    call_id: str
    agent: str
    reason: str


@dataclass(frozen=True, slots=True)
class NobodyFree:
    """A caller has to wait, and why. For the explanation only."""

    call_id: str
    decision: Decision


@dataclass(frozen=True, slots=True)
class SendAway:
    """This caller has waited long enough; the flow goes on with *outcome*: ``timeout`` or ``no_agents``."""

    call_id: str
    queue: str
    outcome: str


@dataclass(frozen=True, slots=True)
class AgentMoved:
    """An agent's state has changed; ``by`` is a login, ``phone`` or ``acd``."""

    agent: str
    before: AgentState
    after: AgentState
    reason: str
    by: str
    call_id: str | None = None
    queue: str | None = None


@dataclass(frozen=True, slots=True)
class NextStateKept:
    """The agent is with a caller; the wish is granted when that is over."""

    agent: str
    state: AgentState
    by: str


Effect = MakeOffer | CancelOffer | NobodyFree | SendAway | AgentMoved | NextStateKept
