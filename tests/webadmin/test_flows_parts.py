"""What the flow pages are made of: words, text with lines, comparing, forms, places of cards."""

import json

import pytest
from werkzeug.datastructures import MultiDict

from hotline.domain.ivr.demo import demo_flow
from hotline.domain.ivr.flow import dump, parse
from hotline.domain.ivr.node import specs
from hotline.domain.ivr.nodes import NODE_TYPES
from hotline.domain.ivr.problems import MESSAGES, Problem
from webadmin.flows import forms, text, words
from webadmin.flows.cards import cards
from webadmin.flows.compare import compare
from webadmin.flows.layout import lay_out, places
from webadmin.flows.outline import Names, in_order, outline
from webadmin.flows.words import palette


@pytest.fixture(autouse=True)
def speaking_chinese(app):
    with app.test_request_context("/"):
        yield


def test_every_problem_of_a_flow_has_words():
    assert set(words.PROBLEMS) == set(MESSAGES)


def test_every_node_type_and_every_field_has_words():
    assert set(words.TYPES) == set(NODE_TYPES)
    fields = {name for node_type in NODE_TYPES.values() for name in specs(node_type)}
    assert fields <= set(words.FIELDS)


def test_every_option_has_words():
    options = {
        option
        for node_type in NODE_TYPES.values()
        for spec in specs(node_type).values()
        for option in getattr(spec, "options", ())
    }
    assert options <= set(words.OPTIONS)


def test_a_problem_is_told_in_words_with_its_values():
    problem = Problem("menu", "choices.1", "unknown_target", {"target": "gone"})
    assert words.problem_text(problem) == "指向的 gone 不是该流程的节点，请另选。"
    assert words.field_name("menu", "choices.1") == "按键 1"
    assert words.field_name("play", "prompts.0") == "语音文件 #1"
    assert words.field_name("info_code", "codes.1001.0") == "编码与答复 1001 #1"


def mistakes(written):
    with pytest.raises(text.BadText) as caught:
        text.read(written, "main", 1)
    return [(mistake.line, mistake.where) for mistake in caught.value.mistakes]


def test_a_text_that_was_written_is_read_back():
    flow = demo_flow(4)
    assert text.read(text.write(dump(flow)), "main", 4) == flow


def test_broken_json_is_told_with_its_line():
    assert mistakes('{\n"name": "x",\n}') == [(3, "第 1 列")]


def test_each_wrong_value_is_told_with_the_line_it_stands_on():
    written = """{
  "name": "x", "start": "a",
  "nodes": {
    "a": {"type": "menu",
      "attempts": "three",
      "prompts": [
        "welcome",
        5
      ],
      "choices": {"1": "b",
        "2": 7}
    },
    "b": {"type": "dance"},
    "c {": {"type": "hangup", "colour": "red"}
  }
}"""
    found = mistakes(written)
    assert [line for line, _ in found] == [5, 8, 11, 13, 14]
    assert found[0][1] == "a · 尝试次数"


def test_a_name_that_is_there_twice_is_told():
    written = '{"name": "x", "start": "a", "nodes": {\n"a": {"type": "hangup"},\n"a": {"type": "hangup"}}}'
    assert mistakes(written) == [(3, "a")]


@pytest.mark.parametrize("written", ["[]", "5", "null", '""', "[" * 100_000, '{"nodes": []}', ""])
def test_what_is_no_flow_at_all_is_refused(written):
    assert mistakes(written)


def test_brackets_and_quotes_inside_texts_do_not_mislead_the_lines():
    written = '{"name": "[{\\"x\\": 1}",\n"start": "a",\n"nodes": {"a":\n{"type": "hangup",\n"cause": 5}}}'
    assert [line for line, _ in mistakes(written)] == [5]


def test_versions_that_differ_in_places_of_the_drawing_only_are_alike():
    before = dump(demo_flow())
    after = json.loads(json.dumps(before))
    after["nodes"]["menu"]["ui"] |= {"x": 1, "y": 2}
    assert compare(before, after) == []


def test_added_removed_and_changed_nodes_are_told():
    before = dump(demo_flow())
    after = json.loads(json.dumps(before))
    after["nodes"]["extra"] = {"type": "hangup", "ui": {}}
    del after["nodes"]["apology"]
    after["nodes"]["menu"]["choices"]["5"] = "general"
    after["start"] = "hours"
    changes = {change.node: change for change in compare(before, after)}
    assert {node: change.kind for node, change in changes.items()} == {
        "": "changed",
        "menu": "changed",
        "extra": "added",
        "apology": "removed",
    }
    assert [(field.name, field.before, field.after) for field in changes["menu"].fields] == [
        ("按键 5", None, "general")
    ]


def test_a_form_keeps_data_that_is_spoken_between_prompts():
    sent = MultiDict(
        [
            ("f-prompts", "welcome"),
            ("f-prompts-data", ""),
            ("f-prompts", "say:money"),
            ("f-prompts-data", "balance"),
            ("f-prompts", ""),
            ("f-prompts-data", ""),
            ("f-next", "b"),
        ]
    )
    raw = forms.read_node("play", sent, {"x": 5, "title": "old"})
    assert raw["prompts"] == ["welcome", {"say": "money", "data": "balance"}]
    assert raw["ui"] == {"x": 5}
    assert raw["interruptible"] is False


def test_codes_keep_their_order_and_their_prompts():
    sent = MultiDict(
        [
            ("f-codes-row", "1"),
            ("f-codes-1-code", "1002"),
            ("f-codes-1", "b"),
            ("f-codes-row", "3"),
            ("f-codes-3-code", "1001"),
            ("f-codes-3", "a"),
            ("f-codes-3", "c"),
            ("f-codes-row", "4"),
            ("f-codes-4-code", ""),
        ]
    )
    raw = forms.read_node("info_code", sent, {})
    assert list(raw["codes"].items()) == [("1002", ["b"]), ("1001", ["a", "c"])]


@pytest.mark.parametrize("type_code", sorted(NODE_TYPES))
def test_a_blank_node_of_every_type_can_be_read(type_code):
    nodes = {"a": forms.blank(type_code)}
    flow = parse({"id": "x", "version": 1, "name": "x", "start": "a", "nodes": nodes})
    assert flow.nodes["a"].type == type_code


def test_the_outline_has_every_node_once_from_the_start_on():
    flow = demo_flow()
    order = in_order(flow)
    assert order[0] == flow.start
    assert sorted(order) == sorted(flow.nodes)
    entries = outline(flow, [], Names({}, {}))
    assert {entry.id: entry.entrances for entry in entries}["hours"] == ("welcome",)


NOTHING_KNOWN = Names(prompts={}, queues={})


@pytest.mark.parametrize(
    "ui", [{}, {"x": "far", "y": 0}, {"x": True, "y": 1}, {"x": 1e9, "y": 0}, {"x": float("nan"), "y": 0}]
)
def test_a_flow_without_usable_places_is_laid_out_in_columns(ui):
    content = dump(demo_flow())
    content["nodes"]["menu"]["ui"] = ui
    placed = places(content, cards(content, NOTHING_KNOWN))
    assert placed["welcome"][0] < placed["hours"][0] < placed["menu"][0] < placed["policy"][0]


def test_a_flow_without_nodes_and_one_that_begins_nowhere_can_be_laid_out():
    assert lay_out("gone", {}) == {}
    content = dump(demo_flow())
    assert len(lay_out("gone", cards(content, NOTHING_KNOWN))) == len(content["nodes"])


def test_a_type_that_is_in_no_group_comes_last_in_the_palette():
    groups = palette(["dance", "menu"])
    assert [members for _name, members in groups] == [["menu"], ["dance"]]
