"""What every test has: gevent's patches, time-outs that reach the test, databases and Redis."""

from gevent import monkey

# Before any other import: the product runs patched, so the tests do.
monkey.patch_all()

import gc
import os
import shutil
from collections.abc import Callable, Iterator
from pathlib import Path
from uuid import uuid4

import gevent.hub
import pytest

from hotline.store import migrate
from hotline.store.db import Database, open_database
from tests.databases import Databases, MariadbDatabases, SqliteDatabases
from tools import services

# A time-out fires inside whatever greenlet runs at that moment, mostly the hub, which only prints what it
# does not know. Errors of this list it throws into the main greenlet, where the test waits.
gevent.hub.Hub.SYSTEM_ERROR = (*gevent.hub.Hub.SYSTEM_ERROR, pytest.fail.Exception)

MakeDatabase = Callable[[], str]

DATABASE_FIXTURES = {"database_url", "databases", "make_database"}


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


def pytest_collection_finish() -> None:
    """What was imported stays: the collector need not look at it again and again while tests run."""
    gc.collect()
    gc.freeze()


@pytest.fixture(scope="session")
def databases(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Databases]:
    """Where the databases of a session's tests come from.

    SQLite in a temporary directory, or the server that HOTLINE_TEST_DATABASE_URL names (`make test` starts
    one). All of them are dropped at the end of the session.
    """
    server = os.environ.get("HOTLINE_TEST_DATABASE_URL")
    if not server:
        yield SqliteDatabases(tmp_path_factory.mktemp("databases"))
        return
    made = MariadbDatabases(server)
    yield made
    made.close()


@pytest.fixture(scope="session")
def make_database(databases: Databases) -> MakeDatabase:
    """Give a function that makes an empty database and returns its SQLAlchemy URL."""
    return databases.empty


@pytest.fixture
def database_url(databases: Databases) -> str:
    """An empty database of this test's own: SQLite, or MariaDB in the second run."""
    return databases.empty()


@pytest.fixture
def database(databases: Databases) -> Iterator[Database]:
    """An open database of this test's own, with the newest schema and no rows."""
    with databases.copy("migrated", migrate.upgrade) as url:
        opened = open_database(url)
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
    made = MariadbDatabases(mariadb_server)
    yield made.empty()
    made.close()


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
