"""The watcher of the switch: the one inbound connection, and what it tells the ACD.

State is never trusted over the switch. Phones are reachable when FreeSWITCH has their registration; an agent
talks when FreeSWITCH has bridged the two; a call whose handler is
gone is closed in the books when FreeSWITCH reports its end. After every (re)connect the channels and
registrations are compared with what we believe, and what differs is repaired.
"""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

import gevent
import structlog

from fs_scripts.calls import variables as var
from fs_scripts.dispatch import Dispatcher, Journal
from fs_scripts.esl import commands as esl
from fs_scripts.esl.errors import CommandFailed, ConnectionLost, EslError
from fs_scripts.esl.events import Event
from fs_scripts.esl.inbound import EventSocket
from fs_scripts.live_view import LiveView
from fs_scripts.ownership import Ownerships
from hotline.domain import journal as kinds
from hotline.domain.acd.events import PhoneInUse, PhoneReachable, TalkAdopted
from hotline.domain.agent import AgentState
from hotline.domain.directory import DOMAIN

log = structlog.get_logger(__name__)

EVENTS: Final = (
    "CHANNEL_CREATE",
    "CHANNEL_BRIDGE",
    "CHANNEL_HANGUP_COMPLETE",
    "CHANNEL_HOLD",
    "CHANNEL_UNHOLD",
    "RECORD_STOP",
    "CUSTOM sofia::register",
    "CUSTOM sofia::unregister",
    "CUSTOM sofia::expire",
)
# Where the dialplan takes calls of desk phones that have signed in.
_DESK_CONTEXT: Final = "desk"
# The call's own handler reports first; after this time the watcher does it.
_AFTER_HANDLER_SECONDS: Final = 1.0
# A comparison with the switch that failed half-way is made again after this time.
COMPARE_AGAIN_SECONDS: Final = 2.0
# Registrations are asked for again this often, since an event may have been lost.
REGISTRATION_REFRESH_SECONDS: Final = 30.0


@dataclass(frozen=True, slots=True)
class _Hold:
    """A leg on hold; *since* is the switch's time in microseconds."""

    interaction: str
    agent: str | None
    since: int


class SwitchWatcher:
    """Keeps the ACD's picture of phones and talks true."""

    def __init__(
        self,
        dispatcher: Dispatcher,
        journal: Journal,
        view: LiveView,
        owned: Ownerships,
        recordings: Path,
    ) -> None:
        self._dispatcher = dispatcher
        self._journal = journal
        self._view = view
        self._owned = owned
        self._recordings = recordings
        self._own_legs: dict[str, str] = {}
        self._holds: dict[str, _Hold] = {}
        # Legs that ended while a snapshot is taken; none is taken otherwise.
        self._ended_meanwhile: set[str] | None = None
        self._socket: EventSocket | None = None
        self._refresher: gevent.Greenlet[..., None] | None = None

    def attach(self, socket: EventSocket) -> None:
        """Watch over this connection, from its next (re)connect on."""
        self._socket = socket

    def start(self) -> None:
        self._refresher = gevent.spawn(self._refresh_for_ever)

    def stop(self) -> None:
        if self._refresher is not None:
            self._refresher.kill()
            self._refresher = None

    # --- connection -----------------------------------------------------------------------------------------

    def on_connected(self, socket: EventSocket) -> None:
        """Compare with the switch and repair, again until that is done. Called after every (re)connect,
        when the events are subscribed. Raises :class:`ConnectionLost`.
        """
        announced = False
        while True:
            try:
                if not announced:
                    self._announce(socket)
                    announced = True
                self.refresh_registrations(socket)
                self._take_snapshot(socket)
                return
            except ConnectionLost:
                # The next connect begins anew.
                raise
            except Exception:
                # What is half compared must not stay so until the connection is lost some day.
                log.exception("the switch could not be compared with; trying again")
                gevent.sleep(COMPARE_AGAIN_SECONDS)

    def _announce(self, socket: EventSocket) -> None:
        version = socket.api("version").split("\n", 1)[0]
        log.info("connected to the switch", version=version)
        self._journal.write(kinds.SWITCH_CONNECTED, version=version)
        self._view.switch_changed(version, connected=True)

    def on_lost(self) -> None:
        """The connection is gone; calls go on, and the picture is made anew at the next connect."""
        log.warning("the connection to the switch is lost")
        self._journal.write(kinds.SWITCH_LOST)
        self._view.switch_changed("", connected=False)

    def _refresh_for_ever(self) -> None:
        while True:
            gevent.sleep(REGISTRATION_REFRESH_SECONDS)
            if self._socket is not None and self._socket.connected:
                self._refresh_once(self._socket)

    def refresh_registrations(self, socket: EventSocket) -> None:
        """Make every agent's phone as reachable as the switch says it is."""
        registered = {row.get("reg_user", "") for row in socket.registrations()}
        for extension, number in list(self._dispatcher.state.by_extension.items()):
            reachable = extension in registered
            agent = self._dispatcher.state.agents.get(number)
            if not reachable and agent is not None and agent.reachable:
                # The list lags behind a phone that registers this moment; the SIP profile knows at once.
                contact = socket.api(f"sofia_contact internal/{extension}@{DOMAIN}")
                reachable = not contact.startswith("error/")
            self._set_reachable(number, extension, reachable)

    def _set_reachable(self, number: str, extension: str, reachable: bool) -> None:
        agent = self._dispatcher.state.agents.get(number)
        if agent is None or agent.reachable == reachable:
            return
        self._dispatcher.apply(PhoneReachable(extension, reachable))
        self._journal.write(kinds.AGENT_REACHABLE, agent=number, reachable=reachable)
        self._view.agent_changed(number)

    def _take_snapshot(self, socket: EventSocket) -> None:
        before = set(self._own_legs)
        # Events come in while we ask: a leg that they have ended must not be brought back.
        ended: set[str] = set()
        self._ended_meanwhile = ended
        rows = socket.channels()
        legs = [row for row in rows if _phone(row)]
        found = {row["uuid"]: self._marks(socket, row["uuid"]) for row in legs}
        self._ended_meanwhile = None
        marks = {leg: mark for leg, mark in found.items() if mark is not None and leg not in ended}
        legs = [row for row in legs if row["uuid"] in marks]
        begun = {leg: phone for leg, phone in self._own_legs.items() if leg not in before}
        own = {row["uuid"]: _phone(row) for row in legs if not marks[row["uuid"]].get(var.OFFER)}
        self._own_legs = own | begun
        alive = {row["uuid"] for row in rows}
        self._holds = {leg: hold for leg, hold in self._holds.items() if leg in alive}
        self._recount(self._dispatcher.state.by_extension)
        talking: set[str] = set()
        for row in legs:
            mark = marks[row["uuid"]]
            if mark.get(var.ROLE) != "agent":
                continue
            agent = mark.get(var.AGENT, "")
            if row.get("callstate") in {"ACTIVE", "HELD"}:
                talking.add(agent)
                self._adopt(agent, mark.get(var.INTERACTION, ""), mark)
            elif mark.get(var.OFFER) not in self._dispatcher.state.offers:
                self._kill_leg(socket, row["uuid"], agent)
        for number, known in list(self._dispatcher.state.agents.items()):
            # A handler here knows of its own talk; the list of channels may be older than that.
            if (
                known.state is AgentState.TALKING
                and number not in talking
                and known.call_id
                and known.call_id not in self._owned
            ):
                self._repaired("talk_was_over", number, known.call_id)
                self._dispatcher.talk_ended(number, known.call_id)

    def lost_calls(self, open_calls: Iterable[tuple[str, str]]) -> list[tuple[str, str]]:
        """Those calls (interaction id, channel), open in the books, that nobody here has and the switch does
        not know any more. Raises :class:`EslError`.
        """
        unowned = [call for call in open_calls if call[0] not in self._owned]
        if not unowned or self._socket is None or not self._socket.connected:
            return []
        alive = {row["uuid"] for row in self._socket.channels()}
        return [call for call in unowned if call[1] not in alive]

    def close_lost_calls(self, lost: Iterable[tuple[str, str]]) -> None:
        """Close the books of calls of which :meth:`lost_calls` has told."""
        for interaction, _ in lost:
            self._repaired("call_was_over", "", interaction)
            self._close(interaction, "system", "SWITCH_LOST")

    def _marks(self, socket: EventSocket, channel: str) -> dict[str, str] | None:
        """The variables of ours that a channel carries; None when the channel is gone."""
        try:
            dump = json.loads(socket.api(f"uuid_dump {channel} json"))
        except (CommandFailed, ValueError):
            return None
        return {k.removeprefix("variable_"): v for k, v in dump.items() if k.startswith("variable_hotline_")}

    def _kill_leg(self, socket: EventSocket, leg: str, agent: str) -> None:
        """An agent's phone rings for an offer that nobody remembers."""
        self._repaired("orphan_leg", agent, leg)
        try:
            socket.api(esl.uuid_kill(leg, "ORIGINATOR_CANCEL"))
        except EslError:
            log.info("the orphan leg was gone already", leg=leg)

    # --- events ---------------------------------------------------------------------------------------------

    def on_event(self, event: Event) -> None:
        """Take in one event of the switch."""
        match event.name:
            case "CHANNEL_CREATE":
                self._leg_began(event)
            case "CHANNEL_BRIDGE":
                self._bridged(event)
            case "CHANNEL_HANGUP_COMPLETE":
                self._leg_ended(event)
            case "CHANNEL_HOLD":
                self._held(event)
            case "CHANNEL_UNHOLD":
                self._retrieved(event)
            case "RECORD_STOP":
                self._recorded(event)
            case "CUSTOM sofia::register":
                extension = event.get("from-user") or ""
                number = self._dispatcher.state.by_extension.get(extension)
                if number is not None:
                    self._set_reachable(number, extension, True)
            case "CUSTOM sofia::unregister" | "CUSTOM sofia::expire":
                # The phone may be registered twice; only the switch knows what is left.
                if self._socket is not None:
                    gevent.spawn(self._refresh_once, self._socket)
            case _:
                pass

    def _refresh_once(self, socket: EventSocket) -> None:
        try:
            self.refresh_registrations(socket)
        except EslError as error:
            log.warning("registrations could not be read", error=str(error))
        except Exception:
            # The next refresh must come whatever the switch has said.
            log.exception("registrations could not be taken in")

    def _leg_began(self, event: Event) -> None:
        extension = event.var("dialed_user") or event.var("user_name")
        if extension is None and event.get("Caller-Context") == _DESK_CONTEXT:
            # Of a phone whose account is known. From outside the same header holds whatever the caller says.
            extension = event.get("Caller-Username")
        if extension in self._dispatcher.state.by_extension and not event.var(var.OFFER):
            self._own_legs[event.uuid] = str(extension)
            self._recount([str(extension)])

    def _recount(self, extensions: Iterable[str]) -> None:
        counts = Counter(self._own_legs.values())
        for extension in list(extensions):
            agent = self._dispatcher.state.agents.get(self._dispatcher.state.by_extension.get(extension, ""))
            if agent is not None and agent.own_calls != counts[extension]:
                self._dispatcher.apply(PhoneInUse(extension, counts[extension]))
                self._view.agent_changed(agent.spec.number)

    def _bridged(self, event: Event) -> None:
        interaction, agent = event.var(var.INTERACTION), event.var(var.AGENT)
        if interaction and agent and interaction not in self._owned:
            mark = {name: event.var(name) or "" for name in (var.QUEUE, var.CALLER, var.OFFER)}
            gevent.spawn(self._adopt_if_there, event.uuid, agent, interaction, mark)

    def _adopt_if_there(self, leg: str, agent: str, interaction: str, mark: Mapping[str, str]) -> None:
        """Events of a switch that is overloaded come late: the talk may be over, and its agent in the next."""
        socket = self._socket
        if socket is None:
            return
        try:
            there = socket.api(f"uuid_exists {leg}") == "true"
        except EslError as error:
            # What is not known now is compared again at the next connect.
            log.warning("whether two talk could not be asked", leg=leg, error=str(error))
            return
        if there:
            self._adopt(agent, interaction, mark)

    def _adopt(self, agent: str, interaction: str, mark: Mapping[str, str]) -> None:
        """The switch says that they talk, on a leg that is marked so."""
        known = self._dispatcher.state.agents.get(agent)
        if known is None or interaction in self._owned:
            return
        queue, caller = mark.get(var.QUEUE, ""), mark.get(var.CALLER, "")
        if known.state is AgentState.TALKING and known.call_id == interaction:
            if known.queue is None:
                # From before a take-over: for whom, and so the wrap-up, only the leg knows.
                self._dispatcher.apply(TalkAdopted(agent, interaction, queue, caller))
                self._view.agent_changed(agent)
            return
        self._dispatcher.apply(TalkAdopted(agent, interaction, queue, caller))
        self._repaired("talk_adopted", agent, interaction)
        offer = mark.get(var.OFFER, "")
        # Whoever made the offer has not lived to see it answered, or was slower.
        self._journal.write(
            kinds.CALL_CONNECTED,
            interaction_id=interaction,
            entry_id=kinds.fact_id(interaction, "connected", offer),
            agent=agent,
            queue=queue or None,
            offer_id=offer,
            extension=known.spec.extension,
        )

    def _leg_ended(self, event: Event) -> None:
        if self._ended_meanwhile is not None:
            self._ended_meanwhile.add(event.uuid)
        extension = self._own_legs.pop(event.uuid, None)
        if extension is not None:
            self._recount([extension])
        self._retrieved(event)
        interaction, role = event.var(var.INTERACTION), event.var(var.ROLE)
        if not interaction:
            return
        if role == "agent":
            agent = event.var(var.AGENT) or ""
            gevent.spawn_later(_AFTER_HANDLER_SECONDS, self._make_sure_talk_ended, agent, interaction)
        elif role == "caller" and interaction not in self._owned:
            gevent.spawn_later(_AFTER_HANDLER_SECONDS, self._close_unowned, interaction, event)

    def _make_sure_talk_ended(self, agent: str, interaction: str) -> None:
        known = self._dispatcher.state.agents.get(agent)
        if (
            known is not None
            and known.state is AgentState.TALKING
            and known.call_id == interaction
            and interaction not in self._owned
        ):
            self._journal.write(
                kinds.CALL_DISCONNECTED, interaction_id=interaction, agent=agent, side="caller"
            )
            self._dispatcher.talk_ended(agent, interaction)

    def _close_unowned(self, interaction: str, event: Event) -> None:
        if interaction in self._owned:
            return
        cause = event.get("Hangup-Cause") or "UNKNOWN"
        served = bool(event.var("last_bridge_to"))
        outcome = "served" if served else "abandoned" if event.var(var.QUEUED_AT) else "self_service"
        self._close(interaction, "caller", cause, outcome)

    def _close(self, interaction: str, side: str, cause: str, outcome: str = "failed") -> None:
        self._dispatcher.leave(interaction)
        self._journal.write(
            kinds.CALL_ENDED,
            interaction_id=interaction,
            entry_id=kinds.fact_id(interaction, "ended"),
            side=side,
            cause=cause,
            outcome=outcome,
        )
        self._view.call_ended(interaction)

    def _held(self, event: Event) -> None:
        interaction = event.var(var.INTERACTION)
        if interaction:
            agent = event.var(var.AGENT)
            self._holds[event.uuid] = _Hold(interaction, agent, _microseconds(event))
            self._journal.write(kinds.CALL_HELD, interaction_id=interaction, agent=agent)

    def _retrieved(self, event: Event) -> None:
        """A leg is taken from hold, or ends on hold."""
        hold = self._holds.pop(event.uuid, None)
        if hold is not None:
            self._journal.write(
                kinds.CALL_RETRIEVED,
                interaction_id=hold.interaction,
                agent=hold.agent,
                held_ms=max(0, _microseconds(event) - hold.since) // 1000,
            )

    def _recorded(self, event: Event) -> None:
        interaction, path = event.var(var.INTERACTION), event.get("Record-File-Path")
        if not interaction or not path:
            return
        file = Path(path)
        relative = file.relative_to(self._recordings) if file.is_relative_to(self._recordings) else file
        milliseconds = event.var("record_ms") or ""
        self._journal.write(
            kinds.RECORDING_ENDED,
            interaction_id=interaction,
            path=str(relative),
            duration_ms=int(milliseconds) if milliseconds.isdigit() else None,
        )

    def _repaired(self, what: str, agent: str, subject: str) -> None:
        log.warning("repaired after the switch", what=what, agent=agent, subject=subject)
        self._journal.write(kinds.SYSTEM_REPAIRED, agent=agent or None, what=what, subject=subject)


def _microseconds(event: Event) -> int:
    """When the switch made the event, by its own clock; 0 when it does not say."""
    stamp = event.get("Event-Date-Timestamp") or ""
    return int(stamp) if stamp.isdigit() else 0


def _phone(row: dict[str, Any]) -> str:
    """The extension of the desk phone at a channel, from its presence id (``1001@domain``); empty for
    others.
    """
    return str(row.get("presence_id") or "").partition("@")[0]
