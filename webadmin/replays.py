"""Replays that people asked for: each is a process of its own, since it keeps a core busy, and leaves its answer
in a file.

Below ``HOTLINE_HOME/decisions/replays``: ``<id>.json`` is what was asked, ``<id>.progress`` whole percent, one a
line, ``<id>.result`` the answer of ``run.py replay --json``, ``<id>.error`` why there is none.
"""

from __future__ import annotations

import json
import os
import secrets
import subprocess
import sys
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

import gevent
import structlog

from hotline.config import PROJECT

log = structlog.get_logger(__name__)

KEPT: Final = 20
LONGEST_SECONDS: Final = 600


@dataclass(frozen=True, slots=True)
class Replay:
    """One that was asked for. ``changes`` is the document of :mod:`hotline.domain.replay.settings`; ``done`` is
    percent; ``result`` and ``error`` come when it is over.
    """

    key: str
    hour: str
    changes: Mapping[str, Any]
    within: float
    by: str
    at: float
    done: int
    result: Mapping[str, Any] | None
    error: str

    @property
    def running(self) -> bool:
        return self.result is None and not self.error


class Replays:
    """Those of one installation, below *home*. Whether one is *running* is judged at *now*."""

    def __init__(self, home: Path) -> None:
        self._home = home
        self._folder = home / "decisions" / "replays"

    def start(self, hour: str, changes: Mapping[str, Any], within: float, by: str, now: float) -> str:
        """Begin, and return the key. Raises ``OSError``."""
        self._folder.mkdir(mode=0o700, parents=True, exist_ok=True)
        key = f"{int(now * 1000):013x}{secrets.token_hex(3)}"
        asked = {"hour": hour, "changes": changes, "within": within, "by": by, "at": now}
        self._write(key, "json", json.dumps(asked, ensure_ascii=False))
        self._forget()
        gevent.spawn(self._run, key, hour, changes, within)
        return key

    def all(self, now: float) -> list[Replay]:
        """The latest first."""
        keys = sorted((path.stem for path in self._folder.glob("*.json")), reverse=True)
        return [found for key in keys if (found := self.get(key, now)) is not None]

    def get(self, key: str, now: float) -> Replay | None:
        if not key.isalnum():
            return None
        try:
            asked = json.loads(self._read(key, "json"))
        except (OSError, ValueError):
            return None
        result, error = self._read(key, "result"), self._read(key, "error")
        if not result and not error and now - asked["at"] > LONGEST_SECONDS + 30:
            error = "interrupted"
        told = self._read(key, "progress").split()
        return Replay(
            key=key,
            hour=asked["hour"],
            changes=asked["changes"],
            within=asked["within"],
            by=asked["by"],
            at=asked["at"],
            done=int(told[-1]) if told and told[-1].isdigit() else 0,
            result=json.loads(result) if result else None,
            error=error,
        )

    def _run(self, key: str, hour: str, changes: Mapping[str, Any], within: float) -> None:
        command = [sys.executable, str(PROJECT / "run.py"), "replay", "--hour", hour, "--json", "--progress"]
        command += ["--within", str(within), "--settings", "-"]
        environ = os.environ | {"HOTLINE_HOME": str(self._home)}
        try:
            with self._path(key, "progress").open("w") as progress:
                done = subprocess.run(
                    ["nice", "-n", "10", *command],
                    input=json.dumps(changes),
                    stdout=subprocess.PIPE,
                    stderr=progress,
                    text=True,
                    timeout=LONGEST_SECONDS,
                    check=False,
                    env=environ,
                    cwd=PROJECT,
                )
            # 1 with an answer: decisions differ.
            if done.stdout.startswith("{"):
                self._write(key, "result", done.stdout)
            else:
                said = self._read(key, "progress").strip().rpartition("\n")[2]
                self._write(key, "error", said.removeprefix("Error: ")[:500] or "no answer")
        except (OSError, subprocess.SubprocessError) as error:
            log.warning("a replay failed", replay=key, error=str(error))
            self._write(key, "error", str(error)[:500])

    def _forget(self) -> None:
        for path in sorted(self._folder.glob("*.json"))[:-KEPT]:
            for kind in ("json", "progress", "result", "error"):
                self._path(path.stem, kind).unlink(missing_ok=True)

    def _path(self, key: str, kind: str) -> Path:
        return self._folder / f"{key}.{kind}"

    def _read(self, key: str, kind: str) -> str:
        path = self._path(key, kind)
        return path.read_text("utf-8") if path.exists() else ""

    def _write(self, key: str, kind: str, text: str) -> None:
        """All of it or nothing, for whoever reads meanwhile."""
        draft = self._path(key, f"{kind}.draft")
        draft.write_text(text, "utf-8")
        draft.replace(self._path(key, kind))
