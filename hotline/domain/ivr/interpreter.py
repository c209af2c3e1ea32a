"""What to do next in a call: flow, state and what happened go in, the new state and one command come out.

Node after node is taken within one step as long as none needs the caller. One step enters no node twice in a
flow that `check` accepts; so more moves than the flow has nodes is a loop, and raises FlowLoop. A handler
keeps the state it got (on the channel too, by `dumps`) and does the command.
"""

import dataclasses

from hotline.domain.ivr.commands import Command, Facts, Hangup
from hotline.domain.ivr.events import Event
from hotline.domain.ivr.flow import Flow
from hotline.domain.ivr.node import Go, Node, Turn, Visit
from hotline.domain.ivr.problems import BrokenFlow, FlowLoop, StateMismatch, UnexpectedEvent
from hotline.domain.ivr.state import ENDED, State


def begin(flow: Flow, facts: Facts) -> tuple[State, Command]:
    """Start a call at the start of the flow."""
    state = State(flow.id, flow.version, flow.start)
    return _run(flow, state, _node(flow, flow.start).enter(Visit(state, facts)), facts)


def step(flow: Flow, state: State, event: Event, facts: Facts) -> tuple[State, Command]:
    """Go on after the handler has done the last command.

    Raises UnexpectedEvent if `event` does not answer that command, StateMismatch if the state is not of this
    version of the flow, and BrokenFlow if the flow leads nowhere (`check` would have said so).
    """
    node = _current(flow, state)
    if state.phase == ENDED:
        raise UnexpectedEvent(f"{event!r} after the end of the call")
    return _run(flow, state, node.answer(Visit(state, facts), event), facts)


def resume(flow: Flow, state: State, facts: Facts) -> tuple[State, Command]:
    """The command for a call whose handler was lost.

    A caller in a menu hears it again, one in a queue goes on queueing without the announcement for joining,
    one in the survey is asked again, and the welcome is not repeated.

    A handler that finds the talk with the agent over in the meantime calls `step` with QueueLeft instead.
    Raises as `step` does.
    """
    node = _current(flow, state)
    if state.phase == ENDED:
        return state, Hangup()
    return _run(flow, state, node.resume(Visit(state, facts)), facts)


def _run(flow: Flow, state: State, turn: Turn, facts: Facts) -> tuple[State, Command]:
    for _ in range(len(flow.nodes) + 1):
        if turn.data:
            state = dataclasses.replace(state, data={**state.data, **turn.data})
        if not isinstance(turn, Go):
            phase = ENDED if isinstance(turn.command, Hangup) else turn.phase
            return dataclasses.replace(state, phase=phase, attempts=turn.attempts), turn.command
        state = state.moved(turn.outcome, turn.target)
        turn = _node(flow, turn.target).enter(Visit(state, facts))
    raise FlowLoop(
        f"flow {flow.id!r} version {flow.version} goes round without the caller, now at {state.node!r}"
    )


def _current(flow: Flow, state: State) -> Node:
    if (state.flow, state.version) != (flow.id, flow.version):
        raise StateMismatch(
            f"state of {state.flow!r} version {state.version}, flow {flow.id!r} version {flow.version}"
        )
    return _node(flow, state.node)


def _node(flow: Flow, node_id: str) -> Node:
    node = flow.nodes.get(node_id)
    if node is None:
        raise BrokenFlow(f"flow {flow.id!r} version {flow.version} has no node {node_id!r}")
    return node
