"""Scripts, overflow and callbacks in the story of a call."""

from __future__ import annotations

import pytest
from flask_babel import force_locale

from hotline.domain import journal as kinds
from hotline.store.base import from_epoch
from hotline.store.calls import JournalEntry
from tests.webadmin import cast
from webadmin.explain.names import Names
from webadmin.timeline import told

NAMES = Names({"8005": "张三"}, {"policy": "政策", "systems": "系统"})


@pytest.fixture(autouse=True)
def english(app):
    with app.test_request_context(), force_locale("en"):
        yield


def a_step(kind: str, *, agent: str | None = None, queue: str | None = None, **data: object):
    entry = JournalEntry(kind=kind, at=from_epoch(cast.NOW), agent_number=agent, queue_code=queue, data=data)
    (step,) = told([entry], NAMES)
    return step.title, step.detail


def test_the_row_of_a_rule_table_that_decided_is_named():
    assert a_step(
        kinds.ROUTING_SCRIPT,
        script="vip",
        version=3,
        kind_of_script="rules",
        outcome="decided",
        target="queue:systems",
        priority=5,
        row=4,
        used={"caller": "138"},
    ) == ("Rule table vip (version 3) decided: queue 系统", "row 4 applied · priority 5 · caller = 138")


@pytest.mark.parametrize(
    ("target", "words"),
    [
        ("agent:8005", "agent 8005 张三"),
        ("number:12345", "number 12345"),
        ("label:night", "way “night” of the flow"),
        ("", "the usual way"),
        ("moon:1", "moon:1"),
    ],
)
def test_what_a_script_returned_is_told(target, words):
    title, detail = a_step(
        kinds.ROUTING_SCRIPT,
        script="s",
        version=1,
        kind_of_script="script",
        outcome="decided",
        target=target,
        line=12,
    )
    assert (title, detail) == (f"Script s (version 1) decided: {words}", "line 12")


def test_a_script_that_failed_says_how():
    title, detail = a_step(
        kinds.ROUTING_SCRIPT,
        script="s",
        version=1,
        kind_of_script="script",
        outcome="failed",
        error="too slow",
        error_line=7,
    )
    assert title == "Script s (version 1) failed; the usual way was taken"
    assert detail == "too slow · line 7"


def test_the_overflow_rule_that_moved_a_caller_is_named():
    assert a_step(kinds.CALL_MOVED, before="policy", after="systems", rule="expected_wait") == (
        "Moved from queue 政策 to queue 系统",
        "Overflow rule: expected wait too long",
    )


def test_where_a_caller_was_sent_and_by_which_rule_is_told():
    title, detail = a_step(
        kinds.CALL_DEQUEUED,
        queue="policy",
        outcome="outside",
        target="12345",
        rule="position",
        wait_ms=61_000,
    )
    assert title == "Left queue 政策"
    assert detail == "put through to an outside number · 12345 · too far back in line · after 1:01"


def test_a_call_for_one_agent_says_for_whom():
    assert (
        a_step(kinds.CALL_QUEUED, queue="policy", position=2, agent="8005")[1]
        == "Position 2 · for agent 8005 张三"
    )


@pytest.mark.parametrize(
    ("data", "words"),
    [
        ({"list": "vip", "bonus": 20}, "VIP list: priority 20 higher"),
        ({"list": "white"}, "white list: let in however many wait"),
        (
            {"list": "white", "bonus": 5},
            "VIP list: priority 5 higher · white list: let in however many wait",
        ),
    ],
)
def test_what_a_list_did_for_the_caller_is_told(data, words):
    assert a_step(kinds.CALL_QUEUED, queue="policy", **data)[1] == words


@pytest.mark.parametrize(
    ("despite", "words"),
    [
        ("black", "although the number is on the blacklist as well"),
        ("max_waiting", "although too many callers wait"),
        ("max_expected_wait", "although the expected wait is too long"),
    ],
)
def test_what_the_white_list_was_good_for_is_told(despite, words):
    told = a_step(kinds.CALL_ADMITTED, list="white", despite=despite)
    assert told == ("Let in by the white list", words)


def test_the_priority_with_which_a_caller_waits_is_told():
    assert a_step(kinds.CALL_QUEUED, queue="policy", priority=0)[1] == ""
    assert (
        a_step(kinds.CALL_QUEUED, queue="policy", priority=23, list="vip", bonus=20)[1]
        == "priority 23 · VIP list: priority 20 higher"
    )


def test_a_caller_of_the_blacklist_was_turned_away():
    assert a_step(kinds.CALL_REFUSED, list="black")[0] == "Turned away: the caller is on the blacklist"


def test_who_came_back_has_the_old_place_or_the_old_agent():
    title, detail = a_step(kinds.CALL_CAME_BACK, queue="policy", queued_at=cast.NOW)
    assert title == "Came back after giving up: has the old place again"
    assert detail.startswith("in line as if since ")
    title, _detail = a_step(kinds.CALL_CAME_BACK, queue="policy", agent="8005")
    assert title == "Came back after giving up: waits for agent 8005 张三 again"


def test_the_call_that_answers_a_callback_leads_to_the_one_that_asked_and_back():
    asked = JournalEntry(kind=kinds.CALLBACK_ASKED, at=from_epoch(cast.NOW), interaction_id="a", data={})
    reached = JournalEntry(kind=kinds.CALLBACK_REACHED, at=from_epoch(cast.NOW), interaction_id="b", data={})
    assert [step.call for step in told([asked, reached], NAMES, of="b")] == ["a", ""]
    assert [step.call for step in told([asked, reached], NAMES, of="a")] == ["", "b"]


def test_a_call_back_is_told_as_one():
    started = {"caller": "139", "called": "12366"}
    assert a_step(kinds.CALL_STARTED, direction="callback", **started) == ("12366 calls 139 back", "")
    assert a_step(kinds.CALL_STARTED, direction="inbound", **started) == ("139 calls 12366", "")


def test_the_agent_of_a_callback_is_explained():
    decision = {
        "strategy": "longest_idle",
        "rule": "strategy",
        "chosen": "8005",
        "candidates": [{"agent": "8005", "priority": 3}],
    }
    entry = JournalEntry(kind=kinds.CALLBACK_DIALLED, at=from_epoch(cast.NOW), data={"decision": decision})
    (step,) = told([entry], NAMES)
    assert step.why is not None
    assert [row.agent for row in step.why.rows] == ["8005 张三"]


@pytest.mark.parametrize(
    ("outcome", "words", "chinese"),
    [
        ("no_answer", "No answer", "无人接听"),
        ("busy", "Busy line", "占线"),
        ("refused", "Refused or hung up", "拒接或挂断"),
        ("unreachable", "Out of reach", "无法接通"),
        ("withdrawn", "Called off", "已中止"),
    ],
)
def test_why_a_customer_was_not_reached_is_said_of_the_customer_and_not_of_an_agents_phone(
    outcome, words, chinese
):
    assert a_step(kinds.CALLBACK_FAILED, outcome=outcome) == ("The customer was not reached", words)
    with force_locale("zh"):
        assert a_step(kinds.CALLBACK_FAILED, outcome=outcome)[1] == chinese


@pytest.mark.parametrize("kind", [kind for name, kind in vars(kinds).items() if name.startswith("CALLBACK_")])
def test_every_step_of_a_callback_has_words(kind):
    title, _detail = a_step(kind, number="139", ticket="t", attempt=1, outcome="served", until=cast.NOW)
    assert title
