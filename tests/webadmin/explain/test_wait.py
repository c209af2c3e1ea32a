"""The wait as a picture."""

from __future__ import annotations

import pytest
from flask_babel import force_locale

from hotline.store.base import from_epoch
from hotline.store.calls import JournalEntry
from tests.webadmin import cast, stories
from webadmin.explain.names import Names
from webadmin.explain.wait import wait_of

NAMES = Names({"8001": "陈静", "8002": "王芳"}, {"policy": "政策"})


@pytest.fixture(autouse=True)
def english(app):
    with app.test_request_context(), force_locale("en"):
        yield


def rows(story) -> list[JournalEntry]:
    return [
        JournalEntry(
            kind=e.kind,
            at=from_epoch(e.at),
            agent_number=e.agent_number,
            queue_code=e.queue_code,
            data=dict(e.data),
        )
        for e in story
    ]


def test_the_wait_shows_the_line_the_phones_and_when_somebody_was_looked_for():
    wait = wait_of(rows(stories.long_wait("one", cast.NOW)), NAMES)
    assert wait is not None
    assert wait.seconds == 110
    (line,) = wait.lines
    assert (line.x, line.width, line.colour, line.label) == (0, 100, "green", "政策")
    missed, answered = wait.rings
    assert (missed.colour, missed.title) == ("red", "1:02–1:22 · 8002 王芳 · not answered in time")
    assert (answered.colour, answered.label) == ("green", "8001 陈静")
    assert [mark.colour for mark in wait.looks] == ["red", "green", "green"]
    assert wait.looks[1].title == "1:02 step 1: 8002 王芳"
    assert [words for _, words in wait.ticks][:3] == ["0:00", "0:15", "0:30"]


def test_somebody_who_gave_up_has_a_picture_as_well():
    wait = wait_of(rows(stories.short_call("two", cast.NOW, outcome="abandoned", queue="policy")), NAMES)
    assert wait is not None
    assert wait.lines[0].title == "0:00–0:30 · 政策 · the caller hung up"


def test_a_call_that_still_waits_is_drawn_as_far_as_it_has_come():
    wait = wait_of(rows(stories.long_wait("one", cast.NOW))[:6], NAMES)
    assert wait is not None
    assert (wait.lines[0].colour, wait.rings) == ("orange", wait.rings)


def test_a_call_that_never_waited_has_none():
    assert wait_of(rows(stories.short_call("two", cast.NOW, outcome="self_service")), NAMES) is None
