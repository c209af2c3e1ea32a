"""Whether an address can be listened on and, if not, which program has it."""

from __future__ import annotations

import errno
import os
import socket
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Final, Literal

Protocol = Literal["tcp", "udp"]

_KINDS: Final = {"tcp": socket.SOCK_STREAM, "udp": socket.SOCK_DGRAM}
_PROC: Final = Path("/proc")
# In /proc/net: a TCP socket that listens, a UDP socket that is bound.
_WAITING: Final = {"tcp": "0A", "udp": "07"}


@dataclass(frozen=True, slots=True)
class Taken:
    """Why an address cannot be used. ``command`` is the command line of the program that has it, empty where
    it cannot be seen (another user's) or nobody has it.
    """

    reason: str
    pid: int | None = None
    command: str = ""


def taken(host: str, port: int, protocol: Protocol) -> Taken | None:
    """None when a program may listen at this address now."""
    try:
        family, kind, number, _, address = socket.getaddrinfo(host, port, type=_KINDS[protocol])[0]
        with socket.socket(family, kind, number) as trial:
            if protocol == "tcp":
                # As servers do it: a connection of before that is still closing is no hindrance.
                trial.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
            trial.bind(address)
            if protocol == "tcp":
                trial.listen(1)
    except OSError as error:
        reason = os.strerror(error.errno) if error.errno and error.errno > 0 else str(error)
        if error.errno == errno.EADDRINUSE:
            holder = _holder(port, protocol)
            return Taken(reason, holder, _command(holder) if holder else "")
        return Taken(reason)
    return None


def _holder(port: int, protocol: Protocol) -> int | None:
    sockets = {f"socket:[{inode}]" for inode in _inodes(port, protocol)}
    for process in _PROC.glob("[0-9]*"):
        try:
            if any(str(handle.readlink()) in sockets for handle in (process / "fd").iterdir()):
                return int(process.name)
        except OSError:
            # Gone meanwhile, or another user's.
            continue
    return None


def _inodes(port: int, protocol: Protocol) -> Iterator[str]:
    for table in (_PROC / "net" / protocol, _PROC / "net" / f"{protocol}6"):
        if not table.exists():
            continue
        for line in table.read_text("ascii").splitlines()[1:]:
            fields = line.split()
            if fields[3] == _WAITING[protocol] and fields[1].rpartition(":")[2] == f"{port:04X}":
                yield fields[9]


def _command(pid: int) -> str:
    try:
        words = (_PROC / str(pid) / "cmdline").read_bytes().split(b"\0")
    except OSError:
        return ""
    return b" ".join(words).decode("utf-8", "replace").strip()
