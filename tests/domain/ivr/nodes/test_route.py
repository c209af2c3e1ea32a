"""The node that lets a script decide: where each target leads, and what the call takes along."""

from typing import Any

import pytest

from hotline.domain.ivr.commands import Decide, Hangup, Transfer
from hotline.domain.ivr.events import Decided, Transferred
from tests.domain.ivr.helpers import Call, end, flow_of


def call(**fields: Any) -> Call:
    node = {
        "type": "route",
        "script": "main",
        "labels": {"night": "night"},
        "on_queue": "queue",
        "on_agent": "agent",
        "on_default": "default",
        **fields,
    }
    exits = ("queue", "agent", "night", "default", "after")
    return Call(flow_of({"route": node, **{name: end(name) for name in exits}}, "route"))


def test_the_script_is_asked() -> None:
    assert call().command == Decide("main")


@pytest.mark.parametrize(
    ("decided", "node", "data"),
    [
        (
            Decided("decided", "queue:policy", 30, {"area": "苏州"}),
            "queue",
            {"route_queue": "policy", "route_priority": "30", "area": "苏州"},
        ),
        (Decided("decided", "queue:policy"), "queue", {"route_queue": "policy"}),
        (Decided("decided", "agent:8001"), "agent", {"route_agent": "8001"}),
        (Decided("decided", "label:night"), "night", {}),
        (Decided("decided", "label:unknown"), "default", {}),
        (Decided("decided", "", 10), "default", {"route_priority": "10"}),
        (Decided("failed"), "default", {}),
    ],
)
def test_each_target_has_its_way(decided: Decided, node: str, data: dict[str, str]) -> None:
    after = call()
    after.says(decided)
    assert after.node == node
    assert after.state.data == data


def test_an_agent_without_a_way_of_its_own_takes_the_flows() -> None:
    after = call(on_agent="")
    after.says(Decided("decided", "agent:8001"))
    assert after.node == "default"


def test_an_outside_number_is_called_and_the_talk_ends_the_call() -> None:
    after = call()
    assert after.says(Decided("decided", "number:02112366")).command == Transfer("outside", "02112366", 30)
    assert after.says(Transferred("connected")).command == Hangup()


def test_after_the_talk_outside_the_call_may_go_on() -> None:
    after = call(on_connected="after")
    after.says(Decided("decided", "number:02112366"))
    after.says(Transferred("connected"))
    assert after.node == "after"


def test_an_outside_number_that_does_not_answer_leaves_the_call_to_the_flow() -> None:
    after = call()
    after.says(Decided("decided", "number:02112366"))
    after.says(Transferred("busy"))
    assert after.node == "default"
