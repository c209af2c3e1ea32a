"""Small words for the tests of the IVR: facts, one-node flows, and walking through a flow."""

from typing import Any

from hypothesis import HealthCheck, settings

from hotline.domain.ivr.commands import Collect, Command, Facts
from hotline.domain.ivr.events import Collected, Event
from hotline.domain.ivr.flow import Flow, parse
from hotline.domain.ivr.interpreter import begin, resume, step
from hotline.domain.ivr.node import Node
from hotline.domain.ivr.state import State, dumps, loads

# Time on a busy machine says nothing about the code.
patient = settings(deadline=None, suppress_health_check=[HealthCheck.too_slow])

WORKDAY = 1_741_140_000.0  # 2025-03-05 10:00 in Shanghai


def facts(**changes: Any) -> Facts:
    return Facts(**{"now": WORKDAY, "caller": "13800000000", "called": "12366", "open": True, **changes})


def document(nodes: dict[str, Any], start: str) -> dict[str, Any]:
    return {"id": "test", "version": 1, "name": "test", "start": start, "nodes": nodes}


def flow_of(nodes: dict[str, Any], start: str, code: str = "test") -> Flow:
    return parse({**document(nodes, start), "id": code})


class Library:
    """The flows that may be called, each in one version."""

    def __init__(self, *flows: Flow) -> None:
        self.flows = {flow.id: flow for flow in flows}

    def published(self, code: str) -> Flow | None:
        return self.flows.get(code)

    def flow_at(self, code: str, version: int) -> Flow | None:
        flow = self.flows.get(code)
        return flow if flow is not None and flow.version == version else None

    def of(self, root: Flow, state: State) -> Flow:
        """The flow in which the call is."""
        return self.flows[state.flow] if state.stack else root

    def node(self, root: Flow, state: State) -> Node:
        return self.of(root, state).nodes[state.node]


def end(name: str) -> dict[str, Any]:
    """A node that says its own name, so that a test sees where the call went."""
    return {"type": "hangup", "prompts": [name]}


def keyed(digits: str, terminator: str = "") -> Collected:
    return Collected(digits, "digits", terminator)


SILENCE = Collected("", "timeout")


class Call:
    """A call walking a flow; `command` is the last one it was given."""

    def __init__(self, flow: Flow, *others: Flow, **changes: Any) -> None:
        self.flow = flow
        self.flows = Library(*others)
        self.facts = facts(**changes)
        self.state: State
        self.command: Command
        self.state, self.command = begin(flow, self.facts, self.flows)

    def says(self, *events: Event) -> "Call":
        for event in events:
            self.state, self.command = step(self.flow, self.state, event, self.facts, self.flows)
        return self

    def lost(self) -> "Call":
        """The handler dies, and another one reads what is on the channel."""
        state = loads(dumps(self.state))
        self.state, self.command = resume(self.flow, state, self.facts, self.flows)
        return self

    @property
    def node(self) -> str:
        return self.state.node

    @property
    def prompts(self) -> tuple[object, ...]:
        return getattr(self.command, "prompts", ())

    @property
    def collecting(self) -> bool:
        return isinstance(self.command, Collect)
