"""What somebody tries who has an account or a token and wants more than that."""

import pytest
from sqlalchemy import select

from hotline.store.models import ApiToken, Role, User
from tests.webadmin import cast
from webadmin.sign_in import FAILURES_ALLOWED


@pytest.fixture
def token(app):
    """Give the headers of a program with a token of somebody of the cast."""

    def make(login):
        body = {"login": login, "password": cast.PASSWORD, "days": 1}
        answer = app.test_client().post("/api/v1/tokens", json=body)
        return {"Authorization": f"Bearer {answer.json['token']}"}

    return make


def test_a_token_cannot_make_itself_a_successor_that_never_ends(app, token, database):
    client, headers = app.test_client(), token("8018")
    client.post("/tokens/", data={"name": "for ever", "life": "0"}, headers=headers)
    with database.read() as session:
        assert len(session.scalars(select(ApiToken)).all()) == 1


@pytest.mark.parametrize("path", ["/profile/", "/agents/8018", "/calls/export.csv"])
def test_a_token_opens_no_pages(app, token, path):
    answer = app.test_client().get(path, headers=token("8001"))
    assert answer.location.startswith("/sign-in")


def test_a_token_gives_nobody_a_new_password(app, token, database):
    app.test_client().post("/agents/8018/password", headers=token("8001"))
    with database.read() as session:
        assert session.scalars(select(User).where(User.login == "8018")).one().session_epoch == 0


@pytest.mark.parametrize("path", ["/agents/8002/phone/reveal", "/agents/8002/phone/reset"])
def test_nobody_gets_at_the_phone_of_somebody_with_more_rights(browse, database, path):
    def promote(db):
        admin = db.scalars(select(Role).where(Role.code == "admin")).one()
        db.scalars(select(User).where(User.login == "8002")).one().role_id = admin.id

    database.write(promote)
    assert browse("8001").post(path).status_code == 403


@pytest.mark.parametrize(
    ("path", "status"),
    [
        ("/calls/?since=0001-01-01&until=9999-12-31", 200),
        ("/calls/recordings/99999999999999999999/audio", 404),
        ("/messages/99999999999999999999/audio", 404),
        ("/api/v1/recordings/99999999999999999999", 404),
        ("/api/v1/calls?since=0001-01-01T00:00:00%2B23:59", 422),
        ("/api/v1/calls?until=9999-12-31T23:59:59-23:59", 422),
    ],
)
def test_values_out_of_all_bounds_are_no_error_of_ours(app, browse, path, status):
    app.config["PROPAGATE_EXCEPTIONS"] = False
    assert browse("8001").get(path).status_code == status


def test_addresses_that_are_none_lead_to_the_start(app, browse):
    app.config["PROPAGATE_EXCEPTIONS"] = False
    assert browse("8001").get("/sign-in?next=//[").location == "/"
    assert browse("8001").post("/language/en", headers={"Referer": "http://["}).location == "/"


def test_nobody_without_an_account_makes_us_read_megabytes(app):
    body = {"login": "8001", "password": "x" * 1_000_000}
    assert app.test_client().post("/api/v1/tokens", json=body).status_code == 413


def test_the_figures_for_monitoring_are_not_given_through_a_proxy_of_this_machine(app):
    client = app.test_client()
    assert client.get("/metrics").status_code == 200
    assert client.get("/metrics", headers={"X-Forwarded-For": "203.0.113.7"}).status_code == 403


def test_the_current_password_cannot_be_guessed_from_a_session_that_was_left_open(browse, database):
    browser = browse("8018")
    guess = {"current": "wrong", "new": "another horse", "again": "another horse"}
    for _ in range(FAILURES_ALLOWED):
        browser.post("/profile/password", guess)
    assert browser.post("/profile/password", {**guess, "current": cast.PASSWORD}).status_code != 302
