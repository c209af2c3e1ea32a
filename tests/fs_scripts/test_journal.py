import itertools
import os
import signal
import subprocess
import sys
import time
from contextlib import contextmanager

import gevent
import pytest
from sqlalchemy import func, select

from fs_scripts.journal import Journal
from hotline.store import migrate, segment
from hotline.store.books import Books
from hotline.store.db import open_database
from hotline.store.models import Call, JournalEntry
from tools import services


@pytest.fixture
def folder(tmp_path):
    return tmp_path / "spool" / "journal"


@pytest.fixture
def make_journal(folder, database):
    made = []

    def make(db=database, **options):
        options.setdefault("backoff", (0.05, 0.2))
        options.setdefault("adopt_seconds", 0.2)
        journal = Journal(folder, Books(db, folder), time.time, **options)
        made.append(journal)
        return journal

    yield make
    for journal in made:
        journal.stop(5)


def nodes(database) -> list[str]:
    """What was written, in the order in which the database has it."""
    with database.read() as session:
        rows = session.scalars(select(JournalEntry.data).order_by(JournalEntry.id))
        return [row["node"] for row in rows]


def count(database) -> int:
    with database.read() as session:
        return session.scalar(select(func.count()).select_from(JournalEntry))


def until(condition, timeout=20.0):
    with gevent.Timeout(timeout):
        while not condition():
            gevent.sleep(0.02)


def test_what_is_written_is_in_the_database_a_moment_later_and_no_file_is_left(
    make_journal, database, folder
):
    journal = make_journal()
    journal.start()

    journal.write("call.started", interaction_id="i-1", caller="13800000000", called="12366", channel="c")
    journal.write("call.queued", interaction_id="i-1", queue="policy", position=1)

    assert journal.flush(5)
    with database.read() as session:
        call = session.get(Call, "i-1")
        assert (call.caller, call.queue_code) == ("13800000000", "policy")
    assert journal.stop(5)
    assert segment.segments(folder) == []


def test_a_line_is_on_disk_before_write_returns(make_journal, folder):
    journal = make_journal()

    journal.write("ivr.entered", interaction_id="i-1", node="menu")

    (path,) = segment.segments(folder)
    assert [entry.data for entry in segment.read(path, 0, 10).entries] == [{"node": "menu"}]


def test_the_order_of_writing_is_kept_over_many_segments(make_journal, database, folder):
    journal = make_journal(segment_bytes=2000)
    journal.start()

    for n in range(300):
        journal.write("ivr.entered", interaction_id="i-1", node=str(n))

    assert journal.flush(20)
    assert nodes(database) == [str(n) for n in range(300)]
    until(lambda: len(segment.segments(folder)) <= 1)


def test_what_a_stopped_journal_could_not_bring_in_is_brought_in_by_the_next(make_journal, database, folder):
    first = make_journal()
    for n in range(10):
        first.write("ivr.entered", interaction_id="i-1", node=str(n))
    first.stop(0.1)
    assert count(database) == 0

    second = make_journal()
    second.start()

    until(lambda: count(database) == 10)
    until(lambda: segment.segments(folder) == [])


def test_a_torn_last_line_of_a_dead_process_is_dropped_and_the_rest_is_kept(make_journal, database, folder):
    dead = make_journal()
    dead.write("ivr.entered", interaction_id="i-1", node="a")
    dead.stop(0.1)
    (path,) = segment.segments(folder)
    with path.open("ab") as file:
        file.write(b'{"id":"torn","at":1')

    journal = make_journal()
    journal.start()

    until(lambda: segment.segments(folder) == [])
    assert nodes(database) == ["a"]


def test_a_segment_that_is_read_twice_is_written_once(make_journal, database, folder):
    journal = make_journal()
    for n in range(10):
        journal.write("ivr.entered", interaction_id="i-1", node=str(n))
    (path,) = segment.segments(folder)
    copy = path.read_bytes()
    journal.start()
    assert journal.flush(5)
    # As if the process had died after the commit and before it removed the segment.
    (folder / "leftover.jsonl").write_bytes(copy)

    until(lambda: not (folder / "leftover.jsonl").exists())
    assert count(database) == 10


def test_an_entry_that_the_database_refuses_stops_no_other(make_journal, database, folder):
    if database.engine.dialect.name == "sqlite":
        database.engine.dispose()
        with database.engine.begin() as connection:
            connection.exec_driver_sql(
                "CREATE TRIGGER strict BEFORE INSERT ON journal WHEN length(NEW.kind) > 32 "
                "BEGIN SELECT RAISE(ABORT, 'too long'); END"
            )
    journal = make_journal()
    for n in range(20):
        journal.write("k" * 40 if n == 7 else "ivr.entered", interaction_id="i-1", node=str(n))
    journal.start()

    assert journal.flush(5)
    assert nodes(database) == [str(n) for n in range(20) if n != 7]
    assert journal.state().refused == 1
    assert b'"node":"7"' in (folder / "refused.lines").read_bytes()


def test_a_disk_that_takes_nothing_loses_nothing(make_journal, database, folder, monkeypatch):
    journal = make_journal()
    monkeypatch.setattr(
        segment.SegmentWriter,
        "append",
        lambda *_: (_ for _ in ()).throw(OSError(28, "No space left on device")),
    )
    journal.write("ivr.entered", interaction_id="i-1", node="kept in memory")
    monkeypatch.undo()
    journal.write("ivr.entered", interaction_id="i-1", node="on disk again")
    journal.start()

    assert journal.flush(5)
    assert sorted(nodes(database)) == ["kept in memory", "on disk again"]


def test_the_state_tells_how_far_the_database_is_behind(folder, database):
    now = itertools.count(1_800_000_000)
    journal = Journal(folder, Books(database, folder), lambda: float(next(now)))
    for _ in range(5):
        journal.write("ivr.entered", node="x")

    state = journal.state()
    assert (state.pending, state.lag, state.database_away) == (5, 5.0, False)

    journal.start()
    assert journal.stop(5)
    assert (journal.state().pending, journal.state().lag, journal.state().written) == (0, 0.0, 5)


def test_writing_never_waits_for_a_database_that_is_away(make_journal, tmp_path):
    nowhere = open_database(f"sqlite:///{tmp_path}/missing/hotline.db")
    journal = make_journal(nowhere)
    journal.start()
    journal.write("ivr.entered", node="first")
    until(lambda: journal.state().database_away)

    began = time.perf_counter()
    for n in range(1000):
        journal.write("ivr.entered", interaction_id="i", node=str(n))
    elapsed = time.perf_counter() - began

    assert elapsed < 1.0
    assert journal.state().pending == 1001
    assert not journal.flush(0.1)

    (tmp_path / "missing").mkdir()
    migrate.upgrade(f"sqlite:///{tmp_path}/missing/hotline.db")
    assert journal.flush(20)
    assert count(nowhere) == 1001
    nowhere.close()


def test_a_process_that_is_killed_in_the_middle_loses_nothing_that_it_wrote(make_journal, database, folder):
    program = (
        "import gevent.monkey; gevent.monkey.patch_all()\n"
        "import sys, time, pathlib, gevent\n"
        "from fs_scripts.journal import Journal\n"
        "from hotline.store.books import Books\n"
        "from hotline.store.db import open_database\n"
        "folder = pathlib.Path(sys.argv[1])\n"
        "journal = Journal(folder, Books(open_database(sys.argv[2]), folder), time.time)\n"
        "journal.start()\n"
        "for n in range(100000):\n"
        "    journal.write('ivr.entered', interaction_id=f'i-{n % 7}', node=str(n))\n"
        "    print(n, flush=True)\n"
        "    gevent.sleep(0.0005)\n"
    )
    url = database.url.render_as_string(hide_password=False)
    process = subprocess.Popen(
        [sys.executable, "-c", program, str(folder), url],
        stdout=subprocess.PIPE,
        env={**os.environ, "PYTHONPATH": os.getcwd()},  # noqa: PTH109 - the project, where pytest was started
    )
    with process:
        for line in process.stdout:
            if line == b"999\n":
                break
        until(lambda: count(database) > 0)
        process.send_signal(signal.SIGKILL)
        told = 999
        for line in process.stdout:
            if line.endswith(b"\n"):
                told = int(line)

    journal = make_journal()
    journal.start()
    until(lambda: segment.segments(folder) == [])

    written = sorted(map(int, nodes(database)))
    assert written == list(range(len(written))), "each once, none missing"
    assert len(written) > told


@contextmanager
def running_mariadb(folder, port):
    """MariaDB on a data folder that is there, so that it can be stopped and started again."""
    user = ["--user=root"] if os.geteuid() == 0 else []
    process = subprocess.Popen(
        [
            "/usr/sbin/mariadbd",
            "--no-defaults",
            *user,
            f"--datadir={folder / 'data'}",
            f"--port={port}",
            f"--socket={folder / 'again.sock'}",
            f"--pid-file={folder / 'again.pid'}",
            "--bind-address=127.0.0.1",
            "--skip-log-bin",
            "--innodb-buffer-pool-size=64M",
        ],
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
    )
    try:
        yield process
    finally:
        process.kill()
        process.wait(20)


@pytest.mark.mariadb
@pytest.mark.timeout(180)
def test_a_mariadb_that_is_killed_and_comes_back_has_every_entry_once(tmp_path, folder):
    if not services.mariadb_found():
        pytest.skip("no MariaDB server is installed (make packages-test)")
    data = tmp_path / "mariadb"
    with services.mariadb(data) as made:
        migrate.upgrade(made)
    port = services.free_port()
    database = open_database(made.replace(made.rpartition("@")[2].partition("/")[0], f"127.0.0.1:{port}"))
    journal = Journal(folder, Books(database, folder), time.time, backoff=(0.1, 0.5))
    journal.start()

    def answers():
        try:
            database.ping()
        except Exception:  # noqa: BLE001 - not yet, whatever the reason
            return False
        return True

    written = 0

    def keep_writing(number):
        nonlocal written
        for _ in range(number):
            journal.write("ivr.entered", interaction_id=f"i-{written % 5}", node=str(written))
            written += 1
            gevent.sleep(0.001)

    with running_mariadb(data, port):
        until(answers, 60)
        keep_writing(500)
        until(lambda: count(database) > 100)
    keep_writing(500)
    until(lambda: journal.state().database_away, 60)
    with running_mariadb(data, port):
        keep_writing(500)
        until(answers, 60)
        assert journal.flush(60)
        assert sorted(map(int, nodes(database))) == list(range(1500))
        assert journal.stop(10)
        database.close()
