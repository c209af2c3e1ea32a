"""A recorded stretch decided again, event by event, and whether each decision is the same."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from hotline.domain.acd import wire
from hotline.domain.acd.effects import Effect
from hotline.domain.acd.engine import handle
from hotline.domain.acd.events import Event
from hotline.domain.acd.model import AcdState
from hotline.domain.replay.record import Stretch


@dataclass(frozen=True, slots=True)
class Decided:
    """An event and what the ACD ordered upon it."""

    at: float
    event: Event
    effects: tuple[Effect, ...]


@dataclass(frozen=True, slots=True)
class Difference:
    """A decision that came out otherwise. ``error`` is set when it could not be made at all."""

    at: float
    event: Event
    effects: tuple[Effect, ...]
    error: str = ""


@dataclass(frozen=True, slots=True)
class Verification:
    """How many events were decided again, and the first of the differences; ``different`` counts them all."""

    decided: int
    different: int
    first: tuple[Difference, ...]


NAMED = 10


def decide_again(stretch: Stretch) -> Iterator[tuple[Decided, AcdState]]:
    """Each event decided anew, with the state after it. Raises what the ACD raises."""
    state = stretch.fresh_state()
    for noted in stretch.noted:
        effects = handle(state, noted.event, now=noted.at)
        yield Decided(noted.at, noted.event, effects), state


def verify(stretch: Stretch) -> Verification:
    """Compare every decision of *stretch* with its digest. An event that fails now, and did not then, is a
    difference and ends the comparison.
    """
    state = stretch.fresh_state()
    first: list[Difference] = []
    decided = different = 0
    for noted in stretch.noted:
        decided += 1
        try:
            effects, error = handle(state, noted.event, now=noted.at), ""
        except Exception as failure:  # noqa: BLE001 -- what a changed ACD may raise is looked for
            effects, error = (), f"{type(failure).__name__}: {failure}"
        if error or wire.digest(effects) != noted.digest:
            different += 1
            if len(first) < NAMED:
                first.append(Difference(noted.at, noted.event, effects, error))
        if error:
            break
    return Verification(decided, different, tuple(first))
