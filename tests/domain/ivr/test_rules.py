"""Rules on attached data, and templates."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from hotline.domain.ivr.rules import OPERATORS, Rule
from hotline.domain.ivr.templates import fill, is_template, names_in
from tests.domain.ivr.helpers import patient


@pytest.mark.parametrize(
    ("operator", "value", "holds", "holds_not"),
    [
        ("equals", "vip", ["vip"], ["VIP", "", "vip "]),
        ("differs", "vip", ["", "x"], ["vip"]),
        ("starts_with", "0512", ["05125352"], ["512", ""]),
        ("ends_with", "88", ["188"], ["8", ""]),
        ("in_list", "a, b，c；d、e", ["a", "b", "c", "d", "e"], ["", "f", "a, b"]),
        ("at_least", "3", ["3", "3.0", "10"], ["2.9", "", "many", "NaN"]),
        ("at_most", "3", ["3", "-1"], ["3.1", "", "-Infinity"]),
        ("is_set", "", ["0"], [""]),
        ("is_empty", "", [""], ["0"]),
    ],
)
def test_each_operator_compares_as_its_name_says(
    operator: str, value: str, holds: list[str], holds_not: list[str]
) -> None:
    rule = Rule("k", operator, value, "a")
    assert [found for found in holds if not rule.holds({"k": found})] == []
    assert [found for found in holds_not if rule.holds({"k": found})] == []
    assert rule.makes_sense


@pytest.mark.parametrize(
    ("operator", "value"), [("at_least", "many"), ("starts_with", ""), ("in_list", " , "), ("at_most", "")]
)
def test_a_value_that_no_datum_could_meet_makes_no_sense(operator: str, value: str) -> None:
    assert not Rule("k", operator, value, "a").makes_sense


@patient
@given(st.sampled_from(sorted(OPERATORS)), st.text(max_size=500), st.text(max_size=500))
def test_any_datum_can_be_compared_with_anything(operator: str, value: str, found: str) -> None:
    assert Rule("k", operator, value, "a").holds({"k": found}) in (True, False)


def test_a_template_speaks_of_data() -> None:
    assert fill("no. ${id} of ${area}", {"id": "7"}) == "no. 7 of "
    assert fill("$5 and $${id}", {"id": "${x}"}) == "$5 and $${x}"
    assert fill("${a}", {"a": "b c"}, lambda text: text.replace(" ", "+")) == "b+c"
    assert names_in("${a}-${b}") == ("a", "b")


@pytest.mark.parametrize("text", ["${", "${}", "${a b}", "x${a", "${ä}", "${" + "a" * 41 + "}"])
def test_a_place_without_a_proper_name_is_no_template(text: str) -> None:
    assert not is_template(text)
    assert is_template("no place at all $a {b}")
