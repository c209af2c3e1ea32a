"""A caller's stay in a queue: joining, waiting, offers to agents, the talk."""

from __future__ import annotations

import structlog

from fs_scripts.calls import offering
from fs_scripts.calls import variables as var
from fs_scripts.calls.announcing import LOOK_SECONDS, WaitingSound
from fs_scripts.calls.deps import QueuedCall
from fs_scripts.calls.greeting import greeting
from fs_scripts.calls.recording import Recording
from fs_scripts.configuration import QueueVoice
from fs_scripts.esl.events import Event as EslEvent
from fs_scripts.esl.outbound import Completed, Execution
from hotline.domain import journal as kinds
from hotline.domain.acd.effects import MakeOffer, SendAway
from hotline.domain.acd.engine import UnknownQueue
from hotline.domain.acd.events import CallQueued, OfferAnswered, TalkAdopted
from hotline.domain.ivr.commands import Enqueue
from hotline.domain.ivr.events import QueueLeft

log = structlog.get_logger(__name__)


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
        self._queued_at = 0.0
        self._sound = WaitingSound(
            call.channel, call.deps.speaker, call.deps.clock, command.announce, self._position
        )
        self._recording = Recording(call)
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
                    self._sound.stop()
                    self._dequeued(item.outcome)
                    return QueueLeft("timeout" if item.outcome == "timeout" else "no_agents")
                case Completed():
                    self._sound.ended(item)
                case EslEvent() if item.name == "DTMF":
                    if self._wants_to_leave(item.get("DTMF-Digit") or ""):
                        self._deps.dispatcher.leave(self._call.interaction_id)
                        self._sound.stop()
                        self._dequeued("voicemail")
                        return QueueLeft("voicemail")
                case None:
                    self._sound.look()
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
        self._queued_at = self._call.take_kept_place() or self._deps.clock()
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
        self._sound.join()
        return True

    def _next(self) -> object:
        """What happens next. An agent who is free at once is rung before any music begins."""
        if self._later:
            return self._later.pop(0)
        if not self._sound.playing:
            item = self._channel.next(0.0)
            if item is not None:
                return item
            self._sound.begin()
        return self._channel.next(self._sound.patience())

    def _position(self) -> int | None:
        return self._deps.dispatcher.position(self._call.interaction_id)

    def _wants_to_leave(self, key: str) -> bool:
        return bool(key) and key == self._command.announce.voicemail_key

    def _dequeued(self, outcome: str) -> None:
        self._deps.journal.write(
            kinds.CALL_DEQUEUED,
            interaction_id=self._call.interaction_id,
            queue=self._command.queue,
            outcome=outcome,
            wait_ms=round((self._deps.clock() - self._queued_at) * 1000),
        )

    # --- an offer and the talk ------------------------------------------------------------------------------

    def _offer(self, offer: MakeOffer) -> QueueLeft | None:
        """Ring the agent. None when the caller goes on waiting."""
        if offer.offer_id not in self._deps.dispatcher.state.offers:
            # Taken back before it was looked at.
            return None
        self._sound.stop()
        self._agent = offer.agent
        voice = self._deps.configuration().voices.get(offer.queue, QueueVoice())
        told = greeting(self._deps.speaker, voice, offer, self._deps.clock() - self._queued_at)
        bridge = offering.ring(self._call, offer, self._recording, told, self._later.append)
        return self._talk(offer, bridge) if bridge is not None else None

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
        self._recording.write(offer)
        self._call.show("talking", queue=offer.queue, agent=offer.agent)
        while not bridge.done:
            self._channel.next(LOOK_SECONDS)
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
