"""The decision log, line by line: a state from which to go on, then every event with its time and a digest
of what the ACD ordered.

A *stretch* is what one process decided without a gap. It begins with a snapshot; a line that cannot be read
ends it, since what follows would be decided from another state.
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, Final

import msgspec

from hotline.domain.acd import wire
from hotline.domain.acd.effects import Effect
from hotline.domain.acd.events import Event
from hotline.domain.acd.model import AcdState

FORMAT: Final = 1
_encoder: Final = msgspec.json.Encoder()


@dataclass(frozen=True, slots=True)
class Noted:
    """One event, when the ACD was told, and the digest of its effects."""

    at: float
    event: Event
    digest: str


@dataclass(slots=True)
class Stretch:
    """Events without a gap, and the state (packed) before the first of them. ``began_at`` is its time."""

    began_at: float
    state: Mapping[str, Any]
    noted: list[Noted] = field(default_factory=list)

    def fresh_state(self) -> AcdState:
        """The state to begin with, to be changed at will. Raises :class:`wire.NotOnRecord`."""
        return wire.unpack_state(self.state)


@dataclass(frozen=True, slots=True)
class Record:
    """What was read: stretches in order, and how many lines could not be used."""

    stretches: tuple[Stretch, ...]
    unusable: int


def opening_line(at: float, state: Mapping[str, Any]) -> str:
    """The line that a stretch begins with; *state* as :func:`wire.pack_state` made it."""
    return _line({"at": at, "format": FORMAT, "state": state})


def event_line(at: float, event: Event, effects: Sequence[Effect]) -> str:
    name, values = wire.pack_event(event)
    line: dict[str, Any] = {"at": at, "event": name}
    if values:
        line["with"] = values
    if effects:
        line["digest"] = wire.digest(effects)
    return _line(line)


def read(lines: Iterable[str]) -> Record:
    """What the lines of one process hold. Lines that cannot be read are counted."""
    stretches: list[Stretch] = []
    current: Stretch | None = None
    unusable = 0
    for line in lines:
        if not line.strip():
            continue
        try:
            values = json.loads(line)
            if "state" in values:
                current = _opened(values)
                stretches.append(current)
                continue
            noted = Noted(
                float(values["at"]),
                wire.unpack_event([values["event"], values.get("with", {})]),
                str(values.get("digest", "")),
            )
        except (ValueError, KeyError, TypeError):
            current = None
            unusable += 1
            continue
        if current is None:
            unusable += 1
        else:
            current.noted.append(noted)
    return Record(tuple(stretches), unusable)


def _opened(values: Mapping[str, Any]) -> Stretch:
    if values["format"] != FORMAT:
        raise ValueError(f"format {values['format']}")
    return Stretch(float(values["at"]), values["state"])


def _line(values: Mapping[str, Any]) -> str:
    return _encoder.encode(values).decode()
