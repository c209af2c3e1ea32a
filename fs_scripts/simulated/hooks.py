"""Channel variables that let the switch do something by itself: ``execute_on_answer``, ``api_on_answer`` and the like."""

from __future__ import annotations

from fs_scripts.simulated.channel import Channel


def hooked(channel: Channel, prefix: str) -> list[tuple[str, str]]:
    """Command and argument of every variable whose name begins with ``prefix``."""
    found = []
    for name, value in channel.variables.items():
        if name.startswith(prefix):
            command, _, argument = value.replace("::", " ", 1).partition(" ")
            found.append((command, argument))
    return found
