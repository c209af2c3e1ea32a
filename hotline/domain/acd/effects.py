"""What the ACD orders, and why."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from hotline.domain.acd.spec import SkillNeed
from hotline.domain.agent import AgentState


@dataclass(frozen=True, slots=True)
class Candidate:
    """An agent who could have had the call. ``level`` is that of the first skill that the step asks for (0
    when it asks for none), ``step`` the first relaxation step at which the agent may serve, ``score`` what
    the strategy goes by (seconds, calls, a share or points), ``idle_seconds`` how long the agent had been
    idle.
    """

    agent: str
    level: int
    priority: int
    idle_seconds: float
    step: int = 0
    score: float = 0.0


@dataclass(frozen=True, slots=True)
class Exclusion:
    """An agent who could not have the call, and why: the agent's state, ``phone_unregistered``,
    ``do_not_disturb``, ``phone_in_use``, ``failed_recently``, ``leaving``, ``skill_missing``,
    ``level_too_low``, ``reserved_for:<queue>`` or ``waits_for_last_agent`` (the caller does).
    """

    agent: str
    reason: str


@dataclass(frozen=True, slots=True)
class Decision:
    """Why this agent, or why nobody.

    ``step`` is the relaxation step in force and ``needs`` what it asks for; ``rule`` is ``strategy`` when all
    agents were asked, ``only_agent``, ``last_agent`` or ``callback`` when it was about one. ``candidates``
    and ``excluded`` name at most the first few; ``excluded_counts`` counts all that were looked at.
    """

    queue: str
    strategy: str
    step: int
    needs: tuple[SkillNeed, ...]
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
            "strategy": str(self.strategy),
            "step": self.step,
            "needs": [{"skill": n.skill, "min_level": n.min_level, "weight": n.weight} for n in self.needs],
            "rule": self.rule,
            "chosen": self.chosen,
            "candidates": [
                {
                    "agent": c.agent,
                    "level": c.level,
                    "priority": c.priority,
                    "idle_seconds": round(c.idle_seconds, 3),
                    "step": c.step,
                    "score": round(c.score, 3),
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
class DialCallback:
    """Call this customer; the agent is kept for it. Answered with ``CallQueued`` naming the ticket when the
    customer is there, else with ``CallbackDialled`` naming ``offer_id``.
    """

    offer_id: str
    ticket: str
    queue: str
    agent: str
    number: str
    attempt: int
    ring_seconds: int
    decision: Decision


@dataclass(frozen=True, slots=True)
class CancelOffer:
    """Stop ringing: the caller has left, or nobody reported back in time. Needs no answer.

    With *ticket* (then *call_id* is empty) it is the customer of a callback who is no longer to be dialled.
    """

    offer_id: str
    call_id: str
    agent: str
    reason: str
    ticket: str = ""


@dataclass(frozen=True, slots=True)
class NobodyFree:
    """A caller has to wait, and why. For the explanation only."""

    call_id: str
    decision: Decision


@dataclass(frozen=True, slots=True)
class CameBack:
    """A caller who gave up here not long ago waits for the *agent* of then, or else stands at the place of then
    (*queued_at*). For the explanation only.
    """

    call_id: str
    queue: str
    agent: str = ""
    queued_at: float = 0.0


@dataclass(frozen=True, slots=True)
class SendAway:
    """This caller waits no longer; the flow goes on with *outcome*.

    ``timeout`` and ``no_agents`` are the queue's limits. ``overflow`` is a refusal at the door, *rule* then
    ``max_waiting`` or ``max_expected_wait``. ``outside`` (*target* a number), ``voicemail``, ``callback`` and
    ``prompt`` (*target* its id) come of an overflow rule, *rule* then its condition, or of closing time
    (*rule* ``closing``). ``closed`` is closing time in a queue that plays a prompt then, ``emergency`` the
    emergency.
    """

    call_id: str
    queue: str
    outcome: str
    target: str = ""
    rule: str = ""


@dataclass(frozen=True, slots=True)
class QueueMoved:
    """An overflow rule (*rule* is its condition) has put the caller into another queue, with the place by the
    time of queueing kept.
    """

    call_id: str
    before: str
    after: str
    rule: str


@dataclass(frozen=True, slots=True)
class CallbackPostponed:
    """Not reached after so many *attempts*; tried again from *until* on, in the place that it had."""

    ticket: str
    until: float
    attempts: int


@dataclass(frozen=True, slots=True)
class CallbackSettled:
    """A ticket is closed. *outcome*: ``served``, ``expired``, ``attempts`` or ``cancelled``."""

    ticket: str
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


@dataclass(frozen=True, slots=True)
class WrapUpProlonged:
    """The agent's after-call work may last until then."""

    agent: str
    until: float
    by: str


Effect = (
    MakeOffer
    | DialCallback
    | CancelOffer
    | NobodyFree
    | CameBack
    | SendAway
    | QueueMoved
    | CallbackPostponed
    | CallbackSettled
    | AgentMoved
    | NextStateKept
    | WrapUpProlonged
)
