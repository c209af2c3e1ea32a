"""A caller's call from ring to the last word of the survey.

The flow decides, this does: :class:`CallSession` carries out one command after another and hands back what
happened. What a standby needs to go on is on the caller's channel before the caller hears anything of it
(``marks``). A hang-up surfaces as :class:`ChannelGone` wherever
the call is and ends in :meth:`CallSession._finish`.
"""

from __future__ import annotations

import uuid

import structlog

from fs_scripts.calls import variables as var
from fs_scripts.calls.deps import CallDeps
from fs_scripts.calls.looking_up import look_up
from fs_scripts.calls.marks import Marks
from fs_scripts.calls.outcome import Outcome
from fs_scripts.calls.phone_io import PhoneIO
from fs_scripts.calls.queueing import QueueStay
from fs_scripts.calls.recording import record_message
from fs_scripts.calls.services import CallbackWish
from fs_scripts.configuration import Configuration
from fs_scripts.esl.errors import ChannelGone, EslError
from fs_scripts.esl.outbound import Channel
from hotline.domain import journal as kinds
from hotline.domain.callers import NOBODY
from hotline.domain.ivr import interpreter
from hotline.domain.ivr.calling_back import place_to_return_to
from hotline.domain.ivr.commands import (
    Collect,
    Command,
    Decide,
    Enqueue,
    Facts,
    Hangup,
    LookUp,
    Play,
    RecordMessage,
    RequestCallback,
    Transfer,
)
from hotline.domain.ivr.data import LANGUAGE
from hotline.domain.ivr.events import CallbackTaken, Event, QueueLeft
from hotline.domain.ivr.flow import Flow
from hotline.domain.ivr.problems import BrokenFlow, FlowLoop, StateMismatch, UnexpectedEvent
from hotline.domain.ivr.state import State, StateError, dumps, loads

log = structlog.get_logger(__name__)


class CallSession:
    """One inbound call."""

    def __init__(self, channel: Channel, deps: CallDeps) -> None:
        self.channel = channel
        self.deps = deps
        self.io = PhoneIO(channel, deps.speaker, deps.clock)
        self.resumed = bool(channel.var(var.INTERACTION))
        self.interaction_id = channel.var(var.INTERACTION) or str(uuid.uuid4())
        self.ticket = channel.var(var.TICKET) or ""
        self.caller = (channel.data.get("Caller-Caller-ID-Number") or "")[:64]
        self.caller_name = (channel.data.get("Caller-Caller-ID-Name") or "")[:80]
        self.called = (channel.data.get("Caller-Destination-Number") or "")[:64]
        if self.ticket:
            # We are the one who called: the switch's caller is the hotline.
            self.caller, self.called = channel.var(var.CALLER) or "", channel.var(var.CALLED) or ""
        self.started_at = _number(channel.var(var.STARTED_AT)) or deps.clock()
        self.stay: QueueStay | None = None
        kept = self.resumed or self.ticket
        self._kept_place = _number(channel.var(var.QUEUED_AT)) if kept else None
        self.recording_begun = bool(channel.var(var.RECORDING))
        self.membership = NOBODY
        self.outcome = Outcome(
            queued=self.resumed and bool(channel.var(var.QUEUED_AT)),
            # A handler that lost the call after the talk has told nobody but the channel.
            served=self.resumed and bool(channel.var(var.AGENT) and channel.var("last_bridge_to")),
        )
        self.marks = Marks(
            channel,
            deps,
            interaction_id=self.interaction_id,
            caller=self.caller,
            called=self.called,
            started_at=self.started_at,
        )

    # --- the call -------------------------------------------------------------------------------------------

    def run(self) -> None:
        """Hold the call until it is over. Never raises for what a caller can do."""
        structlog.contextvars.bind_contextvars(call=self.interaction_id)
        self.deps.ownership.own(self.interaction_id, self._hang_up_from_outside)
        try:
            self._follow_flow()
        except ChannelGone:
            pass
        except (BrokenFlow, FlowLoop, StateMismatch, UnexpectedEvent, EslError):
            self.outcome.failed = True
            log.exception("the call's flow failed")
            self._apologise()
        finally:
            try:
                self._finish()
            finally:
                self.deps.ownership.disown(self.interaction_id)
            structlog.contextvars.unbind_contextvars("call")

    def _follow_flow(self) -> None:
        configuration = self.deps.configuration()
        flow, state = self._place(configuration)
        self.membership = configuration.callers.of(self.caller, self.deps.clock())
        if flow is None:
            log.error("no flow answers this number", called=self.called)
            self.outcome.failed = True
            self._apologise()
            return
        if state is None:
            self._announce_start(flow)
            if self.membership.black:
                self._refuse()
                return
            if self.membership.pardoned:
                self.deps.journal.write(
                    kinds.CALL_ADMITTED, interaction_id=self.interaction_id, list="white", despite="black"
                )
            after, command = interpreter.begin(flow, self._facts(configuration), configuration)
        elif self.ticket and not self.resumed:
            self._announce_start(flow)
            self.deps.callbacks.reached(self.ticket, self.interaction_id)
            after, command = interpreter.resume(flow, state, self._facts(configuration), configuration)
        else:
            self._announce_resumption(state)
            talked = self._talk_that_is_over()
            if talked is not None:
                after, command = interpreter.step(
                    flow, state, talked, self._facts(configuration), configuration
                )
            else:
                after, command = interpreter.resume(flow, state, self._facts(configuration), configuration)
        self._arrived(None, after)
        while not isinstance(command, Hangup):
            done, event = command, self._perform(command)
            before, configuration = after, self.deps.configuration()
            after, command = interpreter.step(flow, before, event, self._facts(configuration), configuration)
            self._arrived(before, after, event, sensitive=isinstance(done, Collect) and done.sensitive)
        self.outcome.hung_up_by_us = True
        self.channel.hangup(command.cause)

    def _place(self, configuration: Configuration) -> tuple[Flow | None, State | None]:
        """The flow, and where in it the call was when another handler lost it."""
        text = self.channel.var(var.STATE)
        if text:
            try:
                state = loads(text)
            except StateError as error:
                log.warning("the call's place cannot be read; it begins again", error=str(error))
            else:
                flow = configuration.flow_at(*state.root)
                if flow is not None:
                    return flow, state
        return configuration.flow_for(self.called), None

    def _announce_start(self, flow: Flow) -> None:
        if not self.resumed:
            self.deps.journal.write(
                kinds.CALL_STARTED,
                interaction_id=self.interaction_id,
                at=self.started_at,
                channel=self.channel.uuid,
                caller=self.caller,
                caller_name=self.caller_name,
                called=self.called,
                flow=flow.id,
                version=flow.version,
                direction="callback" if self.ticket else "inbound",
            )
        self.marks.show()
        self.channel.set_with_next(
            {
                "playback_terminators": "none",
                var.INTERACTION: self.interaction_id,
                var.STARTED_AT: f"{self.started_at:.3f}",
                var.ROLE: "caller",
            }
        )
        # In one go with what the caller hears first, or with the ringing of an agent's phone.
        self.channel.start_with_next("answer", on_end=self._answered)

    def _answered(self) -> None:
        self.deps.journal.write(kinds.CALL_ANSWERED, interaction_id=self.interaction_id)

    def _announce_resumption(self, state: State) -> None:
        log.info("taken over from another handler", node=state.node)
        self.deps.journal.write(
            kinds.CALL_RESUMED, interaction_id=self.interaction_id, node=state.node, handler=self.deps.handler
        )

    def _talk_that_is_over(self) -> QueueLeft | None:
        """If the handler was lost while they talked, the call comes here when the agent has hung up."""
        leg = self.channel.var(var.LEG)
        if not leg or self.channel.var("last_bridge_to") != leg:
            return None
        self.outcome.served = True
        self.outcome.talk_ended_by = "agent"
        agent = self.channel.var(var.AGENT) or ""
        self.deps.journal.write(
            kinds.CALL_DISCONNECTED, interaction_id=self.interaction_id, agent=agent, side="agent"
        )
        self.deps.dispatcher.talk_ended(agent, self.interaction_id)
        self.channel.set_with_next({var.LEG: None, var.OFFER: None})
        return QueueLeft("served", "agent")

    # --- commands -------------------------------------------------------------------------------------------

    def _perform(self, command: Command) -> Event:
        match command:
            case Play():
                return self.io.play(command)
            case Collect():
                return self.io.collect(command)
            case Enqueue():
                return self._queue(command)
            case RecordMessage():
                self.marks.show("voicemail")
                return self._record(command)
            case Transfer():
                return self.io.transfer(command, {var.DATA: data} if (data := self.data_for_leg()) else {})
            case RequestCallback():
                return self._ask_for_callback(command)
            case LookUp():
                return look_up(self, command)
            case Decide():
                facts = self._facts(self.deps.configuration())
                return self.deps.router.decide(command.script, self.interaction_id, facts)
            case Hangup():
                raise AssertionError("a hang-up has no answer")

    def _queue(self, command: Enqueue) -> QueueLeft:
        self.stay = QueueStay(self, command)
        self.outcome.left_queue("")
        try:
            left = self.stay.run()
            self.outcome.left_queue(left.outcome)
        finally:
            self.outcome.queued = self.outcome.queued or self.stay.joined
            self.outcome.served = self.outcome.served or self.stay.connected_at is not None
        if left.outcome == "callback":
            # Who declines the callback after all has not lost the place.
            self._kept_place = _number(self.channel.var(var.QUEUED_AT))
        self.outcome.talk_ended_by = left.ended_by or self.outcome.talk_ended_by
        self.stay = None
        if left.outcome in {"served", "survey"}:
            self.marks.show("survey")
        return left

    def _ask_for_callback(self, request: RequestCallback) -> CallbackTaken:
        place = None
        if self.marks.state is not None:
            place = place_to_return_to(self.deps.configuration(), self.marks.state, request.queue)
        wish = CallbackWish(
            interaction_id=self.interaction_id,
            caller=self.caller,
            called=self.called,
            request=request,
            queued_at=_number(self.channel.var(var.QUEUED_AT)),
            place=dumps(place) if place else "",
        )
        answer = self.deps.callbacks.take(wish)
        self.outcome.called_back = self.outcome.called_back or answer.outcome == "taken"
        return answer

    def _record(self, command: RecordMessage) -> Event:
        def left() -> None:
            self.outcome.left_message = True

        return record_message(self, command, left)

    def _arrived(
        self, before: State | None, after: State, event: Event | None = None, *, sensitive: bool = False
    ) -> None:
        """The call has come to another place in its flow, and goes on in the language that was chosen."""
        self.io.speak(after.data.get(LANGUAGE, ""))
        self.marks.arrived(before, after, event, sensitive=sensitive)

    # --- for the stay in a queue -----------------------------------------------------------------------------

    def show(self, phase: str, **more: str | int | None) -> None:
        """Tell people which phase the call is in."""
        self.marks.show(phase, **more)

    def data_for_leg(self) -> str:
        """The attached data for another leg, packed; what is sensitive is masked."""
        return self.marks.data_for_leg()

    def take_kept_place(self) -> float | None:
        """Since when the call has queued at the handler that it was taken over from; once, for its first
        queue here.
        """
        kept, self._kept_place = self._kept_place, None
        return kept

    def _facts(self, configuration: Configuration) -> Facts:
        now = self.deps.clock()
        state, arrived = configuration.calendar.is_open(now), self.marks.state
        return Facts(
            now=now,
            caller=self.caller,
            called=self.called,
            open=state.open or configuration.always_open,
            holiday=None if configuration.always_open else state.holiday_name,
            weekday=state.weekday,
            emergency=configuration.emergency,
            data=arrived.data if arrived else {},
        )

    # --- the end --------------------------------------------------------------------------------------------

    def _hang_up_from_outside(self) -> None:
        self.outcome.hung_up_by_us = True
        self.channel.hangup("NORMAL_CLEARING")

    def _refuse(self) -> None:
        """Tell a caller of the blacklist so, and hang up."""
        self.outcome.refused = True
        self.deps.journal.write(kinds.CALL_REFUSED, interaction_id=self.interaction_id, list="black")
        self.io.play(Play(("blacklisted",), interruptible=False))
        self.outcome.hung_up_by_us = True
        self.channel.hangup("CALL_REJECTED")

    def _apologise(self) -> None:
        """Say sorry and hang up; the caller must not be left in silence."""
        try:
            self.io.play(Play(("apology",), interruptible=False))
            self.outcome.hung_up_by_us = True
            self.channel.hangup("NORMAL_TEMPORARY_FAILURE")
        except EslError:
            log.info("the caller was gone before the apology")

    def _finish(self) -> None:
        self.deps.dispatcher.leave(self.interaction_id)
        if self.ticket and not self.outcome.queued and self._caller_gone():
            self.deps.callbacks.lost(self.ticket)
        if self.stay is not None:
            self.stay.abandon(self._caller_gone())
        if not self._caller_gone():
            # Our socket is closed and the channel lives: another handler has the call now.
            return
        self.deps.journal.write(
            kinds.CALL_ENDED,
            interaction_id=self.interaction_id,
            entry_id=kinds.fact_id(self.interaction_id, "ended"),
            side=self.outcome.side,
            cause=self.channel.hangup_cause or "NORMAL_CLEARING",
            outcome=self.outcome.word,
        )
        self.deps.watcher.call_ended(self.interaction_id)

    def _caller_gone(self) -> bool:
        return self.outcome.hung_up_by_us or self.channel.hangup_cause is not None


def _number(text: str | None) -> float | None:
    try:
        return float(text) if text else None
    except ValueError:
        return None
