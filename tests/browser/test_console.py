"""What people do in the console, in a real browser."""

import re
import time
from dataclasses import replace

import pytest
from playwright.sync_api import expect
from sqlalchemy import select

from hotline.live.messages import (
    AgentChanged,
    AgentView,
    CallChanged,
    CallView,
    ExtendWrapUp,
    HangUpCall,
    QueueView,
    SetAgentState,
    SetDoNotDisturb,
)
from hotline.store.models import AuditEntry
from tests.webadmin import cast

pytestmark = [pytest.mark.browser, pytest.mark.timeout(300)]

AGENT = AgentView(
    "8018", "李强", "1018", "policy", "idle", "", cast.NOW, reachable=True, signed_in_at=cast.NOW - 60
)
CALL = CallView("live-1", "13812345678", "12366", "queued", cast.NOW, cast.NOW, queue="policy", position=1)
QUEUE = QueueView("policy", "政策咨询", 0, None, 1, 1)


def test_signing_in_shows_the_dashboard_and_a_wrong_password_what_to_do(page, address, signed_in):
    page.goto(f"{address}/")
    page.get_by_label("账号").fill("8001")
    page.get_by_label("密码").fill("wrong")
    with page.expect_response(lambda answer: answer.status == 401):
        page.get_by_role("button", name="登录").click()
    expect(page.get_by_role("alert")).to_contain_text("账号或密码错误")


def test_the_dashboard_names_the_switch_and_draws_the_day(signed_in):
    page = signed_in("8001")
    expect(page.get_by_text("模拟交换机")).to_be_visible()


@pytest.fixture
def live(call_side, signed_in, address):
    call_side.snapshot = replace(call_side.snapshot, agents=(AGENT,), queues=(QUEUE,), version=1)
    page = signed_in("8001")
    page.get_by_role("link", name="实时监控").click()
    expect(page.locator('#agents tr[data-key="8018"]')).to_contain_text("空闲")
    return page


def test_the_live_page_follows_events(live, call_side):
    row = live.locator('#agents tr[data-key="8018"]')
    talking = replace(AGENT, state="talking", caller="13812345678", queue="policy", interaction_id="live-1")
    call_side.bus.publish(CallChanged(cast.NOW, 2, CALL))
    call_side.bus.publish(AgentChanged(cast.NOW, 3, talking))
    expect(row).to_contain_text("通话")
    expect(row).to_contain_text("13812345678")
    expect(live.locator('[data-count="talking"]')).to_have_text("1")
    expect(live.locator('#calls tr[data-key="live-1"]')).to_contain_text("排队中")
    call_side.bus.publish(CallChanged(cast.NOW, 4, replace(CALL, phase="ended")))
    expect(live.locator('#calls tr[data-key="live-1"]')).to_have_count(0)


def test_an_event_that_was_missed_brings_a_new_picture(live, call_side):
    call_side.snapshot = replace(call_side.snapshot, agents=(replace(AGENT, state="busy"),), version=9)
    call_side.bus.publish(CallChanged(cast.NOW + 1, 9, replace(CALL, phase="ended")))
    expect(live.locator('#agents tr[data-key="8018"]')).to_contain_text("示忙")


def test_a_lead_sets_a_state_from_the_menu(live, call_side):
    live.get_by_label("更改状态 8018").click()
    live.get_by_role("button", name="示忙").last.click()
    assert wait_for(live, lambda: call_side.asked) == [
        SetAgentState(by="8001", agent="8018", state="busy", reason="console")
    ]


def test_the_end_of_the_wrap_up_is_counted_down_to_and_put_off_as_often_as_the_queue_allows(live, call_side):
    row = live.locator('#agents tr[data-key="8018"]')
    wraps_up = replace(
        AGENT, state="wrap_up", wrap_up_until=time.time() + 119, prolongations=1, missed_today=2
    )
    call_side.bus.publish(AgentChanged(cast.NOW, 2, wraps_up))
    expect(row).to_contain_text(re.compile(r"剩余 1:\d\d · 已延长 0/1 次"))
    expect(row.locator('[data-part="missed"]')).to_have_text("2")
    live.get_by_label("更改状态 8018").click()
    live.get_by_role("button", name="延长话后处理").click()
    assert wait_for(live, lambda: call_side.asked) == [ExtendWrapUp(by="8001", agent="8018")]
    longer = replace(wraps_up, wrap_up_until=time.time() + 179, prolonged=1)
    call_side.bus.publish(AgentChanged(cast.NOW, 3, longer))
    expect(row).to_contain_text("已延长 1/1 次")
    expect(row.locator('[data-order="extend"]')).to_have_count(0)


def test_do_not_disturb_is_seen_and_taken_back(live, call_side):
    row = live.locator('#agents tr[data-key="8018"]')
    call_side.bus.publish(AgentChanged(cast.NOW, 2, replace(AGENT, do_not_disturb=True)))
    expect(row).to_contain_text("免打扰")
    live.get_by_label("更改状态 8018").click()
    live.get_by_role("button", name="取消免打扰").click()
    assert wait_for(live, lambda: call_side.asked) == [SetDoNotDisturb(by="8001", agent="8018", on=False)]


def test_a_call_is_hung_up_after_a_question(live, call_side):
    call_side.bus.publish(CallChanged(cast.NOW, 2, CALL))
    live.get_by_label("挂断 13812345678").click()
    dialog = live.get_by_role("dialog")
    expect(dialog).to_contain_text("13812345678")
    dialog.get_by_role("button", name="取消").click()
    expect(dialog).to_be_hidden()
    assert call_side.asked == []
    live.get_by_label("挂断 13812345678").click()
    dialog.get_by_role("button", name="确定").click()
    assert wait_for(live, lambda: call_side.asked) == [HangUpCall(by="8001", interaction_id="live-1")]


def test_calls_are_searched_and_a_recording_plays(signed_in, database):
    page = signed_in("8001")
    page.get_by_role("link", name="呼叫记录").click()
    page.get_by_label("号码", exact=True).fill("1381234")
    page.get_by_role("button", name="查询").click()
    expect(page.locator("tbody tr")).to_have_count(1)
    page.locator("tbody tr").click()
    expect(page.get_by_role("heading", name="来电 13812345678")).to_be_visible()
    expect(page.get_by_text("分配给座席 8018 李强")).to_be_visible()
    page.get_by_label("播放或暂停").click()
    expect(page.locator("[data-player]")).to_have_attribute("data-playing", "yes")
    expect(page.locator("[data-time]")).not_to_have_text("0:00")
    with database.read() as session:
        noted = session.scalars(select(AuditEntry).where(AuditEntry.action == "recording.listen")).all()
    assert len(noted) == 1


def test_a_refused_form_puts_the_keyboard_into_the_wrong_field(signed_in, address):
    page = signed_in("8001")
    page.goto(f"{address}/agents/new")
    page.get_by_label("工号").fill("8018")
    page.get_by_label("姓名").fill("新人")
    page.get_by_label("分机").fill("1024")
    with page.expect_response(lambda answer: answer.status == 422):
        page.get_by_role("button", name="保存").click()
    expect(page.locator("#number")).to_be_focused()
    expect(page.locator("#number-error")).to_contain_text("已被使用")


def test_a_group_is_deleted_only_after_the_question(signed_in, address):
    page = signed_in("8001")
    page.goto(f"{address}/groups/")
    page.get_by_role("row", name="政策组").get_by_role("button", name="删除").click()
    page.get_by_role("dialog").get_by_role("button", name="确定").click()
    expect(page.get_by_role("alert")).to_contain_text("请先把他们移到其他组")


def wait_for(page, what, timeout=45_000):
    """The first true value of *what*, looked at while the page and the server go on."""
    waited = 0
    while not (value := what()):
        assert waited < timeout, "it did not happen"
        page.wait_for_timeout(50)
        waited += 50
    return value


def test_a_day_of_the_year_is_found_and_changed_by_keyboard(signed_in, address, database):
    page = signed_in("root")
    page.goto(f"{address}/calendar/?year=2026&edit=2026-09-30")
    page.locator('[data-day="2026-09-30"]').focus()
    page.keyboard.press("ArrowRight")
    expect(page.locator('[data-day="2026-10-01"]')).to_be_focused()
    page.keyboard.press("ArrowDown")
    expect(page.locator('[data-day="2026-10-08"]')).to_be_focused()
    expect(page.locator('[data-year] a[tabindex="0"]')).to_have_count(1)
    page.keyboard.press("Enter")
    expect(page.locator("#day-form [name=day]")).to_have_value("2026-10-08")
    page.locator("#day-form [name=name]").fill("国庆节")
    page.locator("#day-form").get_by_role("button", name="保存").click()
    expect(page.locator('[data-day="2026-10-08"]')).to_have_class(re.compile("is-holiday"))
