"""Channel variables: set, multiset, unset, export, and the applications that do nothing else."""

from __future__ import annotations

import logging

from fs_scripts.simulated.channel import Channel
from fs_scripts.simulated.engine import Application, Engine

log = logging.getLogger(__name__)


def assign(channel: Channel, pair: str) -> None:
    """``name=value``; no value, or ``_undef_``, removes the variable."""
    name, _, value = pair.partition("=")
    name = name.strip()
    if name:
        channel.set(name, None if value == "_undef_" else value)


def set_(_: Engine, channel: Channel, arg: str) -> None:
    assign(channel, arg.lstrip())


def multiset(_: Engine, channel: Channel, arg: str) -> None:
    """Pairs separated by a space, or by the character after ``^^``."""
    delimiter = " "
    if arg.startswith("^^") and len(arg) > 2:
        delimiter, arg = arg[2], arg[3:]
    for pair in arg.split(delimiter):
        if "=" in pair:
            assign(channel, pair)


def unset(_: Engine, channel: Channel, arg: str) -> None:
    channel.set(arg.strip(), None)


def export(_engine: Engine, channel: Channel, arg: str) -> None:
    """Set here and on legs that are made later; with ``nolocal:`` only there."""
    name, _, value = arg.partition("=")
    plain = name.removeprefix("nolocal:")
    names = [item for item in channel.get("export_vars").split(",") if item]
    if name not in names:
        channel.set("export_vars", ",".join([*names, name]))
    # FreeSWITCH keeps a "nolocal:" value under its full name, where the leg's maker finds it.
    channel.set(name if plain != name else plain, value)


def set_global(engine: Engine, _channel: Channel, arg: str) -> None:
    name, _, value = arg.partition("=")
    engine.globals[name.strip()] = value


def write_log(_: Engine, channel: Channel, arg: str) -> None:
    log.info("simulated switch: channel %s: %s", channel.uuid, arg)


def nothing(_: Engine, __: Channel, ___: str) -> None:
    return


APPS: dict[str, Application] = {
    "set": set_,
    "multiset": multiset,
    "unset": unset,
    "export": export,
    "set_global": set_global,
    "log": write_log,
    "eval": nothing,
    "info": nothing,
    "start_dtmf": nothing,
    "stop_dtmf": nothing,
    "verbose_events": nothing,
}
