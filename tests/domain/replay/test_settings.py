"""Other settings for a past hour."""

from __future__ import annotations

from typing import Any

import pytest

from hotline.domain.acd.events import Configured, Tick
from hotline.domain.acd.spec import SkillNeed, Strategy
from hotline.domain.replay.settings import BadChange, read_changes
from tests.domain.replay.centre import AGENTS, QUEUES, a_centre

CONFIGURED = Configured(AGENTS, QUEUES)


def test_a_line_changes_a_field_of_a_queue() -> None:
    changed = read_changes({}, ["policy.strategy=fewest_calls", "policy.ring_seconds=9"]).apply(CONFIGURED)
    assert isinstance(changed, Configured)
    policy, systems = changed.queues
    assert (policy.strategy, policy.ring_seconds) == (Strategy.FEWEST_CALLS, 9)
    assert systems == QUEUES[1]


def test_a_document_changes_agents_and_queues_and_lines_win() -> None:
    document = {
        "queues": {"*": {"ring_seconds": 9}, "policy": {"needs": [{"skill": "policy", "min_level": 4}]}},
        "agents": {"8001": {"skills": {"policy": 9}, "priority": 2}},
    }
    changed = read_changes(document, ["policy.ring_seconds=7"], ["8001.priority=1"]).apply(CONFIGURED)
    assert isinstance(changed, Configured)
    assert changed.queues[0].needs == (SkillNeed("policy", 4),)
    assert [queue.ring_seconds for queue in changed.queues] == [7, 9]
    assert (changed.agents[0].skills, changed.agents[0].priority) == ({"policy": 9}, 1)


def test_other_events_stay_as_they_are() -> None:
    assert read_changes({}, ["policy.ring_seconds=9"]).apply(Tick()) == Tick()


def test_no_change_is_none() -> None:
    assert not read_changes({})


@pytest.mark.parametrize(
    ("line", "says"),
    [
        ("policy", "is no change"),
        ("strategy=fewest_calls", "is no change"),
        ("policy.code=x", "policy.code cannot be changed; what can is needs, strategy"),
        ("policy.colour=red", "policy.colour cannot be changed"),
        ("policy.ring_seconds=soon", "policy.ring_seconds must be a whole number from 0, not 'soon'"),
        ("policy.ring_seconds=-1", "must be a whole number"),
        ("policy.ring_seconds=true", "must be a whole number"),
        ("policy.strategy=moon", "policy.strategy cannot be 'moon'"),
        ("policy.needs=7", "policy.needs cannot be 7"),
        ("policy.closing=7", "policy.closing must be a text"),
    ],
)
def test_a_change_that_cannot_be_made_says_why(line: str, says: str) -> None:
    with pytest.raises(BadChange, match=r"^[^\n]*$") as caught:
        read_changes({}, [line])
    assert says in str(caught.value)


@pytest.mark.parametrize("document", [[], {"queue": {}}, {"queues": []}, {"queues": {"policy": 7}}])
def test_a_document_of_another_form_is_refused(document: Any) -> None:
    with pytest.raises(BadChange):
        read_changes(document)


def test_a_queue_that_was_not_there_is_named() -> None:
    with pytest.raises(
        BadChange, match="there was no queue 'polcy' in that hour; there were policy, systems"
    ):
        read_changes({}, ["polcy.ring_seconds=9"]).begin(a_centre())
