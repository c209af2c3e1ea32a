"""Expansion of ``${...}`` in application arguments and in the API command ``eval``."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping

from fs_scripts.simulated.channel import Channel

_REFERENCE = re.compile(r"\$?\$\{([^{}]*)\}")
_SLICE = re.compile(r"^(.*?):(-?\d+)(?::(\d+))?$")


def lookup(channel: Channel | None, name: str, globals_: Mapping[str, str]) -> str | None:
    """A channel variable, else a field of the caller profile, else a global variable."""
    if channel is not None:
        if name in channel.variables:
            return channel.variables[name]
        fields = {
            "uuid": channel.uuid,
            "caller_id_number": channel.caller_number,
            "caller_id_name": channel.caller_name,
            "destination_number": channel.destination,
            "context": channel.context,
            "channel_name": channel.name,
        }
        if name in fields:
            return fields[name]
    return globals_.get(name)


def expand(
    text: str,
    channel: Channel | None,
    globals_: Mapping[str, str],
    api: Callable[[str, str], str],
) -> str:
    """``${name}``, ``${name:offset:length}`` and ``${command(arguments)}``; what is not set becomes nothing."""

    def value(found: re.Match[str]) -> str:
        inner = found.group(1)
        command, bracket, arguments = inner.partition("(")
        if bracket and arguments.endswith(")"):
            return api(command.strip(), arguments[:-1]).rstrip("\n")
        cut = _SLICE.match(inner)
        if cut is None:
            return lookup(channel, inner, globals_) or ""
        whole = lookup(channel, cut.group(1), globals_) or ""
        rest = whole[int(cut.group(2)) :]
        return rest[: int(cut.group(3))] if cut.group(3) else rest

    if "${" not in text:
        return text
    for _ in range(10):
        expanded = _REFERENCE.sub(value, text)
        if expanded == text or "${" not in expanded:
            return expanded
        text = expanded
    return text
