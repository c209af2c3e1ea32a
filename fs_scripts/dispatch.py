"""The ACD at work: events in, the effects carried out, everything journalled.

One :class:`Dispatcher` a call side. Nothing in :meth:`Dispatcher.apply` yields, so every event is decided
whole before the next.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any, Final, Protocol

import gevent
import structlog
from gevent.event import Event as Signal

from hotline.domain import journal as kinds
from hotline.domain.acd import engine
from hotline.domain.acd.effects import (
    AgentMoved,
    CallbackPostponed,
    CallbackSettled,
    CameBack,
    CancelOffer,
    DialCallback,
    Effect,
    MakeOffer,
    NextStateKept,
    NobodyFree,
    QueueMoved,
    SendAway,
    WrapUpProlonged,
)
from hotline.domain.acd.estimates import expected_wait
from hotline.domain.acd.events import (
    CallLeft,
    CallQueued,
    DoNotDisturb,
    Event,
    OfferAnswered,
    OfferFailed,
    TalkEnded,
    Tick,
)
from hotline.domain.acd.memory import server_of
from hotline.domain.acd.model import AcdState
from hotline.domain.acd.moves import queue_of
from hotline.domain.acd.queueing import refusing_limit

log = structlog.get_logger(__name__)


# A tick that is so late shows that the process or the machine stood still; its reports are read within this time.
HELD_UP_SECONDS: Final = 2.0
REPORTS_SECONDS: Final = 0.5


class Journal(Protocol):
    """Where facts are put down; see :mod:`hotline.domain.journal`."""

    def write(
        self,
        kind: str,
        *,
        interaction_id: str | None = None,
        agent: str | None = None,
        queue: str | None = None,
        at: float | None = None,
        entry_id: str | None = None,
        **data: Any,
    ) -> None:
        """Put down a fact that happened *at* (now). *entry_id* is given where two may report the same
        fact.
        """


Order = MakeOffer | CancelOffer | SendAway | QueueMoved
Post = Callable[[Order], None]
CallbackOrder = DialCallback | CancelOffer | CallbackPostponed | CallbackSettled
CallbackOrders = Callable[[CallbackOrder], None]
OnDecided = Callable[[float, Event, Sequence[Effect], AcdState], None]


class Dispatcher:
    """Runs the ACD and hands its orders to the calls that they are for.

    *on_change* is told of every effect after it has been carried out; the live view of the centre hangs on
    it. *on_decided* gets each event with its time, what it led to, and the state that it left.
    """

    def __init__(
        self,
        epoch: str,
        journal: Journal,
        clock: Callable[[], float],
        on_change: Callable[[Effect], None],
        on_decided: OnDecided,
    ) -> None:
        self.state = AcdState(epoch)
        self._journal = journal
        self._clock = clock
        self._on_change = on_change
        self._on_decided = on_decided
        self._calls: dict[str, Post] = {}
        self._call_back: CallbackOrders = _nobody_calls_back
        self._rearm = Signal()
        self._timer: gevent.Greenlet[..., None] | None = None

    def attach_callbacks(self, carry_out: CallbackOrders) -> None:
        """Let *carry_out* call customers back, stop calling them, forget their tickets, and journal all of it."""
        self._call_back = carry_out

    # --- calls ----------------------------------------------------------------------------------------------

    def enqueue(self, event: CallQueued, post: Post) -> None:
        """Queue a call; its orders go to *post* until :meth:`leave`. Raises :class:`~engine.UnknownQueue`."""
        self._calls[event.call_id] = post
        try:
            self.apply(event)
        except engine.UnknownQueue:
            del self._calls[event.call_id]
            raise

    def leave(self, call_id: str) -> None:
        """The call waits no longer, for whatever reason. Harmless when it never did."""
        if self._calls.pop(call_id, None) is not None:
            self.apply(CallLeft(call_id))

    def talk_ended(self, agent: str, call_id: str) -> None:
        """The agent's part in the call is over. Harmless when the agent is not in this call."""
        self.apply(TalkEnded(agent, call_id))

    def position(self, call_id: str) -> int | None:
        return self.state.position(call_id)

    def waits_for_server(self, call_id: str) -> bool:
        """Whether the call is kept for a while for the agent who served the caller last time."""
        call = self.state.waiting.get(call_id)
        if call is None or not call.bound_to or call.only:
            return False
        return call.bound_to == server_of(self.state.queues[call.queue], call.caller, self._clock())

    def expected_wait(self, call_id: str) -> float | None:
        """In how many seconds a waiting call will be offered to an agent, as far as can be told."""
        return expected_wait(self.state, call_id)

    def place_of_newcomer(self, queue: str, priority: int, queued_at: float) -> int:
        """The place in line that a call would get now. Raises :class:`~engine.UnknownQueue`."""
        return self.state.place_of_newcomer(queue_of(self.state, queue).spec.code, priority, queued_at)

    def limit_passed(self, call_id: str, queue: str) -> str:
        """Which limit at the door of *queue* would have refused a call that has just been queued there, were it not
        exempt; empty for none.
        """
        call = self.state.waiting.get(call_id)
        stands = call is not None and call.lined and call.queue == queue
        return refusing_limit(self.state, call) if call is not None and stands else ""

    def do_not_disturb(self, number: str, on: bool, by: str) -> None:
        """The agent's phone takes no calls from the queues, or takes them again. Raises KeyError for an
        agent who is not there.
        """
        extension = self.state.agents[number].spec.extension
        self.apply(DoNotDisturb(extension, on))
        self._journal.write(kinds.AGENT_DND, agent=number, on=on, by=by)

    # --- events ---------------------------------------------------------------------------------------------

    def apply(self, event: Event) -> tuple[Effect, ...]:
        """Let the ACD decide on *event* and carry out what it orders. Raises what :func:`engine.handle`
        raises.
        """
        now = self._clock()
        self._write_offer_end(event, now)
        effects = engine.handle(self.state, event, now=now)
        self._on_decided(now, event, effects, self.state)
        for effect in effects:
            self._carry_out(effect)
        self._rearm.set()
        return effects

    def _write_offer_end(self, event: Event, now: float) -> None:
        # Before the ACD forgets the offer: how long it rang is known only now.
        if isinstance(event, OfferAnswered):
            self._offer_ended(event.offer_id, "answered", "", now)
        elif isinstance(event, OfferFailed):
            self._offer_ended(event.offer_id, event.outcome, event.cause, now)

    def _offer_ended(self, offer_id: str, outcome: str, cause: str, now: float) -> None:
        offer = self.state.offers.get(offer_id)
        if offer is None:
            return
        self._journal.write(
            kinds.OFFER_ENDED,
            interaction_id=offer.call_id,
            agent=offer.agent,
            queue=offer.queue,
            offer_id=offer_id,
            outcome=outcome,
            cause=cause,
            ring_ms=round((now - offer.made_at) * 1000),
        )

    def _carry_out(self, effect: Effect) -> None:
        match effect:
            case MakeOffer():
                self._make_offer(effect)
            case NobodyFree() | CameBack():
                self._explain(effect)
            case CancelOffer() if effect.ticket:
                self._call_back(effect)
            case CancelOffer():
                self._journal.write(
                    kinds.OFFER_ENDED,
                    interaction_id=effect.call_id,
                    agent=effect.agent,
                    offer_id=effect.offer_id,
                    outcome="withdrawn",
                    cause=effect.reason,
                )
                self._post(effect.call_id, effect)
            case QueueMoved():
                self._journal.write(
                    kinds.CALL_MOVED,
                    interaction_id=effect.call_id,
                    queue=effect.after,
                    before=effect.before,
                    after=effect.after,
                    rule=effect.rule,
                )
                self._post(effect.call_id, effect)
            case SendAway():
                post = self._calls.pop(effect.call_id, None)
                if post is not None:
                    post(effect)
            case AgentMoved():
                # "from" is no name for a keyword argument.
                moved: dict[str, Any] = {"from": str(effect.before), "to": str(effect.after)}
                self._journal.write(
                    kinds.AGENT_STATE,
                    interaction_id=effect.call_id,
                    agent=effect.agent,
                    queue=effect.queue,
                    reason=effect.reason,
                    by=effect.by,
                    signed_in_at=self._signed_in_at(effect.agent),
                    **moved,
                )
            case WrapUpProlonged():
                self._journal.write(kinds.AGENT_WRAP_UP, agent=effect.agent, until=effect.until, by=effect.by)
            case DialCallback() | CallbackPostponed() | CallbackSettled():
                self._call_back(effect)
            case NextStateKept():
                pass
        self._on_change(effect)

    def _explain(self, effect: NobodyFree | CameBack) -> None:
        match effect:
            case NobodyFree(call_id, decision):
                self._journal.write(
                    kinds.ROUTING_DECIDED, interaction_id=call_id, queue=decision.queue, **decision.as_data()
                )
            case CameBack(call_id, queue, agent, queued_at):
                back: dict[str, Any] = {"agent": agent} if agent else {"queued_at": queued_at}
                self._journal.write(kinds.CALL_CAME_BACK, interaction_id=call_id, queue=queue, **back)

    def _make_offer(self, effect: MakeOffer) -> None:
        self._journal.write(
            kinds.ROUTING_DECIDED,
            interaction_id=effect.call_id,
            agent=effect.agent,
            queue=effect.queue,
            **effect.decision.as_data(),
        )
        self._journal.write(
            kinds.OFFER_MADE,
            interaction_id=effect.call_id,
            agent=effect.agent,
            queue=effect.queue,
            offer_id=effect.offer_id,
            extension=effect.extension,
            ring_seconds=effect.ring_seconds,
        )
        self._post(effect.call_id, effect)

    def _signed_in_at(self, number: str) -> float | None:
        agent = self.state.agents.get(number)
        return agent.signed_in_at if agent else None

    def _post(self, call_id: str, order: Order) -> None:
        post = self._calls.get(call_id)
        if post is not None:
            post(order)
        else:
            log.warning("order for a call that is not here", call=call_id, order=type(order).__name__)

    # --- time -----------------------------------------------------------------------------------------------

    def start(self) -> None:
        """Begin to wake the ACD when something is due."""
        self._timer = gevent.spawn(self._tick)

    def stop(self) -> None:
        if self._timer is not None:
            self._timer.kill()
            self._timer = None

    def _tick(self) -> None:
        waited_for_reports = False
        while True:
            due = engine.next_due(self.state)
            delay = 60.0 if due is None else due - self._clock()
            if delay < -HELD_UP_SECONDS and not waited_for_reports:
                # What FreeSWITCH told meanwhile lies unread: an offer that was answered in time is not to be
                # taken back, which would end the talk.
                log.warning("the process was held up", seconds=round(-delay, 1))
                gevent.sleep(REPORTS_SECONDS)
                waited_for_reports = True
                continue
            waited_for_reports = False
            if delay > 0:
                self._rearm.clear()
                # Woken early by any event, since it may have brought something that is due sooner.
                self._rearm.wait(min(delay, 60.0))
                continue
            try:
                self.apply(Tick())
            except Exception:
                log.exception("the ACD failed on a tick")
                gevent.sleep(1.0)


def _nobody_calls_back(order: CallbackOrder) -> None:
    log.error("nobody calls customers back", ticket=order.ticket)
