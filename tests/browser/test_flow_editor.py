"""The flow editor with real mouse and keyboard: drawing, undoing, trying, saving."""

import re

import pytest
from playwright.sync_api import expect
from sqlalchemy import select

from hotline.store.base import from_epoch
from hotline.store.models import Flow, FlowVersion
from hotline.store.queries.flows import save_flow
from tests.browser.canvas import Canvas
from tests.webadmin import cast
from tests.webadmin.drafts import add_demo_flow, make_prompts

pytestmark = [pytest.mark.browser, pytest.mark.timeout(300)]


@pytest.fixture
def flow(database, home):
    make_prompts(home)
    database.write(add_demo_flow)


@pytest.fixture
def canvas(flow, signed_in, address):
    return Canvas.open(signed_in("8001"), address)


def newest(database):
    with database.read() as session:
        return session.scalar(select(FlowVersion).order_by(FlowVersion.number.desc()).limit(1))


def test_a_menu_is_drawn_connected_and_saved_with_the_mouse(canvas, database):
    menu = canvas.drag_in("menu", 0.5, 0.12)
    canvas.connect(menu, "choices.1", "hours")
    expect(canvas.way(menu, "choices.2")).to_have_class(re.compile("is-spare"))
    canvas.connect("welcome", "next", menu)
    form = canvas.part("form")
    canvas.choose(menu)
    form.locator('[data-field="prompts"] select').first.select_option("menu")
    form.locator('[data-field="wrong_key"] select').first.select_option("wrong_key")
    form.locator('[data-field="no_key"] select').first.select_option("no_key")
    canvas.leads_to("on_fail").select_option("goodbye")
    form.locator("[name=title]").fill("夜间菜单")
    expect(canvas.card(menu)).to_contain_text("夜间菜单")
    expect(canvas.part("check")).to_have_text("检查通过")
    canvas.save()
    nodes = newest(database).content["nodes"]
    assert nodes["welcome"]["next"] == menu
    assert nodes[menu]["choices"] == {"1": "hours"}
    assert nodes[menu]["on_fail"] == "goodbye"
    assert nodes[menu]["prompts"] == ["menu"]
    assert nodes[menu]["ui"]["title"] == "夜间菜单"


def test_what_is_done_is_undone_and_done_again_by_keys(canvas):
    canvas.root.get_by_role("button", name="显示全部").click()
    canvas.choose("apology")
    canvas.part("canvas").focus()
    canvas.page.keyboard.press("Delete")
    expect(canvas.card("apology")).to_have_count(0)
    expect(canvas.way("voicemail", "on_failed")).to_have_class(re.compile("is-loose"))
    canvas.page.keyboard.press("Control+z")
    expect(canvas.card("apology")).to_have_count(1)
    expect(canvas.part("dirty")).to_be_hidden()
    canvas.page.keyboard.press("Control+y")
    expect(canvas.card("apology")).to_have_count(0)


def test_a_node_is_added_and_connected_with_the_keyboard_alone(canvas, database):
    page = canvas.page
    canvas.part("canvas").focus()
    page.keyboard.press("Tab")
    expect(canvas.part("spoken")).to_contain_text("welcome")
    page.keyboard.press("Tab")
    expect(canvas.part("spoken")).to_contain_text("hours")
    canvas.root.locator('[data-type="play"]').focus()
    page.keyboard.press("Enter")
    expect(canvas.card("play")).to_have_count(1)
    expect(canvas.part("form").locator('input[name="id"]')).to_have_value("play")
    canvas.part("canvas").focus()
    page.keyboard.press("Enter")
    expect(canvas.part("form").locator("[name=title]")).to_be_focused()
    canvas.leads_to("next").focus()
    canvas.leads_to("next").select_option("goodbye")
    expect(canvas.way("play", "next")).to_have_attribute("data-target", "goodbye")
    canvas.save()
    assert newest(database).content["nodes"]["play"]["next"] == "goodbye"


def test_a_problem_leads_to_its_node_and_its_field(canvas):
    canvas.choose("menu")
    canvas.leads_to("on_fail").select_option("")
    expect(canvas.part("problem-count")).not_to_be_empty()
    canvas.part("canvas").click(position={"x": 5, "y": 300})
    canvas.root.get_by_role("tab", name=re.compile("问题")).click()
    canvas.part("problems").get_by_role("button").filter(has_text="多次失败后").click()
    expect(canvas.part("form").locator('input[name="id"]')).to_have_value("menu")
    expect(canvas.leads_to("on_fail")).to_be_focused()
    expect(canvas.part("form").locator('[data-field="on_fail"]')).to_contain_text("没有去向")


def test_a_call_is_tried_and_its_way_lights_up(canvas):
    phone = canvas.part("phone")
    canvas.root.get_by_role("tab", name="模拟拨打").click()
    phone.get_by_role("button", name="呼叫").click()
    phone.get_by_role("button", name="播放完毕").click()
    expect(phone.locator('[data-phone="node"]')).to_have_text("menu")
    phone.locator('.keypad [data-key="1"]').click()
    expect(phone.locator('[data-phone="title"]')).to_have_text("来电人排队等候")
    for node in ("welcome", "hours", "menu", "policy"):
        expect(canvas.card(node)).to_have_class(re.compile("is-lit"))
    expect(canvas.card("policy")).to_have_class(re.compile("is-here"))
    expect(canvas.card("systems")).not_to_have_class(re.compile("is-lit"))
    phone.get_by_role("button", name="结束").click()
    expect(canvas.card("policy")).not_to_have_class(re.compile("is-lit"))


def test_nodes_are_copied_and_several_are_chosen_in_a_rectangle(canvas):
    canvas.choose("welcome")
    canvas.part("canvas").focus()
    canvas.page.keyboard.press("Control+c")
    canvas.page.keyboard.press("Control+v")
    expect(canvas.card("welcome_2")).to_have_count(1)
    canvas.settle()
    first, last = canvas.card("welcome").bounding_box(), canvas.card("welcome_2").bounding_box()
    canvas.page.keyboard.down("Shift")
    canvas.page.mouse.move(first["x"] - 6, first["y"] - 30)
    canvas.page.mouse.down()
    canvas.page.mouse.move(last["x"] + last["width"] - 10, last["y"] + last["height"] + 10, steps=6)
    canvas.page.mouse.up()
    canvas.page.keyboard.up("Shift")
    expect(canvas.part("several")).to_contain_text("2")


def test_who_was_second_keeps_the_work_and_saves_it_on_top(canvas, database):
    def meanwhile(session):
        row = session.scalar(select(Flow))
        content = newest(database).content
        save_flow(session, row, content, base=1, comment="", by="root", at=from_epoch(cast.NOW))

    canvas.choose("menu")
    canvas.part("form").locator("[name=title]").fill("新菜单")
    expect(canvas.card("menu")).to_contain_text("新菜单")
    database.write(meanwhile)
    canvas.page.keyboard.press("Control+s")
    dialog = canvas.page.locator("#flow-stale")
    expect(dialog).to_contain_text("root")
    dialog.get_by_role("button", name="以我的为最新版本保存").click()
    expect(canvas.part("dirty")).to_be_hidden()
    assert newest(database).number == 3
    assert newest(database).content["nodes"]["menu"]["ui"]["title"] == "新菜单"


def test_work_that_was_not_saved_survives_leaving_the_page(canvas, address):
    canvas.choose("menu")
    canvas.part("form").locator("[name=title]").fill("新菜单")
    expect(canvas.card("menu")).to_contain_text("新菜单")
    expect(canvas.root).to_have_attribute("data-kept", "yes")
    canvas.page.on("dialog", lambda dialog: dialog.accept())
    canvas.page.goto(f"{address}/flows/")
    again = Canvas.open(canvas.page, address)
    again.root.get_by_role("button", name="继续编辑该内容").click()
    expect(again.card("menu")).to_contain_text("新菜单")
    expect(again.part("dirty")).to_be_visible()


def test_two_versions_are_compared_on_the_canvas(canvas, address):
    canvas.choose("menu")
    canvas.leads_to("on_fail").select_option("goodbye")
    expect(canvas.part("dirty")).to_be_visible()
    canvas.save()
    canvas.page.goto(f"{address}/flows/main/compare")
    expect(canvas.page.locator("#flow-compare")).to_have_attribute("data-ready", "yes")
    expect(canvas.card("menu")).to_have_class(re.compile("is-changed"))
    expect(canvas.card("hours")).not_to_have_class(re.compile("is-changed"))
    expect(canvas.page.locator("#change-menu")).to_contain_text("to_operator")
