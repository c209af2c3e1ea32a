"""API commands. ``execute`` answers one; an unknown one is answered as FreeSWITCH does."""

from __future__ import annotations

from fs_scripts.simulated.api import calls, channels, system
from fs_scripts.simulated.api.kinds import Command
from fs_scripts.simulated.engine import Engine

COMMANDS: dict[str, Command] = {**channels.COMMANDS, **calls.COMMANDS, **system.COMMANDS}


def execute(engine: Engine, name: str, arg: str) -> str:
    """The reply's text; an empty one means that the command said nothing."""
    if name == "bgapi":
        name, _, arg = arg.partition(" ")
    command = COMMANDS.get(name)
    if command is None:
        return f"-ERR {name} Command not found!\n"
    return command(engine, arg.strip(" "))
