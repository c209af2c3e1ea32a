"""Who may be called back, and when."""

from datetime import time

import pytest

from hotline.domain.callbacks import BadHours, callable_hours, callable_number, written_hours


@pytest.mark.parametrize(
    ("number", "dialled"),
    [
        ("13800138000", "13800138000"),
        ("+8613800138000", "13800138000"),
        ("8613800138000", "13800138000"),
        ("0086 512 53520000", "051253520000"),
        ("051253520000", "051253520000"),
        ("53520000", "53520000"),
        ("013800138000", "13800138000"),
        ("51253520000", "051253520000"),
        ("86 400 801 2366", "4008012366"),
        ("125800000", None),
        ("100861234567", None),
        ("110", None),
        ("12366", None),
        ("0085212345678", None),
        ("anonymous", None),
        ("13800138000;evil", None),
    ],
)
def test_only_subscribers_of_this_country_are_called_back(number, dialled):
    assert callable_number(number) == dialled


def test_hours_are_two_times_of_a_day():
    assert callable_hours("09:00-20:00") == (time(9), time(20))
    assert callable_hours("8:30 - 18:00") == (time(8, 30), time(18))
    assert written_hours((time(8, 30), time(18))) == "08:30-18:00"


@pytest.mark.parametrize(
    "text", ["", "9-20", "09:00", "20:00-09:00", "09:00-09:00", "09:00-24:00", "9:00-12:00-13:00"]
)
def test_what_is_no_span_of_a_day_is_refused(text):
    with pytest.raises(BadHours):
        callable_hours(text)
