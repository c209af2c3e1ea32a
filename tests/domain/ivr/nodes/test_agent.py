"""Queueing for one agent."""

from typing import Any

import pytest

from hotline.domain.ivr.commands import Announce, Enqueue
from hotline.domain.ivr.events import QueueLeft
from tests.domain.ivr.helpers import Call, end, flow_of

TARGETS = ("served", "agent_gone", "timeout", "overflow", "no_agents", "failed")


def call(data: dict[str, str] | None = None, **changes: Any) -> Call:
    node = {"type": "agent", "queue": "policy", "join": ["wait"], "wait_s": 20, "max_wait_s": 300, **changes}
    nodes = {"agent": {**node, **{f"on_{name}": name for name in TARGETS}}}
    return Call(flow_of({**nodes, **{name: end(name) for name in TARGETS}}, "agent"), data=data or {})


def test_a_given_agent_is_waited_for_so_long_and_nobody_else() -> None:
    waiting = call(agent="8001")
    assert waiting.command == Enqueue("policy", 0, 20, Announce(("wait",)), "8001", 0)
    assert waiting.lost().command == Enqueue("policy", 0, 20, Announce(), "8001", 0)
    assert waiting.says(QueueLeft("timeout")).node == "timeout"


def test_then_anybody_of_the_queue_may_have_the_call() -> None:
    command = call(agent="8001", then_anybody=True).command
    assert command == Enqueue("policy", 0, 300, Announce(("wait",)), "8001", 20)


def test_the_agent_may_be_in_the_data() -> None:
    command = call({"last_agent": "8002"}, agent_key="last_agent").command
    assert isinstance(command, Enqueue)
    assert command.agent == "8002"


@pytest.mark.parametrize("data", [{}, {"agent": ""}, {"agent": "80 01"}, {"agent": "8" * 40}])
def test_without_an_agent_nobody_is_there(data: dict[str, str]) -> None:
    assert call(data).node == "no_agents"
