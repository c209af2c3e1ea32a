"""The caller hangs up, or the connection breaks, at every single command of a whole call."""

from __future__ import annotations

import tempfile
from functools import cache
from pathlib import Path

import pytest

from hotline.domain import journal as kinds
from tests.fs_scripts.fakes.call import Bridge, FakeCall
from tests.fs_scripts.fakes.centre import CallCentre

# A call whose first agent does not answer, with talk and survey; one that waits for an agent and then chooses
# to leave a message instead; an information code.
STORIES = {
    "served": {"keys": ["1", "1"], "bridges": [Bridge("NO_ANSWER"), Bridge()]},
    "message": {"keys": ["9"], "speaks": 12.0},
    "waiting, then message": {"keys": ["3"], "ahead": {"queue_wait": "9"}, "speaks": 12.0},
    "code": {"keys": ["4", "1002#", "*", "9"], "speaks": 0.3},
}


def play(recordings: Path, story: str, **death: object) -> tuple[CallCentre, FakeCall]:
    centre = CallCentre(recordings)
    if "waiting" not in story:
        centre.ready("8001", "8002")
    script = STORIES[story] | {"ahead": dict(STORIES[story].get("ahead", {}))}
    return centre, centre.serve(centre.call(**script, **death))


@cache
def steps(story: str) -> int:
    """How many commands the undisturbed call is made of."""
    with tempfile.TemporaryDirectory() as folder:
        return len(play(Path(folder), story)[1].commands)


def pytest_generate_tests(metafunc: pytest.Metafunc) -> None:
    if "step" in metafunc.fixturenames:
        cases = [
            pytest.param(story, step, id=f"{story} {step}")
            for story in STORIES
            for step in range(1, steps(story) + 1)
        ]
        metafunc.parametrize(("story", "step"), cases)


@pytest.mark.parametrize(
    ("story", "outcome", "side"),
    [
        ("served", "served", "agent"),
        ("message", "voicemail", "system"),
        ("waiting, then message", "voicemail", "system"),
        ("code", "self_service", "system"),
    ],
)
def test_an_undisturbed_call_ends_as_its_caller_wanted(tmp_path, story, outcome, side):
    centre, call = play(tmp_path, story)
    centre.assert_nothing_is_left()
    ended = centre.journal.one(kinds.CALL_ENDED)
    assert (ended.data["outcome"], ended.data["side"]) == (outcome, side)
    assert call.gone


@pytest.mark.parametrize("before", [True, False], ids=["before it", "after it"])
def test_a_caller_who_hangs_up_at_any_command_leaves_nothing_behind(tmp_path, story, step, before):
    centre, call = play(tmp_path, story, dies_at=step, before=before)
    assert len(call.commands) == step
    centre.assert_nothing_is_left()
    centre.journal.one(kinds.CALL_ENDED)
    queued, connected, left = (
        len(centre.journal.of(kind))
        for kind in (kinds.CALL_QUEUED, kinds.CALL_CONNECTED, kinds.CALL_DEQUEUED)
    )
    assert queued == connected + left, "whoever is queued is connected or leaves"
    assert connected == len(centre.journal.of(kinds.CALL_DISCONNECTED))
    assert len(centre.journal.of(kinds.OFFER_MADE)) == len(centre.journal.of(kinds.OFFER_ENDED))


def test_a_connection_that_breaks_at_any_command_leaves_the_call_to_the_next_handler(tmp_path, story, step):
    centre, call = play(tmp_path, story, dies_at=step, lost=True)
    assert not call.gone
    assert len(centre.owned) == 0
    assert not centre.dispatcher.state.waiting
    assert not centre.dispatcher.state.offers
    if step < steps(story):
        assert not centre.journal.of(kinds.CALL_ENDED)
