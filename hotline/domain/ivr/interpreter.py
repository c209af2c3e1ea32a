"""What to do next in a call: flow, state and what happened go in, the new state and one command come out.

Node after node is taken within one step as long as none needs the caller. One step enters no node twice in a
flow that `check` accepts, but for those of a sub-flow, once for each node that calls it; `check` bounds their
number, so more moves than that bound are a loop, and raise FlowLoop. A handler keeps the state it got (on the
channel too, by `dumps`) and does the command.

The `flow` of all functions is the one that the call began with. `flows` knows the others, for sub-flows: the
call stays with the version of each that was published when it entered.
"""

import dataclasses
from typing import Final, Protocol

from hotline.domain.ivr.commands import Command, Facts, Hangup
from hotline.domain.ivr.events import Event
from hotline.domain.ivr.flow import Flow
from hotline.domain.ivr.node import CallFlow, Do, Go, Node, Turn, Visit
from hotline.domain.ivr.problems import BrokenFlow, FlowLoop, StateMismatch, UnexpectedEvent
from hotline.domain.ivr.state import ENDED, MOST_DEPTH, State

# Nodes of a flow with those of its sub-flows, each counted as often as it is called.
MOST_NODES_IN_ALL: Final = 5000


class Flows(Protocol):
    """The flows that may be called as sub-flows."""

    def published(self, code: str) -> Flow | None:
        """The version that new calls get."""

    def flow_at(self, code: str, version: int) -> Flow | None:
        """A version that is or was published."""


class NoFlows:
    """No sub-flow can be called."""

    def published(self, code: str) -> Flow | None:  # noqa: ARG002
        return None

    def flow_at(self, code: str, version: int) -> Flow | None:  # noqa: ARG002
        return None


NO_FLOWS: Final = NoFlows()


def begin(flow: Flow, facts: Facts, flows: Flows = NO_FLOWS) -> tuple[State, Command]:
    """Start a call at the start of the flow."""
    walk = _Walk(flow, State(flow.id, flow.version, flow.start), facts, flows)
    return walk.on(walk.node.enter(walk.visit))


def step(
    flow: Flow, state: State, event: Event, facts: Facts, flows: Flows = NO_FLOWS
) -> tuple[State, Command]:
    """Go on after the handler has done the last command.

    Raises UnexpectedEvent if `event` does not answer that command, StateMismatch if the state is not of this
    version of the flow, and BrokenFlow if the flow leads nowhere (`check` would have said so).
    """
    walk = _Walk(flow, state, facts, flows)
    if state.phase == ENDED:
        raise UnexpectedEvent(f"{event!r} after the end of the call")
    return walk.on(walk.node.answer(walk.visit, event))


def resume(flow: Flow, state: State, facts: Facts, flows: Flows = NO_FLOWS) -> tuple[State, Command]:
    """The command for a call whose handler was lost.

    A caller in a menu hears it again, one in a queue goes on queueing without the announcement for joining,
    one in the survey is asked again, and the welcome is not repeated.

    A handler that finds the talk with the agent over in the meantime calls `step` with QueueLeft instead.
    Raises as `step` does.
    """
    walk = _Walk(flow, state, facts, flows)
    if state.phase == ENDED:
        return state, Hangup()
    return walk.on(walk.node.resume(walk.visit))


class _Walk:
    """One step of one call."""

    def __init__(self, root: Flow, state: State, facts: Facts, flows: Flows) -> None:
        if state.root != (root.id, root.version):
            raise StateMismatch(
                f"state of {state.root[0]!r} version {state.root[1]}, flow {root.id!r} version {root.version}"
            )
        self._root = root
        self._facts = facts
        self._flows = flows
        self._state = state
        self._flow = self._current()

    @property
    def visit(self) -> Visit:
        return Visit(self._state, self._facts)

    @property
    def node(self) -> Node:
        node = self._flow.nodes.get(self._state.node)
        if node is None:
            flow = self._flow
            raise BrokenFlow(f"flow {flow.id!r} version {flow.version} has no node {self._state.node!r}")
        return node

    def on(self, turn: Turn) -> tuple[State, Command]:
        """From a node's turn to the next command."""
        for _ in range(MOST_NODES_IN_ALL + 1):
            match turn:
                case Do(command=command):
                    self._attach(turn)
                    phase = ENDED if isinstance(command, Hangup) else turn.phase
                    return dataclasses.replace(self._state, phase=phase, attempts=turn.attempts), command
                case Go(outcome=outcome, target=target):
                    self._attach(turn)
                    self._state = self._state.moved(outcome, target)
                    turn = self.node.enter(self.visit)
                case CallFlow(flow=code):
                    turn = self._call(code)
                case _:
                    turn = self._return(turn.outcome)
        flow = self._flow
        raise FlowLoop(
            f"flow {flow.id!r} version {flow.version} goes round without the caller, now at {self._state.node!r}"
        )

    def _attach(self, turn: Do | Go) -> None:
        if turn.data:
            self._state = self._state.attached(turn.data, sensitive=turn.sensitive)

    def _call(self, code: str) -> Turn:
        called = self._flows.published(code) if len(self._state.stack) < MOST_DEPTH else None
        if called is None:
            return self.node.returned("")
        self._state = self._state.called(called.id, called.version, called.start)
        self._flow = called
        return self.node.enter(self.visit)

    def _return(self, outcome: str) -> Turn:
        if not self._state.stack:
            return Do(Hangup())
        self._state = self._state.returned(outcome)
        self._flow = self._current()
        return self.node.returned(outcome)

    def _current(self) -> Flow:
        state = self._state
        if not state.stack:
            return self._root
        flow = self._flows.flow_at(state.flow, state.version)
        if flow is None:
            raise StateMismatch(f"the sub-flow {state.flow!r} version {state.version} is gone")
        return flow
