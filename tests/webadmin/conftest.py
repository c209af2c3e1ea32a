"""A console over a store of its own, the cast in it, and a call side that the test plays."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import replace
from pathlib import Path

import flask
import pytest
from apiflask import APIFlask
from flask.testing import FlaskClient
from flask_wtf.csrf import generate_csrf
from jinja2 import FileSystemBytecodeCache
from werkzeug.routing import Rule

from hotline import config
from hotline.live.bus import NoCallSide
from hotline.live.messages import Command, GetSnapshot, LiveEvent, Reply, Snapshot
from hotline.store.db import Database, open_database
from hotline.store.vault import Vault
from tests.databases import Databases
from tests.webadmin import cast
from tests.webadmin.drafts import add_demo_flow, make_prompts
from webadmin.app import create_app
from webadmin.i18n import compile_catalogues
from webadmin.live.mirror import LiveMirror
from webadmin.live.visibility import Visibility
from webadmin.services import Services


class Clock:
    """A clock that the test moves."""

    def __init__(self) -> None:
        self.now = cast.NOW

    def __call__(self) -> float:
        return self.now


class PlayedBus:
    """The live seam, with the test as the call side: it answers commands with ``answers`` and keeps what it
    was asked.
    """

    def __init__(self) -> None:
        self.present = True
        self.snapshot = Snapshot(
            at=cast.NOW,
            switch="simulated",
            switch_version="simulated switch",
            switch_connected=True,
            agents=(),
            queues=(),
            calls=(),
        )
        self.answers: dict[type[Command], Reply] = {}
        self.asked: list[Command] = []
        self._listeners: list[Callable[[LiveEvent], None]] = []

    def request(self, command: Command, timeout: float = 5.0) -> Reply:
        if not self.present:
            raise NoCallSide("nobody is there")
        if isinstance(command, GetSnapshot):
            return Reply(ok=True, value=self.snapshot)
        self.asked.append(command)
        return self.answers.get(type(command), Reply(ok=True))

    def publish(self, event: LiveEvent) -> None:
        self.snapshot = replace(self.snapshot, version=event.version)
        for listener in self._listeners:
            listener(event)

    def listen(self, listener: Callable[[LiveEvent], None]) -> Callable[[], None]:
        self._listeners.append(listener)
        return lambda: self._listeners.remove(listener)

    def serve(self, handler: object) -> Callable[[], None]:
        raise NotImplementedError("the console serves no commands")

    def close(self) -> None:
        self._listeners.clear()


@pytest.fixture
def clock() -> Clock:
    return Clock()


@pytest.fixture
def bus() -> PlayedBus:
    return PlayedBus()


@pytest.fixture(scope="session")
def compiled_catalogues(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Translations are compiled once for all the applications of a session."""
    cache = tmp_path_factory.mktemp("catalogues")
    compile_catalogues(cache)
    return cache


@pytest.fixture
def database_url(databases: Databases) -> Iterator[str]:
    """A database of this test's own with the cast in it."""
    with databases.copy("cast", cast.move_in) as url:
        yield url


@pytest.fixture
def settings(home: Path, database_url: str, compiled_catalogues: Path) -> config.Settings:
    (home / "cache").symlink_to(compiled_catalogues)
    environ = {
        "HOTLINE_HOME": str(home),
        "HOTLINE_DATABASE_URL": database_url,
        "HOTLINE_FIELD_KEY": cast.FIELD_KEY,
        "HOTLINE_SWITCH_TOKEN": "switch-token-of-the-tests",
    }
    return config.load(environ, home / "no.env")


@pytest.fixture
def vault(settings: config.Settings) -> Vault:
    return Vault(settings.secrets.field_key)


@pytest.fixture
def database(database_url: str) -> Iterator[Database]:
    opened = open_database(database_url)
    yield opened
    opened.close()


@pytest.fixture
def mirror(bus: PlayedBus) -> Iterator[LiveMirror]:
    made = LiveMirror(bus)
    yield made
    made.stop()


@pytest.fixture
def services(
    settings: config.Settings,
    database: Database,
    bus: PlayedBus,
    vault: Vault,
    mirror: LiveMirror,
    clock: Clock,
) -> Services:
    return Services(
        settings=settings,
        database=database,
        bus=bus,
        vault=vault,
        mirror=mirror,
        visibility=Visibility(database, clock),
        clock=clock,
    )


@pytest.fixture(scope="session")
def compiled_templates(tmp_path_factory: pytest.TempPathFactory) -> FileSystemBytecodeCache:
    """Templates are compiled once for all the applications of a session."""
    return FileSystemBytecodeCache(str(tmp_path_factory.mktemp("templates")))


class LateRule(Rule):
    """A rule whose builder of addresses is compiled when it is first needed: an application has hundreds, and
    a test uses a few of them.
    """

    def _compile_builder(self, append_unknown: bool = True) -> Callable[..., tuple[str, str]]:
        made: list[Callable[..., tuple[str, str]]] = []

        def build(rule: Rule, **values: object) -> tuple[str, str]:
            if not made:
                made.append(super(LateRule, self)._compile_builder(append_unknown))
            return made[0](rule, **values)

        return build


@pytest.fixture
def app(
    services: Services, compiled_templates: FileSystemBytecodeCache, monkeypatch: pytest.MonkeyPatch
) -> APIFlask:
    monkeypatch.setattr(APIFlask, "url_rule_class", LateRule)
    made = create_app(services)
    made.jinja_env.bytecode_cache = compiled_templates
    return made


class Browser:
    """A person's browser: keeps cookies, and sends the CSRF token of its session with every form, as a page
    does.
    """

    def __init__(self, client: FlaskClient) -> None:
        self.client = client
        self._secret, self._token = "", ""

    def get(self, path: str, **kwargs: object) -> object:
        return self.client.get(path, **kwargs)

    def csrf(self) -> str:
        """The token that the session's pages carry, made without showing one, which takes most of a test."""
        with self.client.session_transaction() as session:
            if "csrf_token" not in session or session["csrf_token"] != self._secret:
                with self.client.application.test_request_context():
                    self._token = generate_csrf()
                    self._secret = flask.session["csrf_token"]
                session["csrf_token"] = self._secret
        return self._token

    def post(self, path: str, data: dict[str, object] | None = None, **kwargs: object) -> object:
        return self.client.post(path, data={"csrf_token": self.csrf(), **(data or {})}, **kwargs)

    def sign_in(self, login: str, password: str = cast.PASSWORD) -> object:
        return self.post("/sign-in", {"login": login, "password": password})


@pytest.fixture
def browse(app: APIFlask) -> Callable[[str | None], Browser]:
    """Give a browser in which somebody of the cast has signed in, or nobody."""

    def make(login: str | None = None) -> Browser:
        browser = Browser(app.test_client())
        if login is not None:
            answer = browser.sign_in(login)
            assert answer.status_code == 302, answer.text
        return browser

    return make


@pytest.fixture
def prompts(home: Path) -> Path:
    """A file for every Chinese prompt: that it exists is all that flows ask."""
    return make_prompts(home)


@pytest.fixture
def flow(database: Database, prompts: Path) -> None:
    """The demo's flow, published, with the queues that it names."""

    database.write(add_demo_flow)


@pytest.fixture
def lead(browse: Callable[[str | None], Browser], flow: None) -> Browser:
    """The lead of the first organisation, whose flow it is."""
    return browse("8001")


class Program:
    """A program with a token."""

    def __init__(self, client, token):
        self.client = client
        self.token = token

    def __call__(self, method, path, **kwargs):
        headers = {"Authorization": f"Bearer {self.token}", **kwargs.pop("headers", {})}
        return self.client.open(f"/api/v1{path}", method=method, headers=headers, **kwargs)


@pytest.fixture
def program(app):
    def make(login):
        client = app.test_client()
        answer = client.post("/api/v1/tokens", json={"login": login, "password": cast.PASSWORD})
        assert answer.status_code == 201, answer.text
        return Program(app.test_client(), answer.json["token"])

    return make
