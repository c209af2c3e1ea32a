"""One line a fact, for people or for programs, in a process of its own."""

import json
import subprocess
import sys

import pytest

from hotline.config import PROJECT

PROGRAM = """
import logging, sys, structlog
from hotline import logs
logs.set_up(*sys.argv[1:])
log = structlog.get_logger("hotline")
structlog.contextvars.bind_contextvars(call="call-1")
log.debug("a detail")
log.info("来电", caller="13800138000\\nforged line")
logging.getLogger("a.library").info("chatter")
logging.getLogger("a.library").warning("a library warns")
def sign_in(password):
    raise ValueError("broken")
try:
    sign_in("".join(["sesame", "-open"]))
except ValueError:
    log.exception("it failed")
"""


def said(style: str, level: str) -> list[str]:
    done = subprocess.run(
        [sys.executable, "-c", PROGRAM, style, level],
        capture_output=True,
        cwd=PROJECT,
        text=True,
        check=True,
        timeout=30,
    )
    assert done.stdout == "", "what a program prints for people must not be mixed with its log"
    return done.stderr.splitlines()


def test_programs_get_one_json_object_a_line_with_the_id_of_the_call():
    entries = [json.loads(line) for line in said("json", "info")]
    arrived, warned, failed = entries
    assert arrived["event"] == "来电"
    assert (arrived["call"], arrived["level"]) == ("call-1", "info")
    assert arrived["timestamp"]
    assert warned["event"] == "a library warns"
    assert "ValueError: broken" in failed["exception"]


def test_people_get_lines_without_colours_where_there_is_no_terminal():
    lines = said("text", "info")
    assert "来电" in lines[0]
    assert "call=call-1" in lines[0]
    assert "\x1b" not in "".join(lines)


@pytest.mark.parametrize(("level", "shown"), [("debug", True), ("info", False)])
def test_details_are_shown_on_request(level, shown):
    assert any("a detail" in line for line in said("json", level)) is shown


def test_a_caller_cannot_forge_a_line():
    for style in ("json", "text"):
        assert not any(line.startswith("forged line") for line in said(style, "info"))


@pytest.mark.parametrize("style", ["json", "text"])
def test_a_traceback_does_not_show_the_values_of_variables(style):
    lines = "\n".join(said(style, "info"))
    assert "ValueError: broken" in lines
    assert "sesame-open" not in lines
