"""What is there after a crash of the switch itself: the talk goes on, and nobody signs in again."""

from __future__ import annotations

import time
from collections.abc import Iterator
from pathlib import Path

import gevent
import pytest

from fs_scripts.switch.process import SwitchProcess
from tests.live import audio
from tests.live.carrier import CALLER_TONE, DESK_TONE, Carrier, CarrierCall
from tests.live.conftest import LiveSwitch, furnish, password_of, settings_on_free_ports
from tests.live.standins import ToyCall, ToyHandler
from tests.live.waiting import until


@pytest.fixture
def own_switch(freeswitch: Path, tmp_path: Path) -> Iterator[LiveSwitch]:
    """A switch that a test may kill."""
    settings = settings_on_free_ports(tmp_path / "switch")
    furnish(settings)
    process = SwitchProcess(freeswitch, settings)
    process.start(timeout=40)
    try:
        yield LiveSwitch(process, settings)
    finally:
        process.kill()


def test_a_talk_survives_the_death_of_the_switch(
    own_switch: LiveSwitch, freeswitch: Path, tmp_path: Path
) -> None:
    def offer(call: ToyCall) -> None:
        call.execute("answer")
        call.execute("bridge", "user/1001@hotline")
        gevent.sleep(60)

    # baresip answers a recovered leg's INVITE with a Via that no switch takes for its own; another FreeSWITCH is
    # the desk here.
    with (
        Carrier(
            freeswitch,
            tmp_path / "carrier",
            trunk=own_switch.trunk,
            sip_port=int(own_switch.settings.trunk_proxy.rsplit(":", 1)[1]),
            desk_server=own_switch.desk_server,
            desks={"1001": password_of("1001")},
        ) as carrier,
        ToyHandler(own_switch.settings.esl_listen, offer),
    ):
        carrier.wait_desks_signed_in()
        caller = carrier.call()
        desk = carrier.wait_called("1001")
        desk.wait_answered()
        wait_heard(caller, tmp_path / "before.wav")

        own_switch.process.kill()
        died = time.monotonic()
        own_switch.process.start(timeout=30)
        own_switch.api("sofia recover")
        until(lambda: own_switch.channels() == 2, 10, "both legs are back")
        took = time.monotonic() - died
        wait_heard(caller, tmp_path / "caller.wav")
        wait_heard(desk, tmp_path / "desk.wav")
        desk.hang_up()
        caller.wait_ended()

    assert audio.heard(tmp_path / "caller.wav", DESK_TONE)
    assert audio.heard(tmp_path / "desk.wav", CALLER_TONE)
    assert took < 10


def wait_heard(party: CarrierCall, recording: Path) -> None:
    party.record(recording)
    until(lambda: recording.exists() and recording.stat().st_size > 40_000, 10, "two seconds of audio")
    party.stop_recording(recording)
