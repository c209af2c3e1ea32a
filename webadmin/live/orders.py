"""What a lead may order an agent to, by the names that pages and programs use."""

from __future__ import annotations

from collections.abc import Callable
from typing import Final

from hotline.domain.agent import REQUESTS
from hotline.live.messages import Command, ExtendWrapUp, FinishWrapUp, SetAgentState, SetDoNotDisturb

_MORE: Final[dict[str, Callable[[str, str], Command]]] = {
    "done": FinishWrapUp,
    "extend": ExtendWrapUp,
    "do_not_disturb": lambda by, agent: SetDoNotDisturb(by, agent, on=True),
    "take_calls": lambda by, agent: SetDoNotDisturb(by, agent, on=False),
}
ORDERS: Final = frozenset({*(str(state) for state in REQUESTS), *_MORE})


def command_of(order: str, *, by: str, agent: str, reason: str) -> Command:
    """The command for one of :data:`ORDERS`; *reason* is kept with a new state."""
    if order in _MORE:
        return _MORE[order](by, agent)
    return SetAgentState(by=by, agent=agent, state=order, reason=reason)
