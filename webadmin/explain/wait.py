"""The caller's wait as a picture: in which line, whose phone rang, when somebody was looked for."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

from flask_babel import gettext as _

from hotline.domain import journal as kinds
from hotline.store.calls import JournalEntry
from webadmin.explain.names import Names
from webadmin.explain.words import CONDITIONS, LEFT_QUEUE, OFFER_ENDS, word
from webadmin.formats import duration

# Shorter waits are told better by a sentence.
SHORTEST_SECONDS: Final = 3.0
_STEPS: Final = (1, 2, 5, 10, 15, 30, 60, 120, 300, 600, 1800, 3600)
_TICKS: Final = 8
_OFFER_COLOURS: Final = {"answered": "green", "withdrawn": "secondary"}


@dataclass(frozen=True, slots=True)
class Span:
    """A stretch of a lane. ``x`` and ``width`` are percent of the wait."""

    x: float
    width: float
    colour: str
    label: str
    title: str


@dataclass(frozen=True, slots=True)
class Mark:
    """A moment of a lane, ``x`` in percent."""

    x: float
    colour: str
    title: str


@dataclass(frozen=True, slots=True)
class Wait:
    """The picture: three lanes over an axis of ticks (percent, words). ``seconds`` is all of it."""

    seconds: float
    lines: tuple[Span, ...]
    rings: tuple[Span, ...]
    looks: tuple[Mark, ...]
    ticks: tuple[tuple[float, str], ...]


@dataclass(slots=True)
class _Open:
    since: float
    label: str


def wait_of(entries: Sequence[JournalEntry], names: Names) -> Wait | None:
    """The wait that *entries* (of one call, in order) tell of; None when there was none to speak of."""
    queued = [entry for entry in entries if entry.kind == kinds.CALL_QUEUED]
    if not queued:
        return None
    start = queued[0].at.timestamp()
    ends = [
        e.at.timestamp()
        for e in entries
        if e.kind in {kinds.CALL_CONNECTED, kinds.CALL_DEQUEUED, kinds.OFFER_ENDED, kinds.ROUTING_DECIDED}
    ]
    seconds = max([*ends, start]) - start
    if seconds < SHORTEST_SECONDS:
        return None
    return _Picture(start, seconds, names).drawn(entries)


class _Picture:
    def __init__(self, start: float, seconds: float, names: Names) -> None:
        self._start, self._seconds, self._names = start, seconds, names
        self._lines: list[Span] = []
        self._rings: list[Span] = []
        self._looks: list[Mark] = []
        self._line: _Open | None = None
        self._offers: dict[str, _Open] = {}

    def drawn(self, entries: Sequence[JournalEntry]) -> Wait:
        for entry in entries:
            self._draw(entry, entry.at.timestamp())
        end = self._start + self._seconds
        self._close_line(end, "orange", "")
        for offer in list(self._offers):
            self._close_offer(offer, end, "")
        return Wait(
            self._seconds, tuple(self._lines), tuple(self._rings), tuple(self._looks), _ticks(self._seconds)
        )

    def _draw(self, entry: JournalEntry, at: float) -> None:
        data = entry.data
        match entry.kind:
            case kinds.CALL_QUEUED:
                self._close_line(at, "orange", "")
                self._line = _Open(at, self._names.queue(entry.queue_code))
            case kinds.CALL_MOVED:
                self._close_line(at, "orange", word(CONDITIONS, data.get("rule")))
                self._line = _Open(at, self._names.queue(data.get("after")))
            case kinds.CALL_DEQUEUED:
                self._close_line(at, "orange", word(LEFT_QUEUE, data.get("outcome")))
            case kinds.CALL_CONNECTED:
                self._close_line(at, "green", self._names.agent(entry.agent_number))
            case kinds.OFFER_MADE:
                self._offers[str(data.get("offer_id"))] = _Open(at, self._names.agent(entry.agent_number))
            case kinds.OFFER_ENDED:
                self._close_offer(str(data.get("offer_id")), at, str(data.get("outcome")))
            case kinds.ROUTING_DECIDED:
                self._looks.append(self._look(entry, at))

    def _look(self, entry: JournalEntry, at: float) -> Mark:
        step = entry.data.get("step") or 0
        found = self._names.agent(entry.data.get("chosen")) or _("nobody free")
        words = _("step %(n)s: %(found)s", n=step, found=found) if step else found
        return Mark(self._x(at), "green" if entry.data.get("chosen") else "red", f"{self._after(at)} {words}")

    def _close_line(self, at: float, colour: str, how: str) -> None:
        if self._line is not None:
            self._lines.append(self._span(self._line, at, colour, how))
            self._line = None

    def _close_offer(self, offer: str, at: float, outcome: str) -> None:
        rang = self._offers.pop(offer, None)
        if rang is not None:
            colour = _OFFER_COLOURS.get(outcome, "red") if outcome else "yellow"
            self._rings.append(self._span(rang, at, colour, word(OFFER_ENDS, outcome)))

    def _span(self, begun: _Open, at: float, colour: str, how: str) -> Span:
        x = self._x(begun.since)
        times = f"{self._after(begun.since)}–{self._after(at)}"
        title = " · ".join(part for part in (times, begun.label, how) if part)
        return Span(x, max(0.4, self._x(at) - x), colour, begun.label, title)

    def _x(self, at: float) -> float:
        return round(min(100.0, max(0.0, (at - self._start) / self._seconds * 100)), 2)

    def _after(self, at: float) -> str:
        return duration(at - self._start)


def _ticks(seconds: float) -> tuple[tuple[float, str], ...]:
    step = next((s for s in _STEPS if seconds / s <= _TICKS), _STEPS[-1])
    return tuple((round(n / seconds * 100, 2), duration(n)) for n in range(0, int(seconds) + 1, step))
