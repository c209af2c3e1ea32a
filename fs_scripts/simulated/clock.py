"""Time of the simulated world: real, or faster by a factor.

Simulated seconds are what every duration in the simulation means: the length of a prompt, a ringing time-out, a talk. A
factor of 10 lets ten simulated seconds pass in one real second. The handler under test lives in real time, so factors
above about 20 measure the handler's latency more than its behaviour.
"""

from __future__ import annotations

import time

import gevent


class Clock:
    """``now()`` is seconds since the epoch, UTC; it starts at the real time and runs ``factor`` times as fast."""

    def __init__(self, factor: float = 1.0) -> None:
        if factor <= 0:
            raise ValueError(f"a clock cannot run with factor {factor}")
        self.factor = factor
        self._started_at = time.time()
        self._started = time.monotonic()

    def now(self) -> float:
        return self._started_at + self.elapsed()

    def elapsed(self) -> float:
        """Simulated seconds since the clock was made; never goes backwards."""
        return (time.monotonic() - self._started) * self.factor

    def real(self, seconds: float) -> float:
        """How many real seconds ``seconds`` simulated seconds last."""
        return seconds / self.factor

    def sleep(self, seconds: float) -> None:
        gevent.sleep(max(0.0, self.real(seconds)))
