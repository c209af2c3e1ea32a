"""A whole hour: checked, or decided anew under other settings and compared."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from typing import Final

from hotline.domain.replay.again import Decided, Difference, decide_again, verify
from hotline.domain.replay.learn import learn
from hotline.domain.replay.outcome import WAITING, Change, Figures, Result, changes, figures, results
from hotline.domain.replay.record import Record, Stretch
from hotline.domain.replay.settings import Changes
from hotline.domain.replay.simulate import simulate

Progress = Callable[[float], None]
"""Told how much is done, from 0 to 1."""

_TOLD_EVERY: Final = 500


def quiet(_done: float) -> None:
    """For those who do not want to know how far it is."""


@dataclass(frozen=True, slots=True)
class Check:
    """Whether an hour's decisions come out the same."""

    stretches: int
    unusable: int
    decided: int
    different: int
    first: tuple[Difference, ...]


@dataclass(frozen=True, slots=True)
class Comparison:
    """An hour as it was and as it would have been; ``within`` is the service level's time in seconds."""

    within: float
    before: dict[str, Figures]
    after: dict[str, Figures]
    changed: tuple[Change, ...]


def check(record: Record, progress: Progress = quiet) -> Check:
    """Decide all of *record* again."""
    total, decided, different = _events(record), 0, 0
    first: list[Difference] = []
    for stretch in record.stretches:
        found = verify(stretch)
        decided += found.decided
        different += found.different
        first += found.first
        progress(decided / max(1, total))
    return Check(len(record.stretches), record.unusable, decided, different, tuple(first[:10]))


def compare(record: Record, change: Changes, within: float, progress: Progress = quiet) -> Comparison:
    """What *change* would have made of the hour. Raises :class:`~hotline.domain.replay.settings.BadChange`, and
    what the ACD raises on events that it cannot decide any more.
    """
    before: list[Result] = []
    after: list[Result] = []
    changed: list[Change] = []
    pace = _Pace(progress, 2 * _events(record))
    for stretch in record.stretches:
        last = stretch is record.stretches[-1]
        recorded = (decided for decided, _ in decide_again(stretch))
        was = results(stretch.fresh_state(), pace.told(recorded))
        would_be = results(stretch.fresh_state(), pace.told(_simulated(stretch, change)))
        changed += changes(was, would_be)
        # Who waits as a stretch ends is met again in the next.
        before += [result for result in was if last or result.outcome != WAITING]
        after += [result for result in would_be if last or result.outcome != WAITING]
    progress(1.0)
    return Comparison(within, figures(before, within), figures(after, within), tuple(changed))


def _simulated(stretch: Stretch, change: Changes) -> Iterator[Decided]:
    people, state = learn(stretch), stretch.fresh_state()
    if change:
        yield from simulate(state, people, change.apply, change.begin(state))
    else:
        yield from simulate(state, people)


class _Pace:
    """Tells how much of *total* events is done, now and then."""

    def __init__(self, progress: Progress, total: int) -> None:
        self._progress, self._total, self._done = progress, max(1, total), 0

    def told(self, run: Iterable[Decided]) -> Iterator[Decided]:
        for decided in run:
            self._done += 1
            if self._done % _TOLD_EVERY == 0:
                self._progress(min(1.0, self._done / self._total))
            yield decided


def _events(record: Record) -> int:
    return sum(len(stretch.noted) for stretch in record.stretches)
