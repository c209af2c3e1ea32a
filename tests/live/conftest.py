"""A real FreeSWITCH with our configuration tree on free ports, and everybody who talks to it."""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Iterator
from contextlib import ExitStack
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest

from fs_scripts.switch import directory, find
from fs_scripts.switch.process import SwitchProcess
from fs_scripts.switch.settings import SwitchSettings
from hotline.domain.directory import DeskUser, a1_hash
from tests.live import audio
from tests.live.callside import LiveCallSide
from tests.live.carrier import Carrier
from tests.live.deskphone import DeskPhone
from tests.live.standins import ToyConsole
from tests.live.waiting import free_ports, free_range, until

HERE = Path(__file__).parent
# Prompts of these tests are tones, so that one is told from another.
APOLOGY_TONE = 700
UNKNOWN_TONE = 820
MUSIC_TONE = 300
DESKS = tuple(str(number) for number in range(1001, 1024))

DialPhone = Callable[..., DeskPhone]


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    for item in items:
        if HERE in item.path.parents and {"live_switch", "freeswitch"} & set(
            getattr(item, "fixturenames", ())
        ):
            item.add_marker(pytest.mark.live)


def password_of(extension: str) -> str:
    return f"secret-{extension}"


@dataclass(frozen=True)
class LiveSwitch:
    """The switch under test and what it was told."""

    process: SwitchProcess
    settings: SwitchSettings

    @property
    def home(self) -> Path:
        return self.settings.home

    @property
    def desk_server(self) -> str:
        return f"{self.settings.sip_ip}:{self.settings.sip_port}"

    @property
    def trunk(self) -> str:
        return f"{self.settings.sip_ip}:{self.settings.trunk_port}"

    def api(self, command: str) -> str:
        return self.process.api(command)

    def channels(self) -> int:
        """How many legs there are now. (`show channels` is read from a database that is written some time
        later.)
        """
        found = re.search(r"(\d+) session\(s\) - peak", self.api("status"))
        assert found
        return int(found.group(1))

    def take_records(self) -> dict[str, dict[str, Any]]:
        """The call records that the console did not take, by file name; they are gone from the folder
        then.
        """
        found = {path.name: path for path in (self.home / "spool" / "cdr").glob("*.json")}
        records = {name: json.loads(path.read_text()) for name, path in found.items()}
        for path in found.values():
            path.unlink()
        return records


@pytest.fixture(scope="session")
def freeswitch() -> Path:
    """The FreeSWITCH program; without one the live tests are left out, and that is said."""
    binary = find.find_binary()
    if binary is None:
        pytest.skip("no FreeSWITCH is installed: nothing was proved on a real switch")
    return binary


def settings_on_free_ports(home: Path) -> SwitchSettings:
    """A switch of a test's own: nobody listens at its handlers' and its console's addresses."""
    event, sip, trunk, http, active, standby, proxy = free_ports(7)
    first, last = free_range(400)
    return SwitchSettings(
        home=home,
        event_password='live "<&> test',
        switch_token="live-token",
        event_port=event,
        http=f"127.0.0.1:{http}",
        esl_listen=f"127.0.0.1:{active}",
        esl_standby=f"127.0.0.1:{standby}",
        sip_port=sip,
        trunk_port=trunk,
        rtp_start=first,
        rtp_end=last,
        # Not all of loopback: 127.0.0.9 is the stranger.
        trunk_acl="192.0.2.0/24,127.0.0.1/32",
        trunk_proxy=f"127.0.0.1:{proxy}",
    )


def desk_users() -> list[DeskUser]:
    return [DeskUser(number, a1_hash(number, password_of(number)), name=f"座席{number}") for number in DESKS]


def furnish(settings: SwitchSettings) -> None:
    """Tones as prompts and the desks' accounts."""
    prompts = settings.home / "prompts"
    audio.write_tone(prompts / "zh" / "apology.wav", APOLOGY_TONE, seconds=2)
    audio.write_tone(prompts / "zh" / "unknown_number.wav", UNKNOWN_TONE, seconds=2)
    audio.write_tone(prompts / "music" / "8000" / "tone.wav", MUSIC_TONE, seconds=30)
    directory.write(settings.directory_folder, desk_users())


@pytest.fixture(scope="session")
def live_switch(freeswitch: Path, tmp_path_factory: pytest.TempPathFactory) -> Iterator[LiveSwitch]:
    """One switch for all live tests of this process: accounts 1001-1023, tones as prompts."""
    settings = settings_on_free_ports(tmp_path_factory.mktemp("switch"))
    furnish(settings)
    process = SwitchProcess(freeswitch, settings)
    process.start(timeout=40)
    try:
        yield LiveSwitch(process, settings)
    finally:
        process.stop()


@pytest.fixture(scope="session")
def carrier(
    freeswitch: Path, live_switch: LiveSwitch, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[Carrier]:
    """The carrier whose callers reach us over the trunk and whom our outbound calls reach."""
    sip_port = int(live_switch.settings.trunk_proxy.rsplit(":", 1)[1])
    folder = tmp_path_factory.mktemp("carrier")
    with Carrier(freeswitch, folder, trunk=live_switch.trunk, sip_port=sip_port) as carrier:
        yield carrier


@pytest.fixture
def desk_phone(live_switch: LiveSwitch, tmp_path: Path) -> Iterator[DialPhone]:
    """A function that signs a desk phone in: ``desk_phone("1001", tone=440, answers=False)``."""
    with ExitStack() as stack:

        def sign_in(extension: str, *, folder: str = "phone", **options: object) -> DeskPhone:
            options.setdefault("password", password_of(extension))
            place = tmp_path / f"{folder}-{extension}"
            phone = DeskPhone(place, server=live_switch.desk_server, extension=extension, **options)  # type: ignore[arg-type]
            return stack.enter_context(phone)

        yield sign_in


@pytest.fixture
def console(live_switch: LiveSwitch) -> Iterator[ToyConsole]:
    """A console that answers the switch; without it the switch is on its own."""
    with ToyConsole(live_switch.settings.http) as console:
        yield console


@pytest.fixture(autouse=True)
def no_leg_is_left(request: pytest.FixtureRequest) -> Iterator[None]:
    """After each test the switch is as empty as before it."""
    yield
    if "live_switch" in request.fixturenames:
        switch: LiveSwitch = request.getfixturevalue("live_switch")
        if switch.process.running:
            until(lambda: switch.channels() == 0, 15, "all legs of the test are gone")


@pytest.fixture
def call_side(live_switch: LiveSwitch, tmp_path: Path) -> Iterator[LiveCallSide]:
    """Our call side at the active address, with the demo's agents, queues and flow."""
    settings = live_switch.settings
    event_socket = (settings.event_host, settings.event_port, settings.event_password)
    recordings = settings.home / "recordings"
    with LiveCallSide(tmp_path, settings.esl_listen, event_socket, recordings) as side:
        yield side
