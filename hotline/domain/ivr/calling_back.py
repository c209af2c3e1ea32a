"""Where in the flow a call back begins: at the queue that the caller would have been served from."""

import dataclasses
from typing import Final, Protocol

from hotline.domain.ivr.flow import Flow
from hotline.domain.ivr.nodes.queueing import QueueingNode
from hotline.domain.ivr.state import State

# How a queue's node is left by a caller who is to be called back.
_LEFT_FOR_IT: Final = "callback"


class Flows(Protocol):
    """Where flows are found."""

    def flow_at(self, code: str, version: int) -> Flow | None: ...


def place_to_return_to(flows: Flows, state: State, queue: str) -> State | None:
    """*state*, put back to the node that queues for *queue*; None when there is none that fits.

    That is the queue which the caller left for the callback, else any node with that queue, in the sub-flow
    where the caller is or in one that called it. The place is kept for hours, so what is sensitive stays
    behind.
    """
    for depth in range(len(state.stack), -1, -1):
        level = _at_level(state, depth)
        flow = flows.flow_at(level.flow, level.version)
        node = _queue_of(flow, state, queue) if flow is not None else None
        if node is not None:
            data = {key: value for key, value in state.data.items() if key not in state.sensitive}
            return dataclasses.replace(
                level, node=node, phase="", attempts=0, data=data, sensitive=frozenset()
            )
    return None


def _at_level(state: State, depth: int) -> State:
    if depth == len(state.stack):
        return state
    frame = state.stack[depth]
    return dataclasses.replace(state, flow=frame.flow, version=frame.version, stack=state.stack[:depth])


def _queue_of(flow: Flow, state: State, queue: str) -> str | None:
    for move in reversed(state.history):
        if move.outcome == _LEFT_FOR_IT and isinstance(flow.nodes.get(move.node), QueueingNode):
            return move.node
    for node in flow.nodes.values():
        if isinstance(node, QueueingNode) and node.queue == queue:
            return node.id
    return None
