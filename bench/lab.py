"""A hotline to measure: FreeSWITCH with our tree, the call side as a process, and who calls and answers.

Everything is on loopback, on free ports and in one folder; the parts are those of production, put together
as ``run.py switch`` and ``run.py esl`` do. Prompts are short tones, so that a thousand calls take minutes.
Callers and desk phones are a second FreeSWITCH (:func:`lab`) or SIP peers (:mod:`bench.peers`).
"""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
from collections.abc import Callable, Iterator, Mapping
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any, Final

from sqlalchemy import select, update
from sqlalchemy.orm import Session

from fs_scripts import main as calls
from fs_scripts.esl.events import Event
from fs_scripts.switch.choice import switch_settings
from fs_scripts.switch.process import SwitchProcess
from hotline.config import PROJECT, Settings, load
from hotline.store.db import Database
from hotline.store.models import Agent, Queue
from hotline.store.prepare import prepare_store
from tests.live.carrier import Carrier
from tests.live.handlers import make_prompts
from tests.live.waiting import free_ports, free_range, until

PROMPT_SECONDS: Final = 0.25
# Two a leg: sixty talks, and almost three hundred who wait for them.
RTP_PORTS: Final = 800
_TICKS: Final = os.sysconf("SC_CLK_TCK")


@dataclass(frozen=True)
class Lab:
    """The parts, all running."""

    settings: Settings
    environment: Mapping[str, str]
    database: Database
    switch: SwitchProcess
    carrier: Carrier
    desks: Mapping[str, str]
    handler: HandlerProcess


class HandlerProcess:
    """``run.py esl`` in a process of its own, with the window of :mod:`bench.watched`."""

    def __init__(self, home: Path, environment: Mapping[str, str]) -> None:
        self._log = home / "handler.log"
        self._report = home / "handler.json"
        kept = {name: value for name, value in os.environ.items() if not name.startswith("HOTLINE_")}
        with self._log.open("wb") as output:
            self._process = subprocess.Popen(
                [sys.executable, "-m", "bench.watched", str(self._report), "esl"],
                env={**kept, **environment},
                cwd=PROJECT,
                stdin=subprocess.DEVNULL,
                stdout=output,
                stderr=subprocess.STDOUT,
                start_new_session=True,
            )

    @property
    def pid(self) -> int:
        return self._process.pid

    @property
    def story(self) -> str:
        return self._log.read_text(errors="replace")

    def wait_answering(self, timeout: float = 60.0) -> None:
        until(
            lambda: "answering calls" in self.story or self._process.poll() is not None,
            timeout,
            "the handler answers calls",
        )
        if self._process.poll() is not None:
            raise RuntimeError(f"the handler ended: {self.story[-3000:]}")

    def look(self, timeout: float = 10.0) -> dict[str, Any]:
        """What is alive in the process now."""
        self._report.unlink(missing_ok=True)
        self._process.send_signal(signal.SIGUSR1)
        until(self._report.exists, timeout, "the handler reports")
        found: dict[str, Any] = json.loads(self._report.read_text())
        return found

    @property
    def cpu_ms(self) -> float:
        """CPU time that the process has used since its start."""
        return _cpu_ms(self.pid)

    @property
    def books_cpu_ms(self) -> float:
        """CPU time that the process which keeps its books has used since its start."""
        return sum(
            _cpu_ms(child) for child in _children(self.pid) if "hotline.store.books" in _command(child)
        )

    @property
    def rss_kb(self) -> int:
        status = Path(f"/proc/{self.pid}/status").read_text()
        return next(int(line.split()[1]) for line in status.splitlines() if line.startswith("VmRSS:"))

    @property
    def descriptors(self) -> int:
        return len(list(Path(f"/proc/{self.pid}/fd").iterdir()))

    def stop(self) -> None:
        if self._process.poll() is None:
            self._process.terminate()
            try:
                self._process.wait(20)
            except subprocess.TimeoutExpired:
                self._process.kill()
                self._process.wait()


def _cpu_ms(pid: int) -> float:
    fields = Path(f"/proc/{pid}/stat").read_text().rsplit(")", 1)[1].split()
    return (int(fields[11]) + int(fields[12])) * 1000 / _TICKS


def _command(pid: int) -> str:
    return Path(f"/proc/{pid}/cmdline").read_bytes().replace(b"\0", b" ").decode()


def _children(pid: int) -> list[int]:
    tasks = Path(f"/proc/{pid}/task").iterdir()
    return [int(child) for task in tasks for child in (task / "children").read_text().split()]


@contextmanager
def lab(
    binary: Path,
    home: Path,
    *,
    agents: int,
    talk_s: int,
    on_event: Callable[[Event], None] = lambda _: None,
    change: Callable[[Session], None] = lambda _: None,
) -> Iterator[Lab]:
    """Start everything; *agents* desk phones are registered, nobody is signed in.

    A phone answers at once and hangs up after *talk_s* seconds (one less at times: the switch counts whole
    seconds). *change* changes the demo's data before the call side reads them.
    """
    with house(binary, home, agents=agents, change=change) as place, ExitStack() as parts:
        settings = place.settings
        carrier = parts.enter_context(
            Carrier(
                binary,
                home / "carrier",
                trunk=place.trunk,
                sip_port=int(settings.trunk_proxy.rsplit(":", 1)[1]),
                desk_server=place.desk_server,
                desks=place.desks,
                desk_talk_s=talk_s,
                on_event=on_event,
            )
        )
        carrier.wait_desks_signed_in()
        with place.handler() as handler:
            yield Lab(
                settings,
                place.environment,
                place.database,
                place.switch,
                carrier,
                place.desks,
                handler,
            )


@dataclass(frozen=True)
class House:
    """The switch and the database, without anybody who calls or answers."""

    settings: Settings
    environment: Mapping[str, str]
    database: Database
    switch: SwitchProcess
    desks: Mapping[str, str]

    @property
    def trunk(self) -> str:
        return f"{self.settings.sip_ip}:{self.settings.trunk_port}"

    @property
    def desk_server(self) -> str:
        return f"{self.settings.sip_ip}:{self.settings.sip_port}"

    @contextmanager
    def handler(self) -> Iterator[HandlerProcess]:
        """The call side, answering calls."""
        handler = HandlerProcess(self.settings.home, self.environment)
        try:
            handler.wait_answering()
            yield handler
        finally:
            handler.stop()

    @property
    def switch_cpu_ms(self) -> float:
        """CPU time that the switch has used since its start."""
        return _cpu_ms(self.switch.pid) if self.switch.pid else 0.0

    def channels(self) -> int:
        """How many legs the switch has now."""
        return int(self.switch.api("status").split(" session(s) - peak")[0].rsplit("\n", 1)[-1])


@contextmanager
def house(
    binary: Path,
    home: Path,
    *,
    agents: int,
    change: Callable[[Session], None] = lambda _: None,
    tree: Callable[[Path], Path] | None = None,
    rtp_ports: int = RTP_PORTS,
    **settings_more: object,
) -> Iterator[House]:
    """Start the switch with a database of its own. *tree* makes another configuration tree of ours in a
    folder; *settings_more* are settings of the environment without ``HOTLINE_``.
    """
    environment = _environment(home, rtp_ports) | {
        f"HOTLINE_{k.upper()}": str(v) for k, v in settings_more.items()
    }
    settings = load(environment, home / "no.env")
    calls.make_folders(settings)
    make_prompts(home, seconds=PROMPT_SECONDS)
    calls.build_prompts(settings)
    store = prepare_store(settings, "bench-only")
    store.database.write(lambda session: _without_wrap_up(session, change))
    calls.write_phones(settings, store)
    with store.database.read() as session:
        # The demo's last agents: the lead and the deputies come first and do other things.
        rows = session.scalars(select(Agent).order_by(Agent.number.desc()).limit(agents)).all()
        desks = {row.extension: store.vault.open(row.sip_password_sealed) for row in rows}
    with ExitStack() as parts:
        parts.callback(store.database.close)
        tuned = switch_settings(settings)
        if tree is not None:
            tuned = replace(tuned, conf=tree(home / "tree"))
        switch = SwitchProcess(binary, tuned)
        switch.start(timeout=40)
        parts.callback(switch.stop)
        yield House(settings, environment, store.database, switch, desks)


def _environment(home: Path, rtp_ports: int) -> dict[str, str]:
    event, sip, trunk, http, active, standby, proxy = free_ports(7)
    first, last = free_range(rtp_ports)
    return {
        "HOTLINE_HOME": str(home),
        "HOTLINE_SWITCH": "freeswitch",
        "HOTLINE_FS_EVENT_SOCKET": f"127.0.0.1:{event}",
        "HOTLINE_SIP_PORT": str(sip),
        "HOTLINE_TRUNK_PORT": str(trunk),
        "HOTLINE_HTTP": f"127.0.0.1:{http}",
        "HOTLINE_ESL_LISTEN": f"127.0.0.1:{active}",
        "HOTLINE_ESL_STANDBY": f"127.0.0.1:{standby}",
        "HOTLINE_TRUNK_PROXY": f"127.0.0.1:{proxy}",
        "HOTLINE_RTP_START": str(first),
        "HOTLINE_RTP_END": str(last),
    }


def _without_wrap_up(session: Session, change: Callable[[Session], None]) -> None:
    # With the demo's ten seconds after a complaint the agents, not the call side, would be the limit.
    session.execute(update(Queue).values(wrap_up_seconds=0))
    change(session)
