"""A script or rule table opened at one of its versions, with what is wrong about it."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Final, cast

from flask_babel import gettext as _
from flask_babel import lazy_gettext as _l
from sqlalchemy.orm import Session

from hotline.domain.routing import rules
from hotline.domain.routing.route import Known
from hotline.scripting.checking import problems_of
from hotline.scripting.published import RULES
from hotline.scripting.source import Problem
from hotline.store import models
from hotline.store.queries.routing import known_targets
from hotline.store.queries.versions import save
from hotline.store.versions import Version
from webadmin import versions
from webadmin.database import session
from webadmin.explain.names import Names
from webadmin.routing import words
from webadmin.services import services


@dataclass(frozen=True, slots=True)
class Mistake:
    """One thing wrong, in words. ``line`` is of the script, or the row of the table, from 1; 0: the whole.

    ``condition`` and ``field`` say where in the row.
    """

    line: int
    column: int
    text: str
    condition: int = 0
    field: str = ""


@dataclass(frozen=True, slots=True)
class Opened(versions.Opened[models.RoutingScript]):
    @property
    def is_table(self) -> bool:
        return self.row.kind == RULES


def open_script(code: str, number: int | None = None, *, db: Session | None = None) -> Opened:
    """Version *number*, the newest by default. Raises 404."""
    opened = versions.open_version(SCRIPTS, code, number, db=db)
    return Opened(SCRIPTS, opened.row, opened.version, opened.newest)


def mistakes_of(kind: str, content: Mapping[str, Any], known: Known | None = None) -> list[Mistake]:
    """All that keeps the content from being published. Takes some tenths of a second for a script."""
    known = known or known_targets(session())
    try:
        found = cast(list[Problem | rules.Problem], services().blocking(problems_of, kind, content, known))
    except rules.BadTable as error:
        return [Mistake(0, 0, str(error))]
    return [_mistake(problem) for problem in found]


def _mistake(problem: Problem | rules.Problem) -> Mistake:
    if isinstance(problem, rules.Problem):
        return Mistake(problem.row, 0, words.rule_problem(problem), problem.condition, problem.field)
    return Mistake(problem.line, problem.column, words.script_problem(problem))


def as_text(opened: Opened, content: Mapping[str, Any], names: Names) -> str:
    """A version as lines, to be compared: a script as it is, a table a line a condition."""
    if not opened.is_table:
        return str(content.get("text", ""))
    return "\n".join(
        line
        for number, rule in enumerate(rules.parse(content), 1)
        for line in _rule_lines(number, rule, names)
    )


def _rule_lines(number: int, rule: rules.Rule, names: Names) -> list[str]:
    head = [
        f"{number}.",
        " · ".join(part for part in ("" if rule.active else _("switched off"), rule.note) if part),
    ]
    way = [words.target_name(rule.target, names)]
    if rule.priority is not None:
        way.append(_("priority %(n)s", n=rule.priority))
    lines = [f"{' '.join(part for part in head if part)} → {' · '.join(way)}"]
    lines += [
        f"   {words.fact_name(f'{one.field}:{one.of}' if one.of else one.field)} "
        f"{words.OPERATORS.get(one.operator, one.operator)} {one.value}".rstrip()
        for one in rule.conditions
    ]
    return lines


def _reasons(version: Version) -> list[versions.Reason]:
    return [_reason(problem) for problem in version.refused or ()]


def _reason(problem: dict[str, Any]) -> versions.Reason:
    is_rule = "row" in problem
    found = _mistake(rules.Problem(**problem) if is_rule else Problem(**problem))
    where = (
        (_("Rule %(n)s", n=found.line) if is_rule else _("Line %(n)s", n=found.line)) if found.line else ""
    )
    return versions.Reason(where, found.text)


SCRIPTS: Final = versions.Kind(
    model=models.RoutingScript,
    add=save,
    reasons=_reasons,
    title=_l("Smart routing"),
    published=_l("Version %(version)s is published: it decides from the next call on."),
    asked=_l("Version %(n)s decides where calls go, from the next call on."),
    effect=_l("It decides where calls go from the next call on."),
)
