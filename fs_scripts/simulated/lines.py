"""What an endpoint of a dial string leads to."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Protocol

from fs_scripts.simulated.channel import Channel, FarEnd


class Party(FarEnd, Protocol):
    """Somebody who can be called."""

    def offered(self, channel: Channel) -> None:
        """The leg rings at this party; it must return at once and answer or refuse later."""


@dataclass(frozen=True)
class Line:
    """A party that can be reached, and how its channel is named."""

    party: Party
    channel_name: str
    destination: str
    presence_id: str = ""
    user: str = ""
    domain: str = ""


Resolve = Callable[[str], Line | str]
"""An endpoint's line, or the hang-up cause why there is none."""


@dataclass(frozen=True)
class Registration:
    """One entry of ``show registrations``."""

    user: str
    domain: str
    contact: str
    call_id: str
    expires: float
    port: int
