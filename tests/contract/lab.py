"""The switch under test, simulated or FreeSWITCH, behind one interface.

Both have the same dialplan (12366 goes to the active handler, then to the standby, then to an apology) and the same
telephones:

===== =========================================
1001  answers after 0.3 s and stays
1002  rings for ever
1003  is busy
1004  refuses after 0.2 s
1005  is not registered
1006  answers after 0.2 s, hangs up 0.7 s later
===== =========================================
"""

from __future__ import annotations

import math
import os
import shutil
import socket
import struct
import subprocess
import time
import uuid
import wave
from pathlib import Path
from typing import Protocol

from fs_scripts.simulated.callers import Caller, CallerLine
from fs_scripts.simulated.config import Route, SimConfig
from fs_scripts.simulated.phones import Phone
from fs_scripts.simulated.switch import SimulatedSwitch
from tests.contract import freeswitch_tree
from tests.contract.client import Connection, connect

PASSWORD = "contract"
DOMAIN = "lab.test"
START_WITHIN = 30.0


class Peer(Protocol):
    """The caller of one call."""

    def key(self, digits: str) -> None: ...

    def hang_up(self) -> None: ...


class Lab(Protocol):
    """A running switch."""

    name: str
    event_port: int
    active: int
    standby: int
    sounds: Path
    context: str

    def call(self, name: str = "Caller", number: str = "13900001111") -> Peer: ...

    def phone(self, extension: int) -> str:
        """The end point of a telephone, past the directory."""

    def stop(self) -> None: ...


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


def write_tone(path: Path, seconds: float) -> None:
    """A mono WAV of that length, as prompts are."""
    samples = (int(8000 * math.sin(2 * math.pi * 400 * i / 8000)) for i in range(int(8000 * seconds)))
    with wave.open(str(path), "wb") as target:
        target.setnchannels(1)
        target.setsampwidth(2)
        target.setframerate(8000)
        target.writeframes(b"".join(struct.pack("<h", sample) for sample in samples))


def make_sounds(root: Path) -> Path:
    sounds = root / "sounds"
    sounds.mkdir()
    for name, seconds in (("half", 0.5), ("one", 1.0), ("five", 5.0), ("apology", 0.4)):
        write_tone(sounds / f"{name}.wav", seconds)
    return sounds


class SimulatedLab:
    """The simulated switch, in this process."""

    name = "simulated"
    context = "trunk"

    def __init__(self, root: Path) -> None:
        self.sounds = make_sounds(root)
        self.active, self.standby = free_port(), free_port()
        actions = freeswitch_tree.hotline_actions(self.active, self.standby, self.sounds)
        routes = [Route("trunk", r"^12366$", actions)]
        self._switch = SimulatedSwitch(SimConfig(routes, password=PASSWORD, domain=DOMAIN))
        self._switch.start()
        self._switch.add_phones(
            [
                Phone("1001", answers_after=0.3, hangs_up=False),
                Phone("1002", answers_after=None),
                Phone("1003", busy=True),
                Phone("1004", answers_after=0.2, refuses=True),
                Phone("1005", registered=False),
                Phone("1006", answers_after=0.2, talks_for=0.7),
            ]
        )
        self.event_port = self._switch.port

    def call(self, name: str = "Caller", number: str = "13900001111") -> CallerLine:
        return self._switch.place_call(Caller(number, name=name))

    def phone(self, extension: int) -> str:
        return f"user/{extension}@{DOMAIN}"

    def stop(self) -> None:
        self._switch.stop()


class FreeSwitchPeer:
    """A channel that FreeSWITCH has made to call itself over SIP."""

    def __init__(self, control: Connection, name: str, number: str, target: str) -> None:
        self._control = control
        self._uuid = str(uuid.uuid4())
        variables = (
            # Originate decodes escapes in variables; a carrier's name arrives as it is.
            f"{{origination_uuid={self._uuid},origination_caller_id_name='{name.replace('%', '%25')}',"
            f"origination_caller_id_number={number},ignore_early_media=true}}"
        )
        control.send(f"bgapi originate {variables}{target} &park()")

    def key(self, digits: str) -> None:
        assert self._control.api(f"uuid_send_dtmf {self._uuid} {digits}").startswith("+OK")

    def hang_up(self) -> None:
        self._control.api(f"uuid_kill {self._uuid}")


class FreeSwitchLab:
    """A FreeSWITCH of its own, on free ports, with a tree of a few lines."""

    name = "freeswitch"
    context = "lab"

    def __init__(self, root: Path, binary: Path) -> None:
        self.sounds = make_sounds(root)
        self._root = root
        music = root / "music"
        music.mkdir()
        write_tone(music / "music.wav", 5.0)
        rtp = 20000 + os.getpid() % 40 * 500
        ports = freeswitch_tree.TreePorts(
            event_socket=free_port(),
            sip=free_port(),
            rtp_start=rtp,
            rtp_end=rtp + 480,
            active=free_port(),
            standby=free_port(),
        )
        self.event_port, self.active, self.standby = ports.event_socket, ports.active, ports.standby
        self._sip = ports.sip
        conf = freeswitch_tree.write_tree(root, ports, password=PASSWORD, sounds=self.sounds, music=music)
        places = []
        for option in ("log", "db", "run"):
            (root / option).mkdir()
            places += [f"-{option}", str(root / option)]
        self._process = subprocess.Popen(
            [str(binary), "-conf", str(conf), *places, "-nonat", "-nf", "-nc"],
            stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL,
        )
        self._control = self._wait_until_ready()

    def _wait_until_ready(self) -> Connection:
        deadline = time.monotonic() + START_WITHIN
        while time.monotonic() < deadline:
            try:
                control = connect(self.event_port, PASSWORD)
            except (OSError, AssertionError):
                # Nothing tells when it listens: asking again is the only way.
                time.sleep(0.1)
                continue
            if "RUNNING" in control.api("sofia status"):
                return control
            control.close()
            time.sleep(0.1)
        self.stop()
        log = self._root / "log" / "freeswitch.log"
        tail = log.read_text(errors="replace")[-2000:] if log.exists() else "no log"
        raise RuntimeError(f"FreeSWITCH did not start in {START_WITHIN} s: {tail}")

    def call(self, name: str = "Caller", number: str = "13900001111") -> FreeSwitchPeer:
        return FreeSwitchPeer(self._control, name, number, f"sofia/lab/12366@127.0.0.1:{self._sip}")

    def phone(self, extension: int) -> str:
        return f"sofia/lab/phone-{extension}@127.0.0.1:{self._sip}"

    def stop(self) -> None:
        self._process.terminate()
        try:
            self._process.wait(10)
        except subprocess.TimeoutExpired:
            self._process.kill()
            self._process.wait(10)
        shutil.rmtree(self._root / "run", ignore_errors=True)
