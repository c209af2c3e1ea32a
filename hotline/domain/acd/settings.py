"""What is wrong about the settings of a queue, found in one place for the form, the REST interface and the
call side.

A :class:`Problem` names the field as a path into the settings, ``overflow.1.target``, counted from 0, and a
code for what is wrong. The console refuses to save a queue with problems. The call side may still meet some,
for what a queue refers to can go later: :func:`usable` then leaves out as little as it can.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Iterator, Mapping
from dataclasses import dataclass, replace
from typing import Any, Final

from hotline.domain.acd.spec import OverflowRule, QueueSpec, RelaxStep, SkillNeed, Strategy

LOWEST_LEVEL: Final = 1
HIGHEST_LEVEL: Final = 9

# Field -> lowest and highest value. Seconds where the name says so.
LIMITS: Final[Mapping[str, tuple[int, int]]] = {
    "ageing_seconds": (0, 3600),
    "ring_seconds": (5, 120),
    "no_answer_delay_seconds": (0, 600),
    "busy_delay_seconds": (0, 600),
    "refused_delay_seconds": (0, 600),
    "misses_until_busy": (1, 10),
    "wrap_up_seconds": (0, 3600),
    "wrap_up_extension_seconds": (0, 600),
    "wrap_up_extensions": (0, 9),
    "max_wait_seconds": (0, 7200),
    "no_agents_seconds": (0, 3600),
    "last_agent_seconds": (0, 300),
    "last_agent_minutes": (0, 43_200),
    "return_minutes": (0, 1440),
    "reserved_agents": (0, 999),
    "max_waiting": (0, 9999),
    "max_expected_wait_seconds": (0, 7200),
    "callback_attempts": (1, 9),
    "callback_retry_seconds": (60, 86_400),
    "callback_expiry_seconds": (300, 604_800),
}
STEP_SECONDS: Final = (1, 7200)
MOST_STEPS: Final = 8
MOST_RULES: Final = 8

# When an overflow rule holds -> lowest and highest limit: seconds, or a place in the line.
WHEN: Final[Mapping[str, tuple[int, int]]] = {
    "wait": (1, 7200),
    "position": (1, 9999),
    "expected_wait": (1, 7200),
    "nobody_signed_in": (0, 3600),
}
ACTIONS: Final = ("queue", "outside", "voicemail", "callback", "prompt")
CLOSINGS: Final = ("serve", "voicemail", "callback", "prompt")
RETURNS: Final = ("place", "agent")

_DEFAULTS: Final = QueueSpec("", "", ())


@dataclass(frozen=True, slots=True)
class Problem:
    """One thing that is wrong. ``value`` is what stands there, or what it ought to fit."""

    field: str
    code: str
    value: str = ""


@dataclass(frozen=True, slots=True)
class Known:
    """What settings may name. ``overflows``: each queue with the queues that it overflows to.

    ``prompts`` is None where nobody knows them; then every id is believed.
    """

    skills: Collection[str]
    groups: Collection[str]
    overflows: Mapping[str, Collection[str]]
    prompts: Collection[str] | None = None


class Unreadable(ValueError):
    """A stored document does not have the shape of the settings; ``field`` says which."""

    def __init__(self, field: str) -> None:
        super().__init__(f"{field} cannot be read")
        self.field = field


def serves(skills: Mapping[str, int], needs: Iterable[SkillNeed]) -> bool:
    """Whether somebody with these levels may serve callers who need all of *needs*."""
    return all(skills.get(need.skill, 0) >= need.min_level for need in needs)


def overflow_queues(queue: QueueSpec) -> tuple[str, ...]:
    """The queues that *queue* overflows to."""
    return tuple(rule.target for rule in queue.overflow if rule.action == "queue")


def problems(queue: QueueSpec, known: Known) -> list[Problem]:
    """Everything that is wrong about *queue*, in the order of its fields; empty when it can serve."""
    return [
        *_needs(queue.needs, "needs", known),
        *_distribution(queue, known),
        *_relaxation(queue, known),
        *_overflow(queue, known),
        *_numbers(queue),
        *_choices(queue),
    ]


def usable(
    queues: Iterable[QueueSpec],
    *,
    skills: Collection[str],
    groups: Collection[str],
) -> tuple[tuple[QueueSpec, ...], list[tuple[str, Problem]]]:
    """*queues* as far as they can serve, and each queue's code with what was wrong.

    A queue without a sound requirement is left out, a rule or a step that cannot be kept is taken away, and
    a number out of its range becomes the usual one: callers rather wait without a rule than without a queue.
    """
    given = list(queues)
    overflows = {queue.code: overflow_queues(queue) for queue in given}
    able: list[QueueSpec] = []
    found: list[tuple[str, Problem]] = []
    for queue in given:
        wrong = problems(queue, Known(skills, groups, overflows))
        found += [(queue.code, problem) for problem in wrong]
        mended = _mended(queue, wrong) if wrong else queue
        if mended is None:
            continue
        overflows[queue.code] = overflow_queues(mended)
        able.append(mended)
    return tuple(able), found


# --- one part each ------------------------------------------------------------------------------------------


def _needs(needs: tuple[SkillNeed, ...], field: str, known: Known) -> Iterator[Problem]:
    if not needs:
        yield Problem(field, "no_skill")
    seen: set[str] = set()
    for place, need in enumerate(needs):
        at = f"{field}.{place}"
        if need.skill not in known.skills:
            yield Problem(f"{at}.skill", "unknown_skill", need.skill)
        elif need.skill in seen:
            yield Problem(f"{at}.skill", "twice", need.skill)
        seen.add(need.skill)
        for name in ("min_level", "weight"):
            if not LOWEST_LEVEL <= getattr(need, name) <= HIGHEST_LEVEL:
                yield _out_of_range(f"{at}.{name}", LOWEST_LEVEL, HIGHEST_LEVEL)


def _distribution(queue: QueueSpec, known: Known) -> Iterator[Problem]:
    if queue.strategy not in set(Strategy):
        yield Problem("strategy", "unknown", queue.strategy)
    if queue.strategy != Strategy.PERCENTAGE:
        return
    for place, (group, percent) in enumerate(queue.mix.items()):
        if group not in known.groups:
            yield Problem(f"mix.{place}.group", "unknown_group", group)
        if not 1 <= percent <= 100:
            yield _out_of_range(f"mix.{place}.percent", 1, 100)
    if sum(queue.mix.values()) != 100:
        yield Problem("mix", "not_100", str(sum(queue.mix.values())))


def _relaxation(queue: QueueSpec, known: Known) -> Iterator[Problem]:
    if len(queue.relaxation) > MOST_STEPS:
        yield Problem("relaxation", "too_many", str(MOST_STEPS))
    before, after = queue.needs, 0
    for place, step in enumerate(queue.relaxation):
        at = f"relaxation.{place}"
        if not STEP_SECONDS[0] <= step.after_seconds <= STEP_SECONDS[1]:
            yield _out_of_range(f"{at}.after_seconds", *STEP_SECONDS)
        elif step.after_seconds <= after:
            yield Problem(f"{at}.after_seconds", "not_ascending", str(after))
        wrong = list(_needs(step.needs, f"{at}.needs", known))
        yield from wrong
        if not wrong:
            yield from _demands_more(step.needs, before, at)
        before, after = step.needs, max(after, step.after_seconds)


def _demands_more(needs: tuple[SkillNeed, ...], before: tuple[SkillNeed, ...], at: str) -> Iterator[Problem]:
    levels = {need.skill: need.min_level for need in before}
    for place, need in enumerate(needs):
        if need.skill not in levels:
            yield Problem(f"{at}.needs.{place}.skill", "demands_more", need.skill)
        elif need.min_level > levels[need.skill]:
            yield Problem(f"{at}.needs.{place}.min_level", "demands_more", str(levels[need.skill]))
    if set(needs) == set(before):
        yield Problem(f"{at}.needs", "relaxes_nothing")


def _overflow(queue: QueueSpec, known: Known) -> Iterator[Problem]:
    if len(queue.overflow) > MOST_RULES:
        yield Problem("overflow", "too_many", str(MOST_RULES))
    for place, rule in enumerate(queue.overflow):
        at = f"overflow.{place}"
        if rule.when not in WHEN:
            yield Problem(f"{at}.when", "unknown", rule.when)
        elif not WHEN[rule.when][0] <= rule.limit <= WHEN[rule.when][1]:
            yield _out_of_range(f"{at}.limit", *WHEN[rule.when])
        if rule.action not in ACTIONS:
            yield Problem(f"{at}.action", "unknown", rule.action)
            continue
        code = _target_wrong(queue, rule, known)
        if code:
            yield Problem(f"{at}.target", code, rule.target)


def _target_wrong(queue: QueueSpec, rule: OverflowRule, known: Known) -> str:
    if rule.action == "queue":
        if rule.target == queue.code:
            return "itself"
        if rule.target not in known.overflows:
            return "unknown_queue"
        return "circle" if _leads_to(queue.code, rule.target, known.overflows) else ""
    if rule.action == "outside":
        digits = rule.target.removeprefix("+")
        sound = digits.isascii() and digits.isdigit() and 3 <= len(digits) <= 20
        return "" if sound else "no_number"
    if rule.action == "prompt":
        if not rule.target:
            return "no_prompt"
        return "unknown_prompt" if known.prompts is not None and rule.target not in known.prompts else ""
    return ""


def _leads_to(wanted: str, start: str, overflows: Mapping[str, Collection[str]]) -> bool:
    """Whether callers of *start* can come to *wanted* by overflow alone."""
    seen: set[str] = set()
    ahead = [start]
    while ahead:
        code = ahead.pop()
        if code == wanted:
            return True
        if code not in seen:
            seen.add(code)
            ahead += overflows.get(code, ())
    return False


def _numbers(queue: QueueSpec) -> Iterator[Problem]:
    for name, (low, high) in LIMITS.items():
        if not low <= getattr(queue, name) <= high:
            yield _out_of_range(name, low, high)
    # How long to wait for the agent of last time says nothing without how long that is remembered.
    if queue.last_agent_seconds and not queue.last_agent_minutes:
        yield Problem("last_agent_minutes", "needed")
    if queue.wrap_up_extensions and not queue.wrap_up_extension_seconds:
        yield Problem("wrap_up_extension_seconds", "needed")
    if queue.max_waiting and queue.max_waiting < max(
        (rule.limit for rule in queue.overflow if rule.when == "position"), default=0
    ):
        yield Problem("max_waiting", "before_overflow", str(queue.max_waiting))


def _choices(queue: QueueSpec) -> Iterator[Problem]:
    if queue.closing not in CLOSINGS:
        yield Problem("closing", "unknown", queue.closing)
    if queue.return_to not in RETURNS:
        yield Problem("return_to", "unknown", queue.return_to)


def _out_of_range(field: str, low: int, high: int) -> Problem:
    return Problem(field, "out_of_range", f"{low}-{high}")


# --- what can still serve -----------------------------------------------------------------------------------


def _mended(queue: QueueSpec, wrong: list[Problem]) -> QueueSpec | None:
    parts: dict[str, set[int]] = {}
    for problem in wrong:
        name, _, rest = problem.field.partition(".")
        place = rest.partition(".")[0]
        parts.setdefault(name, set()).add(int(place) if place.isdigit() else 0)
    if "needs" in parts:
        return None
    changed: dict[str, Any] = {}
    for name, places in parts.items():
        if name in {"mix", "strategy"}:
            changed |= {"strategy": Strategy.LONGEST_IDLE, "mix": {}}
        elif name == "relaxation":
            # What comes after a step that fails is measured by it.
            changed[name] = queue.relaxation[: min(places)]
        elif name == "overflow":
            kept = [rule for place, rule in enumerate(queue.overflow) if place not in places]
            changed[name] = tuple(kept[:MOST_RULES])
        else:
            changed[name] = getattr(_DEFAULTS, name)
    return replace(queue, **changed)


# --- as documents -------------------------------------------------------------------------------------------


def needs_as_data(needs: Iterable[SkillNeed]) -> list[dict[str, Any]]:
    return [{"skill": n.skill, "min_level": n.min_level, "weight": n.weight} for n in needs]


def relaxation_as_data(steps: Iterable[RelaxStep]) -> list[dict[str, Any]]:
    return [{"after_seconds": s.after_seconds, "needs": needs_as_data(s.needs)} for s in steps]


def overflow_as_data(rules: Iterable[OverflowRule]) -> list[dict[str, Any]]:
    return [{"when": r.when, "limit": r.limit, "action": r.action, "target": r.target} for r in rules]


def needs_of(data: Any, field: str = "needs") -> tuple[SkillNeed, ...]:
    """What :func:`needs_as_data` wrote. Raises :class:`Unreadable`, as the next two do."""
    try:
        return tuple(
            SkillNeed(str(row["skill"]), int(row.get("min_level", 1)), int(row.get("weight", 1)))
            for row in data
        )
    except (TypeError, ValueError, KeyError, AttributeError) as error:
        raise Unreadable(field) from error


def relaxation_of(data: Any) -> tuple[RelaxStep, ...]:
    try:
        return tuple(RelaxStep(int(row["after_seconds"]), needs_of(row["needs"])) for row in data)
    except (TypeError, ValueError, KeyError) as error:
        raise Unreadable("relaxation") from error


def overflow_of(data: Any) -> tuple[OverflowRule, ...]:
    try:
        return tuple(
            OverflowRule(
                row["when"], int(row.get("limit", 0)), row["action"], str(row.get("target", "") or "")
            )
            for row in data
        )
    except (TypeError, ValueError, KeyError, AttributeError) as error:
        raise Unreadable("overflow") from error


def mix_of(data: Any) -> dict[str, int]:
    """Percent by agent group. Raises :class:`Unreadable`."""
    try:
        return {str(group): int(percent) for group, percent in data.items()}
    except (TypeError, ValueError, AttributeError) as error:
        raise Unreadable("mix") from error
