"""Look-ups of calls: sources out of the store, asked within their time."""

import time

import gevent
import pytest
from gevent.pywsgi import WSGIServer

from fs_scripts.lookups import SourceLookUps
from hotline.domain.ivr.commands import LookUp
from hotline.store.base import from_epoch
from hotline.store.db import open_database
from hotline.store.migrate import upgrade
from hotline.store.queries.sources import replace_rows
from hotline.store.sources import DataSource
from hotline.store.vault import Vault

VAULT = Vault(bytes(32))
NOW = from_epoch(1_790_000_000.0)


@pytest.fixture
def database(database_url):
    upgrade(database_url)
    opened = open_database(database_url)
    yield opened
    opened.close()


def add(database, code: str, kind: str, rows=None, **fields):
    def work(db):
        source = DataSource(code=code, name=code, kind=kind, updated_by="test", updated_at=NOW, **fields)
        db.add(source)
        db.flush()
        if rows is not None:
            replace_rows(db, source, rows, by="test", at=NOW)

    database.write(work)


def asked(database, code: str, timeout: int = 2, vault: Vault = VAULT, **parameters: str):
    return SourceLookUps(database, vault).find(LookUp(code, parameters, timeout))


def test_a_row_of_a_table_is_found_by_its_key(database):
    add(database, "areas", "table", {"0512": {"area": "苏州"}, "021": {"area": "上海"}})
    answer = asked(database, "areas", key="0512")
    assert (answer.outcome, answer.values) == ("found", {"area": "苏州"})
    assert asked(database, "areas", key="10").outcome == "not_found"


def test_a_table_has_the_rows_that_were_uploaded_last(database):
    add(database, "areas", "table", {"0512": {"area": "苏州"}})

    def again(db):
        source = db.query(DataSource).one()
        replace_rows(db, source, {str(n): {"area": str(n)} for n in range(1200)}, by="test", at=NOW)

    database.write(again)
    assert asked(database, "areas", key="0512").outcome == "not_found"
    assert asked(database, "areas", key="1199").values == {"area": "1199"}


def test_a_source_that_is_not_there_or_not_active_fails(database):
    add(database, "off", "table", {"1": {"a": "b"}}, active=False)
    assert asked(database, "off", key="1").outcome == "failed"
    assert asked(database, "nothing").outcome == "failed"


def test_a_secret_that_cannot_be_opened_fails(database):
    add(database, "s", "table", {"1": {"a": "b"}}, sealed_secret=VAULT.seal("x"))
    assert asked(database, "s", key="1").outcome == "found"
    assert asked(database, "s", vault=Vault(b"k" * 32), key="1").outcome == "failed"


@pytest.fixture
def slow_service():
    """A service that takes its time, and how many have asked it."""

    def answer(environ, start):
        gevent.sleep(20)
        start("200 OK", [])
        return [b"{}"]

    server = WSGIServer(("127.0.0.1", 0), answer, log=None)
    server.start()
    yield f"http://127.0.0.1:{server.server_port}/"
    server.stop(0)


def test_a_slow_service_is_given_up_and_holds_up_nobody_else(database, slow_service):
    add(database, "slow", "http", address=slow_service, allow_private=True, timeout_s=1)
    add(database, "areas", "table", {"1": {"a": "b"}})
    begun = time.monotonic()
    waiting = gevent.spawn(asked, database, "slow", 1)
    gevent.sleep(0)
    assert asked(database, "areas", key="1").outcome == "found"
    assert time.monotonic() - begun < 1
    assert waiting.get(timeout=5).outcome == "failed"


def test_a_query_without_end_holds_up_nobody_else(database, tmp_path):
    endless = "WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n) SELECT max(i) FROM n"
    import sqlite3

    sqlite3.connect(tmp_path / "x.db").close()
    add(database, "endless", "sql", address=f"sqlite:///{tmp_path}/x.db", query=endless, timeout_s=1)
    waiting = gevent.spawn(asked, database, "endless", 1)
    turns = 0
    while not waiting.ready():
        gevent.sleep(0.01)
        turns += 1
    assert waiting.value.outcome == "failed"
    assert turns > 10
