"""Which calls have a handler in this process; the others are the watcher's to look after."""

from __future__ import annotations

from collections.abc import Callable


class Ownerships:
    """Which calls have a handler in this process, and how to end them."""

    def __init__(self) -> None:
        self._calls: dict[str, Callable[[], None]] = {}

    def own(self, interaction_id: str, hang_up: Callable[[], None]) -> None:
        self._calls[interaction_id] = hang_up

    def disown(self, interaction_id: str) -> None:
        self._calls.pop(interaction_id, None)

    def __contains__(self, interaction_id: object) -> bool:
        return interaction_id in self._calls

    def __len__(self) -> int:
        return len(self._calls)

    def hang_up(self, interaction_id: str) -> bool:
        """End a call that this process holds; False when it holds none of that id."""
        hang_up = self._calls.get(interaction_id)
        if hang_up is None:
            return False
        hang_up()
        return True
