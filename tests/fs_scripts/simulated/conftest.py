"""A simulated switch with three telephones and an active handler's place."""

from __future__ import annotations

from collections.abc import Iterator

import gevent
import pytest

from fs_scripts.simulated.clock import Clock
from fs_scripts.simulated.config import CdrTarget, SimConfig, hotline_routes
from fs_scripts.simulated.phones import Phone
from fs_scripts.simulated.switch import SimulatedSwitch
from tests.contract.client import Connection, Handler, connect
from tests.contract.lab import free_port

FAST = 10.0


@pytest.fixture
def handler() -> Iterator[Handler]:
    listening = Handler(free_port())
    yield listening
    listening.close()


@pytest.fixture
def switch(handler, tmp_path) -> Iterator[SimulatedSwitch]:
    """Ten times as fast as life; its call records go into ``tmp_path/spool``."""
    routes = hotline_routes(
        f"127.0.0.1:{handler.port}", f"127.0.0.1:{free_port()}", apology="silence_stream://500"
    )
    config = SimConfig(routes, password="secret", domain="d", cdr=CdrTarget(tmp_path / "spool"))
    running = SimulatedSwitch(config, Clock(FAST))
    running.start()
    running.add_phones([Phone("1001", answers_after=1.0, talks_for=5.0), Phone("1002", answers_after=None)])
    yield running
    running.stop()
    gevent.sleep(0)


@pytest.fixture
def control(switch) -> Iterator[Connection]:
    link = connect(switch.port, "secret", "ALL")
    yield link
    link.close()
