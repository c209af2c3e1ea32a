"""What is wrong with flows and smart routing, on the dashboard of those who may see them."""

from dataclasses import asdict

import pytest

from hotline.domain.ivr.problems import Problem
from hotline.domain.journal import ROUTING_SCRIPT, Entry
from hotline.scripting.source import Problem as ScriptProblem
from hotline.store.base import from_epoch
from hotline.store.journal import append
from hotline.store.models import Flow, Organisation, RoutingScript
from hotline.store.queries import publishing, versions
from tests.webadmin import cast
from tests.webadmin.drafts import audited


def refuse(session, document, number, problem):
    versions.version_of(session, document, number).refused = [asdict(problem)]


@pytest.fixture
def flow_left_out(database, flow):
    """Version 2 of the flow was planned, and did not pass."""

    def put(session):
        row = session.query(Flow).one()
        content = versions.version_of(session, row, 1).content
        versions.save(session, row, content, base=1, comment="", by="8001", at=from_epoch(cast.NOW))
        refuse(session, row, 2, Problem("policy", "queue", "unknown_queue", {"queue": "nowhere"}))

    database.write(put)


@pytest.fixture
def script(database):
    """A published script of Taicang of which version 2 was planned, and did not pass."""

    def put(session):
        office = session.query(Organisation).filter_by(code="taicang").one()
        row = RoutingScript(code="main", name="重点企业优先", kind="script", organisation_id=office.id)
        at = from_epoch(cast.NOW - 3600)
        versions.create(session, row, {"text": ""}, comment="", by="8001", at=at)
        versions.save(session, row, {"text": ""}, base=1, comment="", by="8001", at=at)
        publishing.publish_version(row, versions.version_of(session, row, 1), by="8001", at=at)
        refuse(session, row, 2, ScriptProblem(6, 22, "unknown_queue", "queue:nowhere"))

    database.write(put)


def failed(database, *, ago, number):
    data = {"script": "main", "version": 1, "outcome": "failed", "error": "boom"}
    entry = Entry(f"failed-{number}", cast.NOW - ago, ROUTING_SCRIPT, f"call-{number}", None, None, data)
    database.write(lambda session: append(session, [entry]))


def test_a_flow_that_was_not_published_as_planned_is_an_alarm_that_says_why(browse, flow_left_out):
    page = browse("8001").get("/").text
    assert "告警" in page
    assert "第 2 版未能按计划发布。" in page
    assert "没有启用的队列 nowhere" in page
    assert "/flows/main/?version=2" in page


def test_a_script_that_was_not_published_as_planned_names_the_line(browse, script):
    page = browse("8001").get("/").text
    assert "智能路由 · 重点企业优先" in page
    assert "第 6 行：没有这个队列：queue:nowhere" in page


def test_an_agent_and_another_office_see_no_alarms(browse, script):
    assert "告警" not in browse("8018").get("/").text
    assert "告警" not in browse("9001").get("/").text


def test_an_alarm_is_settled_by_a_later_version_that_calls_get(browse, database, flow_left_out):
    def go_on(session):
        row = session.query(Flow).one()
        content = versions.version_of(session, row, 1).content
        third = versions.save(session, row, content, base=2, comment="", by="8001", at=from_epoch(cast.NOW))
        publishing.publish_version(row, third, by="8001", at=from_epoch(cast.NOW))

    database.write(go_on)
    lead = browse("8001")
    assert "告警" not in lead.get("/").text
    assert "未能按计划发布" not in lead.get("/flows/").text


def test_an_alarm_is_settled_by_hand_and_written_down(browse, database, flow_left_out):
    lead = browse("8001")
    assert "已处理" in lead.get("/flows/main/versions").text
    lead.post("/flows/main/publish/cancel", {"number": 2})
    assert "告警" not in lead.get("/").text
    (entry,) = audited(database, "flow.plan")
    assert (entry.login, entry.detail) == ("8001", {"version": 2, "at": None})


def test_what_became_of_a_plan_is_in_the_operation_log_of_who_may_see_who_made_it(browse, database, script):
    now = from_epoch(cast.NOW)

    def plan(session):
        row = session.query(RoutingScript).one()
        version = versions.version_of(session, row, 2)
        publishing.plan(version, by="8001", at=now)
        session.flush()
        problem = asdict(ScriptProblem(6, 22, "unknown_queue", "queue:nowhere"))
        due = publishing.Due(row, version)
        publishing.settle(session, [publishing.Judged(due, [problem], ["no queue nowhere"])], now)

    database.write(plan)
    assert "no queue nowhere" in browse("8001").get("/audit/").text
    assert "no queue nowhere" not in browse("9001").get("/audit/").text


def test_a_script_that_failed_within_the_last_hour_is_an_alarm_with_how_often(
    browse, database, script, clock
):
    for number, ago in enumerate((30, 60, 3700)):
        failed(database, ago=ago, number=number)
    page = browse("8001").get("/").text
    assert "最近一小时有 2 次判定失败" in page
    assert "最近一次：10:59:30。" in page
    clock.now += 3600
    assert "判定失败" not in browse("8001").get("/").text
