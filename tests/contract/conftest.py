"""The fixture ``switch``: every test of this folder runs on the simulated switch and on FreeSWITCH."""

from __future__ import annotations

import json
import os
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import pytest

from fs_scripts.switch.find import find_binary
from tests.contract.client import Connection, Frame, Handler, NothingCame, connect, soon
from tests.contract.lab import PASSWORD, FreeSwitchLab, Lab, Peer, SimulatedLab


@pytest.fixture(scope="session", params=["simulated", pytest.param("freeswitch", marks=pytest.mark.live)])
def lab(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Lab]:
    root = tmp_path_factory.mktemp(request.param)
    running: Lab
    if request.param == "simulated":
        running = SimulatedLab(root)
    else:
        given = os.environ.get("HOTLINE_FREESWITCH")
        binary = find_binary(Path(given) if given else None)
        if binary is None:
            pytest.skip("NO FREESWITCH HERE: the contract is proved on the simulated switch only")
        running = FreeSwitchLab(root, binary)
    yield running
    running.stop()


@dataclass
class Call:
    """A call that has reached a handler: the caller, the handler's connection, and what ``connect`` told."""

    peer: Peer
    link: Connection
    connected: Frame

    @property
    def uuid(self) -> str:
        return self.connected.headers["Unique-ID"]


class Switch:
    """What a test does with a switch; every test begins and ends without a call."""

    def __init__(self, lab: Lab) -> None:
        self.lab = lab
        self.active = Handler(lab.active)
        self.standby = Handler(lab.standby)
        self._open: list[Connection] = []

    @property
    def simulated(self) -> bool:
        return self.lab.name == "simulated"

    def sound(self, name: str) -> str:
        return str(self.lab.sounds / f"{name}.wav")

    def control(self, *events: str, form: str = "plain") -> Connection:
        """An inbound connection that is closed at the end of the test."""
        link = connect(self.lab.event_port, PASSWORD, *events, form=form)
        self._open.append(link)
        return link

    def ring(self, name: str = "Caller") -> Call:
        """A call as the handler gets it: connected, nothing done yet."""
        peer = self.lab.call(name)
        link = self.active.next_call()
        return Call(peer, link, link.send("connect"))

    def call(self, name: str = "Caller", *, linger: int = 1) -> Call:
        """A call that is answered and whose events the handler gets."""
        call = self.ring(name)
        call.link.send(f"linger {linger}")
        call.link.send("myevents")
        call.link.run("answer")
        return call

    def close(self) -> None:
        """Hang everybody up and wait until the switch has forgotten them: a lingering handler would keep them."""
        control = self.control()
        for link in (*self.active.open, *self.standby.open):
            link.close()
        self.active.close()
        self.standby.close()
        control.api("hupall")
        soon(lambda: not channels(control), timeout=15.0)
        for link in self._open:
            link.close()


def channels(control: Connection) -> dict[str, dict[str, str]]:
    """``show channels``, by unique id."""
    rows = json.loads(control.api("show channels as json")).get("rows", [])
    return {row["uuid"]: row for row in rows}


def listed(control: Connection, uuid: str, wanted: dict[str, str]) -> dict[str, str]:
    """The row of ``show channels`` once it tells ``wanted``: FreeSWITCH writes that table behind the events."""
    row: dict[str, str] = {}

    def tells() -> bool:
        row.update(channels(control).get(uuid, {}))
        return {name: row.get(name) for name in wanted} == wanted

    try:
        soon(tells, timeout=4.0)
    except NothingCame:
        assert {name: row.get(name) for name in wanted} == wanted
    return row


@pytest.fixture
def switch(lab: Lab) -> Iterator[Switch]:
    running = Switch(lab)
    yield running
    running.close()
