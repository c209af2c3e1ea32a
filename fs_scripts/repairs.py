"""Repairs: what is believed here is set right after what the switch says, in the ACD, the books and the console."""

from __future__ import annotations

from collections.abc import Mapping

import structlog

from fs_scripts.calls import variables as var
from fs_scripts.dispatch import Dispatcher, Journal
from fs_scripts.live_view import LiveView
from fs_scripts.ownership import Ownerships
from hotline.domain import journal as kinds
from hotline.domain.acd.events import TalkAdopted
from hotline.domain.agent import AgentState

log = structlog.get_logger(__name__)


class Repairs:
    """Sets right calls and talks that have no handler here."""

    def __init__(self, dispatcher: Dispatcher, journal: Journal, view: LiveView, owned: Ownerships) -> None:
        self._dispatcher = dispatcher
        self._journal = journal
        self._view = view
        self._owned = owned

    def adopt(self, agent: str, interaction: str, mark: Mapping[str, str]) -> None:
        """The switch says that they talk, on a leg that is marked so."""
        known = self._dispatcher.state.agents.get(agent)
        if known is None or interaction in self._owned:
            return
        queue, caller = mark.get(var.QUEUE, ""), mark.get(var.CALLER, "")
        if known.state is AgentState.TALKING and known.call_id == interaction:
            if known.queue is None:
                # From before a take-over: for whom, and so the wrap-up, only the leg knows.
                self._dispatcher.apply(TalkAdopted(agent, interaction, queue, caller))
                self._view.agent_changed(agent)
            return
        self._dispatcher.apply(TalkAdopted(agent, interaction, queue, caller))
        self.note("talk_adopted", agent, interaction)
        offer = mark.get(var.OFFER, "")
        # Whoever made the offer has not lived to see it answered, or was slower.
        self._journal.write(
            kinds.CALL_CONNECTED,
            interaction_id=interaction,
            entry_id=kinds.fact_id(interaction, "connected", offer),
            agent=agent,
            queue=queue or None,
            offer_id=offer,
            extension=known.spec.extension,
        )

    def end_talk(self, agent: str, interaction: str) -> None:
        """The switch has no leg any more on which they could talk."""
        self.note("talk_was_over", agent, interaction)
        self._dispatcher.talk_ended(agent, interaction)

    def close(self, interaction: str, side: str, cause: str, outcome: str = "failed") -> None:
        """Close the books of a call that is over."""
        self._dispatcher.leave(interaction)
        self._journal.write(
            kinds.CALL_ENDED,
            interaction_id=interaction,
            entry_id=kinds.fact_id(interaction, "ended"),
            side=side,
            cause=cause,
            outcome=outcome,
        )
        self._view.call_ended(interaction)

    def note(self, what: str, agent: str, subject: str) -> None:
        """Put a repair down; *subject* is the call or the leg."""
        log.warning("repaired after the switch", what=what, agent=agent, subject=subject)
        self._journal.write(kinds.SYSTEM_REPAIRED, agent=agent or None, what=what, subject=subject)
