"""A wake-up for any number of greenlets that wait until something about an object has changed."""

from __future__ import annotations

from collections.abc import Callable

from gevent.event import Event

from fs_scripts.simulated.clock import Clock


class Signal:
    """``notify`` wakes everyone who waits; a waiter looks again at what it waits for."""

    def __init__(self, clock: Clock) -> None:
        self._clock = clock
        self._event = Event()

    def notify(self) -> None:
        event, self._event = self._event, Event()
        event.set()

    def wait(self, timeout: float | None = None) -> None:
        """Return at the next ``notify`` or after ``timeout`` simulated seconds."""
        self._event.wait(None if timeout is None else max(0.0, self._clock.real(timeout)))

    def wait_until(self, condition: Callable[[], bool], timeout: float) -> bool:
        """Wait until ``condition()`` holds; False when ``timeout`` simulated seconds passed first."""
        deadline = self._clock.elapsed() + timeout
        while not condition():
            left = deadline - self._clock.elapsed()
            if left <= 0:
                return False
            self.wait(left)
        return True
