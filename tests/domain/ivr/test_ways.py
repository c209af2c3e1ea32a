"""The ways out that a value holds, as an editor shows and draws them."""

import pytest

from hotline.domain.ivr.fields import KEYS, NumberSpec, TargetSpec, Way
from hotline.domain.ivr.nodes import NODE_TYPES
from hotline.domain.ivr.tables import ChoicesSpec


def test_a_way_that_leads_nowhere_yet_is_a_way_but_no_edge():
    assert list(TargetSpec().ways("on_fail", "")) == [Way("", "fail", "")]
    assert list(ChoicesSpec().ways("choices", {"1": "", "2": "bye"})) == [
        Way("1", "1", ""),
        Way("2", "2", "bye"),
    ]
    node = NODE_TYPES["menu"](id="menu", choices={"1": "", "2": "bye"})
    assert [(edge.field, edge.target) for edge in node.edges()] == [("choices.2", "bye")]


def test_the_next_choice_takes_the_first_free_key_and_the_operators_key_last_of_the_digits():
    spec = ChoicesSpec()
    assert spec.spare({}) == "1"
    assert spec.spare({"1": "a", "3": "b"}) == "2"
    assert spec.spare(dict.fromkeys("123456789", "a")) == "0"
    assert spec.spare(dict.fromkeys(KEYS, "a")) == ""


@pytest.mark.parametrize(("spec", "value"), [(TargetSpec(), ""), (NumberSpec(low=1, high=2), 1)])
def test_other_fields_have_no_room_for_one_more_way(spec, value):
    assert spec.spare(value) == ""
