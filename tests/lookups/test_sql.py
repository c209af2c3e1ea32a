"""Asking a database."""

import contextlib
import sqlite3
import time

import pytest

from hotline.lookups import sql
from hotline.lookups.source import DataSource, LookUpFailed

QUERY = "SELECT name, balance, since FROM taxpayers WHERE number = :number"


def source(register, query: str = QUERY, **changes) -> DataSource:
    return DataSource("register", "Register", "sql", f"sqlite:///{register}", query, **changes)


def test_the_first_row_is_what_is_found_without_what_is_null(register):
    assert sql.ask(source(register), {"number": "3205"}, 2) == {"name": "李", "balance": "12.5"}
    assert sql.ask(source(register, results={"who": "name"}), {"number": "3205"}, 2) == {"who": "李"}


def test_no_row_is_nothing_found(register):
    assert sql.ask(source(register), {"number": "' OR 1=1 --"}, 2) is None
    assert sql.ask(source(register), {}, 2) is None


@pytest.mark.parametrize("query", ["DELETE FROM taxpayers", "SELECT * FROM nothing"])
def test_what_the_database_refuses_is_a_failure_and_nothing_is_written(register, query):
    with pytest.raises(LookUpFailed, match="refused"):
        sql.ask(source(register, query), {}, 2)
    with sqlite3.connect(register) as database:
        assert database.execute("SELECT count(*) FROM taxpayers").fetchone() == (1,)
    database.close()


def test_a_query_without_end_is_broken_off(register):
    endless = "WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n) SELECT max(i) FROM n"
    begun = time.monotonic()
    with pytest.raises(LookUpFailed, match="too slow"):
        sql.ask(source(register, endless), {}, 0.2)
    assert time.monotonic() - begun < 5


def test_a_file_that_is_not_there_is_not_made(tmp_path):
    with pytest.raises(LookUpFailed):
        sql.ask(source(tmp_path / "none.db"), {}, 1)
    assert not (tmp_path / "none.db").exists()


@pytest.mark.mariadb
def test_a_server_is_asked_read_only_and_within_the_time(mariadb_url):
    from sqlalchemy import create_engine, text
    from sqlalchemy.engine import make_url
    from sqlalchemy.pool import NullPool

    url = make_url(mariadb_url)
    engine = create_engine(url, poolclass=NullPool)
    with engine.begin() as connection:
        connection.execute(text("CREATE TABLE taxpayers (number VARCHAR(20), name VARCHAR(20))"))
        connection.execute(text("INSERT INTO taxpayers VALUES ('3205', 'Li')"))
    shown = url.set(password=None).render_as_string()

    def asking(query: str) -> DataSource:
        return DataSource(
            "register", "Register", "sql", shown, query, secret=url.password or "", allow_private=True
        )

    found = asking("SELECT name FROM taxpayers WHERE number = :number;")
    assert sql.ask(found, {"number": "3205"}, 2) == {"name": "Li"}
    assert sql.ask(found, {"number": "x"}, 2) is None
    for query in ("DELETE FROM taxpayers", "SELECT sleep(30)"):
        begun = time.monotonic()
        with contextlib.suppress(LookUpFailed):
            sql.ask(asking(query), {}, 0.5)
        assert time.monotonic() - begun < 10
    with engine.begin() as connection:
        assert connection.execute(text("SELECT count(*) FROM taxpayers")).scalar() == 1


def test_a_server_in_a_private_network_needs_to_be_allowed():
    asking = DataSource("x", "x", "sql", "mysql+pymysql://reader@127.0.0.1:9/tax", "SELECT 1")
    with pytest.raises(LookUpFailed, match="private network"):
        sql.ask(asking, {}, 1)
