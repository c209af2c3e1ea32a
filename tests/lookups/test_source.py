"""What may be wrong with a source, and tables that are uploaded."""

import pytest

from hotline.lookups import table
from hotline.lookups.asking import ask
from hotline.lookups.source import DataSource, faults


def wrong(**changes) -> set[tuple[str, str]]:
    return set(faults(DataSource("x", "x", **changes)))


HTTP = {"kind": "http", "address": "https://tax.example.cn/api/${number}?k=${key}"}
SQL = {"kind": "sql", "address": "mysql+pymysql://reader@db/tax", "query": "SELECT a FROM b WHERE c = :c"}


def test_a_source_that_is_right_has_no_faults():
    assert wrong(**HTTP, headers={"X-Key": "${secret}"}, results={"name": "a.b"}) == set()
    assert wrong(**SQL) == set()
    assert (
        wrong(kind="sql", address="sqlite:////data/tax.db", query="with x as (select 1) select * from x;")
        == set()
    )
    assert wrong(kind="table") == set()


@pytest.mark.parametrize(
    "address",
    [
        "",
        "ftp://tax.example.cn/",
        "https://${host}/",
        "https://tax.example.cn@evil.cn/",
        "https://tax.example.cn:x/",
        "https://tax.example.cn/${",
        "https://tax.example.cn/a b",
        "https://tax.example.cn\\@evil.cn/",
        "file:///etc/passwd",
        "http://[::1",
    ],
)
def test_an_address_must_name_one_host_for_good(address):
    assert ("address", "bad_address") in wrong(kind="http", address=address)


@pytest.mark.parametrize(
    ("changes", "fault"),
    [
        ({"kind": "ldap"}, ("kind", "bad_kind")),
        ({**HTTP, "timeout_s": 60}, ("timeout_s", "bad_timeout")),
        ({**HTTP, "results": {"a b": "c"}}, ("results", "bad_results")),
        ({**HTTP, "headers": {"X Key": "1"}}, ("headers", "bad_header")),
        ({**HTTP, "headers": {"X-Key": "1\r\nX: 2"}}, ("headers", "bad_header")),
        ({**HTTP, "headers": {"X-Key": "${number}"}}, ("headers", "bad_header")),
        ({**HTTP, "query": "${"}, ("query", "bad_body")),
        ({**SQL, "address": "postgresql://db/tax"}, ("address", "bad_database")),
        ({**SQL, "address": "no address"}, ("address", "bad_database")),
        ({**SQL, "address": "sqlite:///tax.db"}, ("address", "bad_database")),
        ({**SQL, "address": "mysql+pymysql:///tax"}, ("address", "bad_database")),
        ({**SQL, "address": "mysql+pymysql://reader:pw@db/tax"}, ("address", "password_in_address")),
        ({**SQL, "query": "DELETE FROM b"}, ("query", "bad_query")),
        ({**SQL, "query": "SELECT 1; DROP TABLE b"}, ("query", "bad_query")),
        ({**SQL, "query": "SELECT 1 INTO OUTFILE '/tmp/x'"}, ("query", "bad_query")),
        ({**SQL, "query": ""}, ("query", "bad_query")),
    ],
)
def test_each_fault_is_at_its_field(changes, fault):
    assert fault in wrong(**changes)


def test_a_table_is_read_and_its_bad_rows_are_set_aside_with_reasons():
    raw = "number,name,level\n1,Li,3\n,x,y\n1,Wang,2\n2,a\n3,{},5\n4,Zhao,1\n".format("x" * 501)
    found = table.read_table(raw.encode())
    assert found.rows == {"1": {"name": "Li", "level": "3"}, "4": {"name": "Zhao", "level": "1"}}
    assert [(bad.line, bad.code) for bad in found.bad] == [
        (3, "bad_key"),
        (4, "twice"),
        (5, "wrong_width"),
        (6, "too_long"),
    ]


def test_a_table_may_be_as_excel_writes_it_in_china():
    assert table.read_table("编号,name\r\n1,李\r\n".encode("gb18030")).rows == {"1": {"name": "李"}}
    assert table.read_table("编号,name\n1,李\n".encode("utf-8-sig")).rows == {"1": {"name": "李"}}


@pytest.mark.parametrize(
    ("raw", "code"),
    [
        (b"", "bad_header"),
        (b"number\n1\n", "bad_header"),
        ("number,姓名\n1,x\n".encode(), "bad_header"),
        (b"number,a,a\n1,2,3\n", "bad_header"),
        (b"\xff\xfe\x00\xff", "not_csv"),
        (b"x" * (table.MOST_BYTES + 1), "too_large"),
    ],
)
def test_what_is_no_table_is_refused(raw, code):
    with pytest.raises(table.BadTable) as caught:
        table.read_table(raw)
    assert caught.value.code == code


def test_a_table_is_asked_by_its_key():
    rows = {("areas", "0512"): {"area": "苏州", "level": "2"}}
    source = DataSource("areas", "Areas", "table")

    def find(code, key):
        return rows.get((code, key))

    assert ask(source, {"key": "0512"}, 1, find) == {"area": "苏州", "level": "2"}
    assert ask(source, {"key": "021"}, 1, find) is None
    assert ask(source, {}, 1, find) is None
