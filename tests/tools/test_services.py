"""The throw-away servers that the other tests run on."""

from pathlib import Path

import pytest
import redis
import sqlalchemy

from tools import services


@pytest.mark.mariadb
def test_a_mariadb_database_takes_chinese_text_and_milliseconds(mariadb_url: str) -> None:
    engine = sqlalchemy.create_engine(mariadb_url)
    with engine.begin() as connection:
        connection.exec_driver_sql("CREATE TABLE t (name VARCHAR(20), at DATETIME(3))")
        connection.exec_driver_sql("INSERT INTO t VALUES ('政策咨询😀', '2026-11-24 03:00:00.123')")
        row = connection.exec_driver_sql("SELECT name, at FROM t").one()
    engine.dispose()

    assert row.name == "政策咨询😀"
    assert row.at.microsecond == 123_000


def test_each_test_has_a_database_of_its_own(make_database) -> None:
    first, second = make_database(), make_database()

    for url in (first, second):
        engine = sqlalchemy.create_engine(url)
        with engine.begin() as connection:
            connection.exec_driver_sql("CREATE TABLE only_here (id INTEGER)")
        engine.dispose()


def test_redis_answers(redis_server: str, redis_prefix: str) -> None:
    client = redis.Redis.from_url(redis_server)
    client.set(redis_prefix + "key", "value")

    assert client.get(redis_prefix + "key") == b"value"
    client.delete(redis_prefix + "key")
    client.close()


def test_a_server_that_does_not_start_is_reported_with_its_log(tmp_path: Path) -> None:
    log = tmp_path / "log"
    with (
        pytest.raises(services.ServiceError, match="no such thing"),
        services._running(["/bin/sh", "-c", "echo no such thing; exit 1"], log, lambda: False),
    ):
        pass
