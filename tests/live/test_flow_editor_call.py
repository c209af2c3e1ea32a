"""A menu is drawn in the browser and published; the next caller hears it, and its new choice works."""

from __future__ import annotations

import re
from pathlib import Path

import pytest
from playwright.sync_api import Page, expect

from tests.browser.canvas import Canvas
from tests.live import audio
from tests.live.carrier import Carrier
from tests.live.processes import Rest, RunPy
from tests.live.test_front_door import places
from tests.live.waiting import until

pytestmark = [pytest.mark.browser, pytest.mark.live]

expect.set_options(timeout=15_000)

MENU_TONE = 700
CHOICE_TONE = 900


@pytest.mark.timeout(300)
def test_a_menu_that_was_drawn_is_what_the_next_caller_hears(
    freeswitch: Path, page: Page, tmp_path: Path
) -> None:
    home = tmp_path / "var"
    here = places(home, freeswitch)
    with RunPy(tmp_path / "serve.log", "serve", **here.settings) as server:
        server.wait_says("Stop with Ctrl-C", timeout=120)
        prompts = home / "prompts" / "zh"
        audio.write_tone(prompts / "menu_tone.wav", MENU_TONE, 30)
        audio.write_tone(prompts / "choice_tone.wav", CHOICE_TONE, 2)
        platform = Rest(here.http, server.password)
        with Carrier(
            freeswitch, tmp_path / "carrier", trunk=here.trunk, sip_port=here.carrier_port
        ) as carrier:
            before = carrier.call(caller="13800138001")
            before.wait_answered()
            before.record(tmp_path / "before.wav")
            before.key("wwww4")  # the old menu has information codes there
            until(lambda: "info" in nodes_of(platform, "13800138001"), 30, "the caller asks for codes")
            before.hang_up()
            before.wait_ended()
            assert not audio.heard(tmp_path / "before.wav", MENU_TONE)

            draw_and_publish(page, f"http://{here.http}", server.password)

            call = carrier.call(caller="13800138002")
            call.wait_answered(30)
            heard = tmp_path / "after.wav"
            call.record(heard)
            until(lambda: heard.exists() and audio.heard(heard, MENU_TONE), 30, "the menu that was drawn")
            assert not audio.heard(heard, CHOICE_TONE)
            call.key("5")
            until(lambda: audio.heard(heard, CHOICE_TONE), 30, "the new choice")
            call.wait_ended(timeout=60)
            until(
                lambda: nodes_of(platform, "13800138002")[:2] == ["menu_2", "play"],
                10,
                "the way of the call is in the books",
            )
        assert server.stop() == 0


def draw_and_publish(page: Page, address: str, password: str) -> None:
    """Calls begin at a new menu: 5 plays a tone and ends, 1 leads to all that was there before."""
    page.goto(f"{address}/sign-in")
    page.get_by_label("账号").fill("admin")
    page.get_by_label("密码").fill(password)
    page.get_by_role("button", name="登录").click()
    expect(page.get_by_role("heading", name="工作台")).to_be_visible()
    canvas = Canvas.open(page, address)
    form = canvas.part("form")

    choice = canvas.drag_in("play", 0.75, 0.15)
    form.locator('[data-field="prompts"] select').first.select_option("choice_tone")
    canvas.leads_to("next").select_option("goodbye")

    menu = canvas.drag_in("menu", 0.3, 0.15)
    canvas.connect(menu, "choices.1", "welcome")
    canvas.connect(menu, "choices.2", choice)
    for field, prompt in (("prompts", "menu_tone"), ("wrong_key", "wrong_key"), ("no_key", "no_key")):
        form.locator(f'[data-field="{field}"] select').first.select_option(prompt)
    canvas.leads_to("on_fail").select_option("goodbye")
    # The next free key was taken; it is to be the 5.
    form.locator('[data-field="choices"] select[name="f-choices-key"]').nth(1).select_option("5")
    expect(canvas.way(menu, "choices.5")).to_be_visible()
    form.get_by_role("button", name="设为开始节点").click()
    expect(canvas.card(menu)).to_have_class(re.compile("is-start"))
    expect(canvas.part("check")).to_have_text("检查通过")

    canvas.root.get_by_role("button", name="发布").click()
    dialog = page.locator("#flow-publish-dialog")
    dialog.get_by_role("button", name="发布").click()
    expect(page.get_by_role("status").filter(has_text="已发布")).to_be_visible()


def nodes_of(platform: Rest, caller: str) -> list[str]:
    """The nodes that the caller's last call entered, in order."""
    calls = platform.ask("GET", f"/calls?number={caller}")["calls"]
    if not calls:
        return []
    timeline = platform.ask("GET", f"/calls/{calls[0]['interaction_id']}/timeline")
    return [entry["data"]["node"] for entry in timeline["entries"] if entry["kind"] == "ivr.entered"]
