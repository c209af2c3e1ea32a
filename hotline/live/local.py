"""The live seam within one process. Works under threads and, patched, under gevent."""

from __future__ import annotations

import logging
import threading
from collections.abc import Callable

from hotline.live.bus import CommandHandler, EventListener, NoCallSide
from hotline.live.fanout import Fanout
from hotline.live.messages import Command, LiveEvent, Reply

log = logging.getLogger(__name__)


class LocalBus:
    """See :class:`hotline.live.bus.LiveBus`. Each command is handled in a thread of its own."""

    def __init__(self) -> None:
        self._fanout = Fanout()
        self._lock = threading.Lock()
        self._handler: CommandHandler | None = None

    def request(self, command: Command, timeout: float = 5.0) -> Reply:
        handler = self._handler
        if handler is None:
            raise NoCallSide("no call side runs in this process")
        pending = _Pending(handler, command)
        threading.Thread(target=pending.run, name="live-command", daemon=True).start()
        reply = pending.wait(timeout)
        if reply is None:
            raise NoCallSide(f"the call side did not answer {type(command).__name__} within {timeout:g} s")
        return reply

    def serve(self, handler: CommandHandler) -> Callable[[], None]:
        with self._lock:
            if self._handler is not None:
                raise RuntimeError("a call side serves already")
            self._handler = handler

        def stop() -> None:
            with self._lock:
                if self._handler is handler:
                    self._handler = None

        return stop

    def publish(self, event: LiveEvent) -> None:
        self._fanout.publish(event)

    def listen(self, listener: EventListener) -> Callable[[], None]:
        return self._fanout.listen(listener)

    def close(self) -> None:
        self._handler = None
        self._fanout.close()


class _Pending:
    """One command on its way."""

    def __init__(self, handler: CommandHandler, command: Command) -> None:
        self._handler = handler
        self._command = command
        self._done = threading.Event()
        self._reply: Reply | None = None

    def run(self) -> None:
        self._reply = answer(self._handler, self._command)
        self._done.set()

    def wait(self, timeout: float) -> Reply | None:
        self._done.wait(timeout)
        return self._reply


def answer(handler: CommandHandler, command: Command) -> Reply:
    """What *handler* says; its failure becomes the answer ``failed``, so that the asker does not wait in
    vain.
    """
    try:
        return handler(command)
    except Exception:
        log.exception("the call side failed on %s", type(command).__name__)
        return Reply(ok=False, error="failed", detail=type(command).__name__)
