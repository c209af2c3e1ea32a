"""The journal's way into the database through a process of its own, and what follows when that dies."""

import os
import signal
import subprocess
import sys
import time
from pathlib import Path

import gevent
import pytest
from sqlalchemy import select

from fs_scripts.bookkeeper import Bookkeeper
from fs_scripts.journal import Journal
from hotline import config
from hotline.domain.journal import Entry
from hotline.store import migrate, segment
from hotline.store.db import DatabaseAway, open_database
from hotline.store.models import JournalEntry


@pytest.fixture
def folder(home):
    return home / "spool" / "journal"


@pytest.fixture
def make_journal(folder, home):
    made = []

    def make(url):
        settings = config.load({"HOTLINE_HOME": str(home), "HOTLINE_DATABASE_URL": url}, home / "no.env")
        books = Bookkeeper(settings, folder)
        journal = Journal(folder, books, time.time, backoff=(0.05, 0.2), adopt_seconds=0.2)
        made.append(journal)
        journal.prepare()
        journal.start()
        return journal, books

    yield make
    for journal in made:
        journal.stop(5)


@pytest.fixture
def url(database):
    return database.url.render_as_string(hide_password=False)


def nodes(database):
    with database.read() as session:
        return sorted(row["node"] for row in session.scalars(select(JournalEntry.data)))


def until(condition, timeout=20.0):
    with gevent.Timeout(timeout):
        while not condition():
            gevent.sleep(0.02)


def alive(pid):
    """Whether the process is there and no zombie."""
    try:
        return Path(f"/proc/{pid}/stat").read_text().rsplit(")", 1)[1].split()[0] != "Z"
    except FileNotFoundError:
        return False


def test_entries_get_into_the_database_and_the_process_ends_with_the_journal(make_journal, database, url):
    journal, books = make_journal(url)
    assert alive(books.pid), "at once, and not only when there is something to bring in"
    for node in ("a", "b", "c"):
        journal.write("ivr.entered", node=node, interaction_id="i")
    assert journal.flush(20)
    assert nodes(database) == ["a", "b", "c"]
    assert journal.state().written == 3
    pid = books.pid
    assert alive(pid)
    assert journal.stop(5)
    assert not alive(pid)


def test_the_path_of_a_database_may_be_relative_to_the_working_folder(make_journal, tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    migrate.upgrade("sqlite:///relative.db")
    journal, _ = make_journal("sqlite:///relative.db")
    journal.write("ivr.entered", node="a")
    assert journal.flush(20)
    database = open_database(f"sqlite:///{tmp_path}/relative.db")
    assert nodes(database) == ["a"]
    database.close()


def test_a_machine_that_cannot_begin_a_process_keeps_no_call_side_from_answering(
    make_journal, database, url, monkeypatch
):
    def refused(*_args, **_kwargs):
        raise OSError("cannot allocate memory")

    with monkeypatch.context() as full:
        full.setattr("fs_scripts.bookkeeper.subprocess.Popen", refused)
        journal, books = make_journal(url)
        assert books.pid is None
        journal.write("ivr.entered", node="a")
    assert journal.flush(20)
    assert nodes(database) == ["a"]


def test_books_that_die_are_begun_again_and_every_entry_is_there_once(make_journal, database, url):
    journal, books = make_journal(url)
    for number in range(300):
        journal.write("ivr.entered", node=f"{number:04}")
        if number in {100, 200}:
            journal.flush(20)
            os.kill(books.pid, signal.SIGKILL)
    assert journal.flush(20)
    assert nodes(database) == [f"{number:04}" for number in range(300)]


def test_what_the_database_refuses_is_set_aside_and_counted(make_journal, database, url, folder):
    journal, _ = make_journal(url)
    journal.write("ivr.entered", node="good")
    journal.write("k" * 100_000, entry_id="e" * 100_000, node="too long for any column")
    journal.write("ivr.entered", node="good too")
    journal.flush(20)
    state = journal.state()
    assert (state.pending, state.written + state.refused) == (0, 3)
    assert {"good", "good too"} <= set(nodes(database))


def test_a_database_that_is_away_is_told_as_such(home, folder):
    settings = config.load(
        {"HOTLINE_HOME": str(home), "HOTLINE_DATABASE_URL": f"sqlite:///{home}/missing/hotline.db"},
        home / "no.env",
    )
    books = Bookkeeper(settings, folder)
    entry = Entry("1", 1.0, "ivr.entered", None, None, None, {"node": "a"})
    with pytest.raises(DatabaseAway):
        books.take([entry])
    (home / "missing").mkdir()
    migrate.upgrade(settings.database_url)
    assert books.take([entry]).written == 1
    books.close()
    database = open_database(settings.database_url)
    assert nodes(database) == ["a"]
    database.close()


def test_the_books_end_when_the_call_side_is_killed_and_the_next_one_brings_in_the_rest(
    make_journal, database, url, folder, home
):
    program = (
        "import gevent.monkey; gevent.monkey.patch_all()\n"
        "import sys, time, pathlib, gevent\n"
        "from fs_scripts.bookkeeper import Bookkeeper\n"
        "from fs_scripts.journal import Journal\n"
        "from hotline import config, logs\n"
        "logs.set_up('text', 'warning')\n"
        "home = pathlib.Path(sys.argv[1])\n"
        "settings = config.load({'HOTLINE_HOME': str(home), 'HOTLINE_DATABASE_URL': sys.argv[2]}, home / 'no.env')\n"
        "folder = home / 'spool' / 'journal'\n"
        "books = Bookkeeper(settings, folder)\n"
        "journal = Journal(folder, books, time.time)\n"
        "journal.start()\n"
        "for n in range(100000):\n"
        "    journal.write('ivr.entered', interaction_id=f'i-{n % 7}', node=f'{n:06}')\n"
        "    if n == 50: journal.flush(20)\n"
        "    print(books.pid, n, flush=True)\n"
        "    gevent.sleep(0.0005)\n"
    )
    told = pid = 0
    with subprocess.Popen(
        [sys.executable, "-c", program, str(home), url],
        stdout=subprocess.PIPE,
        env={**os.environ, "PYTHONPATH": os.getcwd()},  # noqa: PTH109 - the project, where pytest was started
    ) as process:
        for line in process.stdout:
            if line.endswith(b" 999\n"):
                process.send_signal(signal.SIGKILL)
            if line.endswith(b"\n"):
                pid, told = map(int, line.replace(b"None", b"0").split())
    until(lambda: not alive(pid))

    make_journal(url)
    until(lambda: segment.segments(folder) == [])
    written = [int(node) for node in nodes(database)]
    assert written == list(range(len(written))), "each once, none missing"
    assert len(written) > told
