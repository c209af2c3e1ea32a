"""Calls of the agents' own: legs at desk phones that no queue rings.

While an agent has one, nobody is offered to the agent.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Mapping

from fs_scripts.dispatch import Dispatcher
from fs_scripts.live_view import LiveView
from hotline.domain.acd.events import PhoneInUse


class OwnCalls:
    """Counts the legs of each phone, for the ACD and the console."""

    def __init__(self, dispatcher: Dispatcher, view: LiveView) -> None:
        self._dispatcher = dispatcher
        self._view = view
        # The extension of each leg.
        self._legs: dict[str, str] = {}

    def legs(self) -> frozenset[str]:
        return frozenset(self._legs)

    def began(self, leg: str, extension: str) -> None:
        self._legs[leg] = extension
        self._recount([extension])

    def ended(self, leg: str) -> None:
        """A leg is over; nothing happens when it is none of these."""
        extension = self._legs.pop(leg, None)
        if extension is not None:
            self._recount([extension])

    def correct(self, found: Mapping[str, str], known: frozenset[str]) -> None:
        """The switch has *found* these, leg and extension. It was asked when only those of *known* were here:
        what began since stays.
        """
        begun = {leg: extension for leg, extension in self._legs.items() if leg not in known}
        self._legs = {**found, **begun}
        self._recount(self._dispatcher.state.by_extension)

    def _recount(self, extensions: Iterable[str]) -> None:
        counts = Counter(self._legs.values())
        for extension in list(extensions):
            agent = self._dispatcher.state.agents.get(self._dispatcher.state.by_extension.get(extension, ""))
            if agent is not None and agent.own_calls != counts[extension]:
                self._dispatcher.apply(PhoneInUse(extension, counts[extension]))
                self._view.agent_changed(agent.spec.number)
