"""Routing decisions in words, in both languages."""

from __future__ import annotations

import re
from pathlib import Path
from typing import Any

import pytest
from flask_babel import force_locale

import hotline.domain.acd
from hotline.domain.acd.spec import Strategy
from hotline.domain.agent import AgentState
from webadmin.explain.decision import explained
from webadmin.explain.names import Names
from webadmin.explain.words import CONDITIONS, HINDRANCES, LEFT_QUEUE, RULES, STRATEGIES, hindrance, word

NAMES = Names({"8005": "张三", "8006": "李四"}, {"systems": "系统"}, skills={"policy": "政策"})
SOURCES = "\n".join(path.read_text("utf-8") for path in Path(hotline.domain.acd.__file__).parent.glob("*.py"))


def a_decision(**changed: Any) -> dict[str, Any]:
    return {
        "strategy": "longest_idle",
        "step": 0,
        "needs": [{"skill": "policy", "min_level": 4, "weight": 1}],
        "rule": "strategy",
        "chosen": "8005",
        "candidates": [
            {"agent": "8005", "level": 6, "priority": 3, "idle_seconds": 252.0, "step": 0, "score": 252.0},
            {"agent": "8006", "level": 6, "priority": 3, "idle_seconds": 20.0, "step": 0, "score": 20.0},
        ],
        "excluded": [{"agent": "8007", "reason": "talking"}],
        "excluded_counts": {"talking": 4, "reserved_for:systems": 1},
        "waited_seconds": 8.0,
        "position": 1,
    } | changed


@pytest.fixture(params=["zh", "en"])
def language(app, request):
    with app.test_request_context(), force_locale(request.param):
        yield request.param


@pytest.fixture
def english(app):
    with app.test_request_context(), force_locale("en"):
        yield


@pytest.fixture
def chinese(app):
    with app.test_request_context(), force_locale("zh"):
        yield


def test_who_got_the_call_and_why_is_one_line(chinese):
    found = explained(a_decision(), NAMES)
    assert found.title == "分配给座席 8005 张三"
    assert found.detail == "技能 政策 6 级，优先级 3，已空闲 4:12"
    assert "另有 1 名座席空闲；决定因素：空闲最久。" in found.sentences


@pytest.mark.parametrize(
    ("other", "decided"),
    [
        ({"priority": 5}, "priority"),
        ({"step": 1, "priority": 1}, "meets more of what was asked for"),
        ({}, "longest idle"),
    ],
)
def test_what_decided_is_named(english, other, decided):
    first, second = a_decision()["candidates"]
    found = explained(a_decision(candidates=[first, second | other]), NAMES)
    assert found.sentences[0] == f"1 others were free as well. What decided: {decided}."
    assert [row.result for row in found.rows if row.free] == ["", f"behind: {decided}"]


def test_the_only_one_who_was_free_needs_no_strategy(english):
    found = explained(a_decision(candidates=a_decision()["candidates"][:1]), NAMES)
    assert found.sentences[0] == "Nobody else was free."


def test_a_call_for_one_agent_says_so(english):
    found = explained(a_decision(rule="last_agent"), NAMES)
    assert found.sentences[0] == "What decided: the agent of last time comes first."


def test_why_nobody_was_free_is_counted_by_reason(english):
    found = explained(a_decision(chosen=None, candidates=[]), NAMES)
    assert found.detail == "Looked at 5 agents: 4 talking, 1 kept for queue 系统"
    assert not found.anybody_free


def test_nobody_with_the_skill_is_said(english):
    found = explained(a_decision(chosen=None, candidates=[], excluded=[], excluded_counts={}), NAMES)
    assert found.detail == "No agent has the skills that were asked for."


def test_the_step_of_relaxation_is_named(english):
    found = explained(a_decision(step=2), NAMES)
    assert "After the wait so far step 2 of relaxation asks for: 政策 from level 4." in found.sentences


def test_agents_beyond_those_who_are_named_are_counted(english):
    assert explained(a_decision(), NAMES).others == (("kept for queue 系统", 1), ("talking", 3))


def test_the_figure_that_the_strategy_goes_by_is_shown(english):
    found = explained(
        a_decision(
            strategy="least_occupied",
            candidates=[
                {"agent": "8005", "level": 6, "priority": 3, "idle_seconds": 252.0, "step": 0, "score": 0.25}
            ],
        ),
        NAMES,
    )
    assert (found.measure, found.rows[0].measure) == ("least occupied", "25.0%")


def test_what_is_not_known_is_shown_as_its_code(english):
    found = explained(
        a_decision(strategy="by_the_moon", rule="new", excluded=[{"agent": "8007", "reason": "asleep"}]),
        NAMES,
    )
    assert found.rows[-1].result == "asleep"
    assert "by_the_moon" in found.sentences[0]


def test_little_data_still_makes_a_sentence(english):
    assert explained({}, NAMES).title == "Nobody was free; the caller waits"


def test_every_reason_of_the_domain_has_words(language):
    codes = {str(state) for state in AgentState if state is not AgentState.IDLE}
    codes |= set(
        re.findall(r'return "(\w+)"', re.search(r"def hindrance.*?return None", SOURCES, re.DOTALL)[0])
    )
    codes |= {"skill_missing", "level_too_low", "waits_for_last_agent"}
    assert {code for code in codes if hindrance(code, NAMES) == code} - {"busy", "talking"} == set()
    assert codes <= set(HINDRANCES)


@pytest.mark.parametrize(
    ("words", "codes"),
    [
        (STRATEGIES, set(Strategy)),
        (RULES, {"strategy", "only_agent", "last_agent", "callback"}),
        (
            CONDITIONS,
            {
                "wait",
                "position",
                "expected_wait",
                "nobody_signed_in",
                "max_waiting",
                "max_expected_wait",
                "closing",
            },
        ),
        (
            LEFT_QUEUE,
            {
                "timeout",
                "no_agents",
                "overflow",
                "outside",
                "voicemail",
                "callback",
                "prompt",
                "closed",
                "emergency",
            },
        ),
    ],
)
def test_every_code_of_the_domain_has_words(language, words, codes):
    assert {str(code) for code in codes} <= set(words)
    assert all(word(words, code) for code in codes)


def test_the_codes_that_are_walked_are_those_of_the_domain():
    for code in {*RULES, *CONDITIONS}:
        assert f'"{code}"' in SOURCES or f"``{code}``" in SOURCES, code
