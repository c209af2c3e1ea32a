"""The simulated switch as the platform's own: its configuration from the settings."""

from __future__ import annotations

from dataclasses import dataclass

from fs_scripts.simulated.config import CdrTarget, SimConfig, hotline_routes
from fs_scripts.simulated.switch import SimulatedSwitch
from fs_scripts.switch.choice import Switch, switch_settings
from hotline.config import Address, Settings
from hotline.domain.directory import DOMAIN


@dataclass(frozen=True, slots=True)
class SimulatedChoice(Switch):
    """The simulated switch, with a handle for those who let it ring."""

    simulated: SimulatedSwitch | None = None


def simulated_switch(settings: Settings) -> SimulatedChoice:
    """Start a simulated switch in this process; its event socket is on a port of its own."""
    told = switch_settings(settings)
    prompts = settings.prompts / "zh"
    password = settings.secrets.event_socket
    simulated = SimulatedSwitch(
        SimConfig(
            routes=hotline_routes(told.esl_listen, told.esl_standby, apology=str(prompts / "apology.wav")),
            password=password,
            domain=DOMAIN,
            sound_dirs=(prompts,),
            cdr=CdrTarget(
                spool=settings.spool / "cdr",
                url=f"http://{told.http}/fs/cdr",
                user="freeswitch",
                password=told.switch_token,
            ),
        )
    )
    simulated.start()
    return SimulatedChoice(
        "simulated",
        Address("127.0.0.1", simulated.port),
        password,
        "no FreeSWITCH was found; no real telephone can reach it",
        [simulated.stop],
        simulated,
    )
