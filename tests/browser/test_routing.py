"""Rule tables and routing scripts, written, tried, published and rolled back in a real browser."""

from __future__ import annotations

from collections.abc import Callable

import pytest
from playwright.sync_api import Page, expect
from sqlalchemy import select

from hotline.live.messages import ReloadConfiguration
from hotline.store.db import Database
from hotline.store.models import AuditEntry, RoutingScript
from tests.browser.conftest import CallSide

pytestmark = [pytest.mark.browser, pytest.mark.timeout(240)]


@pytest.fixture
def new(signed_in: Callable[[str], Page]) -> Callable[[str, str], Page]:
    """Give the editor of a new script or rule table."""

    def make(code: str, kind: str) -> Page:
        page = signed_in("root")
        page.get_by_role("link", name="智能路由").click()
        page.get_by_role("link", name="新建脚本或规则表").click()
        page.locator("[name=name]").fill("外地来电")
        page.locator("[name=code]").fill(code)
        page.locator(f'[name=kind][value="{kind}"]').check()
        page.get_by_role("button", name="新建").click()
        saying(page, "status", "外地来电")
        return page

    return make


def saying(page: Page, role: str, text: str) -> None:
    """Wait for the page that says so, and for its scripts."""
    expect(page.get_by_role(role).first).to_contain_text(text)
    page.wait_for_load_state()


def save(page: Page, number: int) -> None:
    page.get_by_role("button", name="保存为新版本").click()
    saying(page, "status", f"已保存为第 {number} 版（草稿）")


def order_publication(page: Page) -> None:
    page.locator('[data-bs-target="#publish-dialog"]').click()
    page.get_by_role("dialog").get_by_role("button", name="发布").click()


def publish(page: Page, number: int) -> None:
    order_publication(page)
    saying(page, "status", f"第 {number} 版已发布")


def open_tab(page: Page, tab: str) -> None:
    link = page.get_by_role("link", name=tab, exact=True)
    link.click()
    expect(link).to_have_attribute("aria-current", "page")
    page.wait_for_load_state()


def tried(page: Page, caller: str) -> None:
    open_tab(page, "试运行")
    page.locator("#caller").fill(caller)
    page.get_by_role("button", name="判定").click()


def decides(database: Database, code: str) -> int | None:
    with database.read() as session:
        return session.scalars(
            select(RoutingScript.published_version).where(RoutingScript.code == code)
        ).one()


def add_rule(page: Page, prefix: str, queue: str) -> None:
    page.get_by_role("button", name="添加规则").click()
    rule = page.locator("#rules > li").last
    rule.get_by_label("比较值").fill(prefix)
    rule.locator(".rule-target").get_by_label("哪一个").select_option(queue)


def test_a_rule_is_written_tried_published_and_rolled_back(
    new: Callable[[str, str], Page], database: Database, call_side: CallSide
) -> None:
    page = new("outside", "rules")
    add_rule(page, "021", "systems")
    page.get_by_role("button", name="检查").click()
    expect(page.locator("#no-mistakes")).to_be_visible()
    save(page, 2)

    tried(page, "02162345678")
    expect(page.get_by_role("status").first).to_contain_text("队列 系统队列")
    expect(page.get_by_role("status").first).to_contain_text("规则 1 满足")
    page.locator("#caller").fill("13800138000")
    page.get_by_role("button", name="判定").click()
    expect(page.get_by_role("status").first).to_contain_text("没有规则满足")

    open_tab(page, "规则表")
    publish(page, 2)
    assert decides(database, "outside") == 2
    assert call_side.asked == [ReloadConfiguration(by="root", parts=("routing",))]

    add_rule(page, "010", "policy")
    save(page, 3)
    publish(page, 3)
    assert decides(database, "outside") == 3
    open_tab(page, "版本")
    page.get_by_role("button", name="回退").click()
    page.locator("#confirm-yes").click()
    saying(page, "status", "第 2 版已发布")
    assert decides(database, "outside") == 2
    with database.read() as session:
        entry = session.scalars(select(AuditEntry).where(AuditEntry.action == "routing.rollback")).one()
    assert entry.detail == {"version": [3, 2]}


def test_the_time_of_a_publication_must_be_given_only_when_it_is_asked_for(
    new: Callable[[str, str], Page], database: Database
) -> None:
    page = new("later", "rules")
    button = page.get_by_role("button", name="发布").first
    button.press("Enter")
    dialog = page.get_by_role("dialog")
    expect(dialog.get_by_label("发布时间")).to_be_disabled()
    dialog.get_by_label("指定时间").check()
    dialog.get_by_role("button", name="发布").click()
    expect(dialog.get_by_label("发布时间")).to_have_js_property("validity.valid", False)
    expect(dialog).to_be_visible()
    page.keyboard.press("Escape")
    expect(dialog).to_be_hidden()
    expect(button).to_be_focused()
    assert decides(database, "later") is None


def test_a_check_without_an_answer_says_so_and_keeps_the_rules(new: Callable[[str, str], Page]) -> None:
    page = new("silent", "rules")
    add_rule(page, "021", "systems")
    page.route("**/check", lambda route: route.abort())
    page.get_by_role("button", name="检查").click()
    expect(page.locator("#no-answer")).to_contain_text("服务器没有响应")
    page.unroute("**/check")
    page.get_by_role("button", name="检查").click()
    expect(page.locator("#no-mistakes")).to_be_visible()
    expect(page.locator("#no-answer")).to_be_hidden()


def test_who_is_asked_and_says_no_is_back_where_they_were(new: Callable[[str, str], Page]) -> None:
    page = new("asked", "rules")
    for number in (2, 3):
        add_rule(page, "021", "systems")
        save(page, number)
        publish(page, number)
    open_tab(page, "版本")
    button = page.get_by_role("button", name="回退").first
    button.press("Enter")
    expect(page.locator("#confirm-yes")).to_be_focused()
    page.keyboard.press("Escape")
    expect(page.locator("#confirm")).to_be_hidden()
    expect(button).to_be_focused()


def test_a_rule_without_a_value_is_shown_at_its_place_and_cannot_be_published(
    new: Callable[[str, str], Page], database: Database
) -> None:
    page = new("empty", "rules")
    add_rule(page, "", "systems")
    page.get_by_role("button", name="检查").click()
    expect(page.locator("#mistakes")).to_be_visible()
    expect(page.locator("#rules > li").first.get_by_label("比较值")).to_have_class(
        r"form-control form-control-sm is-invalid"
    )
    page.get_by_role("button", name="保存为新版本").click()
    saying(page, "status", "第 2 版")
    order_publication(page)
    saying(page, "alert", "未发布")
    assert decides(database, "empty") is None


SCRIPT = """\
def route(call):
    if call.caller.startswith("021"):
        return Route("queue:systems", priority=30)
    return None
"""


def write(page: Page, text: str) -> None:
    """Replace the script, as somebody who pastes one does."""
    editor = page.locator(".cm-content")
    editor.click()
    page.keyboard.press("ControlOrMeta+a")
    page.keyboard.insert_text(text)
    expect(page.locator("#text")).to_have_value(text)


def test_a_script_is_checked_tried_and_published(new: Callable[[str, str], Page], database: Database) -> None:
    page = new("script", "script")
    write(page, "def route(call):\n    return nowhere\n")
    page.get_by_role("button", name="检查").click()
    expect(page.locator("#mistakes")).to_be_visible()
    expect(page.locator(".cm-lintRange-error, .cm-lintPoint-error").first).to_be_visible()
    write(page, SCRIPT)
    page.get_by_role("button", name="检查").click()
    expect(page.locator("#no-mistakes")).to_be_visible()
    save(page, 2)
    tried(page, "02162345678")
    expect(page.get_by_role("status").first).to_contain_text("队列 系统队列")
    expect(page.get_by_role("status").first).to_contain_text("30")
    open_tab(page, "自定义脚本")
    publish(page, 2)
    assert decides(database, "script") == 2
