"""The check of scripts: what is refused, and in which line."""

from __future__ import annotations

import pytest

from hotline.domain.routing.route import Known
from hotline.scripting.checking import check
from hotline.scripting.source import LONGEST, facts_named, marked

KNOWN = Known(queues=("general", "policy"), agents=("8001",))

GOOD = """\
def route(call: Call) -> Route | None:
    if call.region.startswith("江苏省苏州") and call.queue("general").waiting > 10:
        return Route("queue:policy", priority=20, data={"why": "full"})
    if call.agent(call.last_agent) == "idle":
        return Route(f"agent:{call.last_agent}")
    return None
"""


def test_a_sound_script_has_no_problems():
    assert check(GOOD, KNOWN) == []


@pytest.mark.parametrize(
    ("change", "line", "code"),
    [
        (("call.region", "call.regoin"), 2, "unresolved-attribute"),
        (("waiting > 10", "waitng > 10"), 2, "unresolved-attribute"),
        (("priority=20", 'priority="20"'), 3, "invalid-argument-type"),
        (("return None", "return nothing"), 6, "unresolved-reference"),
        (("queue:policy", "queue:polcy"), 3, "unknown_queue"),
        (('queue("general")', 'queue("genral")'), 2, "unknown_queue"),
        (('f"agent:{call.last_agent}"', '"agent:9999"'), 5, "unknown_agent"),
        (("queue:policy", "queue:"), 3, "bad_target"),
        (("return None", "return 3"), 6, "invalid-return-type"),
        (("return None", "import socket\n    return None"), 6, "unresolved-import"),
        (("return None", "return Route(call.last_agent[0])"), 6, "error"),
        (("return None", "while True: pass"), 0, "time"),
        (("return None", "del call"), 6, "error"),
        (("    return None", "    return (None"), 6, "invalid-syntax"),
        (("def route(call: Call)", "def rout(call: Call)"), 0, "signature"),
    ],
)
def test_a_mistake_is_found_in_its_line(change, line, code):
    problems = check(GOOD.replace(*change), KNOWN)
    assert (line, code) in [(problem.line, problem.code) for problem in problems]


def test_a_script_of_endless_length_is_refused_unread():
    assert [problem.code for problem in check("#" * (LONGEST + 1), KNOWN)] == ["too_long"]


def test_the_marks_leave_lines_strings_and_comments_alone():
    text = 'x = "Route(1)"  # Route(2)\nclass Route2: pass\ny = Route(\n    "queue:a")\n'
    assert marked(text) == 'x = "Route(1)"  # Route(2)\nclass Route2: pass\ny = _at(3)(\n    "queue:a")\n'


def test_the_facts_that_a_script_names_are_known():
    assert facts_named(GOOD) == {"agents", "data", "last_agent", "queues", "region"}
