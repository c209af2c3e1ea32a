"""One routing decision in words: who got the call and why, who was considered, and who could not have it."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Final

from flask_babel import gettext as _

from webadmin.explain.names import Names
from webadmin.explain.words import RULES, STRATEGIES, hindrance, word
from webadmin.formats import duration, percent, seconds_words

Data = Mapping[str, Any]


@dataclass(frozen=True, slots=True)
class Row:
    """An agent who was looked at. ``result`` is why not this one; empty for the one who was chosen."""

    agent: str
    chosen: bool
    free: bool
    level: str
    priority: str
    measure: str
    idle: str
    result: str


@dataclass(frozen=True, slots=True)
class Explanation:
    """``title`` and ``detail`` stand in the story; the rest is there for who asks why. ``others`` counts the
    agents who are in no row, by reason.
    """

    title: str
    detail: str
    sentences: tuple[str, ...]
    measure: str
    rows: tuple[Row, ...]
    others: tuple[tuple[str, int], ...]

    @property
    def anybody_free(self) -> bool:
        return any(row.free for row in self.rows)


def explained(data: Data, names: Names) -> Explanation:
    """The decision that *data* holds, as :meth:`hotline.domain.acd.effects.Decision.as_data` wrote it."""
    chosen = data.get("chosen")
    winner = next((c for c in data.get("candidates", ()) if c["agent"] == chosen), None)
    if winner is None:
        title, detail = _("Nobody was free; the caller waits"), _why_nobody(data, names)
        decided: tuple[str, ...] = ()
    else:
        title = _("Routing chose agent %(agent)s", agent=names.agent(chosen))
        detail, decided = _merits(data, winner, names), (_what_decided(data, winner),)
    asked = _asked_for(data, names)
    return Explanation(
        title,
        detail,
        tuple(sentence for sentence in (*decided, asked, _place(data)) if sentence),
        word(STRATEGIES, data.get("strategy")) if data.get("strategy") in _MEASURES else "",
        tuple(_rows(data, winner, names)),
        _others(data, names),
    )


# --- sentences ------------------------------------------------------------------------------------------------


def _merits(data: Data, winner: Data, names: Names) -> str:
    """Such as "policy level 6, priority 3, idle for 4:12"."""
    parts = []
    needs = data.get("needs") or ()
    if needs and winner.get("level"):
        parts.append(_("%(skill)s level %(n)s", skill=names.skill(needs[0]["skill"]), n=winner["level"]))
    parts.append(_("priority %(n)s", n=winner.get("priority")))
    measure = _measure(data, winner)
    if measure and data.get("strategy") != "longest_idle":
        parts.append(f"{word(STRATEGIES, data.get('strategy'))} {measure}")
    parts.append(_("idle for %(time)s", time=duration(winner.get("idle_seconds"))))
    return _(", ").join(parts)


def _what_decided(data: Data, winner: Data) -> str:
    rule = data.get("rule")
    if rule in RULES and rule != "strategy":
        return _("What decided: %(what)s.", what=word(RULES, rule))
    others = [c for c in data["candidates"] if c is not winner]
    if not others:
        return _("Nobody else was free.")
    ahead = _ahead_by(data, winner, min(others, key=_rank))
    return _("%(n)s others were free as well. What decided: %(what)s.", n=len(others), what=ahead)


def _rank(candidate: Data) -> tuple[int, int]:
    return int(candidate.get("step", 0)), int(candidate.get("priority", 0))


def _ahead_by(data: Data, winner: Data, other: Data) -> str:
    """What put *winner* before *other*: the step, then the priority, then the strategy."""
    if winner.get("step", 0) != other.get("step", 0):
        return _("meets more of what was asked for")
    if winner.get("priority") != other.get("priority"):
        return _("priority")
    return word(STRATEGIES, data.get("strategy"))


def _why_nobody(data: Data, names: Names) -> str:
    counts = data.get("excluded_counts") or {}
    if not counts:
        return _("No agent has the skills that were asked for.")
    reasons = _counted(counts, names)
    return _("Looked at %(n)s agents: %(reasons)s", n=sum(counts.values()), reasons=_join(reasons))


def _asked_for(data: Data, names: Names) -> str:
    needs = [
        _("%(skill)s from level %(n)s", skill=names.skill(need["skill"]), n=need.get("min_level", 1))
        for need in data.get("needs") or ()
    ]
    asked = _(" and ").join(needs) or _("no skill in particular")
    step = data.get("step") or 0
    if step:
        return _(
            "After the wait so far step %(step)s of relaxation asks for: %(needs)s.", step=step, needs=asked
        )
    return _("Asked for: %(needs)s.", needs=asked)


def _place(data: Data) -> str:
    if data.get("position") is None:
        return ""
    return _(
        "The caller stood at position %(position)s after %(waited)s.",
        position=data["position"],
        waited=seconds_words(data.get("waited_seconds")),
    )


def _counted(counts: Mapping[str, int], names: Names) -> list[str]:
    ordered = sorted(counts.items(), key=lambda item: (-item[1], item[0]))
    return [_("%(n)s %(reason)s", n=n, reason=hindrance(reason, names)) for reason, n in ordered]


def _join(parts: Sequence[str]) -> str:
    return _(", ").join(parts)


# --- the table ------------------------------------------------------------------------------------------------


def _rows(data: Data, winner: Data | None, names: Names) -> list[Row]:
    rows = []
    for c in data.get("candidates", ()):
        chosen = c is winner
        rows.append(
            Row(
                names.agent(c["agent"]),
                chosen,
                True,
                str(c.get("level") or ""),
                str(c.get("priority", "")),
                _measure(data, c),
                duration(c.get("idle_seconds")),
                "" if chosen or winner is None else _("behind: %(what)s", what=_ahead_by(data, winner, c)),
            )
        )
    excluded = sorted(data.get("excluded", ()), key=lambda row: (str(row["reason"]), str(row["agent"])))
    for row in excluded:
        reason = hindrance(row["reason"], names)
        rows.append(Row(names.agent(row["agent"]), False, False, "", "", "", "", reason))
    return rows


def _others(data: Data, names: Names) -> tuple[tuple[str, int], ...]:
    left = dict(data.get("excluded_counts") or {})
    for row in data.get("excluded", ()):
        left[row["reason"]] = left.get(row["reason"], 0) - 1
    return tuple((hindrance(reason, names), n) for reason, n in sorted(left.items()) if n > 0)


def _measure(data: Data, candidate: Data) -> str:
    """What the strategy went by; empty where it says nothing beside the other columns."""
    show = _MEASURES.get(str(data.get("strategy")))
    score = candidate.get("score")
    return show(float(score)) if show is not None and score is not None else ""


_MEASURES: Final[dict[str, Callable[[float], str]]] = {
    "fewest_calls": lambda score: f"{score:.0f}",
    "least_occupied": lambda score: percent(score),
    "highest_skill": lambda score: f"{abs(score):.0f}",
    "percentage": lambda score: percent(score),
}
