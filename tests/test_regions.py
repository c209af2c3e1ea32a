"""The region of a caller's number."""

from __future__ import annotations

import pytest

from hotline.regions import Regions


@pytest.fixture(scope="module")
def regions() -> Regions:
    return Regions()


@pytest.mark.parametrize(
    ("number", "region"),
    [
        ("051253520000", "江苏省苏州市"),
        ("+8651253520000", "江苏省苏州市"),
        ("008651253520000", "江苏省苏州市"),
        ("01062345678", "北京市"),
        ("02162345678", "上海市"),
        ("13906240001", "江苏省苏州市"),
        ("013906240001", "江苏省苏州市"),
        ("+8613906240001", "江苏省苏州市"),
        ("057187654321", "浙江省杭州市"),
    ],
)
def test_a_number_has_the_region_that_it_was_issued_in(regions, number, region):
    assert regions.of(number) == region


@pytest.mark.parametrize(
    "number", ["", "anonymous", "53520000", "12366", "1000", "+12025550123", "0", "86", "8" * 40]
)
def test_a_number_without_an_area_has_none(regions, number):
    assert regions.of(number) == ""
