"""Whom a call may ask on its way through the flow, and those who stand in where nobody is there to be asked."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Protocol

import structlog

from hotline.domain.ivr.commands import Facts, LookUp, RequestCallback
from hotline.domain.ivr.events import CallbackTaken, Decided, LookedUp

log = structlog.get_logger(__name__)


class LookUps(Protocol):
    """Asks data sources."""

    def find(self, command: LookUp) -> LookedUp:
        """The answer, within the command's time limit; never raises."""


class Router(Protocol):
    """Runs routing scripts."""

    def decide(self, script: str, interaction_id: str, facts: Facts) -> Decided:
        """Where the script sends the call; *facts* hold all attached data. Never raises."""


@dataclass(frozen=True, slots=True)
class CallbackWish:
    """A caller's wish to be called back. *queued_at* is since when the caller has waited, None if not at
    all; *place* is where in the flow the call back begins, as a channel variable holds it, empty for
    nowhere.
    """

    interaction_id: str
    caller: str
    called: str
    request: RequestCallback
    queued_at: float | None
    place: str


class CallbackDesk(Protocol):
    """Takes wishes to be called back, and hears of the customers who pick up."""

    def take(self, wish: CallbackWish) -> CallbackTaken:
        """Note the wish. Never raises."""

    def reached(self, ticket: str, interaction_id: str) -> None:
        """The customer has picked up."""

    def queued(self, ticket: str) -> None:
        """The customer waits for the agent."""

    def lost(self, ticket: str) -> None:
        """The customer has hung up without having waited."""


class NoLookUps:
    """There are no data sources."""

    def find(self, command: LookUp) -> LookedUp:
        log.error("there is no data source", source=command.source)
        return LookedUp("failed")


class NoRouter:
    """There are no routing scripts."""

    def decide(self, script: str, interaction_id: str, facts: Facts) -> Decided:  # noqa: ARG002
        log.error("there is no routing script", script=script)
        return Decided("failed")


class NoCallbacks:
    """Nobody is called back."""

    def take(self, wish: CallbackWish) -> CallbackTaken:
        log.error("nobody takes callbacks", queue=wish.request.queue)
        return CallbackTaken("failed")

    def reached(self, ticket: str, interaction_id: str) -> None:
        """Nobody wants to know."""

    def queued(self, ticket: str) -> None:
        """Nobody wants to know."""

    def lost(self, ticket: str) -> None:
        """Nobody wants to know."""
