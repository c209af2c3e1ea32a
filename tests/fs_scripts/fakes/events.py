"""Events of the switch, made by hand."""

from __future__ import annotations

from urllib.parse import quote

from fs_scripts.esl.events import Event
from fs_scripts.esl.framing import Block


def event(name: str, headers: dict[str, str] | None = None, **variables: str) -> Event:
    """An event of the switch; underscores in *variables* are the channel variables' own."""
    lines = {"Event-Name": name, **(headers or {})}
    lines |= {f"variable_{key}": value for key, value in variables.items()}
    return Event(Block("\n".join(f"{key}: {quote(value)}" for key, value in lines.items()).encode()))
