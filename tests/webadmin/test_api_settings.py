"""What programs set: queues, skills, caller lists, emergencies."""

import pytest
from sqlalchemy import select

from hotline.domain.emergency import Plan
from hotline.store.models import AuditEntry
from hotline.store.queries import emergency

QUEUE = {
    "name": "政策",
    "needs": [{"skill": "policy", "min_level": 4}, {"skill": "systems", "min_level": 2, "weight": 3}],
    "strategy": "percentage",
    "mix": {"policy": 60, "systems": 40},
    "relaxation": [{"after_seconds": 45, "needs": [{"skill": "policy", "min_level": 1}]}],
    "overflow": [{"when": "wait", "limit": 120, "action": "queue", "target": "systems"}],
    "last_agent_minutes": 30,
    "max_waiting": 50,
}


@pytest.fixture
def lead(program):
    return program("8001")


def test_a_queue_is_set_and_read_as_it_was_set(lead, database):
    answer = lead("PUT", "/queues/policy", json=QUEUE)
    assert answer.status_code == 200, answer.text
    body = lead("GET", "/queues/policy").json
    assert body == answer.json
    assert body["needs"][1] == {"skill": "systems", "min_level": 2, "weight": 3}
    assert {
        name: body[name] for name in ("strategy", "mix", "overflow", "max_waiting", "code", "organisation")
    } == {
        "strategy": "percentage",
        "mix": {"policy": 60, "systems": 40},
        "overflow": QUEUE["overflow"],
        "max_waiting": 50,
        "code": "policy",
        "organisation": "taicang",
    }
    # What was left out has its usual value, and comes back as it can be sent.
    assert body["callback_attempts"] == 3
    again = {name: value for name, value in body.items() if name not in {"code", "organisation"}}
    assert lead("PUT", "/queues/policy", json=again).json == body
    with database.read() as session:
        assert session.scalars(select(AuditEntry.action).where(AuditEntry.object_type == "queue")).all() == [
            "queue.update"
        ]


@pytest.mark.parametrize(
    ("changed", "field"),
    [
        ({"needs": []}, "needs"),
        ({"needs": [{"skill": "magic"}], "relaxation": []}, "needs.0.skill"),
        ({"mix": {"policy": 60}}, "mix"),
        (
            {"overflow": [{"when": "wait", "limit": 5, "action": "queue", "target": "policy"}]},
            "overflow.0.target",
        ),
        ({"ring_seconds": 1}, "ring_seconds"),
        ({"strategy": "by_mood"}, "strategy"),
    ],
)
def test_what_cannot_be_is_named_by_its_field(lead, changed, field):
    answer = lead("PUT", "/queues/policy", json=QUEUE | changed)
    assert answer.status_code == 422
    assert answer.content_type == "application/problem+json"
    assert field in [error["field"] for error in answer.json["errors"]]


def test_queues_of_others_and_settings_without_the_right_are_refused(lead, program):
    assert lead("GET", "/queues/kunshan").status_code == 404
    assert lead("PUT", "/queues/kunshan", json=QUEUE).status_code == 404
    assert program("8002")("GET", "/queues/policy").status_code == 200
    assert program("8002")("PUT", "/queues/policy", json=QUEUE).status_code == 403
    assert program("8018")("GET", "/queues/policy").status_code == 403


def test_skills_come_and_go(lead):
    assert lead("POST", "/skills", json={"code": "english", "name": "英语"}).status_code == 201
    assert "english" in [skill["code"] for skill in lead("GET", "/skills").json["skills"]]
    assert lead("POST", "/skills", json={"code": "english", "name": "英语"}).status_code == 409
    assert lead("DELETE", "/skills/english").status_code == 204
    assert lead("DELETE", "/skills/policy").status_code == 409
    assert lead("DELETE", "/skills/english").status_code == 404


def test_numbers_are_put_on_lists_and_taken_off(lead, program):
    vip = {"list": "vip", "number": "+8613812345678", "until": "2026-12-31", "note": "重点企业"}
    made = lead("POST", "/callers", json=vip)
    assert made.status_code == 201
    assert {**made.json, "id": 0} == {
        "id": 0,
        "list": "vip",
        "number": "13812345678",
        "bonus": 10,
        "until": "2026-12-31",
        "note": "重点企业",
        "created_by": "8001",
    }
    assert lead("POST", "/callers", json=vip).status_code == 409
    wrong = lead("POST", "/callers", json=vip | {"number": "Lisa"})
    assert (wrong.status_code, wrong.json["errors"][0]["field"]) == (422, "number")
    lead("POST", "/callers", json={"list": "black", "number": "170*"})
    assert [row["number"] for row in lead("GET", "/callers").json["callers"]] == ["170*", "13812345678"]
    first = lead("GET", "/callers", query_string={"limit": 1}).json
    assert [row["list"] for row in first["callers"]] == ["black"]
    rest = lead("GET", "/callers", query_string={"limit": 1, "before": first["next"]}).json
    assert [row["list"] for row in rest["callers"]] == ["vip"]
    assert program("9001")("GET", "/callers").json["callers"] == []
    assert program("9001")("DELETE", f"/callers/{made.json['id']}").status_code == 404
    assert lead("DELETE", f"/callers/{made.json['id']}").status_code == 204
    assert len(lead("GET", "/callers").json["callers"]) == 1


def test_a_program_closes_at_once_and_opens_again(lead, program, database):
    database.write(lambda session: emergency.set_plans(session, [Plan("停电", "emergency", "callback")]))
    assert lead("GET", "/emergency").json["on"] is False
    assert lead("PUT", "/emergency", json={"plan": "洪水"}).status_code == 422
    closed = lead("PUT", "/emergency", json={"plan": "停电"}).json
    assert closed == {
        "on": True,
        "plan": {"name": "停电", "prompt": "emergency", "waiting": "callback"},
        "since": "2025-11-24T03:00:00.000Z",
        "by": "8001",
        "plans": [{"name": "停电", "prompt": "emergency", "waiting": "callback"}],
    }
    assert program("8002")("DELETE", "/emergency").status_code == 403
    assert lead("DELETE", "/emergency").json["on"] is False


def test_the_description_names_what_can_be_set(app):
    described = app.test_client().get("/api/v1/openapi.json").json
    assert {"get", "put"} <= set(described["paths"]["/api/v1/queues/{code}"])
    body = described["components"]["schemas"]["QueueIn"]["properties"]
    assert body["ring_seconds"]["minimum"] == 5
    assert "percentage" in body["strategy"]["enum"]
