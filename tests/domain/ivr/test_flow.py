import contextlib
import json
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from hotline.domain.ivr.commands import SayData
from hotline.domain.ivr.demo import demo_flow
from hotline.domain.ivr.flow import MOST_NODES, dump, parse
from hotline.domain.ivr.nodes import NODE_TYPES
from hotline.domain.ivr.nodes.play import PlayNode
from hotline.domain.ivr.problems import MESSAGES, FlowError
from tests.domain.ivr.helpers import document, patient


def problems_of(raw: object) -> list[tuple[str, str, str]]:
    with pytest.raises(FlowError) as caught:
        parse(raw)
    assert all(problem.code in MESSAGES and problem.message for problem in caught.value.problems)
    return [(problem.node, problem.field, problem.code) for problem in caught.value.problems]


def test_a_document_survives_json_and_back() -> None:
    flow = demo_flow()
    assert parse(json.loads(json.dumps(dump(flow)))) == flow


def test_fields_left_out_have_their_defaults_and_are_written_out() -> None:
    raw = document({"menu": {"type": "menu"}}, "menu")
    assert dump(parse(raw))["nodes"]["menu"] == {
        "type": "menu",
        "prompts": [],
        "choices": {},
        "wrong_key": [],
        "no_key": [],
        "attempts": 3,
        "timeout_s": 5,
        "interruptible": True,
        "type_ahead": True,
        "on_fail": "",
        "ui": {},
    }


def test_nodes_do_not_share_their_defaults() -> None:
    flow = parse(document({"a": {"type": "menu"}, "b": {"type": "menu"}}, "a"))
    written = dump(flow)
    written["nodes"]["a"]["choices"]["1"] = "b"
    assert dump(flow)["nodes"]["a"]["choices"] == {}
    assert dump(flow)["nodes"]["b"]["choices"] == {}


def test_what_the_visual_editor_keeps_with_a_node_is_untouched() -> None:
    ui = {"x": 1.5, "label": "欢迎", "deep": {"list": [1, None]}}
    flow = parse(document({"bye": {"type": "hangup", "ui": ui}}, "bye"))
    assert dump(flow)["nodes"]["bye"]["ui"] == ui


def test_a_prompt_may_speak_an_attached_datum() -> None:
    node = parse(
        document({"p": {"type": "play", "prompts": ["pre", {"say": "number", "data": "tickets"}]}}, "p")
    ).nodes["p"]
    assert isinstance(node, PlayNode)
    assert node.prompts == ("pre", SayData("number", "tickets"))


def test_every_problem_is_found_at_once_and_located() -> None:
    raw = {
        "id": "a b",
        "version": True,
        "start": 5,
        "extra": 1,
        "nodes": {
            "x y": {"type": "hangup"},
            "n1": {"type": "teleport"},
            "n2": {"type": "play", "prompts": "welcome", "nxt": "n1"},
            "n3": {"type": "menu", "attempts": "3", "choices": {"1": 1}, "ui": []},
            "n4": {"type": "info_code", "codes": {"1001": ["ok", {"say": "poem", "data": "x"}]}},
            "n5": [],
            "n6": {"type": "queue", "position": 1},
        },
    }
    assert problems_of(raw) == [
        ("", "extra", "unknown_field"),
        ("", "id", "bad_id"),
        ("", "version", "expected_number"),
        ("", "name", "missing_field"),
        ("", "start", "expected_text"),
        ("x y", "", "bad_id"),
        ("n1", "type", "unknown_type"),
        ("n2", "prompts", "expected_list"),
        ("n2", "nxt", "unknown_field"),
        ("n3", "attempts", "expected_number"),
        ("n3", "choices.1", "expected_text"),
        ("n3", "ui", "not_an_object"),
        ("n4", "codes.1001.1", "expected_prompt"),
        ("n5", "", "not_an_object"),
        ("n6", "position", "expected_flag"),
    ]


@pytest.mark.parametrize("raw", [None, [], "flow", 7])
def test_what_is_no_object_is_no_flow(raw: object) -> None:
    assert problems_of(raw) == [("", "", "not_an_object")]


def test_a_flow_of_absurd_size_is_refused_before_it_is_read() -> None:
    nodes = {f"n{number}": {"type": "hangup"} for number in range(MOST_NODES + 1)}
    assert problems_of(document(nodes, "n0")) == [("", "nodes", "too_many_nodes")]


def test_the_error_reads_well() -> None:
    with pytest.raises(FlowError, match=r"n1\.type: there is no node type 'teleport'"):
        parse(document({"n1": {"type": "teleport"}}, "n1"))


def test_each_node_type_is_in_the_table_under_its_own_name() -> None:
    assert all(name == node_type.type for name, node_type in NODE_TYPES.items())
    assert "queue" in NODE_TYPES


json_values: st.SearchStrategy[Any] = st.recursive(
    st.none() | st.booleans() | st.integers() | st.text(max_size=5),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=5), inner, max_size=3),
    max_leaves=8,
)


@patient
@given(
    st.sampled_from(sorted(NODE_TYPES)),
    st.dictionaries(
        st.sampled_from(
            ["prompts", "next", "choices", "codes", "marks", "values", "attempts", "queue", "ui", "x"]
        ),
        json_values,
    ),
)
def test_no_document_makes_the_parser_fail_otherwise_than_by_a_flow_error(
    type_name: str, body: dict[str, Any]
) -> None:
    raw = document({"n": {**body, "type": type_name}}, "n")
    with contextlib.suppress(FlowError):
        flow = parse(raw)
        assert parse(json.loads(json.dumps(dump(flow)))) == flow
