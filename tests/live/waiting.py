"""Waiting for what happens outside this process, always with an end."""

from __future__ import annotations

import itertools
import random
import socket as plain_socket
import time
from collections import deque
from collections.abc import Callable
from contextlib import ExitStack
from typing import TypeVar

import gevent

T = TypeVar("T")
_POLL_S = 0.02
# Listeners, then RTP, all below the range from which the kernel gives ports to outgoing connections.
_LISTEN, _RTP, _END = 20000, 25000, 32000
# Where this run begins: test runs side by side, and what has just been closed, stay out of each other's way.
_given = itertools.count(random.randrange(_RTP - _LISTEN))
# The newest ranges of switches. A switch binds a port only when a call needs it, and then also where another
# one has it already: the later one gets the media of both.
_switches: deque[tuple[int, int]] = deque(maxlen=8)
_OF_A_SWITCH = 100
_TRIES = 200


class TookTooLong(AssertionError):
    """What was waited for did not happen in time."""


def until(happened: Callable[[], T], timeout: float, what: str) -> T:
    """Ask until the answer is true and return it. Raises :class:`TookTooLong`, naming *what*."""
    deadline = time.monotonic() + timeout
    while not (answer := happened()):
        if time.monotonic() > deadline:
            raise TookTooLong(f"not within {timeout:g} s: {what}")
        gevent.sleep(_POLL_S)
    return answer


def free_ports(count: int) -> list[int]:
    """Ports on 127.0.0.1 that nobody listens on, neither over TCP nor over UDP. None is given out twice."""
    with ExitStack() as stack:
        found: list[int] = []
        while len(found) < count:
            port = _LISTEN + next(_given) % (_RTP - _LISTEN)
            if _take(stack, port):
                found.append(port)
        return found


def free_range(count: int) -> tuple[int, int]:
    """First and last even one of *count* neighbouring free UDP ports, for RTP; none of :func:`free_ports`,
    and none of a switch of this run while there is room beside them.

    Raises :class:`TookTooLong` where the machine has no such range.
    """
    for tried in itertools.count(1):
        if tried % _TRIES == 0:
            if not _switches:
                break
            # The oldest has most likely been stopped long ago.
            _switches.popleft()
        first = random.randrange(_RTP, _END - count, 2)
        if any(first < end and begin < first + count for begin, end in _switches):
            continue
        with ExitStack() as stack:
            if all(_bind(stack, plain_socket.SOCK_DGRAM, port) for port in range(first, first + count)):
                if count >= _OF_A_SWITCH:
                    _switches.append((first, first + count))
                return first, first + count - 2
    raise TookTooLong(f"{count} neighbouring ports for RTP were never free at once")


def _take(stack: ExitStack, port: int) -> bool:
    return all(_bind(stack, kind, port) for kind in (plain_socket.SOCK_STREAM, plain_socket.SOCK_DGRAM))


def _bind(stack: ExitStack, kind: int, port: int) -> bool:
    listener = stack.enter_context(plain_socket.socket(plain_socket.AF_INET, kind))
    try:
        listener.bind(("127.0.0.1", port))
    except OSError:
        return False
    return True
