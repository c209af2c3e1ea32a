"""The watcher of the switch: the one inbound connection, and what it tells the ACD.

State is never trusted over the switch. Phones are reachable when FreeSWITCH has their registration; an agent
talks when FreeSWITCH has bridged the two; a call whose handler is
gone is closed in the books when FreeSWITCH reports its end. After every (re)connect the registrations and, in a
snapshot, the channels are compared with what we believe, and what differs is repaired.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Final

import gevent
import structlog

from fs_scripts.calls import variables as var
from fs_scripts.dispatch import Dispatcher, Journal
from fs_scripts.esl.errors import ConnectionLost, EslError
from fs_scripts.esl.events import Event
from fs_scripts.esl.inbound import EventSocket
from fs_scripts.live_view import LiveView
from fs_scripts.own_calls import OwnCalls
from fs_scripts.ownership import Ownerships
from fs_scripts.repairs import Repairs
from fs_scripts.snapshot import Snapshots
from hotline.domain import journal as kinds
from hotline.domain.acd.events import PhoneReachable
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
        self._own_calls = OwnCalls(dispatcher, view)
        self._repairs = Repairs(dispatcher, journal, view, owned)
        self._snapshots = Snapshots(dispatcher, owned, self._own_calls, self._repairs)
        self._holds: dict[str, _Hold] = {}
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
                self._compare(socket)
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

    def _compare(self, socket: EventSocket) -> None:
        snapshot = self._snapshots.take(socket)
        self._holds = {leg: hold for leg, hold in self._holds.items() if leg in snapshot.channels}
        self._snapshots.compare(snapshot, socket)

    def lost_calls(self, open_calls: Iterable[tuple[str, str]]) -> list[tuple[str, str]]:
        """Those calls (interaction id, channel), open in the books, that nobody here has and the switch does
        not know any more. Raises :class:`EslError`.
        """
        if self._socket is None or not self._socket.connected:
            return []
        return self._snapshots.lost_calls(self._socket, open_calls)

    def close_lost_calls(self, lost: Iterable[tuple[str, str]]) -> None:
        """Close the books of calls of which :meth:`lost_calls` has told."""
        for interaction, _ in lost:
            self._repairs.note("call_was_over", "", interaction)
            self._repairs.close(interaction, "system", "SWITCH_LOST")

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
            self._own_calls.began(event.uuid, str(extension))

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
            self._repairs.adopt(agent, interaction, mark)

    def _leg_ended(self, event: Event) -> None:
        self._snapshots.leg_ended(event.uuid)
        self._own_calls.ended(event.uuid)
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
        self._repairs.close(interaction, "caller", cause, outcome)

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


def _microseconds(event: Event) -> int:
    """When the switch made the event, by its own clock; 0 when it does not say."""
    stamp = event.get("Event-Date-Timestamp") or ""
    return int(stamp) if stamp.isdigit() else 0
