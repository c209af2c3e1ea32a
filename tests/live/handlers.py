"""Handler processes as they run in production, to be killed."""

from __future__ import annotations

import json
import sqlite3
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

from sqlalchemy.orm import Session

from fs_scripts.switch.settings import SwitchSettings
from hotline.config import load
from hotline.store.prepare import prepare_store
from ivr_prompts.library import PromptLibrary
from tests.live import audio
from tests.live.processes import RunPy
from tests.live.waiting import until

PROMPT_TONE = 620


def make_prompts(home: Path, seconds: float) -> None:
    """Every prompt a tone of this length, so that tests know how long it takes."""
    folder = home / "prompts" / "uploaded" / "zh"
    tone = audio.write_tone(folder / "welcome.wav", PROMPT_TONE, seconds=seconds).read_bytes()
    for prompt in PromptLibrary(home, "zh").ids():
        (folder / f"{prompt}.wav").write_bytes(tone)


def handler(home: Path, switch: SwitchSettings, listen: str) -> RunPy:
    """One ``run.py esl``."""
    return RunPy(
        home / f"handler-{listen.rsplit(':', 1)[1]}.log",
        "esl",
        home=home,
        esl_listen=listen,
        fs_event_socket=f"{switch.event_host}:{switch.event_port}",
        fs_password=switch.event_password,
        switch="freeswitch",
    )


class Books:
    """The database of the handlers, read from outside."""

    def __init__(self, path: Path) -> None:
        self._path = path

    def rows(self, query: str, *values: object) -> list[tuple[object, ...]]:
        with sqlite3.connect(f"file:{self._path}?mode=ro", uri=True, timeout=5) as connection:
            return connection.execute(query, values).fetchall()

    def entries(self, kind: str) -> list[tuple[object, ...]]:
        """Interaction, time as text and data of all entries of one kind, oldest first."""
        return self.rows("SELECT interaction_id, at, data FROM journal WHERE kind = ? ORDER BY at, id", kind)

    def wait_entries(self, kind: str, count: int, timeout: float = 20.0) -> list[tuple[object, ...]]:
        until(lambda: len(self.entries(kind)) >= count, timeout, f"{count} x {kind}")
        return self.entries(kind)

    def follow(self, caller: str, *nodes: str) -> None:
        """Wait until this caller's call has entered these nodes."""

        def entered() -> set[str]:
            query = (
                "SELECT journal.data FROM journal JOIN calls USING (interaction_id)"
                " WHERE kind = 'ivr.entered' AND caller = ?"
            )
            return {json.loads(str(data))["node"] for (data,) in self.rows(query, caller)}

        until(lambda: set(nodes) <= entered(), 15, f"{caller} enters {nodes}")


@contextmanager
def active_and_standby(home: Path, switch: SwitchSettings) -> Iterator[tuple[RunPy, RunPy]]:
    """Two handlers on one machine: the first one has the lease."""
    with handler(home, switch, switch.esl_listen) as active:
        active.wait_says("answering calls")
        with handler(home, switch, switch.esl_standby) as standby:
            standby.wait_says("waiting for the lease")
            yield active, standby


def prepare(home: Path, change: Callable[[Session], object]) -> None:
    """Make the database that the handlers will find, with the demo's data and *change*."""
    settings = load({"HOTLINE_HOME": str(home)})
    store = prepare_store(settings, "live-test-only")
    store.database.write(change)
    store.database.close()
