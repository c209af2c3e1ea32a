"""The caller lists in the console."""

import io
from datetime import timedelta

import pytest
from sqlalchemy import select

from hotline.live.messages import ReloadConfiguration
from hotline.store.base import from_epoch
from hotline.store.models import AuditEntry, CallerEntry
from hotline.store.queries.lists import AREA_CODE, EntryDetails, put_entries
from hotline.store.queries.settings import set_setting
from tests.webadmin import cast

VIP = {"kind": "vip", "number": "+86 138-1234-5678", "bonus": "20", "until": "2025-12-31", "note": "重点企业"}


@pytest.fixture
def lead(browse, database):
    database.write(lambda session: set_setting(session, AREA_CODE, "0512"))
    return browse("8001")


def entries(database):
    with database.read() as session:
        rows = session.scalars(select(CallerEntry).order_by(CallerEntry.id))
        return [(row.kind, row.number, row.is_prefix, row.bonus, row.note) for row in rows]


def upload(browser, text, name="callers.csv"):
    return browser.post("/lists/import", {"file": (io.BytesIO(text.encode("gb18030")), name)})


def test_a_number_is_added_in_the_spelling_in_which_it_is_compared(lead, database, bus):
    assert lead.post("/lists/", VIP).status_code == 302
    assert entries(database) == [("vip", "13812345678", False, 20, "重点企业")]
    assert bus.asked == [ReloadConfiguration(by="8001", parts=("lists",))]
    with database.read() as session:
        entry = session.scalars(select(CallerEntry)).one()
        # The whole of the last day, in Shanghai.
        assert entry.expires_at.isoformat() == "2025-12-31T16:00:00+00:00"
        assert entry.organisation_id == 1
        assert session.scalars(select(AuditEntry.action).where(AuditEntry.object_type == "caller")).all() == [
            "list.add"
        ]
    page = lead.get("/lists/?kind=vip").text
    assert "13812345678" in page
    assert "2025-12-31" in page


def test_a_local_number_gets_the_area_code_and_a_star_makes_a_beginning(lead, database):
    lead.post("/lists/", VIP | {"kind": "black", "number": "53520000"})
    lead.post("/lists/", VIP | {"kind": "white", "number": "+86512*"})
    assert [row[:4] for row in entries(database)] == [
        ("black", "051253520000", False, 0),
        ("white", "0512", True, 0),
    ]


@pytest.mark.parametrize(
    ("changed", "said"),
    [
        ({"number": "Lisa"}, "不是电话号码"),
        ({"number": "1*"}, "号段至少两位数字"),
        ({"number": ""}, "请填写"),
        ({"bonus": "200"}, "1 到 100 的整数"),
        ({"bonus": "lot"}, "1 到 100 的整数"),
        ({"until": "soon"}, "不是日期"),
        ({"kind": "grey"}, "is-invalid"),
    ],
)
def test_what_is_no_entry_is_told_at_its_field(lead, database, changed, said):
    answer = lead.post("/lists/", VIP | changed)
    assert answer.status_code == 422
    assert said in answer.text
    assert entries(database) == []


def test_a_number_is_on_a_list_once(lead):
    lead.post("/lists/", VIP)
    again = lead.post("/lists/", VIP | {"number": "013812345678"})
    assert again.status_code == 422
    assert "该值已被使用" in again.text


def test_an_entry_is_changed_and_removed(lead, database):
    lead.post("/lists/", VIP)
    form = lead.get("/lists/1/edit").text
    assert 'value="2025-12-31"' in form
    lead.post("/lists/1/edit", VIP | {"kind": "white", "until": ""})
    assert entries(database) == [("white", "13812345678", False, 0, "重点企业")]
    lead.post("/lists/delete", {"id": ["1"]})
    assert entries(database) == []


def test_entries_are_searched_and_expired_ones_marked(lead, database):
    now = from_epoch(cast.NOW)

    def add(session):
        old = EntryDetails("black", "17012345678", expires_at=now - timedelta(days=1))
        put_entries(session, 1, [old, EntryDetails("vip", "13812345678", bonus=5)], by="8001", now=now)

    database.write(add)
    assert "13812345678" not in lead.get("/lists/?q=170").text
    assert "已过期" in lead.get("/lists/?expired=yes").text
    assert "17012345678" not in lead.get("/lists/?expired=no").text


def test_good_rows_of_a_file_come_in_and_bad_ones_are_set_aside_with_the_reason(lead, database):
    table = (
        "名单,号码,优先级加成,有效期至,备注\n"
        "VIP,13812345678,30,2026-12-31,重点企业\n"
        "黑名单,170*,,,骚扰\n"
        "\n"
        "灰名单,13900000000,,,\n"
        "白名单,不知道,,,\n"
        "VIP,+8613812345678,5,,又一次\n"
    )
    answer = upload(lead, table)
    assert answer.status_code == 422
    for said in (
        "灰名单 不是名单类型",
        "不知道 不是电话号码",
        "号码在文件中重复",
        "callers.csv 中有 3 行未导入",
    ):
        assert said in answer.text
    assert entries(database) == [
        ("vip", "13812345678", False, 30, "重点企业"),
        ("black", "170", True, 0, "骚扰"),
    ]


def test_what_was_exported_is_imported_again(lead, database):
    lead.post("/lists/", VIP)
    lead.post("/lists/", VIP | {"kind": "black", "number": "0512*", "note": "=1+1"})
    before = entries(database)
    exported = lead.get("/lists/export.csv").data
    lead.post("/lists/delete", {"id": ["1", "2"]})
    answer = lead.post("/lists/import", {"file": (io.BytesIO(exported), "callers.csv")})
    assert answer.status_code == 302, answer.text
    assert sorted(row[:4] for row in entries(database)) == sorted(row[:4] for row in before)


@pytest.mark.parametrize("body", ["", "a,b\n1,2\n"])
def test_a_file_without_the_columns_is_refused(lead, database, body):
    answer = upload(lead, body)
    assert answer.status_code == 422
    assert "第一行应为列名" in answer.text
    assert entries(database) == []


def test_lists_of_others_do_not_exist(lead, browse, database):
    browse("9001").post("/lists/", VIP)
    assert "13812345678" not in lead.get("/lists/").text
    assert lead.get("/lists/1/edit").status_code == 404
    lead.post("/lists/delete", {"id": ["1"]})
    assert len(entries(database)) == 1
    assert "13812345678" not in lead.get("/lists/export.csv").text


def test_a_deputy_sees_the_lists_and_an_agent_does_not(browse):
    assert browse("8002").get("/lists/").status_code == 200
    assert browse("8002").post("/lists/", VIP).status_code == 403
    assert browse("8018").get("/lists/").status_code == 403
