"""A caller's stay in a queue: music, announcements, offers to agents, the talk.

The offer is a ``bridge`` on the caller's own channel. So FreeSWITCH itself stops the agent's phone when the
caller hangs up, and two who talk need nobody of us.
"""

from __future__ import annotations

import uuid
from datetime import datetime
from typing import Final, Protocol
from zoneinfo import ZoneInfo

import structlog

from fs_scripts.calls import variables as var
from fs_scripts.calls.deps import CallDeps
from fs_scripts.calls.dialling import dial_string, outcome_of
from fs_scripts.calls.phone_io import PhoneIO
from fs_scripts.calls.speaking import COMFORT, MUSIC
from fs_scripts.esl import commands as esl
from fs_scripts.esl.errors import CommandFailed, CommandTimeout
from fs_scripts.esl.events import Event as EslEvent
from fs_scripts.esl.outbound import Channel, Completed, Execution
from hotline.domain import journal as kinds
from hotline.domain.acd.effects import CancelOffer, MakeOffer, SendAway
from hotline.domain.acd.engine import UnknownQueue
from hotline.domain.acd.events import CallQueued, OfferAnswered, OfferFailed, TalkAdopted
from hotline.domain.ivr.commands import Enqueue, Say
from hotline.domain.ivr.events import QueueLeft

log = structlog.get_logger(__name__)

_LOCAL: Final = ZoneInfo("Asia/Shanghai")
# A caller who waits is looked at this often even if nothing happens.
_LOOK_SECONDS: Final = 60.0
# Music that ends sooner than this after it began is broken; something else must be heard.
_SHORTEST_MUSIC_SECONDS: Final = 1.0
_REPORT_GRACE_SECONDS: Final = 10.0
_STOP_AGAIN_SECONDS: Final = 0.5


class QueuedCall(Protocol):
    """The call whose stay this is: :class:`fs_scripts.calls.session.CallSession` in earnest."""

    channel: Channel
    deps: CallDeps
    io: PhoneIO
    interaction_id: str
    caller: str
    called: str
    recording_begun: bool

    def show(self, phase: str, **more: str | int | None) -> None:
        """Tell people which phase the call is in."""

    def take_kept_place(self) -> float | None:
        """When the call was queued by the handler that lost it, once; None for a call that begins to wait."""


class QueueStay:
    """One stay in one queue, from joining to the end of the talk."""

    def __init__(self, call: QueuedCall, command: Enqueue) -> None:
        self._call = call
        self._command = command
        self._channel = call.channel
        self._deps = call.deps
        self.joined = False
        self.connected_at: float | None = None
        self._agent = ""
        self._talk_over = False
        self._playing: Execution | None = None
        self._music_began = 0.0
        self._is_music = False
        self._music_broken = False
        self._silent = False
        self._queued_at = 0.0
        self._next_announcement = 0.0
        self._later: list[MakeOffer | SendAway] = []

    def run(self) -> QueueLeft:
        """Wait, be served, and say how it ended. Raises :class:`ChannelGone` when the caller hangs up."""
        if not self._join():
            return QueueLeft("failed")
        while True:
            item = self._next()
            match item:
                case MakeOffer():
                    left = self._offer(item)
                    if left is not None:
                        return left
                    self._call.show("queued", queue=self._command.queue)
                case SendAway():
                    self._silence()
                    self._dequeued(item.outcome)
                    return QueueLeft("timeout" if item.outcome == "timeout" else "no_agents")
                case Completed():
                    if item.execution is self._playing:
                        self._play_on()
                case EslEvent() if item.name == "DTMF":
                    if self._wants_to_leave(item.get("DTMF-Digit") or ""):
                        self._deps.dispatcher.leave(self._call.interaction_id)
                        self._silence()
                        self._dequeued("voicemail")
                        return QueueLeft("voicemail")
                case None:
                    if self._silent:
                        self._play_music()
                    self._announce_if_due()
                case _:
                    pass

    def abandon(self, caller_gone: bool) -> None:
        """The stay ends because the call does, or because another handler takes over. Ends a talk in the
        books.
        """
        if not caller_gone:
            return
        if self.connected_at is not None and not self._talk_over:
            self._talk_ended("caller")
        elif self.joined and self.connected_at is None:
            self._dequeued("abandoned")

    # --- joining and waiting --------------------------------------------------------------------------------

    def _join(self) -> bool:
        now = self._deps.clock()
        self._queued_at = self._call.take_kept_place() or now
        self._call.io.stop_on_no_key()
        # Keys of the menu must not be taken for keys of the queue.
        self._channel.discard("DTMF")
        self._channel.set_with_next(
            {
                var.QUEUE: self._command.queue,
                var.PRIORITY: str(self._command.priority),
                var.QUEUED_AT: f"{self._queued_at:.3f}",
            }
        )
        dispatcher, call_id = self._deps.dispatcher, self._call.interaction_id
        queue, priority = self._command.queue, self._command.priority
        try:
            position = dispatcher.place_of_newcomer(queue, priority, self._queued_at)
        except UnknownQueue:
            log.error("the flow names a queue that does not exist", queue=queue)
            return False
        self.joined = True
        # Put down before the ACD decides, so that the story of the call is told in its order.
        self._deps.journal.write(
            kinds.CALL_QUEUED,
            interaction_id=call_id,
            queue=queue,
            at=self._queued_at,
            entry_id=kinds.fact_id(call_id, "queued", f"{self._queued_at:.3f}"),
            priority=priority,
            position=position,
        )
        dispatcher.enqueue(
            CallQueued(
                call_id, queue, priority, self._queued_at, self._call.caller, self._command.max_wait_s
            ),
            self._channel.post,
        )
        self._call.show("queued", queue=self._command.queue, position=position)
        every = self._command.announce.every_s
        self._next_announcement = now + every if every else 0.0
        return True

    def _next(self) -> object:
        """What happens next. An agent who is free at once is rung before any music begins."""
        if self._later:
            return self._later.pop(0)
        if self._playing is None:
            item = self._channel.next(0.0)
            if item is not None:
                return item
            self._play_join_prompt()
        wait = _SHORTEST_MUSIC_SECONDS if self._silent else _LOOK_SECONDS
        if self._next_announcement:
            wait = max(0.0, min(wait, self._next_announcement - self._deps.clock()))
        return self._channel.next(wait)

    def _play_join_prompt(self) -> None:
        target = self._deps.speaker.target(self._command.announce.join)
        if target is None or self._music_began:
            self._play_music()
        else:
            self._play(target)

    def _play(self, target: str) -> None:
        self._is_music = False
        self._playing = self._channel.start("playback", target)

    def _play_music(self) -> None:
        self._is_music, self._silent = True, False
        self._music_began = self._deps.clock()
        self._playing = self._channel.start("playback", COMFORT if self._music_broken else MUSIC)

    def _play_on(self) -> None:
        """What played has ended by itself: go on with music, and never leave the caller in silence."""
        if self._is_music and self._deps.clock() - self._music_began < _SHORTEST_MUSIC_SECONDS:
            if self._music_broken:
                # Not even a tone can be played: try again in a while instead of spinning.
                self._silent = True
                return
            log.error("there is no music on hold; a tone is played instead")
            self._music_broken = True
        self._play_music()

    def _silence(self) -> None:
        """Stop what the caller hears, and wait until FreeSWITCH has done so."""
        playing, self._playing = self._playing, None
        if playing is None or playing.done:
            return
        try:
            playing.stop(2.0)
        except CommandTimeout:
            log.warning("the music did not stop in time")

    def _wants_to_leave(self, key: str) -> bool:
        return bool(key) and key == self._command.announce.voicemail_key

    def _announce_if_due(self) -> None:
        now = self._deps.clock()
        announce = self._command.announce
        if not self._next_announcement or now < self._next_announcement:
            return
        self._next_announcement = now + announce.every_s
        prompts = list(announce.again)
        if announce.position:
            position = self._deps.dispatcher.position(self._call.interaction_id)
            if position == 1:
                prompts.append("queue_next")
            elif position is not None:
                before_you = Say("count", str(position - 1))
                prompts += ["queue_position_pre", before_you, "queue_position_post"]
        target = self._deps.speaker.target(prompts)
        if target is not None:
            self._silence()
            self._play(target)

    def _dequeued(self, outcome: str) -> None:
        self._deps.journal.write(
            kinds.CALL_DEQUEUED,
            interaction_id=self._call.interaction_id,
            queue=self._command.queue,
            outcome=outcome,
            wait_ms=round((self._deps.clock() - self._queued_at) * 1000),
        )

    # --- an offer -------------------------------------------------------------------------------------------

    def _offer(self, offer: MakeOffer) -> QueueLeft | None:
        """Ring the agent. None when the caller goes on waiting."""
        if offer.offer_id not in self._deps.dispatcher.state.offers:
            # Taken back before it was looked at.
            return None
        self._silence()
        leg = str(uuid.uuid4())
        self._agent = offer.agent
        self._channel.set_with_next(
            {
                **self._start_of_recording(),
                var.AGENT: offer.agent,
                var.EXTENSION: offer.extension,
                var.OFFER: offer.offer_id,
                var.LEG: leg,
            }
        )
        self._record()
        bridge = self._channel.start(
            "bridge",
            dial_string(
                offer,
                leg,
                caller_channel=self._channel.uuid,
                interaction_id=self._call.interaction_id,
                caller=self._call.caller,
            ),
        )
        self._call.show("offered", queue=offer.queue, agent=offer.agent)
        deadline = self._deps.clock() + offer.ring_seconds + _REPORT_GRACE_SECONDS
        cancelled = False
        while True:
            item = self._channel.next(max(0.1, deadline - self._deps.clock()))
            match item:
                case Completed() if item.execution is bridge:
                    self._report_failure(offer, item.event)
                    return None
                case EslEvent() if item.name == "CHANNEL_BRIDGE" and not cancelled:
                    return self._talk(offer, bridge)
                case CancelOffer() if item.offer_id == offer.offer_id:
                    cancelled = True
                    self._stop_ringing(leg)
                    deadline = self._deps.clock() + _STOP_AGAIN_SECONDS
                case MakeOffer() | SendAway():
                    # What the ACD decided next, while this leg is still on its way out.
                    self._later.append(item)
                case None:
                    # A leg that was not there yet when it was stopped, or a FreeSWITCH that does not end the
                    # ringing in time: either way not the agent's fault.
                    log.warning("the ringing did not end", agent=offer.agent)
                    self._stop_ringing(leg)
                    deadline = self._deps.clock() + _STOP_AGAIN_SECONDS
                case _:
                    pass

    def _report_failure(self, offer: MakeOffer, done: EslEvent) -> None:
        cause = done.var("originate_disposition") or done.var("last_bridge_hangup_cause") or ""
        outcome = outcome_of(cause)
        log.info("offer not taken", agent=offer.agent, cause=cause, outcome=outcome)
        self._deps.dispatcher.apply(OfferFailed(offer.offer_id, outcome, cause))

    def _stop_ringing(self, leg: str) -> None:
        try:
            self._channel.api(esl.uuid_kill(leg, "ORIGINATOR_CANCEL"))
        except (CommandFailed, CommandTimeout):
            log.info("the ringing leg was gone already", leg=leg)

    # --- the talk -------------------------------------------------------------------------------------------

    def _talk(self, offer: MakeOffer, bridge: Execution) -> QueueLeft:
        self.connected_at = self._deps.clock()
        if offer.offer_id in self._deps.dispatcher.state.offers:
            self._deps.dispatcher.apply(OfferAnswered(offer.offer_id))
        else:
            # Taken back in the instant of the answer. They talk, whatever the ACD has thought of since.
            call_id, caller = self._call.interaction_id, self._call.caller
            self._deps.dispatcher.apply(TalkAdopted(offer.agent, call_id, offer.queue, caller))
        self._deps.dispatcher.leave(self._call.interaction_id)
        wait_ms = round((self.connected_at - self._queued_at) * 1000)
        self._deps.journal.write(
            kinds.CALL_CONNECTED,
            interaction_id=self._call.interaction_id,
            agent=offer.agent,
            queue=offer.queue,
            offer_id=offer.offer_id,
            extension=offer.extension,
            wait_ms=wait_ms,
        )
        self._write_recording(offer)
        self._call.show("talking", queue=offer.queue, agent=offer.agent)
        while not bridge.done:
            self._channel.next(_LOOK_SECONDS)
        self._talk_ended("agent")
        # Should this handler die now, the next one must not take the call for one that is still to be booked.
        self._channel.set_with_next({var.LEG: None, var.OFFER: None})
        self._call.io.forget_keys()
        return QueueLeft("served", "agent")

    def _talk_ended(self, side: str) -> None:
        self._talk_over = True
        connected_at = self.connected_at or self._deps.clock()
        self._deps.journal.write(
            kinds.CALL_DISCONNECTED,
            interaction_id=self._call.interaction_id,
            agent=self._agent,
            queue=self._command.queue,
            side=side,
            talk_ms=round((self._deps.clock() - connected_at) * 1000),
        )
        self._deps.dispatcher.talk_ended(self._agent, self._call.interaction_id)

    # --- recording ------------------------------------------------------------------------------------------

    def _start_of_recording(self) -> dict[str, str]:
        """One recording a call; it hangs on the caller's leg, so it lives through every change of agents."""
        if self._channel.var(var.RECORDING):
            return {}
        day = datetime.fromtimestamp(self._deps.clock(), _LOCAL)
        return {var.RECORDING: f"calls/{day:%Y/%m/%d}/{self._call.interaction_id}.wav"}

    def _record(self) -> None:
        """Begin to record; FreeSWITCH writes only while the two are bridged."""
        path = self._channel.var(var.RECORDING)
        if path is None or self._call.recording_begun:
            return
        self._call.recording_begun = True
        # Its end is not waited for: the bridge that follows would begin a frame or two later.
        self._channel.start("record_session", str(self._deps.recordings / path))

    def _write_recording(self, offer: MakeOffer) -> None:
        path = self._channel.var(var.RECORDING)
        self._deps.journal.write(
            kinds.RECORDING_STARTED,
            interaction_id=self._call.interaction_id,
            agent=offer.agent,
            queue=offer.queue,
            path=path,
            caller=self._call.caller,
            called=self._call.called,
            extension=offer.extension,
        )
