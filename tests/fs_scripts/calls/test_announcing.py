"""What a caller who waits is told, and that the waiting is told in whole minutes."""

import pytest

from fs_scripts.calls.announcing import WaitingSound
from fs_scripts.calls.speaking import Speaker
from hotline.domain.ivr.commands import Announce
from tests.fs_scripts.fakes.call import FakeCall
from tests.fs_scripts.fakes.clock import FakeClock
from tests.fs_scripts.fakes.prompts import FakePrompts


def told(place, seconds, **announce):
    """What an announcement plays to a caller in this place with this long to wait."""
    call, clock = FakeCall(), FakeClock()
    sound = WaitingSound(
        call.channel,
        Speaker(FakePrompts()),
        clock,
        Announce(every_s=30, **announce),
        lambda: place,
        lambda: seconds,
    )
    sound.join()
    sound.begin()
    clock.advance(30)
    sound.look()
    return call.played()[1:]


@pytest.mark.parametrize(
    ("seconds", "minutes"),
    [(0.0, "n1"), (59.0, "n1"), (61.0, "liang"), (120.0, "liang"), (601.0, "n11"), (3600.0, "n60")],
)
def test_the_expected_wait_is_told_in_whole_minutes(seconds, minutes):
    assert told(None, seconds, expected_wait=True) == [
        "queue_wait_minutes_pre",
        minutes,
        "queue_wait_minutes_post",
    ]


@pytest.mark.parametrize("seconds", [None, 3601.0])
def test_a_wait_that_nobody_can_tell_or_that_is_no_comfort_is_not_told(seconds):
    assert told(None, seconds, expected_wait=True) == []


def test_a_wait_is_told_only_where_the_flow_wants_it():
    assert told(1, 90.0, position=True) == ["queue_next"]
    assert told(3, 90.0, position=True, expected_wait=True) == [
        "queue_position_pre",
        "liang",
        "queue_position_post",
        "queue_wait_minutes_pre",
        "liang",
        "queue_wait_minutes_post",
    ]
