"""The caller lists in the store."""

from datetime import timedelta

import pytest
from sqlalchemy import select

from hotline.domain.callers import Membership
from hotline.store.base import from_epoch, to_epoch
from hotline.store.errors import Conflict
from hotline.store.models import CallerEntry, Organisation
from hotline.store.queries import lists
from hotline.store.queries.access import EVERYTHING, Scope
from hotline.store.queries.lists import EntryDetails, EntryFilter
from hotline.store.queries.settings import set_setting

NOW = from_epoch(1_800_000_000.0)


@pytest.fixture
def offices(database):
    def add(session):
        session.add_all([Organisation(code="a", name="A"), Organisation(code="b", name="B")])
        set_setting(session, lists.AREA_CODE, "0512")

    database.write(add)
    return database


def put(database, *details, organisation=1):
    return database.write(lambda s: lists.put_entries(s, organisation, list(details), by="8001", now=NOW))


def found(database, scope=EVERYTHING, **wanted):
    with database.read() as session:
        return [e.number for e in session.scalars(lists.entries_matching(scope, EntryFilter(**wanted), NOW))]


def test_the_calls_get_what_is_valid_of_everybody(offices):
    put(offices, EntryDetails("vip", "13812345678", bonus=20), EntryDetails("black", "170", is_prefix=True))
    put(offices, EntryDetails("black", "13900000000", expires_at=NOW), organisation=2)
    put(offices, EntryDetails("black", "051253520000", expires_at=NOW + timedelta(hours=1)), organisation=2)
    with offices.read() as session:
        callers = lists.load_callers(session, NOW)
    assert len(callers) == 3
    assert callers.of("+8613812345678", to_epoch(NOW)) == Membership(vip=20)
    assert callers.of("53520000", to_epoch(NOW)).black
    assert not callers.of("53520000", to_epoch(NOW) + 3600).black
    assert callers.of("17012345678", to_epoch(NOW)).black


def test_all_of_many_entries_are_read_and_others_get_their_turn(offices):
    put(offices, *(EntryDetails("vip", f"138{n:08}") for n in range(lists.BATCH + 7)))
    turns = []
    with offices.read() as session:
        assert len(lists.load_callers(session, NOW, pause=lambda: turns.append(1))) == lists.BATCH + 7
    assert len(turns) == 2


def test_putting_entries_again_changes_them(offices):
    assert put(offices, EntryDetails("vip", "138", bonus=5), EntryDetails("vip", "139")) == 0
    assert put(offices, EntryDetails("vip", "138", bonus=9, note="局长"), EntryDetails("black", "138")) == 1
    with offices.read() as session:
        rows = session.scalars(select(CallerEntry).order_by(CallerEntry.id)).all()
    assert [(r.kind, r.number, r.bonus, r.note) for r in rows] == [
        ("vip", "138", 9, "局长"),
        ("vip", "139", 0, ""),
        ("black", "138", 0, ""),
    ]


def test_an_entry_is_there_once(offices):
    def add(session):
        lists.add_entry(session, 1, EntryDetails("vip", "138"), by="8001", now=NOW)

    offices.write(add)
    with pytest.raises(Conflict):
        offices.write(add)
    offices.write(lambda s: lists.add_entry(s, 2, EntryDetails("vip", "138"), by="9001", now=NOW) and None)
    put(offices, EntryDetails("vip", "139"))
    with pytest.raises(Conflict):
        offices.write(
            lambda s: lists.update_entry(
                s,
                s.scalars(select(CallerEntry).where(CallerEntry.number == "139")).one(),
                EntryDetails("vip", "138"),
            )
        )


def test_entries_are_found_by_kind_number_note_and_end(offices):
    put(
        offices,
        EntryDetails("vip", "13812345678", note="龙头企业"),
        EntryDetails("black", "13900000000", expires_at=NOW),
        EntryDetails("white", "051253520000"),
    )
    assert found(offices) == ["051253520000", "13900000000", "13812345678"]
    assert found(offices, kind="vip") == ["13812345678"]
    assert found(offices, text="0000") == ["051253520000", "13900000000"]
    assert found(offices, text="企业") == ["13812345678"]
    assert found(offices, text="%") == []
    assert found(offices, expired=True) == ["13900000000"]
    assert "13900000000" not in found(offices, expired=False)


def test_what_others_own_is_neither_found_nor_deleted(offices):
    put(offices, EntryDetails("vip", "1"), organisation=1)
    put(offices, EntryDetails("vip", "2"), organisation=2)
    own = Scope("organisation", frozenset({1}))
    assert found(offices, own) == ["1"]
    with offices.read() as session:
        ids = list(session.scalars(select(CallerEntry.id)))
    assert offices.write(lambda s: lists.delete_entries(s, own, ids)) == 1
    assert found(offices) == ["2"]


def test_every_change_is_noticed_by_the_version(offices):
    def version():
        with offices.read() as session:
            return lists.version(session)

    seen = [version()]
    put(offices, EntryDetails("vip", "1"))
    seen.append(version())
    offices.write(lambda s: lists.delete_entries(s, EVERYTHING, [1]))
    seen.append(version())
    assert seen == sorted(set(seen))
