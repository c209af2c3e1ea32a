"""The pages: each opens for those who may see it, in both languages, with data and without."""

import json

import pytest
from sqlalchemy import select

from hotline.live.messages import ReloadConfiguration
from hotline.store.base import from_epoch
from hotline.store.journal import append
from hotline.store.models import Agent, AuditEntry, Group, RejectedRecord, User
from tests.webadmin import cast, stories
from webadmin.guard import Kind, access_of


@pytest.fixture
def calls(database, settings):
    stories.sound(settings.recordings / "2025/one.wav")
    database.write(
        lambda db: append(
            db,
            [
                *stories.served_call("one", cast.NOW - 900, path="2025/one.wav", caller_name="<b>张三</b>"),
                *stories.short_call("two", cast.NOW - 600, outcome="voicemail", caller="13700000000"),
                *stories.short_call("three", cast.NOW - 500, outcome="abandoned", queue="systems"),
            ],
        )
    )


def pages(app):
    """Every page that needs no argument."""
    for rule in app.url_map.iter_rules():
        access = access_of(app, rule.endpoint)
        if "GET" in rule.methods and not rule.arguments and access.kind in (Kind.PERMISSION, Kind.SIGNED_IN):
            yield rule.rule


@pytest.mark.parametrize("language", ["zh", "en"])
def test_every_page_opens_without_any_data(app, browse, language):
    browser = browse("root")
    browser.post(f"/language/{language}")
    for path in pages(app):
        answer = browser.get(path)
        assert answer.status_code in (200, 503), path
        assert answer.status_code == 200 or path.startswith("/api/"), path


def test_every_page_opens_with_data(app, browse, calls):
    browser = browse("8001")
    for path in [p for p in pages(app) if not p.startswith("/api/")]:
        assert browser.get(path).status_code in (200, 403), path


def test_the_dashboard_counts_today(browse, calls):
    page = browse("8001").get("/").text
    assert "接通率" in page
    assert "50.0%" in page  # one served, one abandoned


def test_the_simulated_switch_is_named_on_the_page(browse, mirror, bus):
    mirror._renew()
    assert "模拟交换机" in browse("8001").get("/").text


def test_one_call_tells_what_happened_and_why_in_words(browse, calls):
    page = browse("8001").get("/calls/one").text
    for words in (
        "来电人按键 1",
        "进入队列“政策咨询”",
        "分配给座席 8018 李强",
        "话机未注册",
        "满意度评价：满意",
    ):
        assert words in page
    assert "&lt;b&gt;张三&lt;/b&gt;" in page
    assert "<b>张三" not in page


@pytest.mark.parametrize(
    ("query", "found"),
    [("number=1381234", 1), ("number=137", 1), ("outcome=abandoned", 1), ("queue=systems", 1), ("mark=1", 1),
     ("since=2025-11-24&until=2025-11-24", 3), ("until=2025-11-23", 0), ("agent=8019", 0), ("mark=9", 3)],
)  # fmt: skip
def test_the_call_history_is_searched_by_each_filter(browse, calls, query, found):
    assert browse("8001").get(f"/calls/?{query}").text.count("data-href=") == found


def test_the_export_holds_what_was_searched_and_no_formulas(browse, calls, database):
    database.write(lambda db: append(db, stories.served_call("bad", cast.NOW, caller="=1+1")))
    answer = browse("8001").get("/calls/export.csv")
    lines = answer.text.splitlines()
    assert lines[0].startswith("\ufeff交互编号,")
    assert len(lines) == 5
    assert "'=1+1" in answer.text
    assert "李强" in answer.text


def test_a_recording_plays_in_parts_and_listening_is_written_down_once(browse, calls, database):
    browser = browse("8001")
    with browser.get("/calls/recordings/1/audio", headers={"Range": "bytes=1-100"}) as first:
        assert (first.status_code, len(first.data)) == (206, 100)
    with browser.get("/calls/recordings/1/audio", headers={"Range": "bytes=100-199"}) as second:
        assert second.status_code == 206
    with database.read() as session:
        noted = session.scalars(select(AuditEntry).where(AuditEntry.action == "recording.listen")).all()
    assert [entry.login for entry in noted] == ["8001"]


def test_an_agent_listens_but_does_not_download(browse, calls):
    browser = browse("8018")
    with browser.get("/calls/recordings/1/audio") as sound:
        assert sound.status_code == 200
    assert browser.get("/calls/recordings/1/download").status_code == 403


AGENT = {
    "number": "8024", "name": "新人", "extension": "1024", "group": "policy", "post": "agent", "role": "agent",
    "priority": "5", "active": "y", "skill-policy": "4", "skill-systems": "0",
}  # fmt: skip


def test_a_new_agent_gets_an_account_a_phone_and_a_password_that_works(browse, database, bus):
    answer = browse("8001").post("/agents/new", AGENT)
    assert answer.status_code == 200
    password = answer.text.split('id="password-once" value="')[1].split('"')[0]
    assert browse(None).sign_in("8024", password).status_code == 302
    with database.read() as session:
        agent = session.scalars(select(Agent).where(Agent.number == "8024")).one()
        assert {held.skill.code: held.level for held in agent.skills} == {"policy": 4}
    assert bus.asked[-1] == ReloadConfiguration(by="8001", parts=("agents",))


@pytest.mark.parametrize(
    ("field", "value", "words"),
    [
        ("number", "8018", "该值已被使用"),
        ("number", "80x", "只能填写数字"),
        ("extension", "1018", "该值已被使用"),
        ("name", "", "请填写姓名"),
        ("priority", "12", "1 到 9 之间"),
    ],
)
def test_a_bad_value_of_an_agent_is_said_at_its_field(browse, field, value, words):
    answer = browse("8001").post("/agents/new", {**AGENT, field: value})
    assert answer.status_code == 422
    assert words in answer.text
    assert f'id="{field}-error"' in answer.text


def test_switching_an_agent_off_ends_the_sessions_and_is_written_down(browse, database):
    theirs = browse("8018")
    change = {**AGENT, "name": "李强", "extension": "1018", "number": "8018"}
    del change["active"]
    assert browse("8001").post("/agents/8018/edit", change).status_code == 302
    assert theirs.get("/").location.startswith("/sign-in")
    with database.read() as session:
        entry = session.scalars(select(AuditEntry).where(AuditEntry.action == "agent.update")).one()
    assert entry.detail["active"] == [True, False]


def test_the_change_stands_when_the_call_side_is_away(browse, database, bus):
    bus.present = False
    browser = browse("8001")
    browser.post("/agents/8018/edit", {**AGENT, "name": "李小强", "extension": "1018"})
    assert "呼叫服务恢复后生效" in browser.get("/agents/8018").text
    with database.read() as session:
        assert session.scalars(select(User).where(User.login == "8018")).one().name == "李小强"


def test_a_group_with_agents_stays_and_the_page_says_why(browse, database):
    browser = browse("8001")
    browser.post("/groups/policy/delete")
    assert "请先把他们移到其他组" in browser.get("/groups/").text
    browser.post("/groups/", {"code": "night", "name": "夜班组", "organisation": "taicang"})
    browser.post("/groups/night/delete")
    with database.read() as session:
        assert {g.code for g in session.scalars(select(Group))} == {"policy", "systems", "other"}


def test_a_phone_password_is_shown_on_request_and_that_is_written_down(browse, database):
    browser = browse("8001")
    assert "phone-8018" not in browser.get("/agents/8018/phone").text
    assert "phone-8018" in browser.post("/agents/8018/phone/reveal").text
    with database.read() as session:
        assert "phone.reveal" in set(session.scalars(select(AuditEntry.action)))


def test_a_record_file_is_imported_once_and_bad_records_are_listed(browse, database):
    browser = browse("root")
    bad = b'{"variables": {}}\n{broken\n'

    def upload():
        from io import BytesIO

        data = {"csrf_token": browser.csrf(), "file": (BytesIO(bad), "old.jsonl")}
        return browser.client.post("/records/import", data=data, content_type="multipart/form-data")

    assert upload().status_code == 302
    page = browser.get("/records/?tab=rejected").text
    assert "缺少字段" in page
    assert "不是有效的 JSON" in page
    upload()
    with database.read() as session:
        assert len(session.scalars(select(RejectedRecord)).all()) == 2


def test_a_file_of_another_kind_is_refused_in_words(browse):
    from io import BytesIO

    browser = browse("root")
    data = {"csrf_token": browser.csrf(), "file": (BytesIO(b"x"), "calls.xlsx")}
    browser.client.post("/records/import", data=data, content_type="multipart/form-data")
    assert "无法导入 calls.xlsx" in browser.get("/records/").text


def test_a_voice_message_is_marked_as_dealt_with(browse, calls):
    browser = browse("8001")
    assert "已处理</span>" not in browser.get("/messages/").text
    browser.post("/messages/1/heard")
    assert "已处理</span>" in browser.get("/messages/").text


def test_a_token_made_on_the_page_works_until_it_is_revoked(browse, app):
    browser = browse("8001")
    page = browser.post("/tokens/", {"name": "CRM", "life": "30"}).text
    token = page.split('id="fresh-token" value="')[1].split('"')[0]
    headers = {"Authorization": f"Bearer {token}"}
    assert app.test_client().get("/api/v1/agents", headers=headers).status_code == 200
    browser.post("/tokens/1/revoke")
    assert app.test_client().get("/api/v1/agents", headers=headers).status_code == 401


def test_nobody_changes_the_own_rights(browse):
    answer = browse("root").post("/users/root/edit", {"name": "管理员", "role": "agent", "active": "y"})
    assert answer.status_code == 422
    assert "不能更改自己的权限" in answer.text


def test_the_operation_log_tells_pairs_lists_and_settings_apart(browse, database):
    details = {
        "version": [1, 2],
        "problems": ["no queue", "no prompt"],
        "changes": {"queues": {"policy": {"strategy": "fewest_calls"}}, "agents": {}},
        "at": None,
    }

    def write(session):
        user = session.query(User).filter_by(login="8001").one()
        at = from_epoch(cast.NOW)
        session.add(
            AuditEntry(
                at=at,
                login=user.login,
                user_id=user.id,
                action="flow.plan",
                object_type="flow",
                object_id="main",
                detail=details,
                address="",
            )
        )

    database.write(write)
    page = browse("8001").get("/audit/").text
    assert "1 → 2" in page
    assert "no queue; no prompt" in page
    assert "queues.policy.strategy = fewest_calls" in page
    assert "发布时间</span> –" in page


def test_errors_have_a_page_of_their_own(browse):
    answer = browse("8001").get("/nowhere")
    assert answer.status_code == 404
    assert "未找到" in answer.text


def test_data_for_scripts_cannot_end_its_element():
    from webadmin.formats import as_json

    assert "</script>" not in as_json({"name": "</script><b>"})
    assert json.loads(as_json({"name": "</script>"})) == {"name": "</script>"}
