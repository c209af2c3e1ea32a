"""IVR flows in the console: shown, edited, checked, published, rolled back."""

import json
import re

import pytest
from sqlalchemy import select

from hotline.live.messages import ReloadConfiguration
from hotline.store.models import Flow, FlowVersion, ServiceNumber
from ivr_prompts.texts import texts
from tests.webadmin.drafts import audited, published, save, versions


def test_the_list_says_what_callers_get_and_which_numbers_lead_there(lead):
    page = lead.get("/flows/").text
    assert "12366" in page
    assert "第 1 版" in page


def test_the_outline_tells_each_node_with_its_prompts_and_where_its_keys_lead(lead):
    page = lead.get("/flows/main/outline").text
    assert 'id="node-menu"' in page
    assert texts("zh")["menu"] in page
    assert re.search(r'exit-name">4</span>.*?href="#node-info"', page)


def test_an_agent_sees_no_flows(browse, flow):
    assert browse("8018").get("/flows/").status_code == 403


def test_a_lead_of_another_organisation_does_not_reach_the_flow_of_this_one(browse, flow):
    browser = browse("9001")
    assert "/flows/main/" not in browser.get("/flows/").text
    assert browser.get("/flows/main/").status_code == 404
    assert browser.post("/flows/main/publish", {"number": 1}).status_code == 404


def test_a_flow_with_problems_is_shown_with_each_and_cannot_be_published(lead, database, bus):
    save(lead, database, welcome={"next": "nowhere", "prompts": ["gone"]})
    page = lead.get("/flows/main/outline").text
    assert "指向的 nowhere 不是该流程的节点" in page
    assert "没有语音 gone" in page
    answer = lead.post("/flows/main/publish", {"number": 2}, follow_redirects=True)
    assert "未发布" in answer.text
    assert published(database) == 1
    assert bus.asked == []


def test_publishing_is_audited_and_the_call_side_reads_the_flows_again(lead, database, bus):
    save(lead, database, menu={"timeout_s": 9})
    assert lead.post("/flows/main/publish", {"number": 2}).status_code == 302
    assert published(database) == 2
    assert versions(database)[-1].published_by == "8001"
    assert bus.asked == [ReloadConfiguration(by="8001", parts=("flows",))]
    assert audited(database, "flow.publish")[0].detail == {"version": [1, 2]}


def test_an_old_version_is_published_again_as_a_rollback(lead, database):
    save(lead, database, menu={"timeout_s": 9})
    lead.post("/flows/main/publish", {"number": 2})
    lead.post("/flows/main/publish", {"number": 1})
    assert published(database) == 1
    assert audited(database, "flow.rollback")[0].detail == {"version": [2, 1]}


def test_publishing_while_the_call_side_is_away_says_so_and_holds(lead, database, bus):
    bus.present = False
    save(lead, database)
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
    assert 'action="/flows/main/publish"' not in browser.get("/flows/main/").text
    assert browser.post("/flows/main/publish", {"number": 1}).status_code == 403


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
    save(lead, database, menu={"timeout_s": 9})
    page = lead.get("/flows/main/compare?before=1&after=2").text
    assert "<del>5</del>" in page
    assert "<ins>9</ins>" in page
    assert '主菜单 <span class="mono fw-normal">menu</span>' in page


def test_editing_goes_on_from_an_old_version(lead, database):
    save(lead, database, menu={"timeout_s": 9})
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
    loaded = lead.get("/flows/night/editor/document").json
    assert loaded["problems"] == []
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
    assert "没有节点类型 dance" in lead.get("/flows/main/outline").text
    loaded = lead.get("/flows/main/editor/document").json
    assert loaded["cards"]["a"]["type"] == "dance"
    assert [problem["node"] for problem in loaded["problems"]] == ["a"]
    for page in ("", "main/", "main/text"):
        assert lead.get(f"/flows/{page}").status_code == 200


def plan(browser, at, number=2):
    form = {"number": number, "when": "later", "at": at}
    return browser.post("/flows/main/publish", form, follow_redirects=True)


def test_a_version_is_planned_for_a_time_on_the_wall_clock_and_cancelled(lead, database, bus):
    save(lead, database, menu={"timeout_s": 9})
    assert "2025-11-25 08:30:00" in plan(lead, "2025-11-25T08:30").text
    assert versions(database)[-1].publish_at.isoformat() == "2025-11-25T00:30:00+00:00"
    assert versions(database)[-1].planned_by == "8001"
    assert (published(database), bus.asked) == (1, [])
    assert "11-25 08:30" in lead.get("/flows/").text
    assert "11-25 08:30" in lead.get("/flows/main/versions").text
    lead.post("/flows/main/publish/cancel", {"number": 2})
    assert versions(database)[-1].publish_at is None
    assert [entry.detail["at"] for entry in audited(database, "flow.plan")] == [
        "2025-11-25T08:30:00+08:00",
        None,
    ]


@pytest.mark.parametrize("at", ["", "tomorrow", "2025-11-24T10:59"])
def test_a_time_that_is_none_or_over_is_refused(lead, database, at):
    save(lead, database, menu={"timeout_s": 9})
    assert "尚未到来" in plan(lead, at).text
    assert versions(database)[-1].publish_at is None


def test_publishing_now_does_away_with_the_plan(lead, database):
    save(lead, database, menu={"timeout_s": 9})
    plan(lead, "2025-11-25T08:30")
    lead.post("/flows/main/publish", {"number": 2, "when": "now"})
    assert published(database) == 2
    assert versions(database)[-1].publish_at is None


def test_what_kept_a_version_from_being_published_is_shown(lead, database):
    save(lead, database, menu={"timeout_s": 9})
    problem = {"node": "menu", "field": "prompts.0", "code": "unknown_prompt", "params": {"prompt": "news"}}

    def refuse(session):
        session.scalar(select(FlowVersion).where(FlowVersion.number == 2)).refused = [problem]

    database.write(refuse)
    for page in ("", "versions"):
        assert "没有语音 news" in lead.get(f"/flows/main/{page}").text
