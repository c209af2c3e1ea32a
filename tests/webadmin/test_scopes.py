"""Nobody reads or changes what belongs to others, whichever way is tried."""

import pytest
from sqlalchemy import select

from hotline.store.journal import append
from hotline.store.models import Agent, AuditEntry, Call, User
from hotline.store.queries.access import calls_within, scope_of
from tests.webadmin import cast, stories


@pytest.fixture
def calls(database):
    """A call for each agent of interest, one that reached the menu only, and one in the other's queue."""
    database.write(
        lambda db: append(
            db,
            [
                *stories.served_call("by-8018", cast.NOW - 900, agent="8018", queue="policy"),
                *stories.served_call("by-8019", cast.NOW - 800, agent="8019", queue="systems"),
                *stories.served_call(
                    "by-9018", cast.NOW - 700, agent="9018", queue="kunshan", called="12345"
                ),
                *stories.short_call("menu", cast.NOW - 600, outcome="self_service"),
                *stories.short_call("waited", cast.NOW - 500, outcome="abandoned", queue="kunshan"),
            ],
        )
    )


@pytest.mark.parametrize(
    ("login", "seen"),
    [
        ("root", {"by-8018", "by-8019", "by-9018", "menu", "waited"}),
        ("8001", {"by-8018", "by-8019", "menu"}),
        ("8002", {"by-8018"}),
        ("8018", {"by-8018"}),
        ("8019", {"by-8019"}),
        ("9001", {"by-9018", "waited"}),
    ],
)
def test_each_scope_reaches_its_own_calls(database, calls, login, seen):
    with database.read() as session:
        user = session.scalars(select(User).where(User.login == login)).one()
        found = session.scalars(select(Call.interaction_id).where(calls_within(scope_of(session, user))))
        assert set(found) == seen


def test_a_manager_of_an_organisation_reaches_those_below_it(database):
    def move(session):
        taicang, kunshan = (
            session.scalars(select(User).where(User.login == login)).one().organisation
            for login in ("8001", "9001")
        )
        kunshan.parent_id = taicang.id

    def scope():
        with database.read() as session:
            return scope_of(session, session.scalars(select(User).where(User.login == "8001")).one())

    assert (len(scope().organisations), scope().unlimited) == (1, False)
    database.write(move)
    assert (len(scope().organisations), scope().unlimited) == (2, True)


@pytest.mark.parametrize(
    "path",
    [
        "/agents/8018",
        "/agents/8018/edit",
        "/agents/8018/phone",
        "/groups/policy/edit",
        "/queues/policy/edit",
        "/calls/by-8018",
    ],
)
def test_another_organisations_pages_do_not_exist(browse, calls, path):
    assert browse("8001").get(path).status_code == 200
    assert browse("9001").get(path).status_code == 404


@pytest.mark.parametrize(
    ("path", "data"),
    [
        (
            "/agents/8018/edit",
            {"name": "x", "extension": "1018", "group": "other", "post": "agent", "role": "agent"},
        ),
        ("/agents/8018/password", {}),
        ("/agents/8018/phone/reveal", {}),
        ("/agents/8018/phone/reset", {}),
        ("/groups/policy/delete", {}),
        ("/queues/policy/edit", {"name": "x"}),
        ("/live/agents/8018/state", {"state": "idle"}),
    ],
)
def test_another_organisations_rows_cannot_be_changed(browse, database, path, data):
    assert browse("9001").post(path, data).status_code == 404
    with database.read() as session:
        agent = session.scalars(select(Agent).where(Agent.number == "8018")).one()
        assert (agent.user.name, agent.user.session_epoch) == ("李强", 0)
        actions = set(session.scalars(select(AuditEntry.action)))
    assert actions <= {"session.sign_in"}


def test_lists_hold_the_own_rows_only(browse, calls):
    kunshan, taicang = browse("9001"), browse("8001")
    for path, theirs, ours in [
        ("/agents/?active=all", "9018", "8018"),
        ("/groups/", "昆山组", "政策组"),
        ("/queues/", "昆山咨询", "系统队列"),
    ]:
        page = kunshan.get(path).text
        assert theirs in page
        assert ours not in page
        assert theirs not in taicang.get(path).text
    assert "by-8018" not in kunshan.get("/calls/").text
    assert "by-8018" not in kunshan.get("/calls/export.csv").text


def test_the_operation_log_shows_what_the_own_people_did(browse):
    browse("8018")
    browse("9018")
    page = browse("8001").get("/audit/").text
    assert ">8018<" in page
    assert ">9018<" not in page


def test_a_deputy_changes_nothing_about_agents(browse):
    browser = browse("8002")
    assert browser.get("/agents/8018").status_code == 200
    assert browser.get("/agents/8018/edit").status_code == 403
    assert browser.post("/agents/8018/password").status_code == 403


def test_nobody_touches_the_account_of_somebody_with_more_rights(browse, database):
    def promote(session):
        from hotline.store.models import Role

        admin = session.scalars(select(Role).where(Role.code == "admin")).one()
        session.scalars(select(User).where(User.login == "8002")).one().role_id = admin.id

    database.write(promote)
    assert browse("8001").post("/agents/8002/password").status_code == 403
