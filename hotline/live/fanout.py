"""Hand events to listeners, each in its own thread, so that none can hold up the publisher or another
listener.

Under gevent's patches the threads are greenlets.
"""

from __future__ import annotations

import logging
import queue
import threading
from collections.abc import Callable
from typing import Final

from hotline.live.bus import EventListener
from hotline.live.messages import LiveEvent

log = logging.getLogger(__name__)

# A listener that is this far behind loses the oldest events; the gap in their versions tells it to ask for
# a snapshot.
BACKLOG: Final = 5_000


class Fanout:
    """Any number of listeners; each gets every event, in order, from the time when it began to listen."""

    def __init__(self, *, backlog: int = BACKLOG) -> None:
        self._backlog = backlog
        self._lock = threading.Lock()
        self._listeners: dict[object, _Listener] = {}

    def listen(self, listener: EventListener) -> Callable[[], None]:
        """Call *listener* with each event until the returned function is called."""
        key = object()
        listening = _Listener(listener, self._backlog)
        with self._lock:
            self._listeners[key] = listening

        def stop() -> None:
            with self._lock:
                found = self._listeners.pop(key, None)
            if found is not None:
                found.stop()

        return stop

    def publish(self, event: LiveEvent) -> None:
        """Queue *event* for every listener; returns at once."""
        with self._lock:
            listeners = list(self._listeners.values())
        for listening in listeners:
            listening.put(event)

    def close(self) -> None:
        """Stop every listener."""
        with self._lock:
            listeners = list(self._listeners.values())
            self._listeners.clear()
        for listening in listeners:
            listening.stop()


class _Listener:
    def __init__(self, listener: EventListener, backlog: int) -> None:
        self._listener = listener
        self._events: queue.Queue[LiveEvent | None] = queue.Queue(backlog)
        threading.Thread(target=self._run, name="live-listener", daemon=True).start()

    def put(self, event: LiveEvent | None) -> None:
        while True:
            try:
                self._events.put_nowait(event)
                return
            except queue.Full:
                try:
                    self._events.get_nowait()
                except queue.Empty:
                    continue

    def stop(self) -> None:
        self.put(None)

    def _run(self) -> None:
        while (event := self._events.get()) is not None:
            try:
                self._listener(event)
            except Exception:
                log.exception("a listener of the live seam failed on %s", type(event).__name__)
