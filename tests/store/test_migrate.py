import pytest
from sqlalchemy import create_engine, inspect, text

from hotline.store import migrate
from hotline.store.db import DatabaseAway
from hotline.store.models import Base


def tables(url: str) -> set[str]:
    engine = create_engine(url)
    try:
        return set(inspect(engine).get_table_names())
    finally:
        engine.dispose()


def test_the_newest_schema_is_what_the_models_say(database_url):
    migrate.upgrade(database_url)

    assert migrate.differences(database_url) == []
    assert migrate.current(database_url) == migrate.head()
    assert tables(database_url) == set(Base.metadata.tables) | {"alembic_version"}


def test_every_step_goes_down_to_nothing_and_up_again(database_url):
    migrate.upgrade(database_url)
    migrate.downgrade(database_url, "base")

    assert tables(database_url) == {"alembic_version"}
    assert migrate.current(database_url) is None

    migrate.upgrade(database_url)
    assert migrate.differences(database_url) == []


def test_bringing_a_current_database_up_to_date_changes_nothing(database_url):
    migrate.upgrade(database_url)
    migrate.upgrade(database_url)

    assert migrate.current(database_url) == migrate.head()


def test_two_processes_that_start_together_make_one_schema(database_url):
    import threading

    failures = []

    def start():
        try:
            migrate.upgrade(database_url)
        except Exception as error:  # noqa: BLE001 - whatever happens in the thread is the test's failure
            failures.append(error)

    threads = [threading.Thread(target=start) for _ in range(3)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(30)

    assert failures == []
    assert migrate.differences(database_url) == []


def test_a_database_of_a_newer_version_is_refused_in_one_line(database_url):
    migrate.upgrade(database_url)
    engine = create_engine(database_url)
    with engine.begin() as connection:
        connection.execute(text("UPDATE alembic_version SET version_num = '9999'"))
    engine.dispose()

    with pytest.raises(migrate.UnknownSchema, match="9999"):
        migrate.upgrade(database_url)


def test_a_database_that_is_not_there_is_named(tmp_path):
    with pytest.raises(DatabaseAway, match="unable to open"):
        migrate.upgrade(f"sqlite:///{tmp_path}/nowhere/x.db")
