"""The telephones of customers who are called back: dialled, followed, and stopped.

A customer who picks up comes to the dialplan's context for callbacks; what is reported here is only who did not.
A telephone that a lost handler has left ringing is not called a second time: that leg is the call back then.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Final, Protocol

import gevent
import structlog

from fs_scripts.calls import variables as var
from fs_scripts.calls.dialling import outcome_of
from fs_scripts.esl import commands as esl
from fs_scripts.esl.commands import Variables
from fs_scripts.esl.errors import CommandFailed, EslError
from hotline.domain.acd.effects import DialCallback

log = structlog.get_logger(__name__)

CONTEXT: Final = "callback"
# The switch's answer may come this much after the time to ring.
_ANSWER_GRACE_SECONDS: Final = 10.0
# A customer who has picked up is at a handler within milliseconds; later there is none.
_ARRIVAL_SECONDS: Final = 10.0
# How often a leg that a lost handler has left behind is looked at.
_LOOK_SECONDS: Final = 0.5


class Background(Protocol):
    """FreeSWITCH's event socket, as far as it is used here."""

    def api(self, command: str, timeout: float = ...) -> str: ...

    def bgapi(self, command: str, timeout: float = 30.0) -> str: ...

    def channels(self) -> list[dict[str, str]]: ...


@dataclass(slots=True)
class Customer:
    """Somebody who is being dialled, on *leg*; *over* once nothing is to be reported any more."""

    order: DialCallback
    leg: str
    over: bool = False


Report = Callable[[Customer, str, str], None]
"""Customer, outcome as the ACD takes it, cause."""


class Telephones:
    """Customers' telephones on the switch. *report* hears of each who was not reached and is not ``over``."""

    def __init__(self, switch: Background, clock: Callable[[], float], report: Report) -> None:
        self._switch = switch
        self._clock = clock
        self._report_to = report
        self._inherited: set[str] = set()

    def inherit(self, ticket: str) -> None:
        """A handler that is gone may have left the telephone of this ticket ringing."""
        self._inherited.add(ticket)

    def call(self, customer: Customer, variables: Variables) -> None:
        """Call the customer, with *variables* on the channel, and wait for what comes of it."""
        order = customer.order
        try:
            if self._rings_already(customer):
                self._follow(customer)
                return
            self._switch.bgapi(
                self._originate(customer, variables), order.ring_seconds + _ANSWER_GRACE_SECONDS
            )
        except CommandFailed as error:
            cause = error.reply.removeprefix("-ERR").strip()
            self._report(customer, outcome_of(cause), cause)
        except EslError as error:
            log.warning("a customer could not be called back", ticket=order.ticket, error=str(error))
            self._report(customer, "failed", type(error).__name__)
        else:
            gevent.sleep(_ARRIVAL_SECONDS)
            self._report(customer, "failed", "no handler")

    def stop(self, customer: Customer) -> None:
        """Let the customer's telephone ring no longer."""
        try:
            self._switch.bgapi(esl.uuid_kill(customer.leg, "ORIGINATOR_CANCEL"))
        except EslError as error:
            log.info("the customer's leg was gone already", leg=customer.leg, error=str(error))

    def _originate(self, customer: Customer, variables: Variables) -> str:
        order = customer.order
        ours: Variables = {
            "origination_uuid": customer.leg,
            "originate_timeout": order.ring_seconds,
            "ignore_early_media": True,
            var.TICKET: order.ticket,
            var.QUEUE: order.queue,
        }
        endpoint = f"sofia/gateway/carrier/{order.number}"
        return esl.originate(endpoint, {**ours, **variables}, CONTEXT, context=CONTEXT)

    def _rings_already(self, customer: Customer) -> bool:
        ticket = customer.order.ticket
        if ticket not in self._inherited:
            return False
        self._inherited.discard(ticket)
        for row in self._switch.channels():
            outside = row.get("direction") == "outbound" and not row.get("presence_id")
            if outside and self._ticket_on(row["uuid"]) == ticket:
                log.info("the customer is being dialled already", ticket=ticket, leg=row["uuid"])
                customer.leg = row["uuid"]
                return True
        return False

    def _ticket_on(self, leg: str) -> str:
        try:
            return self._switch.api(f"uuid_getvar {leg} {var.TICKET}")
        except CommandFailed:
            return ""

    def _follow(self, customer: Customer) -> None:
        """Wait for the end of a leg that somebody else has dialled, of which the switch tells nobody."""
        deadline = self._clock() + customer.order.ring_seconds + _ANSWER_GRACE_SECONDS
        while not customer.over and self._clock() < deadline:
            if self._switch.api(f"uuid_exists {customer.leg}") != "true":
                self._report(customer, "no_answer", "gone")
                return
            gevent.sleep(_LOOK_SECONDS)
        self._report(customer, "failed", "no handler")

    def _report(self, customer: Customer, outcome: str, cause: str) -> None:
        if not customer.over:
            self._report_to(customer, outcome, cause)
