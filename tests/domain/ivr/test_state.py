import base64
import contextlib
import json
import re
import zlib

import pytest
from hypothesis import given
from hypothesis import strategies as st

from hotline.domain.ivr.state import HISTORY, MOST_DEPTH, Frame, Move, State, StateError, dumps, loads
from tests.domain.ivr.helpers import patient

hostile = st.text(st.characters(exclude_categories=()), max_size=60) | st.sampled_from(
    [
        "\r\nEvent-Name: FORGED\n\n",
        "a=b,c='d'|^^:",
        "${hangup}",
        "%0A%00",
        "\x00",
        "张三",
        "\ud800",
        "'; DROP TABLE--",
    ]
)


@st.composite
def states(draw: st.DrawFn) -> State:
    history = tuple(draw(st.lists(st.builds(Move, hostile, hostile), max_size=HISTORY)))
    return State(
        flow=draw(hostile),
        version=draw(st.integers(0, 2**31)),
        node=draw(hostile),
        phase=draw(hostile),
        attempts=draw(st.integers(0, 99)),
        data=draw(st.dictionaries(hostile, hostile, max_size=8)),
        history=history,
        moves=len(history) + draw(st.integers(0, 10_000)),
        stack=tuple(
            draw(st.lists(st.builds(Frame, hostile, st.integers(0, 9), hostile), max_size=MOST_DEPTH))
        ),
        sensitive=draw(st.frozensets(hostile, max_size=3)),
    )


@patient
@given(states())
def test_a_state_reads_back_as_it_was_written_whatever_it_carries(state: State) -> None:
    assert loads(dumps(state)) == state


@patient
@given(states())
def test_a_written_state_is_safe_in_a_channel_variable_and_a_url(state: State) -> None:
    assert re.fullmatch(r"[A-Za-z0-9_.-]+", dumps(state))


@patient
@given(
    st.text(max_size=200)
    | st.binary(max_size=200).map(lambda raw: "1." + base64.urlsafe_b64encode(raw).decode())
)
def test_text_that_no_state_wrote_is_refused_and_never_believed(text: str) -> None:
    with pytest.raises(StateError):
        loads(text)


@patient
@given(states(), st.data())
def test_a_state_cut_off_or_altered_is_refused_or_is_some_other_state(
    state: State, data: st.DataObject
) -> None:
    text = dumps(state)
    at = data.draw(st.integers(0, len(text) - 1))
    for broken in (text[:at], text[:at] + data.draw(st.sampled_from("AZaz09-_.%\n")) + text[at + 1 :]):
        with contextlib.suppress(StateError):
            assert isinstance(loads(broken), State)


def packed(plain: object) -> str:
    return "1." + base64.urlsafe_b64encode(zlib.compress(json.dumps(plain).encode())).decode().rstrip("=")


@pytest.mark.parametrize(
    "plain",
    [
        None,
        [],
        {"flow": "x"},
        ["f", 1, "n", "", 0, {}, [], 0, "more"],
        ["f", "1", "n", "", 0, {}, [], 0],
        ["f", 1, "n", "", -1, {}, [], 0],
        ["f", 1, "n", "", 0, {"k": 1}, [], 0],
        ["f", 1, "n", "", 0, {}, [["n"]], 1],
        ["f", 1, "n", "", 0, {}, [["n", "o"]], 0],
        ["f", 1, "n", "", 0, {}, [["n", "o"]] * (HISTORY + 1), 99],
        ["f", 1, "n", "", 0, {}, [], 0, [], [], []],
        ["f", 1, "n", "", 0, {}, [], 0, [["f", "1", "n"]], []],
        ["f", 1, "n", "", 0, {}, [], 0, [["f", 1, "n"]] * (MOST_DEPTH + 1), []],
        ["f", 1, "n", "", 0, {}, [], 0, {}, []],
        ["f", 1, "n", "", 0, {}, [], 0, [], [1]],
    ],
)
def test_well_packed_nonsense_is_refused(plain: object) -> None:
    with pytest.raises(StateError):
        loads(packed(plain))


def test_a_state_of_version_0_1_is_read() -> None:
    assert loads(packed(["f", 1, "n", "", 0, {"k": "v"}, [], 0])) == State("f", 1, "n", data={"k": "v"})


def test_a_state_that_inflates_beyond_reason_is_refused_without_inflating_it() -> None:
    bomb = packed(["f", 1, "n", "", 0, {"k": "0" * 5_000_000}, [], 0])
    assert len(bomb) < 20_000
    with pytest.raises(StateError):
        loads(bomb)


def test_a_state_beyond_reason_is_not_written_either() -> None:
    with pytest.raises(StateError, match="too large"):
        dumps(State("f", 1, "n", data={"k": "x" * 70_000}))


def test_an_ordinary_state_is_short() -> None:
    state = State("main", 12, "policy", data={"info_code": "1001"})
    for outcome in ("played", "open", "*", "4", "back", "1"):
        state = state.moved(outcome, "policy")
    assert len(dumps(state)) < 200


def test_moving_on_forgets_the_attempts_and_remembers_the_way() -> None:
    state = State("main", 1, "menu", phase="failed", attempts=3).moved("fail", "operator")
    assert (state.node, state.phase, state.attempts, state.history) == (
        "operator",
        "",
        0,
        (Move("menu", "fail"),),
    )


def test_the_moves_and_data_since_an_earlier_state_are_told() -> None:
    before = State("main", 1, "a", data={"kept": "1", "changed": "1"}).moved("x", "b")
    after = before.moved("y", "c").moved("z", "d")
    assert after.moves_since(before) == (Move("b", "y"), Move("c", "z"))
    assert before.moves_since(before) == ()
    changed = State("main", 1, "d", data={"kept": "1", "changed": "2", "new": "3"})
    assert changed.data_since(before) == {"changed": "2", "new": "3"}


def test_the_history_keeps_the_last_moves_only() -> None:
    state = State("main", 1, "a")
    for number in range(50):
        state = state.moved(str(number), "a")
    assert [move.outcome for move in state.history] == [str(number) for number in range(50 - HISTORY, 50)]
    assert state.moves == 50
