"""What every test has: gevent's patches, time-outs that reach the test, databases and Redis."""

from gevent import monkey

# Before any other import: the product runs patched, so the tests do.
monkey.patch_all()

import os
import shutil
from collections.abc import Callable, Iterator
from pathlib import Path
from uuid import uuid4

import gevent.hub
import pytest
import sqlalchemy

from hotline.store import migrate
from hotline.store.db import Database, open_database
from tools import services

# A time-out fires inside whatever greenlet runs at that moment, mostly the hub, which only prints what it
# does not know. Errors of this list it throws into the main greenlet, where the test waits.
gevent.hub.Hub.SYSTEM_ERROR = (*gevent.hub.Hub.SYSTEM_ERROR, pytest.fail.Exception)

MakeDatabase = Callable[[], str]

DATABASE_FIXTURES = {"database_url", "make_database"}


def pytest_addoption(parser: pytest.Parser) -> None:
    parser.addoption(
        "--database-tests-only",
        action="store_true",
        help="run only the tests that use a database (the second run, on MariaDB)",
    )


def pytest_collection_modifyitems(config: pytest.Config, items: list[pytest.Item]) -> None:
    if not config.getoption("--database-tests-only"):
        return
    kept, left = [], []
    for item in items:
        uses_database = DATABASE_FIXTURES & set(getattr(item, "fixturenames", ()))
        (kept if uses_database or item.get_closest_marker("mariadb") else left).append(item)
    items[:] = kept
    config.hook.pytest_deselected(items=left)


@pytest.fixture(scope="session")
def make_database(tmp_path_factory: pytest.TempPathFactory) -> Iterator[MakeDatabase]:
    """Give a function that makes an empty database and returns its SQLAlchemy URL.

    SQLite in a temporary directory, or a database of its own on the server that HOTLINE_TEST_DATABASE_URL
    names (`make test` starts one). All of them are dropped at the end of the session.
    """
    server = os.environ.get("HOTLINE_TEST_DATABASE_URL")
    if not server:
        folder = tmp_path_factory.mktemp("databases")
        yield lambda: f"sqlite:///{folder / uuid4().hex}.db"
        return
    yield from _databases_on(server)


@pytest.fixture
def database_url(make_database: MakeDatabase) -> str:
    """An empty database of this test's own: SQLite, or MariaDB in the second run."""
    return make_database()


@pytest.fixture
def database(database_url: str) -> Iterator[Database]:
    """An open database of this test's own, with the newest schema and no rows."""
    migrate.upgrade(database_url)
    opened = open_database(database_url)
    yield opened
    opened.close()


@pytest.fixture(scope="session")
def mariadb_server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """URL of a MariaDB server: the one that the run was given, or one of this session's own."""
    given = os.environ.get("HOTLINE_TEST_DATABASE_URL")
    if given:
        yield given
        return
    if not services.mariadb_found():
        pytest.skip("no MariaDB server is installed (make packages-test)")
    with services.mariadb(tmp_path_factory.mktemp("mariadb")) as url:
        yield url


@pytest.fixture
def mariadb_url(mariadb_server: str) -> Iterator[str]:
    """An empty MariaDB database of this test's own, for tests marked `mariadb`."""
    databases = _databases_on(mariadb_server)
    make = next(databases)
    yield make()
    next(databases, None)


@pytest.fixture(scope="session")
def redis_server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """URL of a Redis server: the one that the run was given, or one of this session's own."""
    given = os.environ.get("HOTLINE_TEST_REDIS_URL")
    if given:
        yield given
        return
    if not services.redis_found():
        pytest.skip("no Redis server is installed (make packages-test)")
    with services.redis(tmp_path_factory.mktemp("redis")) as url:
        yield url


@pytest.fixture
def redis_prefix() -> str:
    """A prefix for keys and channels: test processes share one Redis server."""
    return f"test-{uuid4().hex}:"


@pytest.fixture
def home(tmp_path: Path) -> Path:
    """An empty HOTLINE_HOME."""
    folder = tmp_path / "home"
    folder.mkdir()
    return folder


@pytest.fixture(scope="session")
def browser_type_launch_args(browser_type_launch_args: dict[str, object]) -> dict[str, object]:
    """Debian's Chromium instead of a download; it looks up nothing on the network."""
    chromium = shutil.which("chromium")
    if chromium is None:
        pytest.skip("no Chromium is installed (make packages-test)")
    quiet = ["--disable-background-networking", "--disable-component-update", "--disable-sync"]
    sandbox = ["--no-sandbox"] if os.geteuid() == 0 else []
    return {
        **browser_type_launch_args,
        "executable_path": chromium,
        "args": [*quiet, *sandbox, "--disable-gpu"],
    }


def _databases_on(server: str) -> Iterator[MakeDatabase]:
    """Yield a maker of databases on a MariaDB server; drop what it made when asked for the next value."""
    engine = sqlalchemy.create_engine(server, isolation_level="AUTOCOMMIT", poolclass=sqlalchemy.NullPool)
    made: list[str] = []

    def make() -> str:
        name = f"test_{uuid4().hex}"
        with engine.connect() as connection:
            connection.exec_driver_sql(f"CREATE DATABASE {name} CHARACTER SET utf8mb4")
        made.append(name)
        return engine.url.set(database=name).render_as_string(hide_password=False)

    yield make
    with engine.connect() as connection:
        for name in made:
            connection.exec_driver_sql(f"DROP DATABASE {name}")
    engine.dispose()
