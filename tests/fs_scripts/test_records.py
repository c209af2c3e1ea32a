import os
import time
from pathlib import Path

import pytest
from sqlalchemy import func, select

from fs_scripts.records import import_spool
from hotline.store.db import DatabaseAway, open_database
from hotline.store.models import CallRecord, RejectedRecord
from hotline.store.records import ImportReport

PAYLOADS = Path(__file__).parents[1] / "store" / "payloads"
CALLER_LEG = (PAYLOADS / "cdr_caller_leg.json").read_bytes()


@pytest.fixture
def spool(tmp_path):
    folder = tmp_path / "cdr"
    folder.mkdir()
    return folder


def put(spool, name, content, *, age=60.0):
    path = spool / name
    path.write_bytes(content)
    stamp = time.time() - age
    os.utime(path, (stamp, stamp))
    return path


def leg(number) -> bytes:
    return CALLER_LEG.replace(b'"uuid":"cc3b7e82-aa93-447d-a04f-87d629712b40"', b'"uuid":"leg-%d"' % number)


def files(spool, folder):
    return sorted(path.name for path in (spool / folder).glob("*/*"))


def count(database, model):
    with database.read() as session:
        return session.scalar(select(func.count()).select_from(model))


def test_finished_files_are_taken_in_and_put_away(database, spool):
    for n in range(120):
        put(spool, f"a_{n}.cdr.json", leg(n))

    assert import_spool(database, spool) == ImportReport(added=120)
    assert count(database, CallRecord) == 120
    assert [path for path in spool.iterdir() if path.is_file()] == []
    assert len(files(spool, "done")) == 120


def test_a_broken_file_is_set_aside_and_listed_and_stops_no_other(database, spool):
    put(spool, "bad.cdr.json", b"{broken", age=90)
    put(spool, "good.cdr.json", leg(1))

    assert import_spool(database, spool) == ImportReport(added=1, rejected=1)
    assert (files(spool, "broken"), files(spool, "done")) == (["bad.cdr.json"], ["good.cdr.json"])
    with database.read() as session:
        row = session.scalars(select(RejectedRecord)).one()
    assert (row.source, row.reason) == ("bad.cdr.json", "not_json")


def test_a_file_that_is_still_being_written_is_left_alone(database, spool):
    path = put(spool, "new.cdr.json", CALLER_LEG[:100], age=0)

    assert import_spool(database, spool) == ImportReport()
    assert path.exists()

    path.write_bytes(CALLER_LEG)
    os.utime(path, (0, time.time() - 10))
    assert import_spool(database, spool) == ImportReport(added=1)


def test_a_record_that_came_over_http_as_well_is_put_away_and_changes_nothing(database, spool):
    put(spool, "a.cdr.json", leg(1))
    import_spool(database, spool)
    put(spool, "a.cdr.json", leg(1))

    assert import_spool(database, spool) == ImportReport(known=1)
    assert files(spool, "done") == ["a.cdr.2.json", "a.cdr.json"]
    assert count(database, CallRecord) == 1


def test_files_of_lines_are_taken_and_other_files_are_not_touched(database, spool):
    put(spool, "many.jsonl", b"\n".join([leg(1), b"x", leg(2)]))
    put(spool, "worthless.ndjson", b"x\ny\n")
    note = put(spool, "readme.txt", b"not a record")

    assert import_spool(database, spool) == ImportReport(added=2, rejected=3)
    assert (files(spool, "done"), files(spool, "broken")) == (["many.jsonl"], ["worthless.ndjson"])
    assert note.exists()


def test_while_the_database_is_away_the_files_stay(database, spool, tmp_path):
    put(spool, "a.cdr.json", leg(1))
    nowhere = open_database(f"sqlite:///{tmp_path}/missing/hotline.db")

    with pytest.raises(DatabaseAway):
        import_spool(nowhere, spool)

    assert (spool / "a.cdr.json").exists()
    assert import_spool(database, spool) == ImportReport(added=1)


def test_what_was_taken_in_a_week_ago_is_deleted_and_what_was_broken_is_kept(database, spool):
    put(spool, "old.cdr.json", leg(1), age=8 * 86_400)
    put(spool, "old-broken.cdr.json", b"x", age=8 * 86_400)
    put(spool, "new.cdr.json", leg(2))

    import_spool(database, spool)

    assert files(spool, "done") == ["new.cdr.json"]
    assert files(spool, "broken") == ["old-broken.cdr.json"]


def test_a_link_out_of_the_folder_is_not_followed(database, spool, tmp_path):
    secret = put(tmp_path, "secret.json", leg(1))
    (spool / "link.json").symlink_to(secret)

    assert import_spool(database, spool) == ImportReport()


def test_a_folder_that_is_not_there_is_nothing_to_do(database, tmp_path):
    assert import_spool(database, tmp_path / "none") == ImportReport()
