"""What the application is set up with."""

import tomllib
from dataclasses import replace
from pathlib import Path

import pytest

import webadmin
from hotline.domain import permissions
from hotline.store.models import Flow, RoutingScript
from webadmin.app import create_app
from webadmin.labels import ACTIONS, PERMISSIONS
from webadmin.version import VERSION

ROOT = Path(webadmin.__file__).parent


def test_the_version_is_that_of_the_project():
    project = tomllib.loads((ROOT.parent / "pyproject.toml").read_text("utf-8"))
    assert project["project"]["version"] == VERSION


def test_in_production_cookies_travel_over_tls_only(services):
    app = create_app(replace(services, settings=replace(services.settings, env="production")))
    answer = app.test_client().get("/sign-in", base_url="https://hotline.example/")
    assert "Secure" in answer.headers["Set-Cookie"]
    assert "max-age" in answer.headers["Strict-Transport-Security"]


@pytest.mark.parametrize(("hops", "seen"), [(0, "127.0.0.1"), (1, "203.0.113.9")])
def test_the_address_of_a_person_is_taken_from_trusted_proxies_only(services, database, hops, seen):
    from sqlalchemy import select

    from hotline.store.models import AuditEntry

    app = create_app(replace(services, settings=replace(services.settings, trusted_proxies=hops)))
    headers = {"X-Forwarded-For": "203.0.113.9"}
    app.test_client().post("/api/v1/tokens", json={"login": "8001", "password": "wrong"}, headers=headers)
    with database.read() as session:
        assert session.scalars(select(AuditEntry.address)).one() == seen


def test_every_right_has_its_words():
    assert set(PERMISSIONS) == {str(permission) for permission in permissions.Permission}


def test_every_operation_that_is_written_down_has_its_words():
    nouns = [Flow.noun, RoutingScript.noun]
    written = {f"{noun}.{verb}" for noun in nouns for verb in ("publish", "rollback", "not_published")}
    for path in ROOT.rglob("*.py"):
        for part in path.read_text("utf-8").split("audit(")[1:]:
            words = [word for word in part[:120].split('"')[1::2] if "." in word and " " not in word]
            written.update(word.replace("{noun}", noun) for word in words[:1] for noun in nouns)
    assert {"agent.create", "call.hang_up"} <= written
    assert written <= set(ACTIONS)


def test_scripts_and_styles_come_from_files_of_our_own():
    for path in (ROOT / "templates").rglob("*.html"):
        text = path.read_text("utf-8")
        assert "https://" not in text, path
        assert 'onclick="' not in text, path
        for script in text.split("<script")[1:]:
            tag = script.split(">")[0]
            assert "src=" in tag or 'type="application/json"' in tag, path
