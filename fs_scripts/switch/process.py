"""A FreeSWITCH of our own: started with our configuration tree, waited for, stopped, never left behind."""

from __future__ import annotations

import ctypes
import os
import signal
import socket
import subprocess
import time
from collections.abc import Callable
from pathlib import Path

from fs_scripts.switch import probe
from fs_scripts.switch.settings import SwitchSettings

_PR_SET_PDEATHSIG = 1
_POLL_S = 0.1
_LOG_LINES = 15
_PROFILES = ("internal", "external")


class SwitchStartError(Exception):
    """FreeSWITCH did not come up. The text says why, what to do, and ends with the last lines of its log."""


class SwitchProcess:
    """One FreeSWITCH as a child process.

    With *die_with_parent* the kernel ends it when this process is killed, however that happens (tests, a
    demo). Without it the switch and the calls on it live on, and the next start finds it at its event
    socket. It has a session of its own, so that Ctrl-C reaches us first and calls are not cut before
    :meth:`stop` says so.
    """

    def __init__(self, binary: Path, settings: SwitchSettings, *, die_with_parent: bool = True) -> None:
        self._binary = binary
        self._settings = settings
        self._die_with_parent = die_with_parent
        self._process: subprocess.Popen[bytes] | None = None

    @property
    def settings(self) -> SwitchSettings:
        return self._settings

    @property
    def pid(self) -> int | None:
        return self._process.pid if self._process else None

    @property
    def running(self) -> bool:
        return self._process is not None and self._process.poll() is None

    def start(self, timeout: float = 30.0) -> None:
        """Start it and wait until it takes commands and both SIP profiles are up.

        Raises :class:`SwitchStartError`; nothing is left then.
        """
        if self.running:
            raise RuntimeError("this switch runs already")
        settings = self._settings
        _check_ports(settings)
        temporary = settings.home / "freeswitch" / "tmp"
        for folder in (
            settings.log_folder,
            settings.run_folder,
            settings.directory_folder,
            temporary,
            settings.home / "spool" / "cdr",
        ):
            folder.mkdir(parents=True, exist_ok=True)
        command = [
            *(str(self._binary), "-nf", "-nc", "-nonat", "-conf", str(settings.conf)),
            *(
                "-log",
                str(settings.log_folder),
                "-run",
                str(settings.run_folder),
                "-db",
                str(settings.run_folder),
            ),
            *("-recordings", str(settings.home / "recordings"), "-temp", str(temporary)),
        ]
        with (settings.log_folder / "freeswitch.out").open("wb") as output:
            self._process = subprocess.Popen(
                command,
                env={**os.environ, **settings.environment()},
                cwd=settings.home,
                stdin=subprocess.DEVNULL,
                stdout=output,
                stderr=subprocess.STDOUT,
                start_new_session=True,
                preexec_fn=_dying_with(os.getpid()) if self._die_with_parent else None,
            )
        try:
            self._wait_until_ready(timeout)
        except BaseException:
            self.stop(grace=2.0)
            raise

    def stop(self, grace: float = 10.0) -> None:
        """End it: calls are hung up.

        It has *grace* seconds to do so by itself, then it is killed. Does nothing when it does not run.
        """
        process = self._process
        if process is None:
            return
        if process.poll() is None:
            process.terminate()
            try:
                process.wait(grace)
            except subprocess.TimeoutExpired:
                process.kill()
                process.wait()
        self._process = None

    def kill(self) -> None:
        """End it at once, as a crash would: it says goodbye to nobody.

        For tests of what is there after a crash.
        """
        if self._process is not None:
            self._process.kill()
            self._process.wait()
            self._process = None

    def wait(self, timeout: float | None = None) -> int | None:
        """Wait until it ends and return its exit code, or None when it still runs after *timeout* seconds."""
        if self._process is None:
            raise RuntimeError("this switch does not run")
        try:
            return self._process.wait(timeout)
        except subprocess.TimeoutExpired:
            return None

    def api(self, command: str, timeout: float = 5.0) -> str:
        """Run one API command and return its text. Raises :class:`fs_scripts.switch.probe.NoAnswer`."""
        settings = self._settings
        return probe.api(settings.event_host, settings.event_port, settings.event_password, command, timeout)

    def _wait_until_ready(self, timeout: float) -> None:
        deadline = time.monotonic() + timeout
        missing = "it does not answer at its event socket"
        while time.monotonic() < deadline:
            if self._process is None or self._process.poll() is not None:
                raise self._error("it ended by itself")
            try:
                status = self.api("sofia status", timeout=max(0.1, min(2.0, deadline - time.monotonic())))
            except probe.Refused as refusal:
                raise self._error(str(refusal)) from refusal
            except probe.NoAnswer as silence:
                missing = str(silence)
            else:
                absent = [name for name in _PROFILES if not _profile_runs(status, name)]
                if not absent:
                    return
                missing = f"the SIP profile {' and '.join(absent)} does not come up"
            time.sleep(_POLL_S)
        raise self._error(f"not ready after {timeout:g} s: {missing}")

    def _error(self, reason: str) -> SwitchStartError:
        lines: list[str] = []
        for name in ("freeswitch.log", "freeswitch.out"):
            path = self._settings.log_folder / name
            if path.is_file():
                lines += path.read_text("utf-8", "replace").splitlines()[-_LOG_LINES:]
        tail = "\n  ".join(line for line in lines if line.strip()) or "(its log is empty)"
        return SwitchStartError(f"FreeSWITCH ({self._binary}) did not start: {reason}\n  {tail}")


def _profile_runs(status: str, name: str) -> bool:
    rows = (line.split() for line in status.splitlines())
    return any(row[:2] == [name, "profile"] and "RUNNING" in row for row in rows)


def _check_ports(settings: SwitchSettings) -> None:
    """A port that is taken is said before the start: FreeSWITCH itself tries for 15 seconds and then goes
    on without the profile.
    """
    wanted = [
        ("HOTLINE_FS_EVENT_SOCKET", settings.event_host, settings.event_port, socket.SOCK_STREAM),
        ("HOTLINE_SIP_PORT", settings.sip_ip, settings.sip_port, socket.SOCK_DGRAM),
        ("HOTLINE_TRUNK_PORT", settings.sip_ip, settings.trunk_port, socket.SOCK_DGRAM),
    ]
    for name, host, port, kind in wanted:
        family = socket.AF_INET6 if ":" in host else socket.AF_INET
        with socket.socket(family, kind) as trial:
            trial.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1 if kind == socket.SOCK_STREAM else 0)
            try:
                trial.bind((host, port))
            except OSError as error:
                raise SwitchStartError(
                    f"FreeSWITCH cannot have {host}:{port} ({error.strerror}); "
                    f"set {name} to another one or stop what uses it"
                ) from error


def _dying_with(parent: int) -> Callable[[], None]:
    """What the child does before it becomes FreeSWITCH: ask for SIGTERM when *parent* ends, and end at once
    if that has happened.
    """
    prctl = ctypes.CDLL(None, use_errno=True).prctl

    def ask() -> None:
        prctl(_PR_SET_PDEATHSIG, signal.SIGTERM, 0, 0, 0)
        if os.getppid() != parent:
            os._exit(1)

    return ask
