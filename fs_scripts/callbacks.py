"""Callbacks (保位回拨): wishes are taken down, and customers dialled for the agents who are kept for them.

When to call whom, how often and until when is the ACD's. A customer who picks up comes to the dialplan like a
caller from outside, with the ticket on the channel: from there on it is a call like any other, and a standby
takes it over like any other.
"""

from __future__ import annotations

import uuid
from collections.abc import Callable, Iterable
from dataclasses import dataclass, replace
from typing import Any

import gevent
import structlog

from fs_scripts.calls import variables as var
from fs_scripts.calls.services import CallbackWish
from fs_scripts.configuration import Configuration
from fs_scripts.customers import Background, Customer, Telephones
from fs_scripts.dispatch import CallbackOrder, Dispatcher, Journal
from fs_scripts.esl.commands import Variables
from hotline.domain import journal as kinds
from hotline.domain.acd.effects import CallbackPostponed, CallbackSettled, CancelOffer, DialCallback
from hotline.domain.acd.engine import UnknownQueue
from hotline.domain.acd.events import (
    CallbackAsked,
    CallbackCancelled,
    CallbackDialled,
    CallbackHurried,
    CallbackNumberChanged,
    CallbackRestored,
)
from hotline.domain.callbacks import callable_number
from hotline.domain.ivr.events import CallbackTaken
from hotline.store.base import to_epoch
from hotline.store.callbacks import Callback, attempts_made

log = structlog.get_logger(__name__)


class Unchangeable(Exception):
    """The ticket stays as it is. ``code``: ``unknown_ticket``, ``being_called``, ``bad_number`` or
    ``number_waits`` (somebody is to be called back there already).
    """

    def __init__(self, code: str, detail: str) -> None:
        super().__init__(detail)
        self.code = code


@dataclass(frozen=True, slots=True)
class _Ticket:
    """What a call back needs that the ACD does not keep. *asked_in* is the call in which it was asked for."""

    asked_in: str
    number: str
    caller: str
    called: str
    queued_at: float
    place: str

    def on_channel(self) -> Variables:
        """What the customer's channel carries of it."""
        return {
            "origination_caller_id_number": _plain(self.called),
            "origination_caller_id_name": _plain(self.called),
            var.CALLER: _plain(self.caller),
            var.CALLED: _plain(self.called),
            var.QUEUED_AT: f"{self.queued_at:.3f}",
            var.STATE: self.place,
        }


class Callbacks:
    """The open tickets of this call side, between the calls, the ACD and the switch."""

    def __init__(
        self,
        dispatcher: Dispatcher,
        journal: Journal,
        switch: Background,
        configuration: Callable[[], Configuration],
        clock: Callable[[], float],
    ) -> None:
        self._dispatcher = dispatcher
        self._journal = journal
        self._telephones = Telephones(switch, clock, self._failed)
        self._configuration = configuration
        self._clock = clock
        self._tickets: dict[str, _Ticket] = {}
        self._dialled: dict[str, Customer] = {}

    # --- wishes ---------------------------------------------------------------------------------------------

    def take(self, wish: CallbackWish) -> CallbackTaken:
        """Note the wish, with the place that the caller has. Whoever is noted already keeps the older place.
        Never raises.
        """
        number = callable_number(wish.request.number)
        if number is None:
            log.info("nobody is called back there", number=wish.request.number)
            return CallbackTaken("refused")
        queue = wish.request.queue
        spec = next((each for each in self._configuration().queues if each.code == queue), None)
        if spec is None or not wish.place:
            log.error("nobody could be called back for this queue", queue=queue)
            return CallbackTaken("failed")
        if any(known.number == number for known in self._tickets.values()):
            return CallbackTaken("taken")
        now = self._clock()
        ticket, queued_at = str(uuid.uuid4()), wish.queued_at or now
        expires_at = now + spec.callback_expiry_seconds
        self._tickets[ticket] = _Ticket(
            wish.interaction_id, number, wish.caller, wish.called, queued_at, wish.place
        )
        self._journal.write(
            kinds.CALLBACK_ASKED,
            interaction_id=wish.interaction_id,
            queue=queue,
            ticket=ticket,
            number=number,
            caller=wish.caller,
            called=wish.called,
            priority=wish.request.priority,
            queued_at=queued_at,
            expires_at=expires_at,
            place=wish.place,
        )
        try:
            self._dispatcher.apply(
                CallbackAsked(
                    ticket,
                    wish.interaction_id,
                    number,
                    expires_at,
                    queue=queue,
                    priority=wish.request.priority,
                    queued_at=queued_at,
                    caller=wish.caller,
                )
            )
        except UnknownQueue:
            self._settled(CallbackSettled(ticket, "cancelled"))
            return CallbackTaken("failed")
        return CallbackTaken("taken")

    def restore(self, rows: Iterable[Callback]) -> None:
        """Take up again what was open when the last call side ended."""
        for row in rows:
            self._telephones.inherit(row.ticket)
            self._tickets[row.ticket] = _Ticket(
                row.interaction_id, row.number, row.caller, row.called, to_epoch(row.queued_at), row.place
            )
            try:
                self._dispatcher.apply(
                    CallbackRestored(
                        row.ticket,
                        row.queue_code,
                        row.number,
                        row.priority,
                        to_epoch(row.queued_at),
                        to_epoch(row.expires_at),
                        to_epoch(row.next_at) if row.next_at else 0.0,
                        attempts_made(row),
                        row.caller,
                    )
                )
            except UnknownQueue:
                log.error("the queue of a callback is gone", ticket=row.ticket, queue=row.queue_code)
                self._settled(CallbackSettled(row.ticket, "cancelled"))

    def knows(self, ticket: str) -> bool:
        """Whether somebody is still to be called back for it."""
        return ticket in self._tickets

    # --- what people want otherwise ---------------------------------------------------------------------------

    def cancel(self, ticket: str, by: str) -> None:
        """Call this customer back no more. Raises :class:`Unchangeable`."""
        self._known(ticket)
        self._dispatcher.apply(CallbackCancelled(ticket, by))

    def change_number(self, ticket: str, number: str, by: str) -> None:
        """Call this customer at another number. Raises :class:`Unchangeable`."""
        known = self._at_rest(ticket)
        wanted = callable_number(number)
        if wanted is None:
            raise Unchangeable("bad_number", number)
        if any(other.number == wanted for key, other in self._tickets.items() if key != ticket):
            raise Unchangeable("number_waits", wanted)
        self._write(kinds.CALLBACK_RENUMBERED, ticket, number=wanted, before=known.number, by=by)
        self._tickets[ticket] = replace(known, number=wanted)
        self._dispatcher.apply(CallbackNumberChanged(ticket, wanted, by))

    def hurry(self, ticket: str, by: str) -> None:
        """Call this customer as soon as an agent is free and the hours allow it. Raises
        :class:`Unchangeable`.
        """
        self._at_rest(ticket)
        self._write(kinds.CALLBACK_HURRIED, ticket, by=by)
        self._dispatcher.apply(CallbackHurried(ticket, by))

    def _known(self, ticket: str) -> _Ticket:
        known = self._tickets.get(ticket)
        if known is None:
            raise Unchangeable("unknown_ticket", ticket)
        return known

    def _at_rest(self, ticket: str) -> _Ticket:
        known, in_line = self._known(ticket), self._dispatcher.state.tickets.get(ticket)
        if in_line is None or in_line.under_way:
            raise Unchangeable("being_called", ticket)
        return known

    # --- dialling -------------------------------------------------------------------------------------------

    def carry_out(self, order: CallbackOrder) -> None:
        """Call the customer, stop calling, or forget the ticket, and put it down. Returns at once."""
        match order:
            case DialCallback():
                self._dial(order)
            case CancelOffer():
                dialled = self._dialled.pop(order.ticket, None)
                if dialled is not None and not dialled.over:
                    dialled.over = True
                    self._write_failure(dialled.order, "withdrawn", order.reason)
                    gevent.spawn(self._telephones.stop, dialled)
            case CallbackPostponed():
                self._write(
                    kinds.CALLBACK_POSTPONED, order.ticket, until=order.until, attempts=order.attempts
                )
            case CallbackSettled():
                self._settled(order)

    def _dial(self, order: DialCallback) -> None:
        self._write(
            kinds.CALLBACK_DIALLED,
            order.ticket,
            agent=order.agent,
            queue=order.queue,
            number=order.number,
            attempt=order.attempt,
            offer_id=order.offer_id,
            decision=order.decision.as_data(),
        )
        customer = Customer(order, str(uuid.uuid4()))
        self._dialled[order.ticket] = customer
        gevent.spawn(self._telephones.call, customer, self._tickets[order.ticket].on_channel())

    def _settled(self, order: CallbackSettled) -> None:
        self._write(kinds.CALLBACK_SETTLED, order.ticket, outcome=order.outcome)
        self._tickets.pop(order.ticket, None)

    def reached(self, ticket: str, interaction_id: str) -> None:
        """The customer has picked up and is with a handler."""
        self._journal.write(kinds.CALLBACK_REACHED, interaction_id=interaction_id, ticket=ticket)
        customer = self._dialled.get(ticket)
        if customer is not None:
            customer.over = True

    def lost(self, ticket: str) -> None:
        """The customer has hung up again before there was anything for the ACD to know of."""
        customer = self._dialled.get(ticket)
        if customer is not None:
            self._failed(customer, "refused", "hung up")

    def queued(self, ticket: str) -> None:
        """The customer waits for the agent: from here on the ACD knows."""
        self._dialled.pop(ticket, None)

    def _failed(self, customer: Customer, outcome: str, cause: str) -> None:
        customer.over = True
        order = customer.order
        self._dialled.pop(order.ticket, None)
        log.info("a customer was not reached", ticket=order.ticket, outcome=outcome, cause=cause)
        self._write_failure(order, outcome, cause)
        self._dispatcher.apply(CallbackDialled(order.offer_id, order.ticket, outcome))

    def _write_failure(self, order: DialCallback, outcome: str, cause: str) -> None:
        self._write(
            kinds.CALLBACK_FAILED,
            order.ticket,
            agent=order.agent,
            queue=order.queue,
            offer_id=order.offer_id,
            outcome=outcome,
            cause=cause,
        )

    def _write(self, kind: str, ticket: str, **data: Any) -> None:
        """Put down what has become of a ticket, in the story of the call in which it was asked for."""
        known = self._tickets.get(ticket)
        asked_in = known.asked_in if known is not None else ""
        self._journal.write(kind, interaction_id=asked_in or None, ticket=ticket, **data)


def _plain(number: str) -> str:
    return "".join(each for each in number if each.isascii() and each.isdigit())[:32]
