"""``run.py`` as users start it, and its REST interface."""

from __future__ import annotations

import json
import os
import re
import signal
import subprocess
import sys
import urllib.request
from pathlib import Path
from typing import Any, Self

from fs_scripts.switch.settings import PROJECT
from tests.live.waiting import until


class RunPy:
    """One ``run.py COMMAND`` with these settings and no others. As a context manager it is stopped at the end."""

    def __init__(self, log: Path, command: str, **settings: object) -> None:
        self._log = log
        environment = {k: v for k, v in os.environ.items() if not k.startswith("HOTLINE_")}
        environment |= {f"HOTLINE_{name.upper()}": str(value) for name, value in settings.items()}
        with log.open("wb") as output:
            self._process = subprocess.Popen(
                [sys.executable, str(PROJECT / "run.py"), command],
                env=environment,
                cwd=PROJECT,
                stdin=subprocess.DEVNULL,
                stdout=output,
                stderr=subprocess.STDOUT,
                start_new_session=True,
            )

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.stop()

    @property
    def story(self) -> str:
        return self._log.read_text(errors="replace")

    @property
    def password(self) -> str:
        """The one that was printed for the accounts that it made."""
        found = re.search(r"shown only now: (?:\x1b\[\d+m)*(\w+)", self.story)
        assert found, self.story
        return found[1]

    def wait_says(self, words: str, timeout: float = 60.0) -> None:
        until(lambda: words in self.story or self._process.poll() is not None, timeout, f"it says {words}")
        assert self._process.poll() is None, self.story

    def kill(self) -> None:
        self._process.send_signal(signal.SIGKILL)
        self._process.wait()

    def stop(self) -> int:
        """As Ctrl-C does; returns the exit code."""
        if self._process.poll() is None:
            self._process.send_signal(signal.SIGINT)
            try:
                self._process.wait(30)
            except subprocess.TimeoutExpired:
                self.kill()
        return self._process.wait()


class Rest:
    """The REST interface with somebody's token."""

    def __init__(self, http: str, password: str, login: str = "admin") -> None:
        self._http = http
        self._token = ""
        self._token = self.ask("POST", "/tokens", {"login": login, "password": password})["token"]

    def ask(self, method: str, path: str, body: dict[str, Any] | None = None) -> Any:
        return json.loads(self.fetch(path, method, body))

    def fetch(self, path: str, method: str = "GET", body: dict[str, Any] | None = None) -> bytes:
        request = urllib.request.Request(
            f"http://{self._http}/api/v1{path}",
            method=method,
            data=None if body is None else json.dumps(body).encode(),
            headers={"Content-Type": "application/json", "Authorization": f"Bearer {self._token}"},
        )
        with urllib.request.urlopen(request, timeout=10) as answer:
            return bytes(answer.read())
