"""Working hours, holidays and the switches in the console."""

import io
from datetime import date

import pytest
from sqlalchemy import delete, select

from hotline.domain.calendar import SpecialDay, parse_hours
from hotline.live.messages import ReloadConfiguration
from hotline.store.models import AuditEntry, CalendarDay
from hotline.store.queries.calendar import load_calendar, put_day
from hotline.store.queries.settings import get_setting
from tests.webadmin import cast

WEEK = {f"day_{number}": "09:00-17:00" for number in range(1, 6)} | {
    "day_6": "",
    "day_7": "",
    "make_up": "09:00-17:00",
}


@pytest.fixture
def admin(browse):
    return browse("root")


def days(database):
    with database.read() as session:
        rows = session.scalars(select(CalendarDay).order_by(CalendarDay.day))
        return [(str(row.day), row.kind, row.name, row.hours) for row in rows]


def is_open(database, at):
    with database.read() as session:
        return load_calendar(session).is_open(at).open


def audited(database):
    with database.read() as session:
        return [
            entry.action
            for entry in session.scalars(select(AuditEntry))
            if entry.action.startswith("calendar")
        ]


def test_the_page_says_whether_the_hotline_is_open_and_until_when(admin):
    page = admin.get("/calendar/").text
    assert "开放中" in page
    assert "至 2025-11-24 17:00" in page


def test_weekly_hours_are_saved_and_told_to_the_call_side(admin, database, bus):
    assert is_open(database, cast.NOW)
    answer = admin.post("/calendar/hours", WEEK | {"day_1": "13:00-17:00，18:00-20:00"})
    assert answer.status_code == 302, answer.text
    assert not is_open(database, cast.NOW)
    assert is_open(database, cast.NOW + 8 * 3600)
    assert bus.asked == [ReloadConfiguration(by="root", parts=("calendar",))]
    assert audited(database) == ["calendar.hours"]


@pytest.mark.parametrize("hours", ["nine to five", "09:00-25:00", "17:00-09:00", "09:00-12:00, 11:00-13:00"])
def test_hours_that_make_no_sense_are_told_at_their_day(admin, database, hours):
    answer = admin.post("/calendar/hours", WEEK | {"day_3": hours})
    assert answer.status_code == 422
    assert "无法识别" in answer.text
    assert hours in answer.text
    with database.read() as session:
        assert get_setting(session, "calendar.hours", default=None) is None


def test_a_day_is_added_changed_and_deleted(admin, database):
    day = {"day": "2025-11-24", "kind": "holiday", "name": "放假", "hours": ""}
    admin.post("/calendar/days", day)
    assert not is_open(database, cast.NOW)
    admin.post("/calendar/days", day | {"kind": "special", "name": "半天", "hours": "09:00-12:00"})
    assert days(database) == [("2025-11-24", "special", "半天", "09:00-12:00")]
    assert "半天" in admin.get("/calendar/?edit=2025-11-24").text.split('id="day-form"')[1]
    admin.post("/calendar/days/2025-11-24/delete")
    assert days(database) == []
    assert audited(database) == ["calendar.day", "calendar.day", "calendar.delete_day"]


@pytest.mark.parametrize(
    ("changed", "said"),
    [
        ({"day": "tomorrow"}, "不是日期"),
        ({"name": ""}, "请填写"),
        ({"hours": "09:00-12:00"}, "只有特殊日期可以单独填写时间"),
        ({"kind": "special", "hours": "always"}, "无法识别"),
    ],
)
def test_a_day_that_makes_no_sense_is_told_at_its_field(admin, database, changed, said):
    day = {"day": "2026-10-01", "kind": "holiday", "name": "国庆节", "hours": ""} | changed
    answer = admin.post("/calendar/days", day)
    assert answer.status_code == 422
    assert said in answer.text
    assert days(database) == []


@pytest.mark.parametrize("path", ["/calendar/days/never/delete", "/calendar/days/2026-01-01/delete"])
def test_what_is_not_there_is_not_found(admin, path):
    assert admin.post(path).status_code == 404


def test_days_come_in_from_a_file_and_bad_rows_are_set_aside_with_the_reason(admin, database):
    table = (
        "日期,类型,名称,时间\n"
        "2026-10-01,节假日,国庆节,\n"
        "2026/10/10,调休,国庆节调休,\n"
        "2026-12-31,特殊,年终,09:00-12:00\n"
        "\n"
        "2026-13-01,节假日,没有这天,\n"
        "2026-10-02,生日,不认识,\n"
        "2026-10-01,节假日,又一次,\n"
    )
    answer = admin.post("/calendar/import", {"file": (io.BytesIO(table.encode("gb18030")), "days.csv")})
    assert answer.status_code == 422
    for said in ("2026-13-01 不是日期", "生日 不是日期类型", "日期重复", "days.csv 中有 3 行未导入"):
        assert said in answer.text
    assert [row[0] for row in days(database)] == ["2026-10-01", "2026-10-10", "2026-12-31"]
    assert audited(database) == ["calendar.import"]


def test_what_was_exported_is_imported_again(admin, database):
    database.write(lambda session: put_day(session, SpecialDay(date(2026, 10, 1), "holiday", "国庆节")))
    before = days(database)
    exported = admin.get("/calendar/export.csv").data
    database.write(lambda session: session.delete(session.scalar(select(CalendarDay))))
    answer = admin.post("/calendar/import", {"file": (io.BytesIO(exported), "calendar.csv")})
    assert answer.status_code == 302, answer.text
    assert days(database) == before


@pytest.mark.parametrize("form", ["csv", "json"])
def test_either_form_keeps_all_of_a_day(admin, database, form):
    days_off = SpecialDay(date(2027, 10, 1), "holiday", "国庆节")
    half = SpecialDay(date(2026, 12, 31), "special", "年终", parse_hours("09:00-12:00"))
    database.write(lambda session: (put_day(session, days_off, provisional=True), put_day(session, half)))
    exported = admin.get(f"/calendar/export.{form}").data
    database.write(lambda session: session.execute(delete(CalendarDay)))
    answer = admin.post("/calendar/import", {"file": (io.BytesIO(exported), f"calendar.{form}")})
    assert answer.status_code == 302, answer.text
    assert days(database) == [
        ("2026-12-31", "special", "年终", "09:00-12:00"),
        ("2027-10-01", "holiday", "国庆节", ""),
    ]
    with database.read() as session:
        assert [
            row.provisional for row in session.scalars(select(CalendarDay).order_by(CalendarDay.day))
        ] == [
            False,
            True,
        ]


def test_bad_days_of_json_are_set_aside_and_the_good_ones_go_in(admin, database):
    body = """[{"date": "2026-10-01", "kind": "holiday", "name": "国庆节"}, 7,
               {"date": "2026-02-30", "kind": "holiday", "name": "没有这天"},
               {"date": "2026-10-10", "kind": "workday", "name": null}]"""
    answer = admin.post("/calendar/import", {"file": (io.BytesIO(body.encode()), "days.json")})
    assert answer.status_code == 422
    for said in ("每个日期应为", "2026-02-30 不是日期", "请填写名称", "days.json 中有 3 行未导入"):
        assert said in answer.text
    assert [row[0] for row in days(database)] == ["2026-10-01"]


@pytest.mark.parametrize(("body", "said"), [("{", "不是有效的 JSON"), ('{"rows": []}', "没有日期列表")])
def test_a_file_that_is_no_list_of_days_is_refused(admin, database, body, said):
    answer = admin.post("/calendar/import", {"file": (io.BytesIO(body.encode()), "days.json")})
    assert (answer.status_code, said in answer.text) == (422, True)
    assert days(database) == []


def test_the_year_shows_what_each_day_is_and_leads_to_its_form(admin, database):
    database.write(lambda session: put_day(session, SpecialDay(date(2025, 10, 1), "holiday", "国庆节")))
    database.write(lambda session: put_day(session, SpecialDay(date(2025, 10, 11), "workday", "调休")))
    page = admin.get("/calendar/").text
    assert 'class="year-day is-holiday" href="/calendar/?year=2025&amp;edit=2025-10-01#day-form"' in page
    assert 'title="2025-10-11 · 星期六 · 调休上班 · 调休 · 09:00-17:00"' in page
    assert 'class="year-day is-today"' in page
    assert page.count("year-day is-rest") == 103
    assert 'value="2025-10-02"' in admin.get("/calendar/?edit=2025-10-02").text.split('id="day-form"')[1]
    assert "year-day" in admin.get("/calendar/?year=2026").text


def test_who_may_not_change_the_calendar_sees_the_year_without_links(browse):
    page = browse("8001").get("/calendar/").text
    assert '<span class="year-day is-rest"' in page
    assert "edit=2025" not in page


@pytest.mark.parametrize("body", [b"", b"\x00\xff\xfe", b"a,b,c\n1,2,3\n"])
def test_a_file_that_is_no_table_of_days_is_refused(admin, database, body):
    answer = admin.post("/calendar/import", {"file": (io.BytesIO(body), "days.csv")})
    assert answer.status_code == 422
    assert "第一行应为列名" in answer.text
    assert days(database) == []


def test_always_open_overrules_hours_and_holidays(admin, database):
    night = cast.NOW + 12 * 3600
    assert not is_open(database, night)
    admin.post("/calendar/always-open", {"on": "yes"})
    assert is_open(database, night)


def test_a_lead_sees_the_calendar_but_changes_nothing(browse, database):
    browser = browse("8001")
    page = browser.get("/calendar/").text
    assert "每周工作时间" in page
    assert "/calendar/always-open" not in page
    assert browser.post("/calendar/hours", WEEK).status_code == 403
    assert browser.post("/calendar/always-open", {"on": "yes"}).status_code == 403
    assert browse("8018").get("/calendar/").status_code == 403
