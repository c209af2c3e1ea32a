"""IVR flows in the console: shown, edited, checked, published, rolled back."""

import json
import re

import pytest
from sqlalchemy import select

from hotline.domain.ivr.demo import demo_flow
from hotline.domain.ivr.flow import dump
from hotline.live.messages import ReloadConfiguration
from hotline.store.base import from_epoch
from hotline.store.models import (
    AuditEntry,
    Flow,
    FlowVersion,
    Organisation,
    Queue,
    QueueSkill,
    ServiceNumber,
    Skill,
)
from hotline.store.queries.prompts import note_prompt
from ivr_prompts.texts import texts
from tests.webadmin import cast


@pytest.fixture
def prompts(home):
    """A file for every Chinese prompt: that it exists is all that flows ask."""
    folder = home / "prompts" / "zh"
    folder.mkdir(parents=True)
    for prompt in texts("zh"):
        (folder / f"{prompt}.wav").touch()
    return folder


@pytest.fixture
def flow(database, prompts):
    """The demo's flow, published, with the queues that it names."""

    def add(session):
        office = session.scalar(select(Organisation).where(Organisation.code == "taicang"))
        skill = session.scalar(select(Skill).where(Skill.code == "policy"))
        for code in ("complaints", "general"):
            needs = [QueueSkill(skill_id=skill.id)]
            session.add(Queue(code=code, name=code, organisation_id=office.id, needs=needs))
        row = Flow(code="main", name="12366", published_version=1)
        session.add(row)
        session.flush()
        at = from_epoch(cast.NOW - 3600)
        session.add(
            FlowVersion(
                flow_id=row.id,
                number=1,
                content=dump(demo_flow()),
                created_by="system",
                created_at=at,
                published_at=at,
                published_by="system",
            )
        )

    database.write(add)


@pytest.fixture
def lead(browse, flow):
    return browse("8001")


def versions(database):
    with database.read() as session:
        return list(session.scalars(select(FlowVersion).order_by(FlowVersion.number)))


def published(database):
    with database.read() as session:
        return session.scalar(select(Flow.published_version).where(Flow.code == "main"))


def audited(database, action):
    with database.read() as session:
        return session.scalars(select(AuditEntry).where(AuditEntry.action == action)).all()


def node_form(database, node, base=1, **changed):
    """What a browser would send of a node's form, with some fields changed."""
    raw = versions(database)[-1].content["nodes"][node]
    form = {"base": base}
    for name, value in raw.items():
        if name in ("type", "ui"):
            continue
        if isinstance(value, bool):
            if value:
                form[f"f-{name}"] = "on"
        elif isinstance(value, dict):
            form[f"f-{name}-key"], form[f"f-{name}-value"] = list(value), list(value.values())
        else:
            form[f"f-{name}"] = value
    return form | changed


def test_the_list_says_what_callers_get_and_which_numbers_lead_there(lead):
    page = lead.get("/flows/").text
    assert "12366" in page
    assert "第 1 版" in page


def test_the_outline_tells_each_node_with_its_prompts_and_where_its_keys_lead(lead):
    page = lead.get("/flows/main/").text
    assert 'id="node-menu"' in page
    assert texts("zh")["menu"] in page
    assert re.search(r'exit-name">4</span>.*?href="#node-info"', page)
    assert "<svg" in page


def test_an_agent_sees_no_flows(browse, flow):
    assert browse("8018").get("/flows/").status_code == 403


def test_a_lead_of_another_organisation_does_not_reach_the_flow_of_this_one(browse, flow):
    browser = browse("9001")
    assert "/flows/main/" not in browser.get("/flows/").text
    assert browser.get("/flows/main/").status_code == 404
    assert browser.post("/flows/main/publish", {"number": 1}).status_code == 404


@pytest.mark.parametrize("node", sorted(demo_flow().nodes))
def test_every_node_has_a_form_that_saves_what_it_shows(lead, database, node):
    page = lead.get(f"/flows/main/nodes/{node}").text
    sent = _fields_of(page)
    answer = lead.post(f"/flows/main/nodes/{node}", sent)
    assert answer.status_code == 302, answer.text
    before, after = versions(database)
    assert after.content["nodes"][node] == before.content["nodes"][node]
    assert list(after.content["nodes"]) == list(before.content["nodes"])


def _fields_of(page):
    """The fields of the large form of a page, as a browser sends them."""
    form = page.split('class="card node-form"')[1].split("</form>")[0]
    sent: dict[str, list[str]] = {}
    for tag in re.finditer(r"<input ([^>]*)>|<select ([^>]*)>(.*?)</select>", form, re.S):
        attributes, select_attributes, options = tag.groups()
        name = re.search(r'name="([^"]+)"', attributes or select_attributes)
        if name is None or name.group(1) == "csrf_token":
            continue
        if options is not None:
            chosen = re.search(r'<option value="([^"]*)" selected|<option selected>([^<]*)', options)
            value = next(filter(None, chosen.groups()), "") if chosen else ""
        elif 'type="checkbox"' in attributes:
            if "checked" not in attributes:
                continue
            value = "on"
        else:
            value = (re.search(r'value="([^"]*)"', attributes) or [None, ""])[1]
        sent.setdefault(name.group(1), []).append(value)
    return sent


def test_a_form_offers_every_sentence_and_no_word_of_spoken_numbers(lead, database, home):
    (home / "prompts" / "zh" / "info_1004.wav").touch()
    at = from_epoch(cast.NOW)
    database.write(
        lambda session: note_prompt(
            session,
            "zh",
            "info_1004",
            text="发票指南。",
            source="uploaded",
            duration_ms=1000,
            sha256="",
            by="8001",
            at=at,
        )
    )
    page = lead.get("/flows/main/nodes/menu").text
    offered = set(
        re.findall(r'<option value="(\w+)"', page.split('name="f-prompts"')[1].split("</select>")[0])
    )
    assert {"closed", "goodbye", "info_1004"} <= offered
    assert offered.isdisjoint({"wan", "qian", "d1"})
    assert "发票指南。" in page


def test_saving_a_node_makes_a_draft_and_callers_keep_what_they_have(lead, database, bus):
    answer = lead.post(
        "/flows/main/nodes/menu", node_form(database, "menu", **{"f-timeout_s": "9", "title": "主菜单"})
    )
    assert answer.status_code == 302
    draft = versions(database)[-1]
    assert (draft.number, draft.created_by, draft.published_at) == (2, "8001", None)
    assert draft.content["nodes"]["menu"]["timeout_s"] == 9
    assert draft.content["nodes"]["menu"]["ui"]["title"] == "主菜单"
    assert draft.content["version"] == 2
    assert published(database) == 1
    assert bus.asked == []
    assert [entry.detail["version"] for entry in audited(database, "flow.save")] == [2]


def test_a_field_that_cannot_be_read_is_told_at_the_field_and_nothing_is_saved(lead, database):
    answer = lead.post("/flows/main/nodes/menu", node_form(database, "menu", **{"f-attempts": "three"}))
    assert answer.status_code == 422
    assert "应为整数" in answer.text
    assert 'value="three"' in answer.text
    assert len(versions(database)) == 1


def test_who_saves_on_an_old_version_is_told_who_was_first_and_loses_nothing(lead, database, browse):
    browse("root").post("/flows/main/nodes/menu", node_form(database, "menu", **{"f-timeout_s": "7"}))
    answer = lead.post("/flows/main/nodes/menu", node_form(database, "menu", **{"f-timeout_s": "9"}))
    assert answer.status_code == 409
    assert "root" in answer.text
    assert 'name="base" value="2"' in answer.text
    assert 'value="9"' in answer.text
    assert len(versions(database)) == 2
    again = lead.post("/flows/main/nodes/menu", node_form(database, "menu", base=2, **{"f-timeout_s": "9"}))
    assert again.status_code == 302
    assert versions(database)[-1].content["nodes"]["menu"]["timeout_s"] == 9


def test_a_flow_with_problems_is_shown_with_each_and_cannot_be_published(lead, database, bus):
    lead.post(
        "/flows/main/nodes/welcome",
        node_form(database, "welcome", **{"f-next": "nowhere", "f-prompts": "gone"}),
    )
    page = lead.get("/flows/main/").text
    assert "指向的 nowhere 不是该流程的节点" in page
    assert "没有语音 gone" in page
    assert "disabled" in page
    answer = lead.post("/flows/main/publish", {"number": 2}, follow_redirects=True)
    assert "未发布" in answer.text
    assert published(database) == 1
    assert bus.asked == []


def test_publishing_is_audited_and_the_call_side_reads_the_flows_again(lead, database, bus):
    lead.post("/flows/main/nodes/menu", node_form(database, "menu", **{"f-timeout_s": "9"}))
    assert lead.post("/flows/main/publish", {"number": 2}).status_code == 302
    assert published(database) == 2
    assert versions(database)[-1].published_by == "8001"
    assert bus.asked == [ReloadConfiguration(by="8001", parts=("flows",))]
    assert audited(database, "flow.publish")[0].detail == {"version": [1, 2]}


def test_an_old_version_is_published_again_as_a_rollback(lead, database):
    lead.post("/flows/main/nodes/menu", node_form(database, "menu", **{"f-timeout_s": "9"}))
    lead.post("/flows/main/publish", {"number": 2})
    lead.post("/flows/main/publish", {"number": 1})
    assert published(database) == 1
    assert audited(database, "flow.rollback")[0].detail == {"version": [2, 1]}


def test_publishing_while_the_call_side_is_away_says_so_and_holds(lead, database, bus):
    bus.present = False
    lead.post("/flows/main/nodes/menu", node_form(database, "menu"))
    answer = lead.post("/flows/main/publish", {"number": 2}, follow_redirects=True)
    assert "呼叫服务暂无响应" in answer.text
    assert published(database) == 2


def test_who_may_edit_but_not_publish_is_refused_publishing(browse, flow, database):
    def demote(session):
        from hotline.store.models import Role

        role = session.scalar(select(Role).where(Role.code == "lead"))
        role.permissions = [right for right in role.permissions if right != "flows.publish"]

    database.write(demote)
    browser = browse("8001")
    assert 'action="/flows/main/publish"' not in browser.get("/flows/main/?version=1").text
    assert browser.post("/flows/main/publish", {"number": 1}).status_code == 403


def test_a_node_is_added_and_removed(lead, database):
    assert lead.get("/flows/main/nodes/new/play").status_code == 200
    form = {
        "base": 1,
        "id": "news",
        "f-prompts": ["closed", ""],
        "f-prompts-data": ["", ""],
        "f-next": "goodbye",
    }
    assert lead.post("/flows/main/nodes/new/play", form).status_code == 302
    assert versions(database)[-1].content["nodes"]["news"]["prompts"] == ["closed"]
    assert "从开始节点无法到达这里" in lead.get("/flows/main/").text
    assert lead.post("/flows/main/nodes/news/delete", {"base": 2}).status_code == 302
    assert "news" not in versions(database)[-1].content["nodes"]


@pytest.mark.parametrize(
    ("node", "said"), [("menu", "节点 menu 已存在"), ("no spaces", "请使用 1 至 40 个字母")]
)
def test_a_new_node_needs_an_id_of_its_own(lead, database, node, said):
    answer = lead.post("/flows/main/nodes/new/hangup", {"base": 1, "id": node})
    assert answer.status_code == 422
    assert said in answer.text
    assert len(versions(database)) == 1


def test_the_start_node_stays(lead, database):
    lead.post("/flows/main/nodes/welcome/delete", {"base": 1})
    assert len(versions(database)) == 1


def test_the_whole_flow_is_edited_as_text(lead, database):
    content = versions(database)[0].content
    content["nodes"]["menu"]["attempts"] = 2
    content |= {"id": "stolen", "version": 99}
    answer = lead.post("/flows/main/text", {"base": 1, "text": json.dumps(content), "comment": "两次"})
    assert answer.status_code == 302
    assert versions(database)[-1].content["nodes"]["menu"]["attempts"] == 2
    assert versions(database)[-1].comment == "两次"
    assert [versions(database)[-1].content[key] for key in ("id", "version")] == ["main", 2]


def test_a_mistake_in_the_text_is_shown_with_its_line(lead, database):
    answer = lead.post("/flows/main/text", {"base": 1, "text": '{\n "name": "x",\n "start" "a"\n}'})
    assert answer.status_code == 422
    assert 'data-line="3"' in answer.text
    assert len(versions(database)) == 1


def test_a_check_of_the_text_saves_nothing(lead, database):
    text = '{"name": "x", "start": "a",\n"nodes": {\n"a": {"type": "play", "prompts": ["welcome"],\n"next": "b"}}}'
    answer = lead.post("/flows/main/text", {"base": 1, "text": text, "check": "1"})
    assert 'data-line="4"' in answer.text
    assert len(versions(database)) == 1


def test_two_versions_are_compared_field_by_field(lead, database):
    lead.post("/flows/main/nodes/menu", node_form(database, "menu", **{"f-timeout_s": "9"}))
    page = lead.get("/flows/main/compare?before=1&after=2").text
    assert "<del>5</del>" in page
    assert "<ins>9</ins>" in page
    assert "node-form" not in page


def test_editing_goes_on_from_an_old_version(lead, database):
    lead.post("/flows/main/nodes/menu", node_form(database, "menu", **{"f-timeout_s": "9"}))
    lead.post("/flows/main/continue", {"number": 1})
    assert [version.number for version in versions(database)] == [1, 2, 3]
    assert versions(database)[2].content["nodes"] == versions(database)[0].content["nodes"]


def test_a_flow_goes_out_as_a_file_and_comes_in_as_another_flow(lead, database, tmp_path):
    exported = lead.get("/flows/main/export/1.json")
    assert exported.headers["Content-Disposition"] == 'attachment; filename="main-1.json"'
    file = tmp_path / "flow.json"
    file.write_bytes(exported.data)
    with file.open("rb") as sent:
        answer = lead.post("/flows/new", {"code": "night", "name": "夜间", "file": (sent, "flow.json")})
    assert answer.status_code == 302, answer.text
    with database.read() as session:
        night = session.scalar(select(FlowVersion).join(Flow).where(Flow.code == "night"))
    assert night.content["id"] == "night"
    assert night.content["nodes"] == versions(database)[0].content["nodes"]


def test_a_new_flow_begins_with_something_that_can_be_published(lead):
    lead.post("/flows/new", {"code": "night", "name": "夜间"})
    page = lead.get("/flows/night/").text
    assert "检查通过" in page
    assert lead.post("/flows/new", {"code": "night", "name": "夜间"}).status_code == 422


def test_a_number_leads_to_another_flow_and_is_released(lead, database, bus):
    lead.post("/flows/new", {"code": "night", "name": "夜间"})
    lead.post("/flows/night/numbers", {"number": "12367"})
    with database.read() as session:
        assert session.get(ServiceNumber, "12367").flow_code == "night"
    lead.post("/flows/night/numbers/12367/release")
    with database.read() as session:
        assert session.get(ServiceNumber, "12367") is None
    assert [entry.detail["flow"] for entry in audited(database, "flow.number")] == [
        [None, "night"],
        ["night", None],
    ]


def test_the_number_of_another_organisation_is_not_taken_away(lead, browse, database):
    other = browse("9001")
    other.post("/flows/new", {"code": "kunshan", "name": "昆山"})
    answer = other.post("/flows/kunshan/numbers", {"number": "12366"}, follow_redirects=True)
    assert "属于其他机构" in answer.text
    with database.read() as session:
        assert session.get(ServiceNumber, "12366").flow_code == "main"


def test_content_that_cannot_be_read_is_shown_with_its_problems_and_mended_as_text(lead, database):
    def spoil(session):
        row = session.scalar(select(FlowVersion))
        row.content = {**row.content, "nodes": {"a": {"type": "dance"}}}

    database.write(spoil)
    page = lead.get("/flows/main/").text
    assert "没有节点类型 dance" in page
    assert lead.get("/flows/main/text").status_code == 200
    assert lead.get("/flows/main/try").status_code == 422
    assert lead.get("/flows/").status_code == 200


# --- trying


def _press(browser, page, **sent):
    hidden = dict(re.findall(r'type="hidden" name="(state|version|hours|kind)" value="([^"]*)"', page))
    return browser.post("/flows/main/try", {**hidden, **sent})


def test_a_call_is_tried_from_the_welcome_to_the_survey(lead):
    page = lead.get("/flows/main/try").text
    assert texts("zh")["welcome"] in page
    page = _press(lead, page, answer="played").text
    page = _press(lead, page, digits="1").text
    assert "来电者排队等候" in page
    page = _press(lead, page, answer="served").text
    page = _press(lead, page, digits="1").text
    page = _press(lead, page, answer="played").text
    page = _press(lead, page, answer="played").text
    assert "呼叫已结束" in page


def test_three_wrong_keys_lead_on_as_in_a_real_call(lead):
    page = _press(lead, lead.get("/flows/main/try").text, answer="played").text
    for _ in range(3):
        page = _press(lead, page, digits="7").text
    assert texts("zh")["wrong_key"] in page
    assert texts("zh")["to_operator"] in _press(lead, page, answer="played").text


def test_a_closed_hotline_is_tried_too(lead):
    page = _press(lead, lead.get("/flows/main/try?hours=closed").text, answer="played").text
    assert texts("zh")["closed"] in page


@pytest.mark.parametrize(
    "sent", [{"answer": "timeout"}, {"kind": "queue", "answer": "served"}, {"state": "nonsense"}]
)
def test_an_answer_that_does_not_fit_begins_anew(lead, sent):
    answer = _press(lead, lead.get("/flows/main/try").text, **sent)
    assert answer.status_code == 409
    assert texts("zh")["welcome"] in answer.text
