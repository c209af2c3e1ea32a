"""The flow editor with a real mouse: a menu is drawn, connected and saved."""

import re

import pytest
from playwright.sync_api import expect
from sqlalchemy import select

from hotline.store.models import FlowVersion
from tests.browser.canvas import Canvas
from tests.webadmin.drafts import add_demo_flow, make_prompts

pytestmark = [pytest.mark.browser, pytest.mark.timeout(180)]


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
