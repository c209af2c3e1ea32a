"""Rule tables: which row decides, and what is refused."""

from __future__ import annotations

import pytest

from hotline.domain.routing.facts import FACTS, QueueFacts, RoutingFacts, dump, load
from hotline.domain.routing.operators import OPERATORS
from hotline.domain.routing.route import BadRoute, Known, Route, checked, target_problem
from hotline.domain.routing.rules import BadTable, Condition, Problem, Rule, RuleTable, parse, problems
from hotline.domain.routing.rules import dump as dump_rules

KNOWN = Known(queues=("general", "policy"), agents=("8001",))
FACTS_OF_A_CALL = RoutingFacts(
    caller="051253520000",
    region="江苏省苏州市",
    called="12366",
    date="2026-10-10",
    time="09:30",
    weekday=6,
    make_up_workday=True,
    vip=20,
    queues={"general": QueueFacts(waiting=12, expected_wait=None)},
    agents={"8001": "idle"},
    data={"business": "invoice"},
)


def row(target: str, *conditions: Condition, **more: object) -> Rule:
    return Rule(conditions, target, **more)  # type: ignore[arg-type]


@pytest.mark.parametrize(
    ("condition", "holds"),
    [
        (Condition("caller", "starts_with", "0512, 138"), True),
        (Condition("caller", "starts_with", "0513，138"), False),
        (Condition("caller", "is", " 051253520000 "), True),
        (Condition("region", "contains", "苏州、太仓"), True),
        (Condition("holiday", "empty"), True),
        (Condition("holiday", "not_empty"), False),
        (Condition("called", "one_of", "12345,12366"), True),
        (Condition("called", "none_of", "12345,12366"), False),
        (Condition("make_up_workday", "yes"), True),
        (Condition("open", "no"), False),
        (Condition("weekday", "one_of", "6,7"), True),
        (Condition("vip", "at_least", "1"), True),
        (Condition("last_mark", "at_most", "0"), True),
        (Condition("time", "within", "09:00-12:00, 13:00-17:00"), True),
        (Condition("time", "outside", "09:00-09:30"), True),
        (Condition("time", "within", "09:00-09:30"), False),
        (Condition("date", "from", "2026-10-10"), True),
        (Condition("date", "until", "2026-10-09"), False),
        (Condition("queue.waiting", "at_least", "12", "general"), True),
        (Condition("queue.expected_wait", "at_most", "10000", "general"), False),
        (Condition("queue.waiting", "at_most", "10000", "gone"), False),
        (Condition("agent", "is", "idle", "8001"), True),
        (Condition("agent", "is", "signed_out", "8002"), True),
        (Condition("data", "is", "invoice", "business"), True),
        (Condition("data", "empty", "", "nothing"), True),
    ],
)
def test_a_condition_holds_or_not(condition, holds):
    matched = RuleTable((row("queue:policy", condition),)).decide(FACTS_OF_A_CALL)
    assert matched.row == (1 if holds else 0)
    assert matched.route == (Route("queue:policy") if holds else Route())


def test_the_first_active_row_whose_conditions_all_hold_decides():
    table = RuleTable(
        (
            row("queue:a", Condition("vip", "at_least", "1"), Condition("open", "no")),
            row("queue:b", Condition("vip", "at_least", "1"), active=False),
            row("queue:c", Condition("vip", "at_least", "20"), priority=70),
            row("queue:d"),
        )
    )
    matched = table.decide(FACTS_OF_A_CALL)
    assert (matched.row, matched.route) == (3, Route("queue:c", 70))
    assert matched.used == {"vip": 20, "open": True}


def test_every_kind_of_fact_has_operators():
    assert {fact.kind for fact in FACTS.values()} == set(OPERATORS)


@pytest.mark.parametrize(
    ("rule", "problem"),
    [
        (row("queue:nowhere"), Problem(1, 0, "target", "unknown_queue", "queue:nowhere")),
        (row("agent:9999"), Problem(1, 0, "target", "unknown_agent", "agent:9999")),
        (row("number:12a"), Problem(1, 0, "target", "bad_target", "number:12a")),
        (row("policy"), Problem(1, 0, "target", "bad_target", "policy")),
        (row("queue:policy", priority=101), Problem(1, 0, "priority", "bad_priority", "101")),
        (row("", Condition("colour", "is", "red")), Problem(1, 1, "field", "unknown_field", "colour")),
        (
            row("", Condition("vip", "contains", "1")),
            Problem(1, 1, "operator", "unknown_operator", "contains"),
        ),
        (row("", Condition("vip", "is", "many")), Problem(1, 1, "value", "bad_value", "many")),
        (
            row("", Condition("time", "within", "25:00-26:00")),
            Problem(1, 1, "value", "bad_value", "25:00-26:00"),
        ),
        (row("", Condition("date", "is", "2026-02-30")), Problem(1, 1, "value", "bad_value", "2026-02-30")),
        (row("", Condition("open", "yes", "no")), Problem(1, 1, "value", "bad_value", "no")),
        (row("", Condition("queue.idle", "is", "0")), Problem(1, 1, "of", "missing_of")),
        (row("", Condition("queue.idle", "is", "0", "x")), Problem(1, 1, "of", "unknown_queue", "x")),
        (row("", Condition("agent", "is", "idle", "9")), Problem(1, 1, "of", "unknown_agent", "9")),
    ],
)
def test_a_row_that_makes_no_sense_is_refused_with_its_place(rule, problem):
    assert problems((rule,), KNOWN) == [problem]


def test_rows_below_one_that_fits_every_call_are_pointed_out():
    assert problems((row("queue:policy"), row("queue:general")), KNOWN) == [
        Problem(2, 0, "", "never_reached", "1")
    ]


def test_a_row_that_is_switched_off_may_be_unfinished():
    assert problems((row("queue:nowhere", active=False),), KNOWN) == []


def test_a_table_comes_back_from_its_document():
    rules = (row("queue:c", Condition("vip", "at_least", "20"), priority=70, note="大客户"), row(""))
    assert parse(dump_rules(rules)) == rules


@pytest.mark.parametrize(
    "document", [None, [], {}, {"rows": [1]}, {"rows": [{"conditions": [{}]}]}, {"rows": "x"}]
)
def test_what_is_no_table_is_refused(document):
    with pytest.raises(BadTable):
        parse(document)


def test_the_facts_come_back_from_their_document():
    assert load(dump(FACTS_OF_A_CALL)) == FACTS_OF_A_CALL
    assert load({"caller": "1", "of_a_newer_program": 1}) == RoutingFacts(caller="1")


@pytest.mark.parametrize("target", ["", "queue:policy", "agent:8001", "number:+8651253520000", "label:night"])
def test_a_target_that_a_call_can_be_sent_to(target):
    assert target_problem(target, KNOWN) is None


@pytest.mark.parametrize(
    "route",
    [
        Route("queue:gone"),
        Route("queue:policy", -1),
        Route("", None, {"a key": "x"}),
        Route("", None, {"key": "x" * 201}),
        Route("", None, {"key": "line\nbreak"}),
        Route("", None, {str(n): "x" for n in range(21)}),
    ],
)
def test_a_route_that_no_call_can_be_sent_by_is_refused(route):
    with pytest.raises(BadRoute):
        checked(route, KNOWN)
