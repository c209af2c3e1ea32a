"""Which switch the platform works with: one that runs, one that it starts, or the simulated one."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Literal

import structlog

from fs_scripts.switch import probe
from fs_scripts.switch.find import find
from fs_scripts.switch.process import SwitchProcess
from fs_scripts.switch.settings import SwitchSettings
from hotline.config import Address, Settings

log = structlog.get_logger(__name__)

Kind = Literal["freeswitch", "simulated"]


class NoSwitch(Exception):
    """The settings ask for a switch that is not there. One line that says what to do."""


@dataclass(frozen=True, slots=True)
class Switch:
    """A switch to work with. ``stops`` end what we started."""

    kind: Kind
    address: Address
    password: str
    how: str
    stops: list[Callable[[], None]] = field(default_factory=list)

    def stop(self) -> None:
        """End what we started; a FreeSWITCH that ran before us goes on."""
        for stop in reversed(self.stops):
            stop()


def switch_settings(settings: Settings) -> SwitchSettings:
    """What a FreeSWITCH with our tree is told."""
    http = settings.http
    return SwitchSettings(
        home=settings.home,
        event_password=settings.secrets.event_socket,
        switch_token=settings.secrets.switch,
        event_host=settings.fs_event_socket.host,
        event_port=settings.fs_event_socket.port,
        http=f"127.0.0.1:{http.port}" if http.host in {"0.0.0.0", "::"} else str(http),  # noqa: S104
        esl_listen=str(settings.esl_listen),
        esl_standby=str(settings.esl_standby),
        sip_ip=settings.sip_ip,
        sip_port=settings.sip_port,
        trunk_port=settings.trunk_port,
        rtp_start=settings.rtp_start,
        rtp_end=settings.rtp_end,
        trunk_acl=settings.trunk_acl,
        trunk_proxy=settings.trunk_proxy,
        trunk_channels=settings.trunk_channels,
        rtp_timeout_s=settings.rtp_timeout,
        log_level=settings.fs_log_level,
    )


def choose(settings: Settings, simulate: Callable[[], Switch]) -> Switch:
    """Find or start the switch that the settings ask for; *simulate* starts the simulated one.

    Raises :class:`NoSwitch`, :class:`~fs_scripts.switch.process.SwitchStartError` or
    :class:`~fs_scripts.switch.find.NotAProgram`.
    """
    if settings.switch == "simulated":
        return simulate()
    address = settings.fs_event_socket
    found = find(address.host, address.port, given=settings.freeswitch)
    if found.running:
        return running(settings)
    if found.binary is None:
        if settings.switch == "freeswitch":
            raise NoSwitch(
                "HOTLINE_SWITCH is freeswitch, and there is none: nothing answers at "
                f"{address} and no freeswitch program was found; install it, or name it in HOTLINE_FREESWITCH"
            )
        return simulate()
    # Should this process be killed, the calls go on; the next start finds the switch running.
    process = SwitchProcess(found.binary, switch_settings(settings), die_with_parent=False)
    process.start()
    return Switch(
        "freeswitch",
        address,
        settings.secrets.event_socket,
        f"started {found.binary}",
        stops=[process.stop],
    )


def running(settings: Settings) -> Switch:
    """The FreeSWITCH that answers at the event socket. Raises :class:`NoSwitch`."""
    address, password = settings.fs_event_socket, settings.secrets.event_socket
    try:
        probe.api(address.host, address.port, password, "status")
    except probe.Refused as error:
        raise NoSwitch(
            f"the FreeSWITCH at {address} refuses our password; give its own as HOTLINE_FS_PASSWORD"
        ) from error
    except probe.NoAnswer as error:
        raise NoSwitch(f"what listens at {address} does not answer as a FreeSWITCH: {error}") from error
    return Switch("freeswitch", address, password, f"found at {address}")
