"""Nodes that work on attached data: branch_data, set_data, language, look_up."""

from typing import Any

import pytest

from hotline.domain.ivr.commands import LookUp
from hotline.domain.ivr.events import LookedUp
from tests.domain.ivr.helpers import Call, end, flow_of


def rule(key: str, operator: str, value: str, to: str) -> dict[str, str]:
    return {"data": key, "is": operator, "value": value, "to": to}


def branch(*rules: dict[str, str], **data: str) -> Call:
    nodes = {"branch": {"type": "branch_data", "rules": list(rules), "on_other": "other"}}
    return Call(flow_of({**nodes, **{name: end(name) for name in ("a", "b", "other")}}, "branch"), data=data)


def test_the_first_rule_that_holds_decides() -> None:
    rules = (rule("level", "at_least", "3", "a"), rule("level", "at_least", "1", "b"))
    assert branch(*rules, level="5").node == "a"
    assert branch(*rules, level="2").node == "b"
    assert branch(*rules, level="0").node == "other"
    assert branch(*rules).node == "other"


def test_the_numbers_of_the_call_are_data_too() -> None:
    assert branch(rule("caller", "starts_with", "138", "a")).node == "a"
    assert branch(rule("called", "in_list", "12345，12366", "a")).node == "a"


def test_data_may_be_put_together_from_data() -> None:
    node = {"type": "set_data", "values": {"line": "${caller}/${area}", "plain": "x"}, "next": "end"}
    call = Call(flow_of({"set": node, "end": end("end")}, "set"), data={"area": "0512"})
    assert call.state.data == {"line": "13800000000/0512", "plain": "x"}


def test_what_is_made_of_sensitive_data_is_sensitive() -> None:
    nodes = {
        "ask": {
            "type": "look_up",
            "source": "register",
            "sensitive": True,
            "on_found": "set",
            "on_not_found": "end",
            "on_failed": "end",
        },
        "set": {"type": "set_data", "values": {"copy": "no. ${id}"}, "next": "end"},
        "end": end("end"),
    }
    call = Call(flow_of(nodes, "ask")).says(LookedUp("found", {"id": "320500"}))
    assert call.state.data == {"id": "320500", "copy": "no. 320500"}
    assert call.state.sensitive == {"id", "copy"}


def test_from_the_language_node_on_the_caller_is_spoken_to_in_it() -> None:
    node = {"type": "language", "language": "en", "next": "end"}
    assert Call(flow_of({"language": node, "end": end("end")}, "language")).state.data == {"language": "en"}


LOOK_UP: dict[str, Any] = {
    "type": "look_up",
    "source": "register",
    "parameters": {"id": "${taxpayer}", "from": "${caller}"},
    "timeout_s": 2,
    "prompts": ["please_wait"],
    "on_found": "found",
    "on_not_found": "not_found",
    "on_failed": "failed",
}


def look_up() -> Call:
    ends = {name: end(name) for name in ("found", "not_found", "failed")}
    return Call(flow_of({"look_up": LOOK_UP, **ends}, "look_up"), data={"taxpayer": "3205"})


def test_it_asks_the_source_with_what_is_attached() -> None:
    asked = look_up()
    assert asked.command == LookUp("register", {"id": "3205", "from": "13800000000"}, 2, ("please_wait",))
    before = asked.command
    assert asked.lost().command == before


@pytest.mark.parametrize("outcome", ["found", "not_found", "failed"])
def test_each_outcome_of_a_look_up_has_its_way(outcome: Any) -> None:
    answered = look_up().says(LookedUp(outcome, {"name": "Li"} if outcome == "found" else {}))
    assert answered.node == outcome
    assert answered.state.data == ({"name": "Li"} if outcome == "found" else {})
