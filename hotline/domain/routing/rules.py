"""Rule tables: rows of conditions, looked at from the top; the first row that fits decides.

The document of a table is JSON, what people typed kept as they typed it:

    {"rows": [{"active": true, "note": "苏州的大企业", "conditions": [
                   {"field": "region", "of": "", "operator": "contains", "value": "苏州"},
                   {"field": "queue.waiting", "of": "general", "operator": "at_least", "value": "10"}],
               "target": "queue:policy", "priority": 20}]}

All conditions of a row must hold; a row without any fits every call. A fact that is not known (the expected
wait of a queue without agents) fits no condition.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any, Final

from hotline.domain.routing.facts import FACTS, RoutingFacts
from hotline.domain.routing.operators import LONGEST, OPERATORS, BadOperand
from hotline.domain.routing.route import HIGHEST, LOWEST, Known, Route, target_problem

MOST_ROWS: Final = 200
MOST_CONDITIONS: Final = 12
LONGEST_NOTE: Final = 100


@dataclass(frozen=True, slots=True)
class Condition:
    """`field` of FACTS, `of` which queue, agent or datum, compared by `operator` with the typed `value`."""

    field: str
    operator: str
    value: str = ""
    of: str = ""


@dataclass(frozen=True, slots=True)
class Rule:
    """One row."""

    conditions: tuple[Condition, ...]
    target: str
    priority: int | None = None
    active: bool = True
    note: str = ""


@dataclass(frozen=True, slots=True)
class Problem:
    """One thing wrong: `row` from 1, `condition` from 1 (0: the row's own), the field of the form, a code.

    Codes: too_many_rows, too_many_conditions, unknown_field, unknown_operator, bad_value, missing_of,
    unknown_queue, unknown_agent, bad_target, bad_priority, never_reached (every call stops at row `value`).
    """

    row: int
    condition: int
    field: str
    code: str
    value: str = ""


class BadTable(ValueError):
    """A document is no rule table."""


@dataclass(frozen=True, slots=True)
class Matched:
    """What a table decided: the row that fitted from 1, 0 for none, and each fact that was looked at."""

    route: Route
    row: int
    used: Mapping[str, Any]


@dataclass(frozen=True, slots=True)
class _Test:
    """A condition made ready: the operand read, the operator found."""

    condition: Condition
    operand: Any

    def holds(self, facts: RoutingFacts, used: dict[str, Any]) -> bool:
        one = self.condition
        fact = facts.value(one.field, one.of)
        used[f"{one.field}:{one.of}" if one.of else one.field] = fact
        operator = OPERATORS[FACTS[one.field].kind][one.operator]
        return fact is not None and operator.holds(fact, self.operand)


class RuleTable:
    """A table ready to decide. Raises :class:`BadTable` for rows that :func:`problems` complains of."""

    def __init__(self, rules: tuple[Rule, ...]) -> None:
        self.rules = rules
        try:
            self._tests = [
                (number, rule, [_Test(one, _operand(one)) for one in rule.conditions])
                for number, rule in enumerate(rules, 1)
                if rule.active
            ]
        except (KeyError, BadOperand) as error:
            raise BadTable(f"a condition cannot be read: {error}") from error

    def decide(self, facts: RoutingFacts) -> Matched:
        """The first active row that fits; the flow's own way where none does."""
        used: dict[str, Any] = {}
        for number, rule, tests in self._tests:
            if all(test.holds(facts, used) for test in tests):
                return Matched(Route(rule.target, rule.priority), number, used)
        return Matched(Route(), 0, used)


def _operand(condition: Condition) -> Any:
    return OPERATORS[FACTS[condition.field].kind][condition.operator].read(condition.value)


def parse(document: object) -> tuple[Rule, ...]:
    """The rows of a document. Raises :class:`BadTable` for what has not its shape."""
    try:
        match document:
            case {"rows": list(rows)}:
                return tuple(_rule(row) for row in rows)
    except (TypeError, ValueError, KeyError, AttributeError) as error:
        raise BadTable(f"a row has not the shape of one: {error!r}") from error
    raise BadTable("there are no rows")


def _rule(row: Mapping[str, Any]) -> Rule:
    priority = row.get("priority")
    return Rule(
        conditions=tuple(
            Condition(
                str(one["field"]), str(one["operator"]), str(one.get("value", "")), str(one.get("of", ""))
            )
            for one in row.get("conditions", ())
        ),
        target=str(row.get("target", "")),
        priority=None if priority is None else int(priority),
        active=bool(row.get("active", True)),
        note=str(row.get("note", "")),
    )


def dump(rules: tuple[Rule, ...]) -> dict[str, Any]:
    """The document that :func:`parse` reads back."""
    return {
        "rows": [
            {
                "active": rule.active,
                "note": rule.note,
                "conditions": [
                    {"field": one.field, "of": one.of, "operator": one.operator, "value": one.value}
                    for one in rule.conditions
                ],
                "target": rule.target,
                "priority": rule.priority,
            }
            for rule in rules
        ]
    }


def problems(rules: tuple[Rule, ...], known: Known) -> list[Problem]:
    """All that is wrong with a table, given the queues and agents there are. Empty: publish it."""
    found: list[Problem] = []
    if len(rules) > MOST_ROWS:
        found.append(Problem(MOST_ROWS + 1, 0, "", "too_many_rows", str(MOST_ROWS)))
    stopper = 0
    for number, rule in enumerate(rules, 1):
        if not rule.active:
            continue
        if stopper:
            found.append(Problem(number, 0, "", "never_reached", str(stopper)))
        elif not rule.conditions:
            stopper = number
        found.extend(_row_problems(number, rule, known))
    return found


def _row_problems(number: int, rule: Rule, known: Known) -> Iterator[Problem]:
    if len(rule.conditions) > MOST_CONDITIONS:
        yield Problem(number, 0, "", "too_many_conditions", str(MOST_CONDITIONS))
    if code := target_problem(rule.target, known):
        yield Problem(number, 0, "target", code, rule.target)
    if rule.priority is not None and not LOWEST <= rule.priority <= HIGHEST:
        yield Problem(number, 0, "priority", "bad_priority", str(rule.priority))
    for at, condition in enumerate(rule.conditions, 1):
        if (problem := _condition_problem(condition, known)) is not None:
            name, code, value = problem
            yield Problem(number, at, name, code, value)


def _condition_problem(one: Condition, known: Known) -> tuple[str, str, str] | None:
    """The field of the form, the code and the value of the first thing wrong."""
    fact = FACTS.get(one.field)
    if fact is None:
        return "field", "unknown_field", one.field
    operator = OPERATORS[fact.kind].get(one.operator)
    if operator is None:
        return "operator", "unknown_operator", one.operator
    if fact.of and not one.of:
        return "of", "missing_of", ""
    if fact.of == "queue" and one.of not in known.queues:
        return "of", "unknown_queue", one.of
    if fact.of == "agent" and one.of not in known.agents:
        return "of", "unknown_agent", one.of
    try:
        if len(one.value) > LONGEST:
            raise BadOperand(one.value)
        operator.read(one.value)
    except BadOperand:
        return "value", "bad_value", one.value[:40]
    return None
