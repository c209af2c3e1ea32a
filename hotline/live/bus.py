"""What a transport of the live seam must do. See :mod:`hotline.live.local` and :mod:`~hotline.live.redis`."""

from __future__ import annotations

from collections.abc import Callable
from typing import Protocol

from hotline.live.messages import Command, LiveEvent, Reply

CommandHandler = Callable[[Command], Reply]
EventListener = Callable[[LiveEvent], None]


class NoCallSide(Exception):
    """No call side answered in time: the esl process is not running, or cannot be reached."""


class LiveBus(Protocol):
    """Commands from the console to the one active call side, events from it to every console."""

    def request(self, command: Command, timeout: float = 5.0) -> Reply:
        """Send *command* and wait for its answer at most *timeout* seconds. Raises :class:`NoCallSide`."""

    def serve(self, handler: CommandHandler) -> Callable[[], None]:
        """Answer commands with *handler*, from now until the returned function is called."""

    def publish(self, event: LiveEvent) -> None:
        """Hand *event* to every listener. Never blocks and never raises for a slow or broken listener."""

    def listen(self, listener: EventListener) -> Callable[[], None]:
        """Call *listener* with each event, in order, from now until the returned function is called."""

    def close(self) -> None:
        """Give back connections and stop every listener."""
