"""Which of several call sides on one machine is the active one: a lock on a file, that the kernel gives back
when its holder dies.

The standby waits in the lock and has it within milliseconds of a ``kill -9``. Two machines need more (a lease
with an epoch), which takes the same place.
"""

from __future__ import annotations

import contextlib
import fcntl
import os
from pathlib import Path

import gevent


class Lease:
    """Held by one process at a time."""

    def __init__(self, path: Path) -> None:
        self._path = path
        self._fd: int | None = None

    def try_acquire(self) -> bool:
        """Take the lease if nobody has it."""
        if self._fd is None:
            self._path.parent.mkdir(parents=True, exist_ok=True)
            self._fd = os.open(self._path, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o600)
        try:
            fcntl.flock(self._fd, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            return False
        # For people who look: a full disk must not keep anybody from answering calls.
        with contextlib.suppress(OSError):
            os.ftruncate(self._fd, 0)
            os.pwrite(self._fd, f"{os.getpid()}\n".encode(), 0)
        return True

    def wait(self, interval: float = 0.02) -> None:
        """Wait until the lease is ours. Asking costs two microseconds; blocking in the kernel would stop
        every greenlet.
        """
        while not self.try_acquire():
            gevent.sleep(interval)

    def release(self) -> None:
        if self._fd is not None:
            os.close(self._fd)
            self._fd = None
