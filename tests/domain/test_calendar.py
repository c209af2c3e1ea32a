import datetime as dt
import math
from zoneinfo import ZoneInfo

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from hotline.domain.calendar import (
    ALWAYS_OPEN,
    Calendar,
    CalendarError,
    Hours,
    Span,
    SpecialDay,
    WorkingHours,
    format_hours,
    parse_hours,
)

# Time on a busy machine says nothing about the code.
patient = settings(deadline=None, suppress_health_check=[HealthCheck.too_slow])

SHANGHAI = ZoneInfo("Asia/Shanghai")

# The announced schedule of 2025: Spring Festival and National Day with their make-up workdays.
SCHEDULE_2025 = (
    *(SpecialDay(dt.date(2025, 1, 28) + dt.timedelta(days=n), "holiday", "春节") for n in range(8)),
    SpecialDay(dt.date(2025, 1, 26), "workday", "春节调休"),
    SpecialDay(dt.date(2025, 2, 8), "workday", "春节调休"),
    *(SpecialDay(dt.date(2025, 10, 1) + dt.timedelta(days=n), "holiday", "国庆节、中秋节") for n in range(8)),
    SpecialDay(dt.date(2025, 9, 28), "workday", "国庆节调休"),
    SpecialDay(dt.date(2025, 10, 11), "workday", "国庆节调休"),
)


def at(text: str) -> float:
    return dt.datetime.fromisoformat(text).replace(tzinfo=SHANGHAI).timestamp()


@pytest.fixture
def calendar() -> Calendar:
    return Calendar(days=SCHEDULE_2025)


def test_a_workday_is_open_from_nine_included_to_five_excluded(calendar: Calendar) -> None:
    assert not calendar.is_open(at("2025-03-05 08:59:59.999")).open
    assert calendar.is_open(at("2025-03-05 09:00")).open
    assert calendar.is_open(at("2025-03-05 16:59:59.999")).open
    assert not calendar.is_open(at("2025-03-05 17:00")).open


def test_the_answer_says_why(calendar: Calendar) -> None:
    assert calendar.is_open(at("2025-03-05 10:00")).reason == "working_hours"
    assert calendar.is_open(at("2025-03-05 20:00")).reason == "outside_hours"
    assert calendar.is_open(at("2025-03-08 10:00")).reason == "rest_day"


def test_a_holiday_on_a_weekday_is_closed_and_named(calendar: Calendar) -> None:
    state = calendar.is_open(at("2025-10-01 10:00"))
    assert (state.open, state.reason, state.holiday_name) == (False, "holiday", "国庆节、中秋节")


def test_a_make_up_sunday_is_open_and_is_no_holiday(calendar: Calendar) -> None:
    state = calendar.is_open(at("2025-09-28 10:00"))
    assert (state.open, state.reason, state.holiday_name, state.weekday) == (True, "make_up_workday", None, 7)


def test_a_make_up_workday_has_an_end_of_hours_too(calendar: Calendar) -> None:
    state = calendar.is_open(at("2025-09-28 18:00"))
    assert (state.open, state.reason) == (False, "outside_hours")


def test_a_holiday_starts_and_ends_at_local_midnight() -> None:
    calendar = Calendar(ALWAYS_OPEN, SCHEDULE_2025)
    assert calendar.is_open(at("2025-09-30 23:59:59.999")).open
    assert not calendar.is_open(at("2025-10-01 00:00")).open
    assert not calendar.is_open(at("2025-10-08 23:59:59.999")).open
    assert calendar.is_open(at("2025-10-09 00:00")).open


def test_the_next_change_before_a_holiday_leads_over_it(calendar: Calendar) -> None:
    assert calendar.is_open(at("2025-09-30 16:00")).next_change == at("2025-09-30 17:00")
    assert calendar.is_open(at("2025-09-30 17:00")).next_change == at("2025-10-09 09:00")


def test_the_next_change_before_spring_festival_stops_at_the_make_up_sunday(calendar: Calendar) -> None:
    assert calendar.is_open(at("2025-01-24 18:00")).next_change == at("2025-01-26 09:00")


def test_always_open_never_changes() -> None:
    state = Calendar(ALWAYS_OPEN).is_open(at("2025-03-08 03:00"))
    assert (state.open, state.next_change) == (True, math.inf)


def test_always_open_changes_at_the_next_holiday_over_many_touching_days() -> None:
    calendar = Calendar(ALWAYS_OPEN, SCHEDULE_2025)
    assert calendar.is_open(at("2025-03-05 03:00")).next_change == at("2025-10-01 00:00")


def test_hours_that_touch_at_midnight_are_one_stretch() -> None:
    late = WorkingHours(week=(parse_hours("20:00-24:00"), parse_hours("0:00-2:00"), (), (), (), (), ()))
    state = Calendar(late).is_open(at("2025-03-03 23:30"))
    assert (state.open, state.next_change) == (True, at("2025-03-04 02:00"))


def test_a_lunch_break_closes_and_opens_again() -> None:
    calendar = Calendar(WorkingHours(week=(parse_hours("9:00-12:00,13:30-17:00"),) * 7))
    assert calendar.is_open(at("2025-03-05 11:00")).next_change == at("2025-03-05 12:00")
    assert calendar.is_open(at("2025-03-05 12:00")).next_change == at("2025-03-05 13:30")


def test_never_open_never_changes() -> None:
    state = Calendar(WorkingHours(week=((),) * 7)).is_open(at("2025-03-05 12:00"))
    assert (state.open, state.next_change) == (False, math.inf)


def test_the_last_open_day_still_knows_when_it_ends() -> None:
    only = SpecialDay(dt.date(2025, 3, 5), "special", "拨测", parse_hours("10:00-11:00"))
    calendar = Calendar(WorkingHours(week=((),) * 7), [only])
    assert calendar.is_open(at("2025-03-05 10:30")).next_change == at("2025-03-05 11:00")


def test_a_special_day_has_hours_of_its_own(calendar: Calendar) -> None:
    campaign = SpecialDay(dt.date(2025, 3, 8), "special", "税收宣传", parse_hours("08:00-20:00"))
    state = Calendar(days=[campaign]).is_open(at("2025-03-08 19:59"))
    assert (state.open, state.reason, state.holiday_name) == (True, "special_day", None)


def test_the_zone_decides_the_day_and_not_the_machine() -> None:
    # 01:30 UTC on a Monday is 09:30 in Shanghai and still Sunday in New York.
    instant = dt.datetime(2025, 3, 3, 1, 30, tzinfo=dt.UTC).timestamp()
    assert Calendar().is_open(instant).open
    assert not Calendar(zone="America/New_York").is_open(instant).open


def test_hours_keep_to_the_wall_clock_over_a_change_to_daylight_saving() -> None:
    zone = ZoneInfo("Europe/Berlin")
    calendar = Calendar(WorkingHours(week=(parse_hours("9:00-17:00"),) * 7), zone="Europe/Berlin")
    before = dt.datetime(2025, 3, 29, 18, 0, tzinfo=zone).timestamp()
    assert calendar.is_open(before).next_change == dt.datetime(2025, 3, 30, 9, 0, tzinfo=zone).timestamp()


def test_two_rows_for_one_date_are_refused() -> None:
    day = dt.date(2025, 10, 1)
    with pytest.raises(CalendarError, match="2025-10-01 has two rows"):
        Calendar(days=[SpecialDay(day, "holiday", "国庆节"), SpecialDay(day, "workday", "调休")])


@pytest.mark.parametrize(
    "text", ["9-17", "09:00", "09:60-10:00", "17:00-09:00", "09:00-25:00", "9:00-12:00,11:00-17:00"]
)
def test_hours_that_make_no_sense_are_refused(text: str) -> None:
    with pytest.raises(CalendarError):
        parse_hours(text)


def test_a_holiday_cannot_carry_hours() -> None:
    with pytest.raises(CalendarError, match="only a special day"):
        SpecialDay(dt.date(2025, 10, 1), "holiday", "国庆节", parse_hours("9:00-10:00"))


def test_full_width_separators_of_a_chinese_keyboard_are_read() -> None:
    assert parse_hours("13:00\u201317:00\uff0c9:00-12:00") == (Span(540, 720), Span(780, 1020))


@st.composite
def any_hours(draw: st.DrawFn) -> Hours:
    marks = sorted(draw(st.sets(st.integers(0, 1440), max_size=6)))
    return tuple(Span(a, b) for a, b in zip(marks[::2], marks[1::2], strict=False))


@patient
@given(any_hours())
def test_hours_read_back_as_they_were_written(hours: Hours) -> None:
    assert parse_hours(format_hours(hours)) == hours


@patient
@given(
    week=st.tuples(*[any_hours()] * 7),
    holidays=st.sets(st.integers(0, 30), max_size=10),
    offset=st.floats(0, 20 * 86400),
)
def test_open_holds_until_the_next_change_and_flips_there(
    week: tuple[Hours, ...], holidays: set[int], offset: float
) -> None:
    first = dt.date(2025, 3, 1)
    rows = [SpecialDay(first + dt.timedelta(days=n), "holiday", "x") for n in holidays]
    calendar = Calendar(WorkingHours(week=week), rows)
    now = at("2025-03-01 00:00") + offset
    state = calendar.is_open(now)
    if math.isinf(state.next_change):
        return
    assert state.next_change > now
    assert calendar.is_open(state.next_change).open is not state.open
    for part in (0.25, 0.5, 0.999):
        assert calendar.is_open(now + (state.next_change - now) * part).open is state.open


def test_asking_again_gives_what_a_fresh_calendar_would_say(calendar: Calendar) -> None:
    days = ("09-26", "09-27", "09-28", "09-30", "10-01", "10-08", "10-09", "09-26")
    instants = [at(f"2025-{day} {hour:02}:00") for day in days for hour in (0, 8, 9, 12, 16, 17, 23)]

    for now in instants:
        assert calendar.is_open(now) == Calendar(days=SCHEDULE_2025).is_open(now)
