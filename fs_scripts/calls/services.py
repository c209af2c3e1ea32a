"""Whom a call may ask on its way through the flow, and those who stand in where nobody is there to be asked."""

from __future__ import annotations

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


class CallbackDesk(Protocol):
    """Takes wishes to be called back."""

    def take(self, interaction_id: str, request: RequestCallback, queued_at: float | None) -> CallbackTaken:
        """Note the wish; *queued_at* is since when the caller has waited, None if not at all. Never raises."""


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

    def take(
        self,
        interaction_id: str,  # noqa: ARG002
        request: RequestCallback,
        queued_at: float | None,  # noqa: ARG002
    ) -> CallbackTaken:
        log.error("nobody takes callbacks", queue=request.queue)
        return CallbackTaken("failed")
