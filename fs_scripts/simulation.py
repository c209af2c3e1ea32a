"""The simulated switch as the platform's own: its configuration, and the people who telephone on it in a demo."""

from __future__ import annotations

import itertools
import secrets
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Final

import gevent
import structlog
from gevent.pool import Group

from fs_scripts.simulated.config import CdrTarget, SimConfig, hotline_routes
from fs_scripts.simulated.population import Population
from fs_scripts.simulated.switch import SimulatedSwitch
from fs_scripts.switch.choice import Switch, switch_settings
from hotline.config import Address, Settings
from hotline.domain.agent import AgentState
from hotline.domain.directory import DOMAIN
from hotline.live.bus import LiveBus, NoCallSide
from hotline.live.messages import AgentView, GetSnapshot, SetAgentState, Snapshot

log = structlog.get_logger(__name__)

BY: Final = "simulation"
# A call every ten seconds keeps half of the demo's agents talking.
DEMO_RATE: Final = 0.1
_DEMO_CALLS: Final = 10_000
_LOOK_SECONDS: Final = 5.0
# How long an agent who missed a call stays away in the demo.
_AWAY_SECONDS: Final = 20.0
_MISSED: Final = frozenset({"no_answer", "busy", "refused"})


@dataclass(frozen=True, slots=True)
class SimulatedChoice(Switch):
    """The simulated switch, with a handle for those who let it ring."""

    simulated: SimulatedSwitch | None = None


def simulated_switch(settings: Settings, *, console: bool = True) -> SimulatedChoice:
    """Start a simulated switch in this process; its event socket is on a port of its own.

    Without a *console* to take them, its call records go to the spool folder at once.
    """
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
                url=f"http://{told.http}/fs/cdr" if console else "",
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
        "asked for; no real telephone can reach it"
        if settings.switch == "simulated"
        else "no FreeSWITCH was found; no real telephone can reach it",
        [simulated.stop],
        simulated,
    )


@contextmanager
def demo_callers(switch: Switch, bus: LiveBus) -> Iterator[None]:
    """Agents at work and callers who keep coming, as long as the context lasts; nothing on a real switch."""
    if not isinstance(switch, SimulatedChoice) or switch.simulated is None:
        yield
        return
    crowd = Population(rate=DEMO_RATE, count=_DEMO_CALLS, seed=secrets.randbelow(2**31))
    agents = _agents(bus)
    switch.simulated.add_phones(crowd.phones([agent.extension for agent in agents]))
    # The lead watches, and some seats are empty, as on any day.
    at_work = [agent.number for agent in agents[1:16]]
    people = Group()
    people.spawn(_keep_at_work, bus, at_work)
    people.spawn(crowd.run, switch.simulated)
    try:
        yield
    finally:
        people.kill()


def simulate(
    switch: SimulatedChoice, bus: LiveBus, *, rate: float, count: int, talk: float, seed: int
) -> int:
    """Let *count* callers call at *rate* a second, talk *talk* seconds on average, and wait until all have
    hung up; returns how many called.
    """
    if switch.simulated is None:
        raise ValueError("only the simulated switch has simulated callers")
    crowd = Population(rate=rate, count=count, seed=seed, talk=talk)
    agents = _agents(bus)
    switch.simulated.add_phones(crowd.phones([agent.extension for agent in agents]))
    keeper = gevent.spawn(_keep_at_work, bus, [agent.number for agent in agents])
    try:
        placed = crowd.run(switch.simulated)
        while switch.simulated.channels:
            gevent.sleep(0.2)
    finally:
        keeper.kill()
    return placed


def _agents(bus: LiveBus) -> tuple[AgentView, ...]:
    reply = bus.request(GetSnapshot(BY))
    return reply.value.agents if isinstance(reply.value, Snapshot) else ()


def _keep_at_work(bus: LiveBus, numbers: list[str]) -> None:
    """Sign agents in, and bring those back who missed a call; what people set by hand stays."""
    for look in itertools.count():
        try:
            for agent in _agents(bus):
                # A reason that the ACD gave: the agent missed a call.
                missed = agent.state == AgentState.BUSY and agent.reason in _MISSED
                begins = look == 0 and agent.state == AgentState.SIGNED_OUT
                back = missed and time.time() > agent.since + _AWAY_SECONDS
                if agent.number in numbers and (begins or back):
                    bus.request(SetAgentState(BY, agent.number, AgentState.IDLE))
        except NoCallSide as error:
            log.warning("the simulated agents reach nobody", error=str(error))
        gevent.sleep(_LOOK_SECONDS)
