"""A script or rule table opened at one of its versions, with what is wrong about it."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, cast

from sqlalchemy.orm import Session
from werkzeug.exceptions import NotFound

from hotline.domain.routing import rules
from hotline.domain.routing.route import Known
from hotline.scripting import checking
from hotline.scripting.published import RULES
from hotline.scripting.source import Problem
from hotline.store import models
from hotline.store.queries.routing import known_targets, version_of
from hotline.store.routing import RoutingVersion
from webadmin.database import session
from webadmin.lookup import find
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
class Opened:
    row: models.RoutingScript
    version: RoutingVersion
    newest: int

    @property
    def is_newest(self) -> bool:
        return self.version.number == self.newest

    @property
    def is_published(self) -> bool:
        return self.version.number == self.row.published_version

    @property
    def is_table(self) -> bool:
        return self.row.kind == RULES


def open_script(code: str, number: int | None = None, *, db: Session | None = None) -> Opened:
    """Version *number*, the newest by default. Raises 404."""
    used = db or session()
    row = find(models.RoutingScript, code, db=used)
    newest = version_of(used, row)
    version = newest if number is None else version_of(used, row, number)
    if newest is None or version is None:
        raise NotFound
    return Opened(row, version, newest.number)


def mistakes_of(kind: str, content: Mapping[str, Any], known: Known | None = None) -> list[Mistake]:
    """All that keeps the content from being published. Takes some tenths of a second for a script."""
    known = known or known_targets(session())
    if kind == RULES:
        try:
            found = rules.problems(rules.parse(content), known)
        except rules.BadTable as error:
            return [Mistake(0, 0, str(error))]
        return [Mistake(p.row, 0, words.rule_problem(p), p.condition, p.field) for p in found]
    text = str(content.get("text", ""))
    problems = cast(list[Problem], services().blocking(checking.check, text, known))
    return [Mistake(p.line, p.column, words.script_problem(p)) for p in problems]


def as_text(opened: Opened, content: Mapping[str, Any]) -> str:
    """A version as lines, to be compared: a script as it is, a table a line a condition."""
    if not opened.is_table:
        return str(content.get("text", ""))
    return "\n".join(
        line for number, rule in enumerate(rules.parse(content), 1) for line in _rule_lines(number, rule)
    )


def _rule_lines(number: int, rule: rules.Rule) -> list[str]:
    head = json.dumps([rule.target, rule.priority], ensure_ascii=False)
    lines = [f"{number}. {'' if rule.active else '(-) '}{rule.note} -> {head}"]
    lines += [
        f"   {words.fact_name(f'{one.field}:{one.of}' if one.of else one.field)} "
        f"{words.OPERATORS.get(one.operator, one.operator)} {one.value}".rstrip()
        for one in rule.conditions
    ]
    return lines
