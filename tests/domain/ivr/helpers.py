"""Small words for the tests of the IVR: facts, one-node flows, and walking through a flow."""

from typing import Any

from hypothesis import HealthCheck, settings

from hotline.domain.ivr.commands import Collect, Command, Facts
from hotline.domain.ivr.events import Collected, Event
from hotline.domain.ivr.flow import Flow, parse
from hotline.domain.ivr.interpreter import begin, step
from hotline.domain.ivr.state import State

# Time on a busy machine says nothing about the code.
patient = settings(deadline=None, suppress_health_check=[HealthCheck.too_slow])

WORKDAY = 1_741_140_000.0  # 2025-03-05 10:00 in Shanghai


def facts(**changes: Any) -> Facts:
    return Facts(**{"now": WORKDAY, "caller": "13800000000", "called": "12366", "open": True, **changes})


def document(nodes: dict[str, Any], start: str) -> dict[str, Any]:
    return {"id": "test", "version": 1, "name": "test", "start": start, "nodes": nodes}


def flow_of(nodes: dict[str, Any], start: str) -> Flow:
    return parse(document(nodes, start))


def end(name: str) -> dict[str, Any]:
    """A node that says its own name, so that a test sees where the call went."""
    return {"type": "hangup", "prompts": [name]}


def keyed(digits: str, terminator: str = "") -> Collected:
    return Collected(digits, "digits", terminator)


SILENCE = Collected("", "timeout")


class Call:
    """A call walking a flow; `command` is the last one it was given."""

    def __init__(self, flow: Flow, **changes: Any) -> None:
        self.flow = flow
        self.facts = facts(**changes)
        self.state: State
        self.command: Command
        self.state, self.command = begin(flow, self.facts)

    def says(self, *events: Event) -> "Call":
        for event in events:
            self.state, self.command = step(self.flow, self.state, event, self.facts)
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
