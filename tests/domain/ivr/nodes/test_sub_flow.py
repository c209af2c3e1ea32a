"""Flows that call flows."""

from typing import Any

import pytest

from hotline.domain.ivr.commands import Collect, Hangup, Play
from hotline.domain.ivr.events import Played
from hotline.domain.ivr.flow import Flow, parse
from hotline.domain.ivr.interpreter import step
from hotline.domain.ivr.problems import BrokenFlow, FlowLoop, StateMismatch
from hotline.domain.ivr.state import Frame
from tests.domain.ivr.helpers import Call, Library, end, facts, keyed


def flow(code: str, nodes: dict[str, Any], start: str, version: int = 1) -> Flow:
    return parse({"id": code, "version": version, "name": code, "start": start, "nodes": nodes})


MAIN = flow(
    "main",
    {
        "identify": {
            "type": "sub_flow",
            "flow": "identity",
            "outcomes": {"known": "known"},
            "on_other": "other",
            "on_failed": "failed",
        },
        **{name: end(name) for name in ("known", "other", "failed")},
    },
    "identify",
)
IDENTITY = flow(
    "identity",
    {
        "ask": {
            "type": "menu",
            "prompts": ["are_you_known"],
            "choices": {"1": "yes", "2": "no", "9": "bye"},
            "wrong_key": ["wrong"],
            "no_key": ["none"],
            "on_fail": "no",
        },
        "yes": {"type": "set_data", "values": {"taxpayer": "3205"}, "next": "known"},
        "known": {"type": "return", "outcome": "known"},
        "no": {"type": "return", "outcome": "stranger"},
        "bye": end("bye"),
    },
    "ask",
    version=7,
)


def test_a_sub_flow_asks_and_its_outcome_leads_on() -> None:
    call = Call(MAIN, IDENTITY)
    assert isinstance(call.command, Collect)
    assert (call.state.flow, call.state.version, call.state.node) == ("identity", 7, "ask")
    assert call.state.stack == (Frame("main", 1, "identify"),)
    call.says(keyed("1"))
    assert (call.state.flow, call.node, call.state.stack) == ("main", "known", ())
    assert call.state.data == {"taxpayer": "3205"}


def test_an_outcome_that_the_caller_does_not_name_has_a_way_too() -> None:
    assert Call(MAIN, IDENTITY).says(keyed("2")).node == "other"


def test_a_flow_that_is_not_published_leads_to_the_way_of_failures() -> None:
    assert Call(MAIN).node == "failed"


def test_a_sub_flow_may_end_the_call() -> None:
    call = Call(MAIN, IDENTITY).says(keyed("9"))
    assert call.command == Play(("bye",))
    assert call.says(Played()).command == Hangup()


def test_a_flow_on_its_own_ends_at_its_return() -> None:
    assert Call(IDENTITY).says(keyed("2")).command == Hangup()


def test_a_next_handler_goes_on_inside_the_sub_flow() -> None:
    call = Call(MAIN, IDENTITY)
    assert isinstance(call.lost().command, Collect)
    assert call.says(keyed("1")).node == "known"


def test_the_call_stays_with_the_version_that_it_entered() -> None:
    call = Call(MAIN, IDENTITY)
    newer = flow("identity", {"ask": {"type": "return", "outcome": "known"}}, "ask", version=8)

    class Both(Library):
        def flow_at(self, code: str, version: int) -> Flow | None:
            return IDENTITY if version == 7 else super().flow_at(code, version)

    state, _ = step(MAIN, call.state, keyed("2"), facts(), Both(newer))
    assert state.node == "other"
    with pytest.raises(StateMismatch):
        step(MAIN, call.state, keyed("2"), facts(), Library(newer))


def test_flows_that_call_each_other_come_to_an_end_even_unchecked() -> None:
    node = {"type": "sub_flow", "on_other": "bye", "on_failed": "bye"}
    ping = flow("ping", {"call": {**node, "flow": "pong"}, "bye": end("ping")}, "call")
    pong = flow("pong", {"call": {**node, "flow": "ping"}, "bye": end("pong")}, "call")
    assert len(Call(ping, ping, pong).state.stack) == 5


def test_a_sub_flow_called_round_and_round_without_the_caller_is_a_loop() -> None:
    call_it = {"type": "sub_flow", "flow": "nothing", "on_other": "again", "on_failed": "again"}
    nothing = flow("nothing", {"back": {"type": "return"}}, "back")
    with pytest.raises(FlowLoop):
        Call(flow("main", {"again": call_it}, "again"), nothing)


def test_only_a_node_that_calls_flows_can_be_returned_to() -> None:
    with pytest.raises(BrokenFlow):
        MAIN.nodes["known"].returned("known")
