"""How much data a call carries, and how others see them."""

import re

from hypothesis import given
from hypothesis import strategies as st

from hotline.domain.ivr import data
from hotline.domain.ivr.state import State, dumps
from tests.domain.ivr.helpers import patient

anything = st.dictionaries(st.text(max_size=50), st.text(st.characters(exclude_categories=()), max_size=600))


@patient
@given(st.lists(anything, max_size=8))
def test_however_much_is_attached_the_state_stays_within_bounds(loads: list[dict[str, str]]) -> None:
    state = State("main", 1, "a")
    for load in loads:
        state = state.attached(load, sensitive=False)
    assert len(state.data) <= data.MOST_DATA
    assert sum(len(key) + len(value) for key, value in state.data.items()) <= data.MOST_CHARACTERS
    assert dumps(state)
    assert not any(re.search(r"[\x00-\x1f\x7f]", value) for value in state.data.values())


def test_when_the_room_is_used_up_what_was_there_stays() -> None:
    full = {f"k{number}": "x" * 450 for number in range(13)}
    kept = data.attach({}, full)
    assert data.attach(kept, {"late": "y" * 400}) == kept
    assert data.attach(kept, {"k0": "short"})["k0"] == "short"


def test_a_sensitive_value_shows_its_last_four_characters_only() -> None:
    assert data.masked("320522199001011234") == "*" * 14 + "1234"
    assert data.masked("12345678") == "********"
    assert data.shown({"id": "123456789", "name": "Li"}, {"id"}) == {"id": "*****6789", "name": "Li"}


def test_sensitive_is_what_was_attached_last() -> None:
    state = State("main", 1, "a").attached({"id": "1", "name": "x"}, sensitive=True)
    assert state.attached({"name": "open"}, sensitive=False).sensitive == {"id"}


@patient
@given(st.dictionaries(st.text(max_size=40), st.text(max_size=600), max_size=30))
def test_on_a_leg_data_are_one_short_safe_word(found: dict[str, str]) -> None:
    word = data.for_leg(found)
    assert re.fullmatch(r"[A-Za-z0-9_-]{0,2000}", word)
    assert data.from_leg(word).items() <= found.items()


def test_few_data_arrive_on_a_leg_whole() -> None:
    assert data.from_leg(data.for_leg({"language": "en", "姓名": "李"})) == {"language": "en", "姓名": "李"}


@patient
@given(st.text(max_size=40))
def test_what_is_no_word_of_ours_carries_nothing(text: str) -> None:
    assert isinstance(data.from_leg(text), dict)
    assert data.from_leg("bm8") == {}
