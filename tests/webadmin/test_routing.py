"""Smart routing in the console: written, checked, tried, published, rolled back, tried on past calls."""

import json

import gevent
import pytest
from sqlalchemy import select

from hotline.live.messages import ReloadConfiguration
from hotline.store.journal import append
from hotline.store.models import AuditEntry, RoutingScript, RoutingTrial, RoutingVersion
from tests.webadmin import cast, stories

SCRIPT = 'def route(call: Call) -> Route | None:\n    return Route("queue:systems", priority=40)\n'
RULES = {
    "rows": [
        {
            "active": True,
            "note": "苏州",
            "conditions": [{"field": "region", "of": "", "operator": "contains", "value": "苏州"}],
            "target": "queue:systems",
            "priority": 20,
        }
    ]
}


@pytest.fixture
def lead(browse):
    return browse("8001")


def made(browser, kind, code="main"):
    answer = browser.post("/routing/new", {"code": code, "name": "主路由", "kind": kind})
    assert answer.status_code == 302
    return answer


def save(browser, content, base=1, code="main"):
    body = {"text": content} if isinstance(content, str) else {"table": json.dumps(content)}
    return browser.post(f"/routing/{code}/", {**body, "base": base, "comment": "试"})


def rows(database, model):
    with database.read() as session:
        return list(session.scalars(select(model)))


def test_a_script_is_saved_as_a_new_version_and_published(lead, database, bus):
    made(lead, "script")
    save(lead, SCRIPT)
    lead.post("/routing/main/publish", {"number": 2})
    (script,) = rows(database, RoutingScript)
    assert script.published_version == 2
    newest = rows(database, RoutingVersion)[-1]
    assert (newest.content, newest.comment, newest.published_by) == ({"text": SCRIPT}, "试", "8001")
    assert any(isinstance(order, ReloadConfiguration) and order.parts == ("routing",) for order in bus.asked)
    actions = [entry.action for entry in rows(database, AuditEntry)]
    assert [a for a in actions if a.startswith("routing.")] == [
        "routing.create",
        "routing.save",
        "routing.publish",
    ]


def test_a_script_with_a_mistake_is_a_draft_that_names_the_line_and_cannot_be_published(lead, database):
    made(lead, "script")
    save(lead, SCRIPT.replace("queue:systems", "queue:nowhere"))
    assert "第 2 行：没有这个队列：queue:nowhere" in lead.get("/routing/main/").text
    lead.post("/routing/main/publish", {"number": 2})
    assert rows(database, RoutingScript)[0].published_version is None


def test_the_check_answers_with_lines_for_the_editor_and_saves_nothing(lead, database):
    made(lead, "script")
    answer = lead.post("/routing/main/check", {"text": "def route(call: Call):\n    return call.nothing\n"})
    (mistake,) = answer.json["mistakes"]
    assert mistake["line"] == 2
    assert "没有这个判断项" in mistake["text"]
    assert len(rows(database, RoutingVersion)) == 1


def test_a_rule_table_is_checked_row_by_row(lead):
    made(lead, "rules")
    save(lead, {"rows": [{**RULES["rows"][0], "target": "queue:nowhere"}]})
    page = lead.get("/routing/main/").text
    assert "规则 1：没有队列 queue:nowhere" in page


def test_what_is_no_table_is_refused(lead):
    made(lead, "rules")
    assert lead.post("/routing/main/", {"table": "[", "base": 1}).status_code == 400
    assert "mistakes" in lead.post("/routing/main/check", {"table": "{}"}).json


def test_who_edits_an_older_version_is_told_and_nothing_is_lost(lead, browse):
    made(lead, "rules")
    save(lead, RULES)
    answer = save(browse("root"), RULES, base=1)
    assert answer.status_code == 409
    assert "8001" in answer.text
    assert json.dumps("苏州")[1:-1] in answer.text


def test_versions_are_compared_line_by_line_and_rolled_back(lead, database):
    made(lead, "script")
    save(lead, SCRIPT)
    save(lead, SCRIPT.replace("40", "60"), base=2)
    for number in (2, 3, 2):
        lead.post("/routing/main/publish", {"number": number})
    page = lead.get("/routing/main/compare?before=2&after=3").text
    assert "diff-removed" in page
    assert "priority=60" in page
    assert rows(database, RoutingScript)[0].published_version == 2
    assert rows(database, AuditEntry)[-1].action == "routing.rollback"
    assert lead.get("/routing/main/versions").status_code == 200


def test_rule_tables_are_compared_in_words(lead):
    made(lead, "rules")
    row = {"active": False, "note": "外地", "target": "queue:systems", "priority": 50}
    condition = {"field": "caller", "of": "", "operator": "starts_with", "value": "021"}
    lead.post(
        "/routing/main/", {"table": json.dumps({"rows": [row | {"conditions": [condition]}]}), "base": 1}
    )
    page = lead.get("/routing/main/compare?before=1&after=2").text
    assert "1. 已停用 · 外地 → 队列 系统队列 · 优先级 50" in page
    assert "主叫号码 开头是 021" in page


def test_a_version_is_planned_for_a_time_and_the_plan_is_cancelled(lead, database, bus):
    made(lead, "script")
    save(lead, SCRIPT)
    form = {"number": 2, "when": "later", "at": "2025-11-25T08:30"}
    assert "2025-11-25 08:30:00" in lead.post("/routing/main/publish", form, follow_redirects=True).text
    newest = rows(database, RoutingVersion)[-1]
    assert (newest.publish_at.isoformat(), newest.planned_by) == ("2025-11-25T00:30:00+00:00", "8001")
    assert (rows(database, RoutingScript)[0].published_version, bus.asked) == (None, [])
    for page in ("", "main/", "main/versions"):
        assert "11-25 08:30" in lead.get(f"/routing/{page}").text
    lead.post("/routing/main/publish/cancel", {"number": 2})
    assert rows(database, RoutingVersion)[-1].publish_at is None
    assert [entry.action for entry in rows(database, AuditEntry)][-2:] == ["routing.plan", "routing.plan"]


@pytest.mark.parametrize(
    ("kind", "problem", "said"),
    [
        ("script", {"line": 2, "column": 5, "code": "unknown_queue", "message": "queue:gone"}, "queue:gone"),
        (
            "rules",
            {"row": 1, "condition": 0, "field": "target", "code": "unknown_queue", "value": "gone"},
            "gone",
        ),
    ],
)
def test_what_kept_a_version_from_deciding_as_planned_is_shown(lead, database, kind, problem, said):
    made(lead, kind)

    def refuse(session):
        session.scalars(select(RoutingVersion)).one().refused = [problem]

    database.write(refuse)
    assert "未能按计划发布" in lead.get("/routing/").text
    for page in ("", "versions"):
        assert said in lead.get(f"/routing/main/{page}").text


def test_editing_goes_on_from_an_old_version(lead, database):
    made(lead, "script")
    save(lead, SCRIPT)
    assert "/routing/main/continue" in lead.get("/routing/main/?version=1").text
    lead.post("/routing/main/continue", {"number": 1})
    first, _, third = rows(database, RoutingVersion)
    assert (third.number, third.content) == (3, first.content)


@pytest.mark.parametrize(("kind", "content"), [("script", SCRIPT), ("rules", RULES)])
def test_a_decision_is_tried_on_a_form(lead, kind, content):
    made(lead, kind)
    save(lead, content)
    assert lead.get("/routing/main/try").status_code == 200
    page = lead.post(
        "/routing/main/try", {"caller": "051253520000", "region": "", "queue.idle:policy": "2"}
    ).text
    assert "队列" in page
    assert "队列 系统队列" in page
    assert ("由第 2 行得出" if kind == "script" else "规则 1 满足") in page


def test_a_script_that_fails_says_so_on_the_form(lead):
    made(lead, "script")
    save(lead, "def route(call: Call) -> Route | None:\n    return Route(call.last_agent[0])\n")
    assert "试运行出错" in lead.post("/routing/main/try", {}).text


def test_the_facts_of_a_call_are_taken_over(lead, database):
    database.write(
        lambda db: append(db, stories.served_call("by-8018", cast.NOW - 900, agent="8018", queue="policy"))
    )
    made(lead, "rules")
    page = lead.get("/routing/main/try?call=by-8018").text
    assert 'value="13812345678"' in page
    assert lead.get("/routing/main/try?call=nobody").status_code == 200


@pytest.mark.parametrize(
    ("kind", "content"), [("script", SCRIPT), ("rules", {"rows": [{**RULES["rows"][0], "conditions": []}]})]
)
def test_past_calls_are_decided_again_and_the_differences_shown(lead, database, kind, content):
    database.write(
        lambda db: append(
            db,
            [
                *stories.served_call("by-8018", cast.NOW - 900, agent="8018", queue="policy"),
                *stories.served_call("by-8019", cast.NOW - 800, agent="8019", queue="systems"),
                *stories.served_call(
                    "by-9018", cast.NOW - 700, agent="9018", queue="kunshan", called="12345"
                ),
            ],
        )
    )
    made(lead, kind)
    save(lead, content)
    there = lead.post("/routing/main/trials", {"version": 2, "days": 7}).headers["Location"]
    with gevent.Timeout(30):
        while (trial := rows(database, RoutingTrial)[0]).state == "running":
            gevent.sleep(0.01)
    assert (trial.state, trial.total, trial.done, trial.failed) == ("done", 2, 2, 0)
    assert {row["call"]: row["after"][0] for row in trial.rows} == {
        "by-8018": "queue:systems",
        "by-8019": "queue:systems",
    }
    page = lead.get(there).text
    assert "13812345678" in page
    assert "/calls/by-8018" in page


def test_another_organisation_sees_neither_scripts_nor_trials(lead, browse):
    made(lead, "rules")
    other = browse("9001")
    assert "主路由" not in other.get("/routing/").text
    for path in ("", "versions", "compare", "try", "trials"):
        assert other.get(f"/routing/main/{path}").status_code == 404
    assert other.post("/routing/main/publish", {"number": 1}).status_code == 404


def test_an_agent_has_no_business_here(browse):
    assert browse("8018").get("/routing/").status_code == 403


def test_a_code_that_is_taken_is_refused_at_its_field(lead):
    made(lead, "rules")
    answer = lead.post("/routing/new", {"code": "main", "name": "另一个", "kind": "rules"})
    assert answer.status_code == 422
