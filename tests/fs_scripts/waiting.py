"""Waiting for what happens in another greenlet."""

from __future__ import annotations

from collections.abc import Callable

import gevent


def until(condition: Callable[[], object], timeout: float = 5.0) -> None:
    """Wait until something is so; an error when it does not become so."""
    with gevent.Timeout(timeout, AssertionError("it did not become so")):
        while not condition():
            gevent.sleep(0.001)
