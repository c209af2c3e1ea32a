"""What the telephone switch asks and tells over HTTP."""

import json
from pathlib import Path
from xml.etree import ElementTree as ET

import pytest
from sqlalchemy import select

from hotline.domain.directory import DOMAIN, a1_hash
from hotline.store.db import DatabaseAway
from hotline.store.models import CallRecord, RejectedRecord

AUTH = ("freeswitch", "switch-token-of-the-tests")
PAYLOADS = Path(__file__).parent.parent / "store" / "payloads"


@pytest.fixture
def switch(app):
    return app.test_client()


def ask(switch, user, **more):
    data = {
        "section": "directory",
        "tag_name": "domain",
        "key_name": "name",
        "user": user,
        "domain": DOMAIN,
        **more,
    }
    return switch.post("/fs/directory", data=data, auth=AUTH)


def test_a_seats_phone_account_is_given_with_the_hash_of_its_password(switch):
    answer = ask(switch, "1018")
    assert answer.content_type.startswith("text/xml")
    user = ET.fromstring(answer.text).find(".//user")
    assert user.get("id") == "1018"
    assert user.find(".//param").get("value") == a1_hash("1018", "phone-8018")


@pytest.mark.parametrize(("user", "more"), [("1999", {}), ("", {}), ("1018", {"domain": "elsewhere"}),
                                            ("1018", {"section": "dialplan"})])  # fmt: skip
def test_for_anything_else_the_switch_looks_in_its_own_files(switch, user, more):
    assert "not found" in ask(switch, user, **more).text


@pytest.mark.parametrize("auth", [None, ("freeswitch", "wrong"), ("root", AUTH[1])])
def test_only_the_switch_gets_an_answer(switch, auth):
    answer = switch.post("/fs/directory", data={"section": "directory", "user": "1018"}, auth=auth)
    assert answer.status_code == 401
    assert answer.headers["WWW-Authenticate"].startswith("Basic")


def test_a_person_who_has_signed_in_is_not_the_switch(browse):
    assert browse("root").post("/fs/directory", {"section": "directory", "user": "1018"}).status_code == 401


@pytest.fixture
def record():
    return next(iter(sorted(PAYLOADS.glob("*.json")))).read_bytes()


def test_a_real_call_record_is_taken_in_once(switch, record, database):
    for _ in range(2):
        answer = switch.post(
            "/fs/cdr", data=record, content_type="application/x-www-form-urlencoded", auth=AUTH
        )
        assert answer.status_code == 200
    with database.read() as session:
        assert len(session.scalars(select(CallRecord)).all()) == 1


def test_a_record_in_a_form_field_is_taken_as_well(switch, record, database):
    assert switch.post("/fs/cdr", data={"cdr": record.decode()}, auth=AUTH).status_code == 200
    with database.read() as session:
        assert len(session.scalars(select(CallRecord)).all()) == 1


def test_a_record_that_cannot_be_read_is_listed_and_not_sent_again(switch, database):
    assert switch.post("/fs/cdr", data=b"{broken", auth=AUTH).status_code == 200
    with database.read() as session:
        assert session.scalars(select(RejectedRecord.reason)).all() == ["not_json"]


def test_while_the_database_is_away_the_switch_keeps_its_record(switch, record, monkeypatch, database):
    def away(*_args, **_kwargs):
        raise DatabaseAway("gone")

    monkeypatch.setattr(database, "write", away)
    answer = switch.post("/fs/cdr", data=record, auth=AUTH)
    assert answer.status_code == 503
    assert json.loads(answer.text)["code"] == "database_away"
