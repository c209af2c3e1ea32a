"""Time that passes only when a test says so."""

from __future__ import annotations

NOW = 1_790_000_000.0


class FakeClock:
    """Time that passes only when it is told to."""

    def __init__(self, now: float = NOW) -> None:
        self.now = now

    def __call__(self) -> float:
        return self.now

    def advance(self, seconds: float) -> None:
        self.now += seconds
