"""Many calls and many keys at once, the handler being a process of its own: the small versions of `make bench-…`."""

from __future__ import annotations

from pathlib import Path

import pytest

from bench import calls, digits, dispatch, soak

CALLS, DIGITS = 60, 300


@pytest.mark.timeout(180)
def test_no_call_is_lost_at_five_a_second_and_nothing_is_left_of_them(
    freeswitch: Path, tmp_path: Path
) -> None:
    found = calls.run(freeswitch, tmp_path, count=CALLS, rate=5, early=20)

    assert (found["calls"], found["lost"], found["wrong_skill"]) == (CALLS, 0, 0)
    # How long a talk was the carrier and the call side see from two sides of a busy machine.
    assert found["faults"].keys() <= {"talk_time"}
    assert found["marks"] == CALLS
    assert found["recordings"] == CALLS
    assert found["recordings_with_both_voices"] == found["recordings_heard"] == 50
    assert found["agents_after"]["idle"] == found["agents"]
    assert found["agents_reserved_in_the_books"] == 0
    assert all(left <= 0 for left in found["left"].values()), found["left"]


@pytest.mark.timeout(180)
@pytest.mark.parametrize(
    "manner",
    [
        pytest.param(digits.Manner(), id="who waits for the end of what is said"),
        pytest.param(digits.Manner(key_s=0.08, gap_s=0.04, rest_s=0.04), id="who never waits"),
    ],
)
def test_every_key_of_a_caller_arrives(freeswitch: Path, tmp_path: Path, manner: digits.Manner) -> None:
    found = digits.run(freeswitch, tmp_path, count=DIGITS, manner=manner)

    assert found["calls_that_failed"] == []
    assert (found["right"], found["wrong"], found["lost"], found["extra"]) == (found["sent"], 0, 0, 0)


@pytest.mark.timeout(180)
def test_every_caller_rings_an_agent_in_the_dispatch_race(freeswitch: Path, tmp_path: Path) -> None:
    found = dispatch.run(freeswitch, tmp_path, [dispatch.Step(10, 40, talk_s=1.0)], theirs=False)

    (ours,) = (step["ours"] for step in found["steps"].values())
    assert (ours["calls"], ours["failed"], ours["rang_more_than_once"]) == (40, 0, 0)


@pytest.mark.timeout(180)
def test_each_hears_the_other_in_every_call_of_the_soak(freeswitch: Path, tmp_path: Path) -> None:
    halfway = soak.run(freeswitch, tmp_path, count=20, rate=10)
    found = soak.run(freeswitch, tmp_path, count=60, rate=10)

    assert (halfway["calls"], found["calls"], found["this_run"]["calls"]) == (20, 60, 40)
    assert (found["faults"], found["without_audio"]) == ({}, 0)
    assert found["this_run"]["served_in_the_books"] == 40
