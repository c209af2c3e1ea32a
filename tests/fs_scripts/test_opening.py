"""The ACD hears of closing time when it comes, and of every change that people make."""

import datetime as dt
from dataclasses import replace
from zoneinfo import ZoneInfo

import pytest

from fs_scripts.opening import Opening
from hotline.domain.acd.events import CallableHours, OpeningChanged
from hotline.domain.emergency import Emergency, Plan
from tests.fs_scripts.fakes.centre import configuration
from tests.fs_scripts.fakes.clock import FakeClock
from tests.fs_scripts.waiting import until


def at(clock_time: str, day: str = "2026-11-27") -> float:
    """A Friday, unless another day is given."""
    return (
        dt.datetime.fromisoformat(f"{day}T{clock_time}").replace(tzinfo=ZoneInfo("Asia/Shanghai")).timestamp()
    )


@pytest.fixture
def told():
    return []


@pytest.fixture
def clock():
    return FakeClock(at("16:59"))


@pytest.fixture
def settings():
    return [replace(configuration(), always_open=False)]


@pytest.fixture
def opening(settings, told, clock):
    opening = Opening(lambda: settings[-1], told.append, clock)
    yield opening
    opening.stop()


def test_how_things_are_is_told_at_the_start_and_nothing_twice(opening, told):
    opening.start()
    opening.look()
    assert told == [OpeningChanged(True, False), CallableHours(True)]


def test_closing_time_is_told_when_it_comes(opening, told, clock):
    assert opening.look() == 60.0
    clock.advance(60)
    opening.look()
    assert told[-1] == OpeningChanged(False, False)


def test_it_looks_again_just_when_the_calendar_changes(opening, clock):
    clock.now = at("16:59:48")
    assert opening.look() == pytest.approx(12.0)


def test_an_emergency_is_told_as_soon_as_somebody_says_so(opening, told, settings):
    opening.start()
    settings.append(replace(settings[-1], closing_now=Emergency(Plan(""))))
    opening.changed()
    assert told[-1] == OpeningChanged(True, True)


def test_an_emergency_in_which_those_who_wait_are_served_sends_nobody_away(opening, told, settings):
    settings.append(replace(settings[-1], closing_now=Emergency(Plan("", waiting="serve"))))
    opening.look()
    assert told[0] == OpeningChanged(True, False)


def test_a_hotline_that_is_always_open_never_closes(opening, told, settings, clock):
    settings.append(replace(settings[-1], always_open=True))
    clock.now = at("03:00")
    opening.look()
    assert OpeningChanged(True, False) in told


@pytest.mark.parametrize(("time", "callable_now"), [("08:59", False), ("09:00", True), ("20:00", False)])
def test_customers_are_called_back_within_their_hours_only(opening, told, clock, time, callable_now):
    clock.now = at(time)
    opening.look()
    assert told[-1] == CallableHours(callable_now)


def test_a_calendar_that_fails_stops_nothing(opening, told, settings):
    opening.start()
    settings.append(None)
    with pytest.raises(AttributeError):
        opening.changed()
    settings.pop()
    settings.append(replace(settings[-1], closing_now=Emergency(Plan(""))))
    opening._again.set()
    until(lambda: told[-1] == OpeningChanged(True, True))
