"""The processes of the call side, each as a context: inside it runs, after it nothing is left."""

from __future__ import annotations

import os
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Final

import structlog

from fs_scripts.bookkeeper import Bookkeeper
from fs_scripts.decision_log import DecisionLog
from fs_scripts.journal import Journal
from fs_scripts.lookups import SourceLookUps
from fs_scripts.phones import write_directory
from fs_scripts.service import CallSide, CallSideConfig
from fs_scripts.simulation import SimulatedChoice, demo_callers, simulate, simulated_switch
from fs_scripts.switch import choice
from fs_scripts.switch.choice import NoSwitch, Switch
from fs_scripts.switch.find import NotAProgram, find_binary
from fs_scripts.switch.process import SwitchProcess, SwitchStartError
from hotline.config import Settings
from hotline.live.bus import LiveBus
from hotline.store.prepare import Store
from hotline.store.segment import SegmentError
from ivr_prompts.build import BuildFailed, build_all
from ivr_prompts.library import PromptLibrary
from ivr_prompts.texts import BadTexts

__all__ = [
    "CANNOT_START",
    "SimulatedChoice",
    "any_switch",
    "build_prompts",
    "call_side",
    "demo_callers",
    "make_folders",
    "own_freeswitch",
    "scheduled_jobs",
    "simulate",
    "simulated_switch",
    "write_phones",
]

log = structlog.get_logger(__name__)


class CannotListen(Exception):
    """The call side's address cannot be had. One line that names the setting and says what to do."""


# What stops a start and is told in one line, since it says what to do.
CANNOT_START: Final = (
    NoSwitch,
    SwitchStartError,
    NotAProgram,
    BuildFailed,
    BadTexts,
    SegmentError,
    CannotListen,
)


def build_prompts(settings: Settings) -> None:
    """Make the audio that is missing. Raises :class:`ivr_prompts.build.BuildFailed`."""
    built = build_all(settings.home)
    if built.made:
        log.info("prompts are ready", made=built.made)


def write_phones(settings: Settings, store: Store) -> bool:
    """Write the desk phones' accounts for the switch; whether anything has changed."""
    folder = choice.switch_settings(settings).directory_folder
    with store.database.read() as session:
        return write_directory(session, store.vault, folder)


@contextmanager
def any_switch(settings: Settings) -> Iterator[Switch]:
    """The switch that the settings ask for, started if need be. Raises what :func:`choice.choose` raises."""
    found = choice.choose(settings, lambda: simulated_switch(settings))
    try:
        yield found
    finally:
        found.stop()


@contextmanager
def own_freeswitch(settings: Settings) -> Iterator[SwitchProcess]:
    """A FreeSWITCH with our tree as a child. Raises :class:`NoSwitch` when there is no program to start."""
    binary = find_binary(settings.freeswitch)
    if binary is None:
        raise NoSwitch("no freeswitch program was found; install it, or name it in HOTLINE_FREESWITCH")
    process = SwitchProcess(binary, choice.switch_settings(settings))
    process.start()
    try:
        yield process
    finally:
        process.stop()


@contextmanager
def call_side(settings: Settings, store: Store, bus: LiveBus, switch: Switch) -> Iterator[CallSide]:
    """A call side that works with *switch*."""
    journal = settings.spool / "journal"
    config = CallSideConfig(
        name=f"{settings.esl_listen}",
        listen=settings.esl_listen,
        event_socket=switch.address,
        event_socket_password=switch.password,
        switch_kind=switch.kind,
        home=settings.home,
        recordings=settings.recordings,
        script_ms=settings.script_ms,
    )
    side = CallSide(
        config,
        store.database,
        bus,
        PromptLibrary(settings.home, "zh"),
        time.time,
        Journal(journal, Bookkeeper(settings, journal), time.time),
        lambda: write_phones(settings, store),
        DecisionLog(settings.decisions, settings.decision_days),
        SourceLookUps(store.database, store.vault),
    )
    try:
        side.start()
    except OSError as error:
        raise CannotListen(
            f"HOTLINE_ESL_LISTEN: cannot listen on {settings.esl_listen} "
            f"({os.strerror(error.errno or 0)}); stop what has it, or give another address"
        ) from error
    try:
        yield side
    finally:
        side.stop()


@contextmanager
def scheduled_jobs(settings: Settings, store: Store, bus: LiveBus) -> Iterator[None]:
    """The scheduler of this installation."""
    # A call side, which should be up at once, does without the scheduler.
    from fs_scripts.jobs import Jobs

    jobs = Jobs(store.database, bus, settings.spool, PromptLibrary(settings.home, "zh"), time.time)
    jobs.start()
    try:
        yield
    finally:
        jobs.stop()


def make_folders(settings: Settings) -> None:
    """Make the folders that the processes share."""
    for folder in (
        settings.recordings,
        settings.spool / "cdr",
        settings.spool / "journal",
        settings.home / "run",
    ):
        Path(folder).mkdir(parents=True, exist_ok=True)
