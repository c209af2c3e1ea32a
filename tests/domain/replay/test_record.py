"""The decision log's lines, and deciding them again."""

from __future__ import annotations

import json
from dataclasses import replace

from hotline.domain.acd import wire
from hotline.domain.acd.engine import handle
from hotline.domain.acd.events import CallQueued, Event, StateRequested, Tick
from hotline.domain.acd.model import AcdState
from hotline.domain.agent import AgentState
from hotline.domain.replay.again import verify
from hotline.domain.replay.record import event_line, opening_line, read
from tests.domain.replay.centre import a_centre

ASKED = StateRequested("8001", AgentState.IDLE, "", "8001")
EVENTS: tuple[tuple[float, Event], ...] = (
    (11.0, CallQueued("c1", "policy", 0, 11.0, "13800138000")),
    (12.0, ASKED),
    (13.0, Tick()),
)


def lines(state: AcdState) -> list[str]:
    written = [opening_line(10.0, wire.pack_state(state))]
    for at, event in EVENTS:
        written.append(event_line(at, event, handle(state, event, now=at)))
    return written


def test_what_was_written_is_read() -> None:
    (stretch,) = read(lines(a_centre())).stretches
    assert [(noted.at, noted.event) for noted in stretch.noted] == list(EVENTS)


def test_the_same_decisions_are_the_same() -> None:
    (stretch,) = read(lines(a_centre())).stretches
    assert (verify(stretch).decided, verify(stretch).different) == (3, 0)


def test_a_decision_that_comes_out_otherwise_is_named() -> None:
    (stretch,) = read(lines(a_centre())).stretches
    stretch.noted[1] = replace(stretch.noted[1], digest="0" * 12)
    found = verify(stretch)
    assert found.different == 1
    assert (found.first[0].at, found.first[0].event) == (12.0, ASKED)


def test_an_event_that_cannot_be_decided_any_more_is_a_difference() -> None:
    (stretch,) = read(lines(a_centre())).stretches
    stretch.noted[0] = replace(stretch.noted[0], event=CallQueued("c1", "gone", 0, 11.0))
    found = verify(stretch)
    assert (found.decided, found.different) == (1, 1)
    assert found.first[0].error == "UnknownQueue: gone"


def test_a_torn_line_ends_the_stretch_and_a_snapshot_begins_the_next() -> None:
    state = a_centre()
    written = lines(state)
    written[2] = written[2][:15]
    written.append(opening_line(14.0, wire.pack_state(state)))
    record = read(written)
    assert [len(stretch.noted) for stretch in record.stretches] == [1, 0]
    assert record.unusable == 2


def test_a_snapshot_of_another_form_is_not_believed() -> None:
    written = lines(a_centre())
    written[0] = json.dumps(json.loads(written[0]) | {"format": 99})
    assert read(written).stretches == ()
