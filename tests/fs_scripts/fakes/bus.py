"""A live seam without a console."""

from __future__ import annotations

from collections.abc import Callable

from hotline.live.messages import Command, LiveEvent, Reply


class FakeBus:
    """A live seam whose events are kept and whose commands come from the test."""

    def __init__(self) -> None:
        self.events: list[LiveEvent] = []
        self.handler: Callable[[Command], Reply] | None = None

    def publish(self, event: LiveEvent) -> None:
        self.events.append(event)

    def serve(self, handler: Callable[[Command], Reply]) -> Callable[[], None]:
        self.handler = handler
        return lambda: setattr(self, "handler", None)

    def of(self, kind: type) -> list:
        return [event for event in self.events if isinstance(event, kind)]
