"""Desk phones and the rest of the world: what happens when the switch calls somebody."""

from __future__ import annotations

import random
from collections.abc import Callable
from dataclasses import dataclass, field

from fs_scripts.simulated.channel import Channel
from fs_scripts.simulated.engine import Engine

Seconds = float | Callable[[random.Random], float]


@dataclass(frozen=True)
class Phone:
    """How a telephone behaves when it is called; times are simulated seconds, or drawn anew for each call.

    ``answers_after`` None lets it ring for ever; ``refuses`` and ``busy`` end the call with that cause. Once connected it
    talks for ``talks_for`` and, where ``hangs_up``, ends the call; otherwise it waits for the other side.
    ``misses`` is the share of calls that it lets ring.
    """

    extension: str
    answers_after: Seconds | None = 2.0
    refuses: bool = False
    busy: bool = False
    talks_for: Seconds = 60.0
    hangs_up: bool = True
    misses: float = 0.0
    registered: bool = True


def drawn(value: Seconds, rng: random.Random) -> float:
    return value(rng) if callable(value) else value


@dataclass
class PhoneLine:
    """A telephone on the wire: rings, answers, talks and hangs up as its :class:`Phone` says."""

    phone: Phone
    engine: Engine
    rng: random.Random
    heard: list[str] = field(default_factory=list)
    calls: int = 0

    def offered(self, channel: Channel) -> None:
        self.calls += 1
        self.engine.greenlets.spawn(self._be_called, channel)

    def dtmf(self, _: Channel, digits: str) -> None:
        self.heard.append(digits)

    def talking(self, _: Channel) -> float:
        return 0.0

    def _be_called(self, channel: Channel) -> None:
        engine, phone = self.engine, self.phone
        engine.clock.sleep(engine.config.ring_delay)
        if phone.busy:
            engine.hangup(channel, "USER_BUSY", by_far_end=True)
            return
        engine.ring_ready(channel)
        if phone.answers_after is None or self.rng.random() < phone.misses:
            return
        if self._ended_within(channel, drawn(phone.answers_after, self.rng)):
            return
        if phone.refuses:
            engine.hangup(channel, "CALL_REJECTED", by_far_end=True)
            return
        engine.answer(channel)
        if phone.hangs_up:
            self._ended_within(channel, drawn(phone.talks_for, self.rng))
            engine.hangup(channel, "NORMAL_CLEARING", by_far_end=True)

    def _ended_within(self, channel: Channel, seconds: float) -> bool:
        """Wait ``seconds``; True as soon as the call is over."""
        return channel.signal.wait_until(lambda: not channel.up, seconds)
