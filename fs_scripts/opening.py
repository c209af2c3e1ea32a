"""Tells the ACD when the hotline opens and closes, and when customers may be called back.

It looks at the calendar at every change that the calendar knows of, and whenever somebody may have changed
it: calendar, emergency and hours are configuration.
"""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime, time
from typing import Final
from zoneinfo import ZoneInfo

import gevent
import structlog
from gevent.event import Event as Signal

from fs_scripts.configuration import Configuration
from hotline.domain.acd.events import CallableHours, Event, OpeningChanged

log = structlog.get_logger(__name__)

_LOCAL: Final = ZoneInfo("Asia/Shanghai")
# A clock that is set, or a calendar that is wrong about its next change, is noticed after this long.
_LOOK_SECONDS: Final = 60.0


class Opening:
    """Keeps the ACD's idea of the time of day. *tell* takes what has changed."""

    def __init__(
        self,
        configuration: Callable[[], Configuration],
        tell: Callable[[Event], object],
        clock: Callable[[], float],
    ) -> None:
        self._configuration = configuration
        self._tell = tell
        self._clock = clock
        self._told: dict[type, Event] = {}
        self._again = Signal()
        self._watch: gevent.Greenlet[..., None] | None = None

    def start(self) -> None:
        """Tell how things are, and from now on what changes."""
        self.look()
        self._watch = gevent.spawn(self._run)

    def stop(self) -> None:
        if self._watch is not None:
            self._watch.kill()
            self._watch = None

    def look(self) -> float:
        """Tell what has changed; in how many seconds to look again."""
        configuration, now = self._configuration(), self._clock()
        state = configuration.calendar.is_open(now)
        open_now = state.open or configuration.always_open
        # Where those who wait are served on in spite of the emergency, the flows alone keep newcomers out.
        emergency = configuration.closing_now
        sends_away = emergency is not None and emergency.waiting != "serve"
        self._tell_if_new(OpeningChanged(open_now, sends_away))
        self._tell_if_new(CallableHours(_within(configuration.callable_hours, now)))
        return max(0.0, min(_LOOK_SECONDS, state.next_change - now))

    def changed(self) -> None:
        """The configuration is another one."""
        self.look()
        self._again.set()

    def _tell_if_new(self, event: Event) -> None:
        before = self._told.get(type(event))
        if event != before:
            self._told[type(event)] = event
            log.info("the time of day has changed for the ACD", now=str(event))
            self._tell(event)

    def _run(self) -> None:
        while True:
            try:
                delay = self.look()
            except Exception:
                log.exception("the calendar cannot be looked at")
                delay = _LOOK_SECONDS
            self._again.clear()
            # A little later than the change: two clocks never agree to the microsecond.
            self._again.wait(delay + 0.01)


def _within(hours: tuple[time, time], now: float) -> bool:
    begin, end = hours
    return begin <= datetime.fromtimestamp(now, _LOCAL).time() < end
