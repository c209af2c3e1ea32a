"""A flow as text for experts: JSON, with every mistake at its line."""

from __future__ import annotations

import json
import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any, Final

from flask_babel import gettext as _

from hotline.domain.ivr.flow import Flow, parse
from hotline.domain.ivr.problems import FlowError, Problem
from webadmin.flows.words import field_name, problem_text

LONGEST: Final = 1_000_000
_TOKEN: Final = re.compile(r'"(?:[^"\\]|\\.)*"|[{}\[\],:]|\n|[^\s{}\[\],:"]+')


@dataclass(frozen=True, slots=True)
class Mistake:
    """What is wrong at a line (from 1; 0 where no line is to blame)."""

    line: int
    where: str
    what: str


class BadText(Exception):
    """The text is no flow; ``mistakes`` are all that were found."""

    def __init__(self, mistakes: Iterable[Mistake]) -> None:
        self.mistakes = tuple(sorted(mistakes, key=lambda mistake: mistake.line))
        super().__init__(f"{len(self.mistakes)} mistakes")


def write(content: Mapping[str, Any]) -> str:
    """The text of a document, without the id and the version, which the console keeps itself."""
    shown = {key: value for key, value in content.items() if key not in ("id", "version")}
    return json.dumps(shown, ensure_ascii=False, indent=2) + "\n"


def read(text: str, code: str, version: int) -> Flow:
    """The flow of *text*, as flow *code* at *version*. Raises :class:`BadText`."""
    if len(text) > LONGEST:
        raise BadText([Mistake(0, "", _("The text is too long: at most %(n)s characters.", n=LONGEST))])
    try:
        raw = json.loads(text, object_pairs_hook=_no_duplicates)
    except json.JSONDecodeError as error:
        what = _("This is no JSON: a comma, a quotation mark or a bracket is missing or too many.")
        raise BadText([Mistake(error.lineno, _("column %(n)s", n=error.colno), what)]) from error
    except _Duplicate as error:
        lines = [line for path, line in _all_lines(text) if path and path[-1] == error.name]
        what = _("%(name)s is there twice in one object. Remove one.", name=error.name)
        raise BadText([Mistake(lines[-1] if lines else 0, error.name, what)]) from error
    except RecursionError as error:
        raise BadText([Mistake(0, "", _("The text is nested too deeply."))]) from error
    if not isinstance(raw, dict):
        raise BadText([Mistake(1, "", _("It must be an object in braces."))])
    try:
        return parse({**raw, "id": code, "version": version})
    except FlowError as error:
        raise BadText(located(text, raw, error.problems)) from error


def located(text: str, raw: Mapping[str, Any], problems: Iterable[Problem]) -> list[Mistake]:
    """The problems, each at its line of *text*."""
    lines = dict(reversed(list(_all_lines(text))))
    mistakes = []
    for problem in problems:
        inside = problem.field.split(".") if problem.field else []
        path = (*(("nodes", problem.node) if problem.node else ()), *inside)
        # What is missing has no line: then that of what it is missing in.
        while path and path not in lines:
            path = path[:-1]
        node = raw.get("nodes", {}).get(problem.node) if isinstance(raw.get("nodes"), dict) else None
        type_code = str(node.get("type", "")) if isinstance(node, dict) else ""
        field = field_name(type_code, problem.field) if problem.field else ""
        where = " · ".join(part for part in (problem.node, field) if part)
        mistakes.append(Mistake(lines.get(path, 1), where, problem_text(problem)))
    return mistakes


class _Duplicate(ValueError):
    def __init__(self, name: str) -> None:
        super().__init__(name)
        self.name = name


def _no_duplicates(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    found: dict[str, Any] = {}
    for key, value in pairs:
        if key in found:
            raise _Duplicate(key)
        found[key] = value
    return found


def _all_lines(text: str) -> Iterable[tuple[tuple[str, ...], int]]:
    """The path of every member and item in valid JSON, with its line."""
    line, path, last = 1, [""], ""
    kinds: list[str] = []
    for match in _TOKEN.finditer(text):
        found = match.group()
        if found == "\n":
            line += 1
        elif found in "{[":
            if kinds and kinds[-1] == "[":
                yield tuple(path[1:]), line
            kinds.append(found)
            path.append("0" if found == "[" else "")
        elif found in "}]":
            kinds.pop()
            path.pop()
        elif found == ":":
            path[-1] = last
            yield tuple(path[1:]), line
        elif found == ",":
            if kinds[-1] == "[":
                path[-1] = str(int(path[-1]) + 1)
        else:
            last = json.loads(found) if found.startswith('"') else found
            if kinds[-1:] == ["["]:
                yield tuple(path[1:]), line
