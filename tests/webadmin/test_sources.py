"""Data sources in the console."""

import io
import sqlite3

import pytest
from sqlalchemy import select

from hotline.store.models import AuditEntry, DataSource
from hotline.store.queries.sources import as_plain

HTTP = {
    "code": "register",
    "name": "纳税人登记",
    "kind": "http",
    "address": "https://tax.example.cn/taxpayers/${number}",
    "query": "",
    "headers": "Authorization: Bearer ${secret}\nX-From: hotline",
    "secret": "s3cret",
    "results": "name = data.name\nbalance=data.balance",
    "timeout_s": "3",
    "active": "y",
}


@pytest.fixture
def stored(database):
    """The only source there is, read anew."""

    def read() -> DataSource:
        with database.read() as db:
            return db.scalars(select(DataSource)).one()

    return read


def actions(database) -> list[AuditEntry]:
    with database.read() as db:
        query = select(AuditEntry).where(AuditEntry.object_type == "source").order_by(AuditEntry.id)
        return list(db.scalars(query))


def test_a_source_is_created_with_its_secret_sealed(browse, stored, database, vault):
    answer = browse("root").post("/sources/new", HTTP)
    assert (answer.status_code, answer.location) == (302, "/sources/register/edit")
    source = as_plain(stored(), vault)
    assert source.headers == {"Authorization": "Bearer ${secret}", "X-From": "hotline"}
    assert source.results == {"name": "data.name", "balance": "data.balance"}
    assert source.secret == "s3cret"
    assert b"s3cret" not in stored().sealed_secret
    (entry,) = actions(database)
    assert entry.action == "source.create"
    assert "s3cret" not in str(entry.detail)


def test_a_secret_stays_when_it_is_left_empty_and_no_page_shows_it(browse, stored, database, vault):
    browser = browse("root")
    browser.post("/sources/new", HTTP)
    browser.post("/sources/register/edit", {**HTTP, "secret": "", "name": "登记"})
    assert as_plain(stored(), vault).secret == "s3cret"
    assert stored().name == "登记"
    assert "s3cret" not in browser.get("/sources/register/edit").text
    assert actions(database)[-1].detail == {"new_secret": False, "name": ["纳税人登记", "登记"]}


@pytest.mark.parametrize(
    ("changes", "told"),
    [
        ({"address": "ftp://x/"}, "http://"),
        ({"address": "https://${host}/"}, "主机名固定"),
        ({"headers": "no header"}, "每行一项"),
        ({"results": "a b = c"}, "数据名称"),
        ({"timeout_s": "60"}, "10"),
        ({"kind": "sql", "address": "mysql+pymysql://a:pw@b/c", "query": "SELECT 1"}, "密钥"),
        ({"kind": "sql", "address": "sqlite:////data/x.db", "query": "DELETE FROM a"}, "SELECT"),
        ({"code": "Bad Code"}, "小写字母"),
    ],
)
def test_what_is_wrong_is_told_at_its_field(browse, database, changes, told):
    answer = browse("root").post("/sources/new", {**HTTP, **changes})
    assert answer.status_code == 422
    assert told in answer.text
    assert actions(database) == []


def test_the_platforms_own_database_is_no_source(browse, home):
    source = {
        **HTTP,
        "kind": "sql",
        "address": f"sqlite:///{home}/../{home.name}/hotline.db",
        "query": "SELECT 1",
    }
    answer = browse("root").post("/sources/new", source)
    assert answer.status_code == 422
    assert "本平台自身" in answer.text


def test_a_code_is_taken_once(browse):
    browser = browse("root")
    browser.post("/sources/new", HTTP)
    assert browser.post("/sources/new", HTTP).status_code == 422


def test_a_table_is_uploaded_tried_and_its_bad_rows_are_told(browse, database):
    browser = browse("root")
    browser.post("/sources/new", {**HTTP, "kind": "table", "address": "", "headers": "", "results": ""})
    raw = "key,area\n0512,苏州\n0512,twice\n021\n".encode()
    answer = browser.post("/sources/register/upload", {"file": (io.BytesIO(raw), "areas.csv")})
    assert answer.status_code == 200
    assert "第 3 行：键重复" in answer.text
    assert "第 4 行：列数与首行不符" in answer.text
    assert "苏州" in browser.post("/sources/register/try", {"parameters": "key = 0512"}).text
    assert "未查到数据" in browser.post("/sources/register/try", {"parameters": "key = 021"}).text
    assert [entry.action for entry in actions(database)][1:] == ["source.upload", "source.try", "source.try"]


def test_a_file_that_is_no_table_changes_nothing(browse, database):
    browser = browse("root")
    browser.post("/sources/new", {**HTTP, "kind": "table"})
    answer = browser.post(
        "/sources/register/upload", {"file": (io.BytesIO(b"key\n1\n"), "x.csv")}, follow_redirects=True
    )
    assert "首行须为列名" in answer.text
    assert len(actions(database)) == 1


def test_a_database_is_tried(browse, tmp_path):
    with sqlite3.connect(tmp_path / "tax.db") as tax:
        tax.execute("CREATE TABLE t (number TEXT, name TEXT)")
        tax.execute("INSERT INTO t VALUES ('3205', '李')")
    tax.close()
    browser = browse("root")
    source = {"kind": "sql", "address": f"sqlite:///{tmp_path}/tax.db", "results": "", "headers": ""}
    query = "SELECT name FROM t WHERE number = :number"
    assert browser.post("/sources/new", {**HTTP, **source, "query": query}).status_code == 302
    assert "李" in browser.post("/sources/register/try", {"parameters": "number=3205"}).text


def test_a_source_in_a_private_network_is_refused_and_the_page_says_why(browse):
    browser = browse("root")
    browser.post("/sources/new", {**HTTP, "address": "http://127.0.0.1:9/"})
    assert "private network" in browser.post("/sources/register/try", {"parameters": ""}).text


def test_a_source_is_deleted(browse, database):
    browser = browse("root")
    browser.post("/sources/new", HTTP)
    assert browser.post("/sources/register/delete").status_code == 302
    with database.read() as db:
        assert db.scalar(select(DataSource)) is None


@pytest.mark.parametrize("login", ["8001", "8018"])
def test_others_than_administrators_see_nothing_of_it(browse, login):
    assert browse(login).get("/sources/").status_code == 403
