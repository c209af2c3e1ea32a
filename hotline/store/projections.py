"""What the journal means for calls, recordings, voice messages and agents: one function a kind.

An entry changes only the row objects that it is given, so that a call can be worked out again from its
entries at any time; see :func:`hotline.store.journal.append`.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from datetime import datetime
from typing import Any, Final

from sqlalchemy import select
from sqlalchemy.orm import Session

from hotline.domain import journal as kinds
from hotline.domain.agent import AgentState
from hotline.domain.journal import Entry
from hotline.store.base import from_epoch, to_epoch
from hotline.store.callback_projection import apply_to_callback, blank_callback, ticket_of
from hotline.store.models import AgentPresence, Call, Callback, Recording, VoiceMessage

_OPEN: Final = "open"
# What least occupied agents have done least of.
_WORK: Final = {AgentState.TALKING, AgentState.WRAP_UP}


def _text(data: Mapping[str, Any], key: str, length: int) -> str | None:
    value = data.get(key)
    return None if value is None else str(value)[:length]


def _number(data: Mapping[str, Any], key: str) -> int | None:
    value = data.get(key)
    if isinstance(value, bool) or not isinstance(value, int | float):
        return None
    return round(value)


def blank_call(interaction_id: str, at: float) -> Call:
    """A call of which nothing is known but that it is there."""
    call = Call(interaction_id=interaction_id)
    reset_call(call, at)
    return call


def reset_call(call: Call, at: float) -> None:
    """Forget all that entries have said about *call*; *at* is the time of its first entry."""
    call.channel_uuid = call.caller = call.caller_name = call.called = call.flow_code = ""
    call.direction = "inbound"
    call.started_at = from_epoch(at)
    call.answered_at = call.queued_at = call.connected_at = call.talk_ended_at = call.ended_at = None
    call.queue_code = call.agent_number = call.extension = call.hangup_side = call.hangup_cause = None
    call.wait_ms = call.talk_ms = call.mark = None
    call.flow_version = call.priority = call.offers = call.hold_ms = call.holds = 0
    call.outcome = _OPEN
    call.data = {}


class Rows:
    """The rows that a batch of entries is about, loaded with one query a table and added to as needed."""

    def __init__(self, session: Session, entries: Iterable[Entry]) -> None:
        self._session = session
        entries = list(entries)
        interactions = {entry.interaction_id for entry in entries if entry.interaction_id}
        paths = {path for entry in entries if (path := _text(entry.data, "path", 200))}
        agents = {e.agent_number for e in entries if e.agent_number and e.kind in _ON_PRESENCE}
        tickets = {ticket for entry in entries if (ticket := ticket_of(entry))}
        self.calls: dict[str, Call] = {}
        self._recordings: dict[str, Recording] = {}
        self._messages: dict[str, VoiceMessage] = {}
        self._presence: dict[str, AgentPresence] = {}
        self._callbacks: dict[str, Callback] = {}
        if interactions:
            # Locked: after a failover two processes may have entries of one call, and each changes what it
            # read.
            found = session.scalars(
                select(Call).where(Call.interaction_id.in_(interactions)).with_for_update()
            )
            self.calls = {call.interaction_id: call for call in found}
        if paths:
            recordings = session.scalars(select(Recording).where(Recording.path.in_(paths)))
            self._recordings = {recording.path: recording for recording in recordings}
            messages = session.scalars(select(VoiceMessage).where(VoiceMessage.path.in_(paths)))
            self._messages = {message.path: message for message in messages}
        if agents:
            present = session.scalars(select(AgentPresence).where(AgentPresence.agent_number.in_(agents)))
            self._presence = {presence.agent_number: presence for presence in present}
        if tickets:
            callbacks = session.scalars(select(Callback).where(Callback.ticket.in_(tickets)))
            self._callbacks = {callback.ticket: callback for callback in callbacks}

    def call(self, entry: Entry) -> Call | None:
        """The call of *entry*, made when it is new; none for an entry without an interaction."""
        if not entry.interaction_id:
            return None
        call = self.calls.get(entry.interaction_id)
        if call is None:
            call = self.calls[entry.interaction_id] = blank_call(entry.interaction_id, entry.at)
            self._session.add(call)
        return call

    def recording(self, entry: Entry, path: str) -> Recording:
        recording = self._recordings.get(path)
        if recording is None:
            recording = self._recordings[path] = Recording(
                path=path,
                interaction_id=entry.interaction_id or "",
                started_at=from_epoch(entry.at),
                caller="",
                called="",
            )
            self._session.add(recording)
        return recording

    def message(self, entry: Entry, path: str) -> VoiceMessage:
        message = self._messages.get(path)
        if message is None:
            message = self._messages[path] = VoiceMessage(
                path=path, interaction_id=entry.interaction_id or ""
            )
            self._session.add(message)
        return message

    def callback(self, entry: Entry, ticket: str) -> Callback:
        callback = self._callbacks.get(ticket)
        if callback is None:
            callback = self._callbacks[ticket] = blank_callback(ticket, entry.at)
            self._session.add(callback)
        return callback

    def presence(self, number: str) -> AgentPresence | None:
        return self._presence.get(number)

    def add_presence(self, number: str, since: datetime) -> AgentPresence:
        presence = AgentPresence(agent_number=number, state=AgentState.SIGNED_OUT, since=since, work_ms=0)
        self._presence[number] = presence
        self._session.add(presence)
        return presence


def apply_to_call(call: Call, entry: Entry) -> None:
    """Let *entry* change its call. Entries of one call come in the order of their times."""
    change = _ON_CALL.get(entry.kind)
    if change is not None:
        change(call, entry)


def apply_to_others(rows: Rows, entry: Entry) -> None:
    """Let *entry* change recordings, voice messages, callbacks and agents; in any order, each entry once."""
    ticket = ticket_of(entry)
    if ticket is not None:
        apply_to_callback(rows.callback(entry, ticket), entry)
    change = _ON_OTHERS.get(entry.kind)
    if change is not None:
        change(rows, entry)


def _started(call: Call, entry: Entry) -> None:
    data = entry.data
    call.started_at = from_epoch(entry.at)
    call.channel_uuid = _text(data, "channel", 64) or ""
    call.caller = _text(data, "caller", 64) or ""
    call.caller_name = _text(data, "caller_name", 80) or ""
    call.called = _text(data, "called", 64) or ""
    call.flow_code = _text(data, "flow", 32) or ""
    call.flow_version = _number(data, "version") or 0
    call.direction = _text(data, "direction", 8) or "inbound"


def _answered(call: Call, entry: Entry) -> None:
    call.answered_at = call.answered_at or from_epoch(entry.at)


def _queued(call: Call, entry: Entry) -> None:
    call.queued_at = call.queued_at or from_epoch(entry.at)
    call.queue_code = entry.queue_code or call.queue_code
    call.priority = _number(entry.data, "priority") or 0


def _dequeued(call: Call, entry: Entry) -> None:
    wait = _number(entry.data, "wait_ms")
    call.wait_ms = call.wait_ms if wait is None else wait


def _connected(call: Call, entry: Entry) -> None:
    call.connected_at = call.connected_at or from_epoch(entry.at)
    call.talk_ended_at = None
    call.hangup_side = None
    call.agent_number = entry.agent_number or call.agent_number
    call.extension = _text(entry.data, "extension", 16) or call.extension
    _dequeued(call, entry)
    if call.wait_ms is None and call.queued_at is not None:
        # The handler that would have known how long did not live to see them talk.
        call.wait_ms = round((entry.at - to_epoch(call.queued_at)) * 1000)


def _disconnected(call: Call, entry: Entry) -> None:
    if call.talk_ended_at is not None:
        # A talk without a handler is ended by the agent's leg and by the caller's: it counts once.
        call.hangup_side = call.hangup_side or _text(entry.data, "side", 8)
        return
    call.talk_ended_at = from_epoch(entry.at)
    talk = _number(entry.data, "talk_ms")
    if talk is None and call.connected_at is not None:
        # The handler that ended this talk in the books is not the one that began it.
        talk = round((entry.at - to_epoch(call.connected_at)) * 1000)
    call.talk_ms = (call.talk_ms or 0) + (talk or 0)
    call.hangup_side = _text(entry.data, "side", 8)


def _held(call: Call, _entry: Entry) -> None:
    call.holds += 1


def _retrieved(call: Call, entry: Entry) -> None:
    call.hold_ms += _number(entry.data, "held_ms") or 0


def _data_set(call: Call, entry: Entry) -> None:
    values = entry.data.get("values")
    if isinstance(values, Mapping):
        call.data = {**call.data, **values}


def _ended(call: Call, entry: Entry) -> None:
    call.ended_at = from_epoch(entry.at)
    call.outcome = _text(entry.data, "outcome", 16) or "failed"
    call.hangup_cause = _text(entry.data, "cause", 64)
    # Who ended the talk says more than who was last on the line after it.
    call.hangup_side = call.hangup_side or _text(entry.data, "side", 8)
    # A handler that died told neither the end of the wait nor that of the talk.
    if call.queued_at is not None and call.wait_ms is None:
        call.wait_ms = round((entry.at - to_epoch(call.queued_at)) * 1000)
    if call.connected_at is not None and call.talk_ended_at is None:
        call.talk_ended_at = from_epoch(entry.at)
        if call.talk_ms is None:
            call.talk_ms = round((entry.at - to_epoch(call.connected_at)) * 1000)


def _offered(call: Call, _entry: Entry) -> None:
    call.offers += 1


def _marked(call: Call, entry: Entry) -> None:
    call.mark = _number(entry.data, "mark")


_ON_CALL: Final[Mapping[str, Callable[[Call, Entry], None]]] = {
    kinds.CALL_STARTED: _started,
    kinds.CALL_ANSWERED: _answered,
    kinds.CALL_QUEUED: _queued,
    kinds.CALL_DEQUEUED: _dequeued,
    kinds.CALL_CONNECTED: _connected,
    kinds.CALL_DISCONNECTED: _disconnected,
    kinds.CALL_HELD: _held,
    kinds.CALL_RETRIEVED: _retrieved,
    kinds.CALL_DATA: _data_set,
    kinds.CALL_ENDED: _ended,
    kinds.OFFER_MADE: _offered,
    kinds.SURVEY_MARKED: _marked,
}


def _recording_started(rows: Rows, entry: Entry) -> None:
    path = _text(entry.data, "path", 200)
    if path is None:
        return
    recording = rows.recording(entry, path)
    recording.started_at = from_epoch(entry.at)
    recording.caller = _text(entry.data, "caller", 64) or ""
    recording.called = _text(entry.data, "called", 64) or ""
    recording.extension = _text(entry.data, "extension", 16)
    recording.agent_number = entry.agent_number


def _recording_ended(rows: Rows, entry: Entry) -> None:
    path = _text(entry.data, "path", 200)
    if path is not None:
        rows.recording(entry, path).duration_ms = _number(entry.data, "duration_ms")


def _message_left(rows: Rows, entry: Entry) -> None:
    path = _text(entry.data, "path", 200)
    if path is None:
        return
    message = rows.message(entry, path)
    message.left_at = from_epoch(entry.at)
    message.duration_ms = _number(entry.data, "duration_ms") or 0
    message.caller = _text(entry.data, "caller", 64) or ""
    message.box = _text(entry.data, "box", 32) or ""


def _agent_state(rows: Rows, entry: Entry) -> None:
    state = _text(entry.data, "to", 16)
    if entry.agent_number is None or state is None:
        return
    since = from_epoch(entry.at)
    presence = rows.presence(entry.agent_number)
    if presence is None:
        presence = rows.add_presence(entry.agent_number, since)
    # Of a dead process's entries some come late; the newest state stands.
    elif since < presence.since:
        return
    if presence.state in _WORK:
        presence.work_ms += round((since - presence.since).total_seconds() * 1000)
    if state == AgentState.SIGNED_OUT:
        presence.signed_in_at = None
    elif presence.state == AgentState.SIGNED_OUT or presence.signed_in_at is None:
        presence.signed_in_at, presence.work_ms = since, 0
    presence.state = state
    presence.since = since
    presence.reason = _text(entry.data, "reason", 64) or ""
    presence.interaction_id = entry.interaction_id


def _do_not_disturb(rows: Rows, entry: Entry) -> None:
    if entry.agent_number is not None:
        since = from_epoch(entry.at)
        presence = rows.presence(entry.agent_number) or rows.add_presence(entry.agent_number, since)
        presence.do_not_disturb = bool(entry.data.get("on"))


_ON_PRESENCE: Final = {kinds.AGENT_STATE, kinds.AGENT_DND}
_ON_OTHERS: Final[Mapping[str, Callable[[Rows, Entry], None]]] = {
    kinds.RECORDING_STARTED: _recording_started,
    kinds.RECORDING_ENDED: _recording_ended,
    kinds.VOICEMAIL_LEFT: _message_left,
    kinds.AGENT_STATE: _agent_state,
    kinds.AGENT_DND: _do_not_disturb,
}
