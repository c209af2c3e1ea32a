"""Closing at once, and what is prepared for it."""

import pytest
from sqlalchemy import select

from hotline.domain.emergency import Emergency, Plan
from hotline.live.messages import ReloadConfiguration
from hotline.store.models import AuditEntry
from hotline.store.queries import emergency as store
from tests.webadmin import cast

OUTAGE = Plan("系统故障", "emergency", "voicemail")
STORM = Plan("台风", "closed", "callback")


@pytest.fixture
def lead(browse, database):
    database.write(lambda session: store.set_plans(session, [OUTAGE, STORM]))
    return browse("8001")


def current(database):
    with database.read() as session:
        return store.current(session)


def done(database):
    with database.read() as session:
        entries = session.scalars(select(AuditEntry).where(AuditEntry.object_type == "emergency"))
        return [(entry.action, entry.login, entry.object_id) for entry in entries]


def test_a_lead_closes_at_once_with_one_click_and_a_question(lead, database, bus):
    assert lead.get("/emergency/").text.count("data-confirm") == 2
    lead.post("/emergency/on", {"plan": "1"})
    assert current(database) == Emergency(STORM, since=cast.NOW, by="8001")
    assert bus.asked == [ReloadConfiguration(by="8001", parts=("emergency",))]
    page = lead.get("/emergency/").text
    assert "8001" in page
    assert "2025-11-24 11:00:00" in page


def test_everybody_sees_it_on_every_page_until_it_is_over(lead, browse):
    agent = browse("8018")
    assert "closed-banner" not in agent.get("/").text
    lead.post("/emergency/on", {"plan": "0"})
    for path in ("/", "/calls/", "/profile/"):
        page = agent.get(path).text
        assert "热线已紧急关闭：系统故障" in page, path
        assert "/emergency/" not in page
    assert "前往处理" in lead.get("/").text
    lead.post("/emergency/off")
    assert "closed-banner" not in agent.get("/").text


def test_it_is_written_down_who_switched_what(lead, database):
    lead.post("/emergency/on", {"plan": "0"})
    lead.post("/emergency/off")
    lead.post("/emergency/off")
    assert done(database) == [("emergency.on", "8001", "系统故障"), ("emergency.off", "8001", "系统故障")]
    assert current(database) is None


def test_another_plan_takes_the_place_of_the_one_that_is_on(lead, database):
    lead.post("/emergency/on", {"plan": "0"})
    lead.post("/emergency/on", {"plan": "1"})
    assert current(database).plan == STORM


@pytest.mark.parametrize("plan", ["", "2", "-1", "x"])
def test_without_a_plan_nothing_is_closed(lead, database, plan):
    lead.post("/emergency/on", {"plan": plan})
    assert current(database) is None
    assert "请选择一个预案" in lead.get("/emergency/").text


def test_it_is_switched_also_when_the_call_side_is_away_and_says_so(lead, database, bus):
    bus.present = False
    lead.post("/emergency/on", {"plan": "0"})
    assert current(database) is not None
    assert "呼叫服务暂无响应" in lead.get("/emergency/").text


def test_plans_are_prepared_by_whoever_may_change_settings(lead, browse, database):
    sent = {"plan-0-name": "停电", "plan-0-prompt": "emergency", "plan-0-waiting": "prompt"}
    assert lead.post("/emergency/plans", sent).status_code == 403
    assert browse("root").post("/emergency/plans", sent).status_code == 302
    with database.read() as session:
        assert store.plans(session) == [Plan("停电", "emergency", "prompt")]


@pytest.mark.parametrize(
    ("changed", "said"),
    [
        ({"plan-0-name": ""}, "请填写预案名称"),
        ({"plan-0-prompt": "gone"}, "请选择来电人听到的提示音"),
        ({"plan-0-waiting": "pray"}, "请选择等待中的来电如何处理"),
    ],
)
def test_a_plan_that_cannot_be_is_told_at_its_field(browse, database, changed, said):
    sent = {"plan-0-name": "停电", "plan-0-prompt": "emergency", "plan-0-waiting": "prompt"} | changed
    answer = browse("root").post("/emergency/plans", sent)
    assert answer.status_code == 422
    assert said in answer.text
    with database.read() as session:
        assert store.plans(session) == []


def test_a_deputy_cannot_close_the_hotline(lead, browse, database):
    assert browse("8002").get("/emergency/").status_code == 403
    assert browse("8002").post("/emergency/on", {"plan": "0"}).status_code == 403
    assert current(database) is None
