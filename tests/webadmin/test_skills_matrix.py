"""Many levels changed at once."""

import pytest
from sqlalchemy import select

from hotline.live.messages import ReloadConfiguration
from hotline.store.models import Agent, AuditEntry
from hotline.store.queries.agents import details_of
from webadmin.views.skills_matrix import known_levels


@pytest.fixture
def lead(browse):
    return browse("8001")


def seat(database, number):
    with database.read() as session:
        found = details_of(session.scalars(select(Agent).where(Agent.number == number)).one())
        return found.priority, dict(found.skills)


def row(database, number):
    priority, skills = seat(database, number)
    was = " ".join([str(priority), *(f"{code}:{level}" for code, level in skills.items())])
    return {f"was-{number}": was}


def test_cells_are_changed_and_written_down_by_agent(lead, database, bus):
    before = seat(database, "8018")
    sent = row(database, "8018") | {"level-8018-policy": "7", "level-8018-systems": "2", "priority-8018": "3"}
    assert lead.post("/skills/matrix/?group=policy", sent).location == "/skills/matrix/?group=policy"
    assert seat(database, "8018") == (3, {"policy": 7, "systems": 2})
    assert bus.asked == [ReloadConfiguration(by="8001", parts=("agents",))]
    with database.read() as session:
        entry = session.scalars(select(AuditEntry).where(AuditEntry.action == "agent.skills")).one()
    assert entry.detail["skills"] == [before[1], {"policy": 7, "systems": 2}]


def test_an_empty_cell_takes_the_skill_away(lead, database):
    lead.post("/skills/matrix/", row(database, "8018") | {"level-8018-policy": ""})
    assert "policy" not in seat(database, "8018")[1]


def test_what_was_not_touched_stays_as_others_have_changed_it_meanwhile(lead, browse, database):
    shown = row(database, "8018")
    was = known_levels(shown["was-8018"])
    browse("root").post("/skills/matrix/", shown | {"level-8018-policy": "9"})
    untouched = {"level-8018-policy": str(was[1]["policy"]), "level-8018-systems": "4"}
    lead.post("/skills/matrix/", shown | untouched)
    assert seat(database, "8018")[1] == {"policy": 9, "systems": 4}


@pytest.mark.parametrize(
    ("name", "value"), [("level-8018-policy", "x"), ("level-8018-policy", "10"), ("priority-8018", "0")]
)
def test_what_is_no_level_is_told_and_nothing_is_saved(lead, database, name, value):
    before = seat(database, "8018")
    answer = lead.post("/skills/matrix/", row(database, "8018") | {"level-8018-systems": "4", name: value})
    assert answer.status_code == 422
    assert "is-invalid" in answer.text
    assert seat(database, "8018") == before


def test_all_that_are_ticked_get_one_level(lead, database):
    sent = {"agent": ["8018", "8019"], "bulk-skill": "systems", "bulk-level": "6"}
    lead.post("/skills/matrix/bulk", sent)
    assert [seat(database, number)[1]["systems"] for number in ("8018", "8019")] == [6, 6]
    lead.post("/skills/matrix/bulk", sent | {"bulk-level": "0"})
    assert "systems" not in seat(database, "8018")[1]
    lead.post("/skills/matrix/bulk", {"bulk-skill": "systems", "bulk-level": "6"})
    assert "请勾选座席" in lead.get("/skills/matrix/").text


def test_seats_of_others_are_out_of_reach(lead, browse, database):
    before = seat(database, "9018")
    page = lead.get("/skills/matrix/").text
    assert "8019" in page
    assert "9018" not in page
    assert lead.post("/skills/matrix/", {"was-9018": "5", "level-9018-policy": "9"}).status_code == 404
    assert seat(database, "9018") == before
    assert browse("8002").get("/skills/matrix/").status_code == 200
    assert browse("8002").post("/skills/matrix/", {}).status_code == 403
    assert browse("8018").get("/skills/matrix/").status_code == 403
