"""Every event that the ACD is told, and a digest of what it ordered, in a file an hour: so that the hour can
be decided again.

Noting costs an append to a list. A greenlet turns what was noted into lines and writes them, a second later
and a few at a time, so that calls are not held up. What was noted within the last second is lost with a
process that dies; unlike the journal, nothing is restored from this log. A file begins with the ACD's whole
state, as does what follows a gap.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

import gevent
import structlog
from gevent.event import Event as Signal

from hotline.domain.acd import wire
from hotline.domain.acd.effects import Effect
from hotline.domain.acd.events import Event
from hotline.domain.acd.model import AcdState
from hotline.domain.replay.record import event_line, opening_line
from hotline.store import decisions

log = structlog.get_logger(__name__)

GATHER_SECONDS: Final = 1.0
# Lines that are made at a time, before calls have their turn.
SLICE: Final = 25
# How long nothing is noted after the disk refused lines.
PAUSE_SECONDS: Final = 30.0
# More than this is not kept for a disk that is slow.
MEMORY_NOTES: Final = 20_000


@dataclass(frozen=True, slots=True)
class _Note:
    hour: str
    at: float
    event: Event
    effects: Sequence[Effect]


@dataclass(frozen=True, slots=True)
class _Opening:
    hour: str
    at: float
    state: dict[str, Any]


class DecisionLog:
    """Notes decisions in *folder* and keeps them for *days*; none are kept with 0."""

    def __init__(self, folder: Path, days: int) -> None:
        self._folder = folder
        self._days = days
        self._hour = ""
        self._hour_ends = 0.0
        self._open = False
        self._not_before = 0.0
        self._process = ""
        self._pending: list[_Note | _Opening] = []
        self._noted = Signal()
        self._writer: gevent.Greenlet[..., None] | None = None
        self.lost = 0

    def note(self, at: float, event: Event, effects: Sequence[Effect], state: AcdState) -> None:
        """Put down that *event* at *at* led to *effects* and left *state*. Never waits and never raises."""
        if not self._days:
            return
        if at < self._not_before or len(self._pending) >= MEMORY_NOTES:
            self._open = False
            self.lost += 1
            return
        if self._open:
            self._pending.append(_Note(self._hour, at, event, effects))
        if at >= self._hour_ends:
            self._hour, self._hour_ends, self._open = decisions.hour_of(at), decisions.end_of_hour(at), False
        if not self._open:
            self._process = state.epoch
            self._pending.append(_Opening(self._hour, at, wire.pack_state(state)))
            self._open = True
        self._noted.set()

    def start(self) -> None:
        self._writer = gevent.spawn(self._run)

    def stop(self) -> None:
        """Write what is noted, and no more."""
        if self._writer is not None:
            self._writer.kill()
            self._writer = None
        self.flush()

    def flush(self) -> None:
        """Write what is noted now. What the disk refuses is lost, and told in the log."""
        while self._pending:
            self._write_slice()

    def _run(self) -> None:
        while True:
            self._noted.wait()
            gevent.sleep(GATHER_SECONDS)
            self._noted.clear()
            try:
                while self._pending:
                    self._write_slice()
                    gevent.sleep(0)
            except Exception:
                log.exception("decisions could not be put down")
                self._give_up()

    def _write_slice(self) -> None:
        hour = self._pending[0].hour
        part = [note for note in self._pending[:SLICE] if note.hour == hour]
        del self._pending[: len(part)]
        text = "".join(f"{_line(note)}\n" for note in part)
        new = any(isinstance(note, _Opening) for note in part)
        try:
            # What a full disk left of a line ends here.
            decisions.append(
                decisions.path_of(self._folder, hour, self._process), f"\n{text}" if new else text
            )
            if new and decisions.forget_before(self._folder, part[0].at - self._days * 86_400):
                log.info("decisions of the past were removed", kept_days=self._days)
        except OSError as error:
            log.error("decisions.disk_failed", error=str(error), lost=len(self._pending) + len(part))
            self.lost += len(part)
            self._give_up()
            self._not_before = part[-1].at + PAUSE_SECONDS

    def _give_up(self) -> None:
        self.lost += len(self._pending)
        self._pending.clear()
        self._open = False


def _line(note: _Note | _Opening) -> str:
    if isinstance(note, _Opening):
        return opening_line(note.at, note.state)
    return event_line(note.at, note.event, note.effects)
