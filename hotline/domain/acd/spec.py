"""What administrators set: agents, queues, and the rules of a queue."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import StrEnum


class Strategy(StrEnum):
    """Who comes first among the idle agents of equal priority."""

    LONGEST_IDLE = "longest_idle"
    FEWEST_CALLS = "fewest_calls"
    LEAST_OCCUPIED = "least_occupied"
    ROUND_ROBIN = "round_robin"
    HIGHEST_SKILL = "highest_skill"
    PERCENTAGE = "percentage"


@dataclass(frozen=True, slots=True)
class SkillNeed:
    """A skill that an agent must have, at this level (1-9) or better. ``weight`` (1-9) says how much the
    level counts under :attr:`Strategy.HIGHEST_SKILL`.
    """

    skill: str
    min_level: int = 1
    weight: int = 1


@dataclass(frozen=True, slots=True)
class RelaxStep:
    """From this waiting time on, agents who meet these needs (all of them) may serve as well.

    A step only adds agents: who met the needs of an earlier step still may, and still comes first.
    """

    after_seconds: int
    needs: tuple[SkillNeed, ...]


@dataclass(frozen=True, slots=True)
class OverflowRule:
    """What becomes of a caller who would wait too long.

    *when* and *limit*: ``wait`` (seconds in this queue), ``position`` (a place in line beyond this one),
    ``expected_wait`` (more seconds than this), ``nobody_signed_in`` (for this many seconds). *action* and
    *target*: ``queue`` (its code), ``outside`` (a number), ``prompt`` (its id), ``voicemail``, ``callback``.
    """

    when: str
    limit: int
    action: str
    target: str = ""


@dataclass(frozen=True, slots=True)
class AgentSpec:
    """What administrators set for an agent. ``skills`` maps a skill to a level 1-9; ``priority`` 1 is
    served first.
    """

    number: str
    name: str
    extension: str
    group: str
    priority: int = 5
    skills: Mapping[str, int] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class QueueSpec:
    """What administrators set for a queue.

    Durations are in the unit of their name; 0 is "never" for limits, "none" for delays and wrap-up, "off" for
    what is remembered. ``needs`` must all be met. ``mix`` gives each group of agents its share in percent
    under :attr:`Strategy.PERCENTAGE`. A point of a call's priority is worth ``ageing_seconds`` of waiting.
    ``reserved_agents`` idle agents are left to this queue by the others. ``last_agent_minutes`` is how long it
    is remembered who served a caller, ``last_agent_seconds`` how long the caller waits for that agent;
    ``return_minutes`` is how long a caller who gave up may come back to the old place or (``return_to``) the
    old agent. ``closing`` says what becomes of those who wait when the hotline closes: ``serve``,
    ``voicemail``, ``callback`` or ``prompt``.
    """

    code: str
    name: str
    needs: tuple[SkillNeed, ...] = ()
    strategy: Strategy = Strategy.LONGEST_IDLE
    mix: Mapping[str, int] = field(default_factory=dict)
    relaxation: tuple[RelaxStep, ...] = ()
    overflow: tuple[OverflowRule, ...] = ()
    ageing_seconds: int = 60
    ring_seconds: int = 20
    no_answer_delay_seconds: int = 0
    busy_delay_seconds: int = 5
    refused_delay_seconds: int = 0
    misses_until_busy: int = 1
    wrap_up_seconds: int = 0
    wrap_up_extension_seconds: int = 0
    wrap_up_extensions: int = 0
    max_wait_seconds: int = 600
    no_agents_seconds: int = 60
    last_agent_seconds: int = 0
    last_agent_minutes: int = 0
    return_minutes: int = 0
    return_to: str = "place"
    reserved_agents: int = 0
    max_waiting: int = 0
    max_expected_wait_seconds: int = 0
    closing: str = "serve"
    callback_attempts: int = 3
    callback_retry_seconds: int = 600
    callback_expiry_seconds: int = 28_800

    def needs_at(self, step: int) -> tuple[SkillNeed, ...]:
        """What a relaxation step asks for."""
        return self.relaxation[step - 1].needs if step else self.needs

    @property
    def steps(self) -> tuple[tuple[SkillNeed, ...], ...]:
        """The needs of each relaxation step; the first are those in force from the beginning."""
        return (self.needs, *(step.needs for step in self.relaxation))
