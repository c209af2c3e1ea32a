"""Which FreeSWITCH there is: one that runs, one that could be started, or none."""

from __future__ import annotations

import os
import shutil
from dataclasses import dataclass
from pathlib import Path

from fs_scripts.switch import probe

USUAL_PLACES = (
    Path("/usr/local/freeswitch/bin/freeswitch"),
    Path("/usr/bin/freeswitch"),
    Path("/opt/freeswitch/bin/freeswitch"),
)


class NotAProgram(Exception):
    """The place that HOTLINE_FREESWITCH names holds no program."""


@dataclass(frozen=True, slots=True)
class Found:
    """``running`` says that an event socket answers; ``binary`` is the program to start when none does, or
    None.
    """

    running: bool
    binary: Path | None


def find(event_host: str, event_port: int, *, given: Path | None = None) -> Found:
    """Look for a switch that runs, then for a program. *given* is a program or the folder above its
    ``bin``; it is the only place then.

    Raises :class:`NotAProgram` when *given* is neither.
    """
    if probe.answers(event_host, event_port):
        return Found(running=True, binary=None)
    return Found(running=False, binary=find_binary(given))


def find_binary(given: Path | None = None) -> Path | None:
    """The program: *given*, or on the path, or in the usual places. Raises :class:`NotAProgram`."""
    if given is not None:
        for candidate in (given, given / "freeswitch", given / "bin" / "freeswitch"):
            if _is_program(candidate):
                return candidate
        raise NotAProgram(f"{given} is no program and holds no bin/freeswitch")
    on_path = shutil.which("freeswitch")
    candidates = (Path(on_path), *USUAL_PLACES) if on_path else USUAL_PLACES
    return next((candidate for candidate in candidates if _is_program(candidate)), None)


def _is_program(path: Path) -> bool:
    return path.is_file() and os.access(path, os.X_OK)
