"""What somebody tries who has an account or a token and wants more than that."""

import pytest
from sqlalchemy import select

from hotline.store.models import ApiToken, User
from tests.webadmin import cast


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
