"""A running console and a browser in which somebody has signed in."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from pathlib import Path

import gevent
import pytest
from playwright.sync_api import ConsoleMessage, Page, expect

from hotline import config
from hotline.live.local import LocalBus
from hotline.live.messages import Command, GetSnapshot, Reply, Snapshot
from hotline.store.db import Database, open_database
from hotline.store.journal import append
from hotline.store.models import Base
from hotline.store.vault import Vault
from tests.webadmin import cast, stories
from webadmin.server import WebServer
from webadmin.services import make_services

# As long as the slowest machine may take: what is there comes at once anywhere else.
expect.set_options(timeout=45_000)


class CallSide:
    """The other end of the seam, played by the test."""

    def __init__(self, bus: LocalBus) -> None:
        self.bus = bus
        self.asked: list[Command] = []
        self.snapshot = Snapshot(
            at=cast.NOW,
            switch="simulated",
            switch_version="1",
            switch_connected=True,
            agents=(),
            queues=(),
            calls=(),
        )
        self.stop = bus.serve(self._answer)

    def _answer(self, command: Command) -> Reply:
        if isinstance(command, GetSnapshot):
            return Reply(ok=True, value=self.snapshot)
        self.asked.append(command)
        return Reply(ok=True)


@pytest.fixture
def settings(home: Path, database_url: str) -> config.Settings:
    return config.load(
        {"HOTLINE_HOME": str(home), "HOTLINE_DATABASE_URL": database_url, "HOTLINE_HTTP": "127.0.0.1:1"},
        home / "no.env",
    )


@pytest.fixture
def database(settings: config.Settings) -> Iterator[Database]:
    opened = open_database(settings.database_url, sleep=gevent.sleep)
    Base.metadata.create_all(opened.engine)
    opened.write(lambda db: cast.fill(db, Vault(settings.secrets.field_key), cast.fast_hash()))
    # Longer than any machine takes to look whether it plays.
    stories.sound(settings.recordings / "2025/one.wav", seconds=60)
    opened.write(
        lambda db: append(
            db,
            [
                *stories.served_call("one", cast.NOW - 900, path="2025/one.wav"),
                *stories.short_call(
                    "two", cast.NOW - 600, outcome="abandoned", queue="systems", caller="13700000000"
                ),
            ],
        )
    )
    yield opened
    opened.close()


@pytest.fixture
def call_side() -> Iterator[CallSide]:
    bus = LocalBus()
    side = CallSide(bus)
    yield side
    side.stop()
    bus.close()


@pytest.fixture
def address(settings: config.Settings, database: Database, call_side: CallSide) -> Iterator[str]:
    """Where the console runs."""
    object.__setattr__(settings, "http", config.Address("127.0.0.1", 0))
    server = WebServer(make_services(settings, database, call_side.bus, Vault(settings.secrets.field_key)))
    server.start()
    yield f"http://127.0.0.1:{server.port}"
    server.stop(timeout=0.5)


@pytest.fixture
def signed_in(page: Page, address: str) -> Callable[[str], Page]:
    """Give a page after *login* has signed in. What the page's scripts complain of fails the test."""
    complaints: list[str] = []

    def note(message: ConsoleMessage) -> None:
        # The browser also complains of answers such as 422, which the tests ask for.
        if message.type == "error" and "Failed to load resource" not in message.text:
            complaints.append(message.text)

    page.on("pageerror", lambda error: complaints.append(str(error)))
    page.on("console", note)

    def make(login: str) -> Page:
        page.goto(f"{address}/sign-in")
        page.get_by_label("账号").fill(login)
        page.get_by_label("密码").fill(cast.PASSWORD)
        page.get_by_role("button", name="登录").click()
        expect(page.get_by_role("heading", name="工作台")).to_be_visible()
        return page

    yield make
    assert complaints == []
