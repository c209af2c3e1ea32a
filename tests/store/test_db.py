import threading
from collections.abc import Iterator

import pytest
from sqlalchemy import text
from sqlalchemy.exc import IntegrityError

from hotline.store import migrate
from hotline.store.db import BadDatabaseUrl, Database, DatabaseAway, open_database
from hotline.store.models import Setting


@pytest.fixture
def sqlite_database(tmp_path) -> Iterator[Database]:
    """SQLite whatever the run uses: only there does a writer wait outside the driver."""
    url = f"sqlite:///{tmp_path}/hotline.db"
    migrate.upgrade(url)
    opened = open_database(url)
    yield opened
    opened.close()


def count_settings(database: Database) -> int:
    with database.read() as session:
        return session.query(Setting).count()


def test_what_was_written_is_read_back(database):
    database.write(lambda session: session.add(Setting(key="greeting", value={"text": "您好"})))

    with database.read() as session:
        assert session.get(Setting, "greeting").value == {"text": "您好"}


def test_a_change_that_raises_leaves_nothing_behind(database):
    def change(session):
        session.add(Setting(key="half", value=1))
        session.flush()
        raise ValueError("stop")

    with pytest.raises(ValueError, match="stop"):
        database.write(change)

    assert count_settings(database) == 0


def test_a_writer_who_meets_sqlites_lock_sleeps_outside_the_driver_and_tries_again(sqlite_database):
    holder = sqlite_database.engine.raw_connection()
    holder.driver_connection.execute("BEGIN IMMEDIATE")
    slept = []

    def let_go(seconds):
        slept.append(seconds)
        if len(slept) == 3:
            holder.driver_connection.execute("ROLLBACK")

    patient = Database(sqlite_database.engine, sleep=let_go)
    patient.write(lambda session: session.add(Setting(key="late", value=1)))
    holder.close()

    assert len(slept) == 3
    assert count_settings(sqlite_database) == 1


def test_a_lock_that_is_never_given_back_is_an_error_in_time(sqlite_database):
    holder = sqlite_database.engine.raw_connection()
    holder.driver_connection.execute("BEGIN IMMEDIATE")

    with pytest.raises(DatabaseAway, match=r"no write was possible for 0\.05 s"):
        sqlite_database.write(lambda session: session.add(Setting(key="never", value=1)), timeout=0.05)
    holder.driver_connection.execute("ROLLBACK")
    holder.close()


def test_writers_in_many_threads_all_get_their_turn(database):
    database.write(lambda session: session.add(Setting(key="n", value=0)))

    def count_up(session):
        # Locked on read where the database locks rows, by the write transaction itself on SQLite.
        row = session.get(Setting, "n", with_for_update=True)
        row.value += 1

    threads = [threading.Thread(target=lambda: database.write(count_up)) for _ in range(20)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(20)

    with database.read() as session:
        assert session.get(Setting, "n").value == 20


def test_foreign_keys_are_enforced(database):
    with pytest.raises(IntegrityError):
        database.write(
            lambda session: session.execute(
                text("INSERT INTO agent_groups (code, name, organisation_id) VALUES ('x', 'x', 99)")
            )
        )


def test_a_missing_folder_is_reported_as_the_database_being_away(tmp_path):
    database = open_database(f"sqlite:///{tmp_path}/nowhere/hotline.db")

    with pytest.raises(DatabaseAway, match="unable to open database file"):
        database.ping()


def test_a_server_that_does_not_answer_is_away_and_its_password_is_not_shown():
    database = open_database("mysql+pymysql://hotline:s3cret@127.0.0.1:1/hotline")

    with pytest.raises(DatabaseAway) as raised:
        database.ping()

    assert "s3cret" not in str(raised.value)
    assert "127.0.0.1" in str(raised.value)


@pytest.mark.parametrize(
    ("url", "says"),
    [
        ("postgresql://localhost/x", "postgresql"),
        ("sqlite://", "file"),
        ("sqlite:///:memory:", "file"),
        ("what?", "cannot be used"),
        ("mysql+mysqldb://localhost/x", "mysql"),
    ],
)
def test_a_url_that_cannot_work_is_refused_at_once(url, says):
    with pytest.raises(BadDatabaseUrl, match=says):
        open_database(url)
