"""A queue's form with its rows and preview, and closing at once, in a real browser."""

import pytest
from playwright.sync_api import expect
from sqlalchemy import select

from hotline.domain.acd.spec import OverflowRule, RelaxStep, SkillNeed
from hotline.domain.emergency import Plan
from hotline.live.messages import ReloadConfiguration
from hotline.store.models import Queue
from hotline.store.queries import emergency
from hotline.store.queries.queues import spec_of

pytestmark = [pytest.mark.browser, pytest.mark.timeout(300)]


def test_rows_are_added_the_preview_follows_and_all_of_it_is_saved(signed_in, address, database):
    page = signed_in("8001")
    page.goto(f"{address}/queues/policy/edit")
    preview = page.locator("[data-preview]")
    expect(preview).to_contain_text("一开始")
    page.locator("[name=needs-0-min_level]").select_option("9")
    expect(preview).to_contain_text("没有启用的座席具备这些技能")
    page.get_by_role("button", name="添加一步").click()
    page.locator("[name=relaxation-0-after_seconds]").fill("45")
    page.locator("[name=relaxation-0-needs-0-skill]").select_option("policy")
    expect(preview).to_contain_text("45 秒后")
    page.get_by_role("button", name="添加规则").click()
    expect(page.locator("[name=overflow-0-target-outside]")).to_be_hidden()
    page.locator("[name=overflow-0-action]").select_option("outside")
    expect(page.locator("[name=overflow-0-target-queue]")).to_be_hidden()
    page.locator("[name=overflow-0-target-outside]").fill("051253520000")
    page.get_by_role("button", name="保存").click()
    expect(page.get_by_role("status")).to_contain_text("已保存")
    with database.read() as session:
        spec = spec_of(session.scalars(select(Queue).where(Queue.code == "policy")).one())
    assert spec.needs == (SkillNeed("policy", 9),)
    assert spec.relaxation == (RelaxStep(45, (SkillNeed("policy", 1),)),)
    assert spec.overflow == (OverflowRule("wait", 120, "outside", "051253520000"),)


def test_a_lead_closes_the_hotline_in_two_clicks(signed_in, address, database, call_side):
    database.write(lambda session: emergency.set_plans(session, [Plan("停电", "emergency", "callback")]))
    page = signed_in("8001")
    page.get_by_role("link", name="紧急关闭").click()
    page.get_by_role("button", name="立即关闭").click()
    page.locator("#confirm-yes").click()
    expect(page.locator(".closed-banner")).to_contain_text("停电")
    assert call_side.asked == [ReloadConfiguration(by="8001", parts=("emergency",))]
    page.goto(f"{address}/calls/")
    expect(page.locator(".closed-banner")).to_contain_text("停电")
