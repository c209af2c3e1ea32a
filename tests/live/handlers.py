"""Handler processes as they run in production, to be killed."""

from __future__ import annotations

import os
import signal
import sqlite3
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import gevent

from fs_scripts.switch.settings import PROJECT, SwitchSettings
from ivr_prompts.library import PromptLibrary
from tests.live import audio
from tests.live.waiting import until

PROMPT_TONE = 620


def make_prompts(home: Path, seconds: float) -> None:
    """Every prompt a tone of this length, so that tests know how long it takes."""
    folder = home / "prompts" / "uploaded" / "zh"
    tone = audio.write_tone(folder / "welcome.wav", PROMPT_TONE, seconds=seconds).read_bytes()
    for prompt in PromptLibrary(home, "zh").ids():
        (folder / f"{prompt}.wav").write_bytes(tone)


class Handler:
    """One ``run.py esl``."""

    def __init__(self, home: Path, switch: SwitchSettings, listen: str) -> None:
        self._log = home / f"handler-{listen.rsplit(':', 1)[1]}.log"
        environment = {k: v for k, v in os.environ.items() if not k.startswith("HOTLINE_")}
        environment |= {
            "HOTLINE_HOME": str(home),
            "HOTLINE_ESL_LISTEN": listen,
            "HOTLINE_FS_EVENT_SOCKET": f"{switch.event_host}:{switch.event_port}",
            "HOTLINE_FS_PASSWORD": switch.event_password,
            "HOTLINE_SWITCH": "freeswitch",
        }
        with self._log.open("wb") as output:
            self._process = subprocess.Popen(
                [sys.executable, str(PROJECT / "run.py"), "esl"],
                env=environment,
                cwd=PROJECT,
                stdin=subprocess.DEVNULL,
                stdout=output,
                stderr=subprocess.STDOUT,
                start_new_session=True,
            )

    @property
    def story(self) -> str:
        return self._log.read_text(errors="replace")

    @property
    def pid(self) -> int:
        return self._process.pid

    def wait_says(self, words: str, timeout: float = 30.0) -> None:
        try:
            until(lambda: words in self.story or self._process.poll() is not None, timeout, words)
        finally:
            assert self._process.poll() is None, self.story

    def kill(self) -> None:
        self._process.send_signal(signal.SIGKILL)
        self._process.wait()

    def stop(self) -> None:
        if self._process.poll() is None:
            self._process.terminate()
            try:
                self._process.wait(15)
            except subprocess.TimeoutExpired:
                self.kill()


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


@contextmanager
def active_and_standby(home: Path, switch: SwitchSettings) -> Iterator[tuple[Handler, Handler]]:
    """Two handlers on one machine: the first one has the lease."""
    active = Handler(home, switch, switch.esl_listen)
    try:
        active.wait_says("answering calls", 60)
        standby = Handler(home, switch, switch.esl_standby)
        try:
            standby.wait_says("waiting for the lease")
            gevent.sleep(0)
            yield active, standby
        finally:
            standby.stop()
    finally:
        active.stop()
