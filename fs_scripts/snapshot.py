"""Snapshots of the switch: its channels are asked for and compared with what is believed here.

State is never trusted over the switch; what differs is repaired. Only of a call that has a handler in this
process the handler knows more, since the list of channels may be older than what it did last.
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any, Protocol

import structlog

from fs_scripts.calls import variables as var
from fs_scripts.dispatch import Dispatcher
from fs_scripts.esl import commands as esl
from fs_scripts.esl.errors import CommandFailed, EslError
from fs_scripts.own_calls import OwnCalls
from fs_scripts.ownership import Ownerships
from fs_scripts.repairs import Repairs
from hotline.domain.agent import AgentState

log = structlog.get_logger(__name__)


class Switch(Protocol):
    """FreeSWITCH's event socket, as far as it is used here."""

    def api(self, command: str, timeout: float = ...) -> str: ...

    def channels(self) -> list[dict[str, str]]: ...


@dataclass(frozen=True, slots=True)
class Leg:
    """A channel at a desk phone; *marks* are the variables of ours that it carries."""

    channel: str
    extension: str
    callstate: str
    marks: Mapping[str, str]

    @property
    def talks(self) -> bool:
        return self.callstate in {"ACTIVE", "HELD"}


@dataclass(frozen=True, slots=True)
class Snapshot:
    """What the switch has: all *channels*, and of them the *legs* at desk phones that were there until the end.
    *known* are the agents' own calls of which was known when the switch was asked.
    """

    channels: frozenset[str]
    legs: tuple[Leg, ...]
    known: frozenset[str]


class Snapshots:
    """Takes snapshots of the switch, and repairs what they show."""

    def __init__(
        self, dispatcher: Dispatcher, owned: Ownerships, own_calls: OwnCalls, repairs: Repairs
    ) -> None:
        self._dispatcher = dispatcher
        self._owned = owned
        self._own_calls = own_calls
        self._repairs = repairs
        # Legs that ended while a snapshot is taken; none is taken otherwise.
        self._ended_meanwhile: set[str] | None = None

    def leg_ended(self, channel: str) -> None:
        """Events come in while a snapshot is taken: a leg that they have ended must not be brought back."""
        if self._ended_meanwhile is not None:
            self._ended_meanwhile.add(channel)

    def take(self, switch: Switch) -> Snapshot:
        """Ask the switch. Raises :class:`EslError`."""
        known = self._own_calls.legs()
        ended: set[str] = set()
        self._ended_meanwhile = ended
        rows = switch.channels()
        looked_at = [_look_at(switch, row) for row in rows if _phone(row)]
        self._ended_meanwhile = None
        return Snapshot(
            channels=frozenset(row["uuid"] for row in rows),
            legs=tuple(leg for leg in looked_at if leg is not None and leg.channel not in ended),
            known=known,
        )

    def compare(self, snapshot: Snapshot, switch: Switch) -> None:
        """Repair what is believed otherwise."""
        own = {leg.channel: leg.extension for leg in snapshot.legs if not leg.marks.get(var.OFFER)}
        self._own_calls.correct(own, snapshot.known)
        talking: set[str] = set()
        for leg in snapshot.legs:
            if leg.marks.get(var.ROLE) != "agent":
                continue
            agent = leg.marks.get(var.AGENT, "")
            if leg.talks:
                talking.add(agent)
                self._repairs.adopt(agent, leg.marks.get(var.INTERACTION, ""), leg.marks)
            elif leg.marks.get(var.OFFER) not in self._dispatcher.state.offers:
                self._end_orphan(switch, leg.channel, agent)
        for number, believed in list(self._dispatcher.state.agents.items()):
            # A handler here knows of its own talk; the list of channels may be older than that.
            if (
                believed.state is AgentState.TALKING
                and number not in talking
                and believed.call_id
                and believed.call_id not in self._owned
            ):
                self._repairs.end_talk(number, believed.call_id)

    def lost_calls(self, switch: Switch, open_calls: Iterable[tuple[str, str]]) -> list[tuple[str, str]]:
        """Those calls (interaction id, channel), open in the books, that nobody here has and the switch does
        not know any more. Raises :class:`EslError`.
        """
        unowned = [call for call in open_calls if call[0] not in self._owned]
        if not unowned:
            return []
        alive = {row["uuid"] for row in switch.channels()}
        return [call for call in unowned if call[1] not in alive]

    def _end_orphan(self, switch: Switch, leg: str, agent: str) -> None:
        """An agent's phone rings for an offer that nobody remembers."""
        self._repairs.note("orphan_leg", agent, leg)
        try:
            switch.api(esl.uuid_kill(leg, "ORIGINATOR_CANCEL"))
        except EslError:
            log.info("the orphan leg was gone already", leg=leg)


def _look_at(switch: Switch, row: Mapping[str, Any]) -> Leg | None:
    """The leg with what it carries; None when it is gone."""
    channel = row["uuid"]
    try:
        dump = json.loads(switch.api(f"uuid_dump {channel} json"))
    except (CommandFailed, ValueError):
        return None
    marks = {k.removeprefix("variable_"): v for k, v in dump.items() if k.startswith("variable_hotline_")}
    return Leg(channel, _phone(row), str(row.get("callstate") or ""), marks)


def _phone(row: Mapping[str, Any]) -> str:
    """The extension of the desk phone at a channel, from its presence id (``1001@domain``); empty for
    others.
    """
    return str(row.get("presence_id") or "").partition("@")[0]
