import re
from pathlib import Path
from typing import Any

import pytest

import hotline.domain.ivr.check
from hotline.domain.ivr.check import check
from hotline.domain.ivr.demo import QUEUES, demo_flow
from hotline.domain.ivr.problems import MESSAGES, Problem
from ivr_prompts.texts import texts
from tests.domain.ivr.helpers import flow_of

PROMPTS = ("p", "q")
BYE: dict[str, Any] = {"type": "hangup"}


def menu(**changes: Any) -> dict[str, Any]:
    base = {"type": "menu", "prompts": ["p"], "wrong_key": ["p"], "no_key": ["p"], "choices": {"1": "bye"}}
    return {**base, "on_fail": "bye", **changes}


def play(target: str, **changes: Any) -> dict[str, Any]:
    return {"type": "play", "prompts": ["p"], "next": target, **changes}


def queue(**changes: Any) -> dict[str, Any]:
    targets = ("served", "agent_gone", "timeout", "overflow", "no_agents", "failed")
    return {"type": "queue", "queue": "policy", **{f"on_{name}": "bye" for name in targets}, **changes}


def found(nodes: dict[str, Any], start: str = "a") -> list[Problem]:
    problems = check(flow_of(nodes, start), prompts=PROMPTS, queues=QUEUES)
    assert all(problem.message for problem in problems)
    return problems


def codes(nodes: dict[str, Any], start: str = "a") -> list[tuple[str, str, str]]:
    return [(problem.node, problem.field, problem.code) for problem in found(nodes, start)]


def test_the_demo_is_right_with_its_prompts_and_queues() -> None:
    flow = demo_flow()
    missing = check(flow, prompts=(), queues=QUEUES)
    assert {problem.code for problem in missing} == {"unknown_prompt"}
    needed = [str(problem.params["prompt"]) for problem in missing]
    assert check(flow, prompts=needed, queues=QUEUES) == []


def test_the_demo_without_its_queues_is_wrong_where_they_are_named() -> None:
    wrong = [
        problem for problem in check(demo_flow(), prompts=(), queues=()) if problem.code == "unknown_queue"
    ]
    assert {problem.node for problem in wrong} == {*QUEUES, *(f"{code}_callback" for code in QUEUES)}


def test_a_start_that_is_no_node_is_found() -> None:
    assert codes({"bye": BYE}, start="nowhere") == [("", "start", "unknown_target")]


@pytest.mark.parametrize(
    ("node", "expected"),
    [
        (play("nowhere"), ("next", "unknown_target")),
        (play("bye", prompts=["p", "missing"]), ("prompts.1", "unknown_prompt")),
        (play("bye", prompts=[]), ("prompts", "missing_value")),
        (play("bye", prompts=[{"say": "number", "data": "no name"}]), ("prompts.0", "bad_value")),
        (menu(choices={"1": "bye", "2": "nowhere"}), ("choices.2", "unknown_target")),
        (menu(choices={"1": "bye", "2": ""}), ("choices.2", "missing_edge")),
        (menu(choices={"12": "bye"}), ("choices.12", "bad_key")),
        (menu(choices={"A": "bye"}), ("choices.A", "bad_key")),
        (menu(choices={}), ("choices", "missing_value")),
        (menu(attempts=0), ("attempts", "out_of_range")),
        (menu(timeout_s=3600), ("timeout_s", "out_of_range")),
        (menu(no_key=[]), ("no_key", "missing_value")),
        (menu(on_fail=""), ("on_fail", "missing_edge")),
        (queue(queue="tickets"), ("queue", "unknown_queue")),
        (queue(queue=""), ("queue", "missing_value")),
        (queue(on_no_agents=""), ("on_no_agents", "missing_edge")),
        (queue(voicemail_key="9"), ("on_voicemail", "voicemail_key_without_target")),
        (queue(voicemail_key="99", on_voicemail="bye"), ("voicemail_key", "bad_key")),
        ({"type": "set_data", "values": {"a b": "x"}, "next": "bye"}, ("values.a b", "bad_value")),
        ({"type": "set_data", "values": {"a": "x\r\ny"}, "next": "bye"}, ("values.a", "bad_value")),
        ({"type": "set_data", "values": {"a": "x" * 501}, "next": "bye"}, ("values.a", "bad_value")),
        ({"type": "hangup", "cause": "WHATEVER"}, ("cause", "bad_value")),
        (
            {
                "type": "info_code",
                "ask": ["p"],
                "codes": {"10x": ["p"], "11": []},
                "unknown": ["p"],
                "again": ["p"],
                "on_back": "bye",
                "on_fail": "bye",
            },
            ("codes.10x", "bad_code"),
        ),
        (
            {
                "type": "voicemail",
                "box": "../../etc",
                "prompts": ["p"],
                "on_recorded": "bye",
                "on_empty": "bye",
                "on_failed": "bye",
            },
            ("box", "bad_value"),
        ),
        (
            {
                "type": "transfer",
                "kind": "carrier_pigeon",
                "number": "1001&1002",
                "on_connected": "bye",
                "on_no_answer": "bye",
                "on_busy": "bye",
                "on_failed": "bye",
            },
            ("number", "bad_value"),
        ),
        (
            {
                "type": "survey",
                "prompts": ["p"],
                "wrong": ["p"],
                "marks": {"x": "good"},
                "on_marked": "bye",
                "on_none": "bye",
            },
            ("marks.x", "bad_key"),
        ),
    ],
)
def test_a_fault_of_a_field_is_found_where_it_is(node: dict[str, Any], expected: tuple[str, str]) -> None:
    assert ("a", *expected) in codes({"a": node, "bye": BYE})


def test_optional_ways_may_be_left_out() -> None:
    assert codes({"a": queue(), "bye": BYE}) == []
    assert codes({"a": {"type": "branch_hours", "on_open": "bye", "on_closed": "bye"}, "bye": BYE}) == []


def test_a_node_that_nothing_leads_to_is_unreachable() -> None:
    assert codes({"a": BYE, "island": play("a")}) == [("island", "", "unreachable")]


def test_a_part_that_never_comes_to_an_end_is_a_dead_end() -> None:
    nodes = {
        "a": menu(choices={"1": "trap", "2": "bye"}),
        "trap": menu(choices={"1": "trap"}, on_fail="trap"),
        "bye": BYE,
    }
    assert ("trap", "", "dead_end") in codes(nodes)
    assert ("a", "", "dead_end") not in codes(nodes)


def test_nodes_that_lead_to_each_other_at_once_are_a_loop_without_input() -> None:
    nodes = {
        "a": {"type": "branch_hours", "on_open": "b", "on_closed": "bye"},
        "b": {"type": "set_data", "values": {"k": "v"}, "next": "c"},
        "c": play("a"),
        "bye": BYE,
    }
    problems = found(nodes)
    assert [(problem.node, problem.code) for problem in problems] == [("a", "loop_without_input")]
    assert problems[0].params["path"] == "a > b > c > a"


def test_a_node_that_leads_to_itself_is_a_loop_too() -> None:
    assert ("a", "", "loop_without_input") in codes({"a": play("a"), "bye": BYE})


def test_a_queue_that_comes_straight_back_for_want_of_agents_is_a_loop_without_input() -> None:
    nodes = {"a": queue(on_no_agents="busy"), "busy": play("a"), "bye": BYE}
    assert ("a", "", "loop_without_input") in codes(nodes)


def test_waiting_again_in_the_queue_after_its_time_is_no_loop() -> None:
    assert codes({"a": queue(on_timeout="busy"), "busy": play("a"), "bye": BYE}) == []


def test_a_menu_that_a_key_leads_back_to_is_no_loop() -> None:
    assert codes({"a": menu(choices={"*": "a", "1": "bye"}), "bye": BYE}) == []


def test_menus_that_hand_a_silent_caller_round_for_ever_are_found() -> None:
    nodes = {"a": menu(on_fail="b"), "b": menu(on_fail="c"), "c": play("a"), "bye": BYE}
    assert codes(nodes) == [("a", "", "loop_when_silent")]


def test_one_loop_is_reported_once() -> None:
    nodes = {"a": play("b"), "b": play("a"), "bye": BYE}
    loops = [code for _, _, code in codes(nodes) if code.startswith("loop")]
    assert loops == ["loop_without_input"]


def test_every_message_is_used_by_the_code() -> None:
    folder = Path(hotline.domain.ivr.check.__file__).parent
    sources = [path.read_text("utf-8") for path in folder.rglob("*.py") if path.name != "problems.py"]
    used = {code for code in MESSAGES if any(re.search(rf'"{code}"', source) for source in sources)}
    assert used == set(MESSAGES)


def test_a_problem_reads_with_its_place() -> None:
    problem = Problem("menu", "choices.1", "unknown_target", {"target": "x"})
    assert str(problem) == "menu.choices.1: leads to 'x', which is no node of this flow"


# --- what a flow refers to, and flows that call flows ------------------------------------------------------


def rules(**changes: str) -> dict[str, Any]:
    rule = {"data": "k", "is": "equals", "value": "7", "to": "bye", **changes}
    return {"type": "branch_data", "rules": [rule], "on_other": "bye"}


def collect(**changes: Any) -> dict[str, Any]:
    base = {"type": "collect", "prompts": ["p"], "key": "k", "wrong": ["p"]}
    return {**base, "on_collected": "bye", "on_fail": "bye", **changes}


def look_up(**changes: Any) -> dict[str, Any]:
    ways = {f"on_{way}": "bye" for way in ("found", "not_found", "failed")}
    return {"type": "look_up", "source": "register", **ways, **changes}


def call_flow(code: str, **changes: Any) -> dict[str, Any]:
    return {"type": "sub_flow", "flow": code, "on_other": "bye", "on_failed": "bye", **changes}


@pytest.mark.parametrize(
    ("node", "expected"),
    [
        (rules(to="nowhere"), ("rules.0", "unknown_target")),
        (rules(to=""), ("rules.0", "missing_edge")),
        (rules(data="a b"), ("rules.0", "bad_value")),
        ({"type": "branch_data", "on_other": "bye"}, ("rules", "missing_value")),
        ({**rules(), "rules": rules()["rules"] * 31}, ("rules", "too_many_rows")),
        (rules(**{"is": "resembles"}), ("rules.0", "bad_value")),
        (rules(**{"is": "at_least"}, value="many"), ("rules.0", "bad_value")),
        (rules(**{"is": "in_list"}, value="x," * 101), ("rules.0", "too_many_rows")),
        (play("bye", prompts=["p"] * 21), ("prompts", "too_many_prompts")),
        (collect(min_digits=9, max_digits=4), ("max_digits", "out_of_range")),
        (collect(key=""), ("key", "missing_value")),
        (collect(terminators="##"), ("terminators", "bad_value")),
        (look_up(source="nothing"), ("source", "unknown_source")),
        (look_up(parameters={"id": "${"}), ("parameters.id", "bad_template")),
        ({"type": "say", "value": "${a b}", "next": "bye"}, ("value", "bad_template")),
        (queue(type="agent", agent="9999"), ("agent", "unknown_agent")),
        (queue(callback_key="7"), ("on_callback", "callback_key_without_target")),
        (
            queue(callback_key="9", on_callback="bye", voicemail_key="9", on_voicemail="bye"),
            ("callback_key", "same_key"),
        ),
        (call_flow("nothing"), ("flow", "unknown_flow")),
        (call_flow("test"), ("flow", "recursion")),
        (call_flow("back"), ("flow", "recursion")),
        (call_flow("outer"), ("flow", "recursion")),
        (call_flow("inner", outcomes={"done": "nowhere"}), ("outcomes.done", "unknown_target")),
        (call_flow("inner", outcomes={"all done": "bye"}), ("outcomes.all done", "bad_value")),
    ],
)
def test_each_fault_of_the_newer_nodes_is_found_at_its_field(
    node: dict[str, Any], expected: tuple[str, str]
) -> None:
    problems = check_all({"a": node, "bye": BYE})
    assert ("a", *expected) in [(problem.node, problem.field, problem.code) for problem in problems]
    assert all(problem.message for problem in problems)


def check_all(nodes: dict[str, Any]) -> list[Problem]:
    flows = {
        "inner": flow_of({"back": {"type": "return"}}, "back"),
        "back": flow_of({"call": call_flow("test"), "bye": BYE}, "call"),
        "outer": flow_of({"call": call_flow("back"), "bye": BYE}, "call"),
    }
    return check(
        flow_of(nodes, "a"),
        prompts=PROMPTS,
        queues=QUEUES,
        agents=["8001"],
        sources=["register"],
        flows=flows,
    )


@pytest.mark.parametrize(
    "node",
    [
        rules(),
        collect(),
        look_up(parameters={"id": "${k}"}),
        queue(type="agent", agent="8001"),
        queue(type="agent"),
        call_flow("inner", outcomes={"done": "bye"}),
        {"type": "say", "value": "${k}", "next": "bye"},
        {"type": "language", "language": "en", "next": "bye"},
    ],
)
def test_the_newer_nodes_are_right_when_they_are_right(node: dict[str, Any]) -> None:
    assert check_all({"a": node, "bye": BYE}) == []


def test_the_path_of_a_recursion_is_told() -> None:
    (problem,) = check_all({"a": call_flow("outer"), "bye": BYE})
    assert problem.params["path"] == "test > outer > back > test"


def test_flows_that_grow_beyond_reason_by_calling_each_other_are_refused() -> None:
    many = {f"n{number}": call_flow("wide", on_other=f"n{number + 1}") for number in range(99)}
    wide = flow_of({f"n{n}": play(f"n{n + 1}") for n in range(99)} | {"n99": {"type": "return"}}, "n0")
    flow = flow_of({**many, "n99": BYE, "bye": BYE}, "n0")
    problems = check(flow, prompts=PROMPTS, queues=QUEUES, flows={"wide": wide})
    assert [problem.code for problem in problems] == ["too_many_nodes_in_all"]


def test_a_look_up_that_is_repeated_without_the_caller_is_a_loop() -> None:
    problems = check_all({"a": look_up(on_failed="a"), "bye": BYE})
    assert [problem.code for problem in problems] == ["loop_without_input"]


# --- languages ----------------------------------------------------------------------------------------------

ENGLISH: dict[str, Any] = {"type": "language", "language": "en", "next": "b"}


def unheard(nodes: dict[str, Any], english: tuple[str, ...] = (), **more: Any) -> list[tuple[str, str]]:
    """Nodes and fields where a caller who chose English would hear Chinese."""
    problems = check(flow_of(nodes, "a"), prompts=PROMPTS, queues=QUEUES, languages={"en": english}, **more)
    assert {problem.code for problem in problems} <= {"no_audio_in_language"}
    assert {problem.params["language"] for problem in problems} <= {"en"}
    return [(problem.node, problem.field) for problem in problems]


def test_what_is_said_behind_the_choice_of_a_language_needs_audio_in_it() -> None:
    nodes = {"a": play("choice"), "choice": ENGLISH, "b": play("bye", prompts=["q", "p"]), "bye": BYE}
    assert unheard(nodes) == [("b", "prompts.0"), ("b", "prompts.1")]
    assert unheard(nodes, english=("p",)) == [("b", "prompts.0")]
    assert unheard(nodes, english=("p", "q")) == []
    assert [problem.message for problem in check(flow_of(nodes, "a"), prompts=PROMPTS, queues=QUEUES)] == []


def test_behind_the_choice_of_chinese_again_no_english_is_needed() -> None:
    back = {"type": "language", "language": "zh", "next": "c"}
    nodes = {"a": ENGLISH, "b": {**back}, "c": play("bye"), "bye": BYE}
    assert unheard(nodes) == []


def test_a_language_that_a_sub_flow_chooses_is_that_of_what_follows_it() -> None:
    called = flow_of({"a": {**ENGLISH, "next": "bye"}, "bye": {"type": "return"}}, "a", code="choose")
    nodes = {
        "a": {"type": "sub_flow", "flow": "choose", "on_other": "b", "on_failed": "c"},
        "b": play("bye"),
        "c": play("bye"),
        "bye": BYE,
    }
    assert unheard(nodes, flows={"choose": called}) == [("b", "prompts.0"), ("c", "prompts.0")]


def test_a_sub_flow_is_heard_in_the_languages_of_those_that_call_it() -> None:
    calling = {
        "a": ENGLISH,
        "b": {"type": "sub_flow", "flow": "test", "on_other": "bye", "on_failed": "bye"},
        "bye": BYE,
    }
    assert unheard({"a": play("bye"), "bye": BYE}, flows={"outer": flow_of(calling, "a", code="outer")}) == [
        ("a", "prompts.0")
    ]


def test_the_demo_is_heard_whole_in_english() -> None:
    library = rendered("zh"), rendered("en")
    assert check(demo_flow(), prompts=library[0], queues=QUEUES, languages={"en": library[1]}) == []
    missing = check(
        demo_flow(), prompts=library[0], queues=QUEUES, languages={"en": library[1] - {"queue_wait"}}
    )
    assert {(problem.node, problem.field) for problem in missing} == {(code, "join.0") for code in QUEUES}


def rendered(lang: str) -> frozenset[str]:
    return frozenset(texts(lang))
