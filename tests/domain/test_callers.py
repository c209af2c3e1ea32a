"""Which callers are preferred, refused or always let in."""

import time

import pytest

from hotline.domain.callers import NOBODY, CallerLists, ListEntry, Membership

NOW = 1_800_000_000.0


def test_a_number_is_found_however_the_carrier_writes_it():
    lists = CallerLists(
        [ListEntry("vip", "13812345678", bonus=20), ListEntry("black", "051253520000")], area="0512"
    )
    for written in ("13812345678", "+8613812345678", "013812345678"):
        assert lists.of(written, NOW) == Membership(vip=20)
    for written in ("53520000", "051253520000", "8651253520000"):
        assert lists.of(written, NOW) == Membership(black=True)
    assert lists.of("13812345679", NOW) is NOBODY


def test_a_beginning_takes_in_all_numbers_that_begin_so():
    lists = CallerLists(
        [ListEntry("black", "170", is_prefix=True), ListEntry("vip", "0512", is_prefix=True, bonus=5)]
    )
    assert lists.of("17012345678", NOW).black
    assert lists.of("051253520000", NOW).vip == 5
    assert lists.of("170", NOW).black
    assert lists.of("17", NOW) is NOBODY


def test_the_white_list_makes_exceptions_from_the_black_one():
    lists = CallerLists([ListEntry("black", "170", is_prefix=True), ListEntry("white", "17012345678")])
    assert lists.of("17012345678", NOW) == Membership(white=True, pardoned=True)
    assert lists.of("17012345679", NOW) == Membership(black=True)


def test_somebody_who_is_named_twice_gets_the_higher_bonus():
    lists = CallerLists(
        [ListEntry("vip", "138", is_prefix=True, bonus=30), ListEntry("vip", "13812345678", bonus=10)]
    )
    assert lists.of("13812345678", NOW).vip == 30


def test_an_entry_ends_at_its_instant():
    lists = CallerLists([ListEntry("black", "13812345678", expires_at=NOW)])
    assert lists.of("13812345678", NOW - 0.001).black
    assert not lists.of("13812345678", NOW).black


@pytest.mark.parametrize("withheld", ["", "anonymous", "Restricted"])
def test_whoever_withholds_the_number_is_on_no_list(withheld):
    assert CallerLists([ListEntry("black", "")]).of(withheld, NOW) is NOBODY


def test_a_hundred_thousand_entries_do_not_slow_down_a_call():
    lists = CallerLists(
        [ListEntry("vip", f"138{n:08}", bonus=1) for n in range(100_000)]
        + [ListEntry("black", f"05{n:02}", is_prefix=True) for n in range(100)]
    )
    assert len(lists) == 100_100
    begun = time.perf_counter()
    for n in range(1000):
        assert lists.of(f"138{n:08}", NOW).vip == 1
    assert time.perf_counter() - begun < 0.5
