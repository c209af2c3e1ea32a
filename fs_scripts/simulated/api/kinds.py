"""What an API command is, and looking up the channel that most of them begin with."""

from __future__ import annotations

from collections.abc import Callable

from fs_scripts.simulated.channel import Channel
from fs_scripts.simulated.engine import Engine

Command = Callable[[Engine, str], str]

NO_CHANNEL = "-ERR No such channel!\n"
OK = "+OK\n"
DONE = "+OK Success\n"
FAILED = "-ERR Operation failed\n"


def usage(text: str) -> str:
    return f"-USAGE: {text}\n"


def locate(engine: Engine, uuid: str) -> Channel | None:
    """A channel that is not hung up; one that only lingers is as good as gone to most commands."""
    channel = engine.channels.get(uuid)
    return channel if channel is not None and channel.up else None
