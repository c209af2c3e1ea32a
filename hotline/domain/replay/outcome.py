"""What became of the callers of a run, and the figures of each queue. Who asked to be called back counts once,
as that.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable
from dataclasses import dataclass
from math import ceil
from typing import Final

from hotline.domain.acd.effects import MakeOffer, SendAway
from hotline.domain.acd.events import CallbackAsked, CallLeft, CallQueued, OfferAnswered, TalkAdopted
from hotline.domain.acd.model import AcdState
from hotline.domain.replay.again import Decided

SERVED: Final = "served"
ABANDONED: Final = "abandoned"
CALLBACK: Final = "callback"
# Still in line, or on offer, as the record ends.
WAITING: Final = "waiting"


@dataclass(frozen=True, slots=True)
class Result:
    """A caller's stay in a queue (``queue`` is the one that was entered): how it ended, at whom, after which
    wait. ``stay`` counts the stays of one call from 0.
    """

    call_id: str
    stay: int
    caller: str
    queue: str
    queued_at: float
    outcome: str
    agent: str
    wait: float


@dataclass(frozen=True, slots=True)
class Figures:
    """Of a queue. Waits are of those who were served; ``level`` is the share of those whose stay ended that
    were served within the time asked for, None when none ended. ``away`` counts those whom the ACD sent on.
    """

    calls: int
    served: int
    abandoned: int
    away: int
    waiting: int
    mean_wait: float
    p90_wait: float
    max_wait: float
    level: float | None


@dataclass(slots=True)
class _Stay:
    call_id: str
    stay: int
    caller: str
    queue: str
    queued_at: float
    outcome: str = WAITING
    agent: str = ""
    until: float = 0.0

    def result(self, end: float) -> Result:
        until = self.until if self.outcome != WAITING else end
        return Result(
            self.call_id,
            self.stay,
            self.caller,
            self.queue,
            self.queued_at,
            self.outcome,
            self.agent,
            max(0.0, until - self.queued_at),
        )


def results(begin: AcdState, run: Iterable[Decided]) -> list[Result]:
    """The stays of all callers of *run*, who waited in *begin* or came since, in the order of their coming."""
    book = _Book()
    for call in begin.waiting.values():
        book.enter(call.call_id, call.caller, call.queue, call.queued_at)
    book.on_offer = {offer.offer_id: (offer.call_id, offer.agent) for offer in begin.offers.values()}
    end = 0.0
    for decided in run:
        end = decided.at
        book.hear(decided)
    return [stay.result(end) for stay in book.stays]


class _Book:
    def __init__(self) -> None:
        self.stays: list[_Stay] = []
        self.on_offer: dict[str, tuple[str, str]] = {}
        self._open: dict[str, _Stay] = {}
        self._count: dict[str, int] = defaultdict(int)

    def enter(self, call_id: str, caller: str, queue: str, queued_at: float) -> None:
        self._leave(call_id, ABANDONED, queued_at)
        stay = _Stay(call_id, self._count[call_id], caller, queue, queued_at)
        self._count[call_id] += 1
        self._open[call_id] = stay
        self.stays.append(stay)

    def _leave(self, call_id: str, outcome: str, at: float, agent: str = "") -> None:
        stay = self._open.pop(call_id, None)
        if stay is not None:
            stay.outcome, stay.until, stay.agent = outcome, at, agent

    def hear(self, decided: Decided) -> None:
        at, event = decided.at, decided.event
        match event:
            case CallQueued(callback=""):
                self.enter(event.call_id, event.caller, event.queue, min(event.queued_at, at))
            case CallLeft(call_id):
                self._leave(call_id, ABANDONED, at)
            case CallbackAsked():
                self._leave(event.call_id, CALLBACK, at)
            case OfferAnswered(offer_id) if offer_id in self.on_offer:
                call_id, agent = self.on_offer.pop(offer_id)
                self._leave(call_id, SERVED, at, agent)
            case TalkAdopted(agent, call_id):
                self._leave(call_id, SERVED, at, agent)
            case _:
                pass
        for effect in decided.effects:
            if isinstance(effect, MakeOffer):
                self.on_offer[effect.offer_id] = (effect.call_id, effect.agent)
            elif isinstance(effect, SendAway):
                self._leave(effect.call_id, effect.outcome, at)


def figures(of: Iterable[Result], within: float) -> dict[str, Figures]:
    """By queue, and under ``""`` for all of them. *within* is the service level's time in seconds."""
    groups: dict[str, list[Result]] = defaultdict(list)
    for result in of:
        groups[result.queue].append(result)
        groups[""].append(result)
    return {queue: _figures(group, within) for queue, group in sorted(groups.items())}


def _figures(group: list[Result], within: float) -> Figures:
    waits = sorted(result.wait for result in group if result.outcome == SERVED)
    abandoned = sum(result.outcome == ABANDONED for result in group)
    waiting = sum(result.outcome == WAITING for result in group)
    ended = len(group) - waiting
    return Figures(
        calls=len(group),
        served=len(waits),
        abandoned=abandoned,
        away=ended - len(waits) - abandoned,
        waiting=waiting,
        mean_wait=sum(waits) / len(waits) if waits else 0.0,
        p90_wait=waits[ceil(len(waits) * 0.9) - 1] if waits else 0.0,
        max_wait=waits[-1] if waits else 0.0,
        level=sum(wait <= within for wait in waits) / ended if ended else None,
    )


@dataclass(frozen=True, slots=True)
class Change:
    """A stay that went otherwise."""

    before: Result
    after: Result


# Waits that differ by less are the same.
SAME_SECONDS: Final = 1.0


def changes(before: Iterable[Result], after: Iterable[Result]) -> list[Change]:
    """The stays of both runs whose agent, outcome or wait differ. A stay that one run does not have is none of
    them: its call went otherwise earlier.
    """
    others = {(result.call_id, result.stay): result for result in after}
    return [
        Change(result, other)
        for result in before
        if (other := others.get((result.call_id, result.stay))) is not None
        and (
            (result.agent, result.outcome) != (other.agent, other.outcome)
            or abs(result.wait - other.wait) >= SAME_SECONDS
        )
    ]
