"""A caller's stay in a queue: joining, waiting, offers to agents, the talk."""

from __future__ import annotations

from dataclasses import replace
from typing import Any, Final, cast

import structlog

from fs_scripts.calls import offering
from fs_scripts.calls import variables as var
from fs_scripts.calls.announcing import LOOK_SECONDS, WaitingSound
from fs_scripts.calls.deps import QueuedCall
from fs_scripts.calls.greeting import greeting
from fs_scripts.calls.recording import Recording
from fs_scripts.calls.speaking import MUSIC
from fs_scripts.configuration import QueueVoice
from fs_scripts.dispatch import Order
from fs_scripts.esl.events import Event as EslEvent
from fs_scripts.esl.outbound import Completed, Execution
from hotline.domain import journal as kinds
from hotline.domain.acd.effects import MakeOffer, QueueMoved, SendAway
from hotline.domain.acd.engine import UnknownQueue
from hotline.domain.acd.events import CallQueued, OfferAnswered, TalkAdopted
from hotline.domain.emergency import PROMPT
from hotline.domain.ivr.commands import Enqueue, Play
from hotline.domain.ivr.events import QueueLeft, QueueOutcome

log = structlog.get_logger(__name__)

CALLED_BACK: Final = ("callback_greeting",)
_CLOSED: Final = "queue_closed"


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
        self._queued_at = self._waits_since = 0.0
        # The flow's choice, until an overflow rule moves the caller.
        self._queue = command.queue
        self._ticket = call.ticket
        self._greeted = False
        announce = replace(command.announce, join=CALLED_BACK) if self._ticket else command.announce
        self._sound = WaitingSound(
            call.channel,
            call.io.speaker,
            call.deps.clock,
            announce,
            self._position,
            lambda: call.deps.dispatcher.expected_wait(call.interaction_id),
        )
        self._recording = Recording(call)
        self._later: list[Order] = []

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
                    self._call.show("queued", queue=self._queue)
                case SendAway():
                    return self._sent_away(item)
                case QueueMoved():
                    self._moved(item)
                case Completed():
                    self._sound.ended(item)
                case EslEvent() if item.name == "DTMF":
                    wish = self._wish(item.get("DTMF-Digit") or "")
                    if wish is not None:
                        self._deps.dispatcher.leave(self._call.interaction_id)
                        self._sound.stop()
                        self._dequeued(wish)
                        return QueueLeft(wish)
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
        now = self._deps.clock()
        kept = self._call.take_kept_place()
        self._queued_at = kept or now
        # A customer who is called back did not wait on the telephone.
        self._waits_since = now if self._ticket else self._queued_at
        moved_to = self._channel.var(var.QUEUE) if kept else None
        if moved_to in self._deps.dispatcher.state.queues:
            self._queue = str(moved_to)
        self._call.io.stop_on_no_key()
        # Keys of the menu must not be taken for keys of the queue.
        self._channel.discard("DTMF")
        membership = self._call.membership
        queue, priority = self._queue, self._command.priority + (membership.vip or 0)
        self._channel.set_with_next(
            {
                var.QUEUE: self._queue,
                var.PRIORITY: str(priority),
                var.QUEUED_AT: f"{self._queued_at:.3f}",
            }
        )
        dispatcher, call_id = self._deps.dispatcher, self._call.interaction_id
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
            at=self._waits_since,
            entry_id=kinds.fact_id(call_id, "queued", f"{self._queued_at:.3f}"),
            priority=priority,
            position=position,
            **_given(
                agent=self._command.agent,
                ticket=self._ticket,
                list="white" if membership.white else "vip" if membership.vip is not None else "",
                bonus=membership.vip,
            ),
        )
        if self._ticket:
            # In another queue later on it is a caller like any other.
            self._call.ticket = ""
            self._deps.callbacks.queued(self._ticket)
        dispatcher.enqueue(
            CallQueued(
                call_id,
                queue,
                priority,
                self._queued_at,
                self._call.caller,
                self._command.max_wait_s,
                agent=self._command.agent,
                agent_seconds=self._command.agent_wait_s,
                callback=self._ticket,
                # Who has stood in line already is not refused at the door.
                exempt=membership.white or kept is not None,
            ),
            self._channel.post,
        )
        if membership.white and kept is None:
            self._note_limit_passed(queue)
        self._call.show("queued", queue=queue, position=position)
        waits_for_one = kept is None and dispatcher.waits_for_server(call_id)
        self._sound.join(*(["queue_last_agent"] if waits_for_one else []))
        return True

    def _note_limit_passed(self, queue: str) -> None:
        """What the white list was good for."""
        limit = self._deps.dispatcher.limit_passed(self._call.interaction_id, queue)
        if limit:
            self._deps.journal.write(
                kinds.CALL_ADMITTED,
                interaction_id=self._call.interaction_id,
                queue=queue,
                list="white",
                despite=limit,
            )

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

    def _wish(self, key: str) -> QueueOutcome | None:
        """What the caller leaves the queue for by this key."""
        announce = self._command.announce
        if key and key == announce.voicemail_key:
            return "voicemail"
        if key and key == announce.callback_key:
            return "callback"
        return None

    # --- what the ACD decides besides -----------------------------------------------------------------------

    def _moved(self, order: QueueMoved) -> None:
        """The caller stands in another queue now, and hears it."""
        self._queue = order.after
        self._channel.set_many({var.QUEUE: order.after})
        self._call.show("queued", queue=order.after, position=self._position())
        self._sound.tell("queue_other")

    def _sent_away(self, order: SendAway) -> QueueLeft:
        """Say what has been prepared for it, and let the flow go on."""
        self._sound.stop()
        self._dequeued(order.outcome, target=order.target, rule=order.rule)
        prompt, outcome = self._farewell(order)
        if prompt:
            self._call.io.play(Play((prompt,), interruptible=False))
        return QueueLeft(outcome, target=order.target)

    def _farewell(self, order: SendAway) -> tuple[str, QueueOutcome]:
        """What is prepared for a caller who is sent away for no reason that the flow could know beforehand,
        and how the caller then leaves.
        """
        configuration, outcome = self._deps.configuration(), cast("QueueOutcome", order.outcome)
        if outcome == "closed":
            voice = configuration.voices.get(self._queue, QueueVoice())
            return voice.closing_prompt or _CLOSED, outcome
        if outcome == "emergency":
            plan = configuration.closing_now
            if plan is not None and plan.waiting in {"voicemail", "callback"}:
                outcome = cast("QueueOutcome", plan.waiting)
            return configuration.spoken(PROMPT), outcome
        return "", outcome

    def _dequeued(self, outcome: str, **why: str) -> None:
        self._deps.journal.write(
            kinds.CALL_DEQUEUED,
            interaction_id=self._call.interaction_id,
            queue=self._queue,
            outcome=outcome,
            wait_ms=round((self._deps.clock() - self._waits_since) * 1000),
            **_given(**why),
        )

    # --- an offer and the talk ------------------------------------------------------------------------------

    def _offer(self, offer: MakeOffer) -> QueueLeft | None:
        """Ring the agent. None when the caller goes on waiting."""
        if offer.offer_id not in self._deps.dispatcher.state.offers:
            # Taken back before it was looked at.
            return None
        self._sound.stop()
        self._agent = offer.agent
        self._greet_by_ringback()
        voice = self._deps.configuration().voices.get(offer.queue, QueueVoice())
        told = greeting(
            voice,
            offer,
            self._deps.clock() - self._queued_at,
            to_agents=self._deps.speaker,
            to_callers=self._call.io.speaker,
            first=self._worth_knowing(),
        )
        bridge = offering.ring(self._call, offer, self._recording, told, self._later.append)
        return self._talk(offer, bridge) if bridge is not None else None

    def _worth_knowing(self) -> list[str]:
        """What the agent should know of the caller before the first word."""
        prompts = ["whisper_callback"] if self._ticket else []
        return [*prompts, "whisper_vip"] if self._call.membership.vip is not None else prompts

    def _greet_by_ringback(self) -> None:
        """A customer who has just been called hears who calls while the agent's phone rings."""
        if self._ticket:
            heard = MUSIC if self._greeted else self._call.io.speaker.target(CALLED_BACK, then=MUSIC)
            self._greeted = True
            self._channel.set_with_next({"transfer_ringback": heard})

    def _talk(self, offer: MakeOffer, bridge: Execution) -> QueueLeft:
        self.connected_at = self._deps.clock()
        if offer.offer_id in self._deps.dispatcher.state.offers:
            self._deps.dispatcher.apply(OfferAnswered(offer.offer_id))
        else:
            # Taken back in the instant of the answer. They talk, whatever the ACD has thought of since.
            call_id, caller = self._call.interaction_id, self._call.caller
            self._deps.dispatcher.apply(TalkAdopted(offer.agent, call_id, offer.queue, caller))
        self._deps.dispatcher.leave(self._call.interaction_id)
        wait_ms = round((self.connected_at - self._waits_since) * 1000)
        self._deps.journal.write(
            kinds.CALL_CONNECTED,
            interaction_id=self._call.interaction_id,
            entry_id=kinds.fact_id(self._call.interaction_id, "connected", offer.offer_id),
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
            queue=self._queue,
            side=side,
            talk_ms=round((self._deps.clock() - connected_at) * 1000),
        )
        self._deps.dispatcher.talk_ended(self._agent, self._call.interaction_id)


def _given(**values: str | int | None) -> dict[str, Any]:
    """What there is to say, for the journal."""
    return {name: value for name, value in values.items() if value}
