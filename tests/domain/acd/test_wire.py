"""What is written of the ACD can be read again, and decides the same."""

from __future__ import annotations

import json
from typing import Any, get_args

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.stateful import rule

from hotline.domain.acd.effects import Effect
from hotline.domain.acd.engine import handle
from hotline.domain.acd.events import CallQueued, Event, Tick
from hotline.domain.acd.model import AcdState
from hotline.domain.acd.wire import (
    NotOnRecord,
    digest,
    pack_event,
    pack_state,
    unpack_event,
    unpack_state,
)
from tests.domain.acd.histories import Histories

EVENTS = get_args(Event)

st.register_type_strategy(float, st.floats(allow_nan=False))


def through_json(values: Any) -> Any:
    return json.loads(json.dumps(values))


@pytest.mark.parametrize("kind", EVENTS, ids=lambda kind: kind.__name__)
def test_every_event_comes_back_as_it_was(kind: type[Any]) -> None:
    @settings(max_examples=30, deadline=None)
    @given(st.from_type(kind))
    def comes_back(event: Event) -> None:
        assert unpack_event(through_json(pack_event(event))) == event

    comes_back()


def test_what_is_at_its_default_is_not_written() -> None:
    assert pack_event(Tick()) == ["Tick", {}]
    assert "caller" not in pack_event(CallQueued("c1", "policy", 0, 1.0))[1]


@pytest.mark.parametrize(
    "values", [None, [], ["Unheard", {}], ["CallQueued", {}], ["Tick", {"more": 1}], ["CallLeft", 7], 3]
)
def test_what_is_no_event_is_refused(values: Any) -> None:
    with pytest.raises(NotOnRecord):
        unpack_event(values)


def test_what_is_no_state_is_refused() -> None:
    with pytest.raises(NotOnRecord):
        unpack_state({"epoch": "p", "agents": {"8001": {"state": "flying"}}})


def test_the_digest_of_no_effects_is_empty() -> None:
    assert digest(()) == ""


class ReadAgain(Histories):
    """Beside the ACD goes a twin that knows only what was written."""

    def __init__(self) -> None:
        self.twin: AcdState | None = None
        super().__init__()

    def tell(self, event: Event) -> tuple[Effect, ...]:
        if self.twin is None:
            self.twin = unpack_state(through_json(pack_state(self.state)))
        effects = super().tell(event)
        again = handle(self.twin, unpack_event(through_json(pack_event(event))), now=self.now)
        assert again == effects
        assert digest(again) == digest(effects)
        return effects

    @rule()
    def the_state_is_written_and_read(self) -> None:
        self.twin = unpack_state(through_json(pack_state(self.state)))


TestReadAgain = ReadAgain.TestCase
TestReadAgain.settings = settings(max_examples=40, stateful_step_count=20, deadline=None)
