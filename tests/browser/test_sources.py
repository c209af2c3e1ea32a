"""Data sources: made, filled, tried, and what is wrong about one said where it is, in a real browser."""

from __future__ import annotations

import sqlite3
from collections.abc import Callable
from pathlib import Path

import pytest
from playwright.sync_api import Page, expect
from sqlalchemy import select

from hotline.store.db import Database
from hotline.store.models import DataSource

pytestmark = [pytest.mark.browser, pytest.mark.timeout(180)]


@pytest.fixture
def new(signed_in: Callable[[str], Page]) -> Callable[[str, str], Page]:
    """Give the form of a new source, with code and kind filled in."""

    def make(code: str, kind: str) -> Page:
        page = signed_in("root")
        page.get_by_role("link", name="数据源").click()
        page.get_by_role("link", name="新建数据源").click()
        expect(page.get_by_label("请求头")).to_be_visible()
        page.wait_for_load_state()
        page.get_by_label("名称").fill("登记信息")
        page.get_by_label("代码").fill(code)
        page.get_by_label("类型").select_option(kind)
        return page

    return make


def ask(page: Page, parameters: str) -> None:
    page.get_by_label("参数").fill(parameters)
    page.get_by_role("button", name="试查").click()


def test_a_form_shows_what_its_kind_of_source_has(new: Callable[[str, str], Page]) -> None:
    page = new("register", "http")
    expect(page.get_by_label("请求头")).to_be_visible()
    page.get_by_label("类型").select_option("sql")
    expect(page.get_by_label("请求头")).to_be_hidden()
    expect(page.get_by_label("地址", exact=True)).to_be_visible()
    page.get_by_label("类型").select_option("table")
    expect(page.get_by_label("地址", exact=True)).to_be_hidden()


def test_a_table_is_uploaded_and_asked(new: Callable[[str, str], Page]) -> None:
    page = new("register", "table")
    page.get_by_role("button", name="保存").click()
    expect(page.get_by_role("status").first).to_contain_text("登记信息")
    page.get_by_label("CSV 文件").set_input_files(
        {"name": "rows.csv", "mimeType": "text/csv", "buffer": "key,office\n3205,太仓市税务局\n".encode()}
    )
    page.get_by_role("button", name="上传").click()
    expect(page.get_by_role("status").first).to_contain_text("1")
    ask(page, "key = 3205")
    expect(page.get_by_role("status")).to_contain_text("太仓市税务局")
    ask(page, "key = 9999")
    expect(page.get_by_role("status")).to_contain_text("未查到数据")


def test_a_database_that_is_asked_wrongly_is_told_at_its_field_and_when_it_is_tried(
    new: Callable[[str, str], Page], database: Database, tmp_path: Path
) -> None:
    with sqlite3.connect(tmp_path / "register.db") as connection:
        connection.execute("create table offices (code text, office text)")
        connection.execute("insert into offices values ('3205', '太仓市税务局')")
    page = new("register", "sql")
    page.get_by_label("地址", exact=True).fill(f"sqlite:///{tmp_path / 'register.db'}")
    query = page.get_by_label("查询语句或请求体")
    query.fill("delete from offices")
    page.get_by_role("button", name="保存").click()
    expect(page.locator("#query-error")).to_contain_text("SELECT")
    expect(query).to_be_focused()

    query.fill("select office from nowhere where code = :code")
    page.get_by_role("button", name="保存").click()
    expect(page.get_by_role("status").first).to_contain_text("登记信息")
    ask(page, "code = 3205")
    expect(page.get_by_role("alert")).to_contain_text("失败")

    query.fill("select office from offices where code = :code")
    page.get_by_role("button", name="保存").click()
    expect(page.get_by_role("status").first).to_contain_text("已保存")
    ask(page, "code = 3205")
    expect(page.get_by_role("status")).to_contain_text("太仓市税务局")
    with database.read() as session:
        assert session.scalars(select(DataSource.query)).one().startswith("select office from offices")
