"""The REST interface as a program meets it."""

import re

import pytest
from sqlalchemy import select

from hotline.live.messages import AgentView, Reply, SetAgentState, Snapshot
from hotline.store.journal import append
from hotline.store.models import ApiToken, AuditEntry, Recording
from tests.webadmin import cast, stories


@pytest.fixture
def call(database, settings):
    """One served call of taicang with a recording."""
    stories.sound(settings.recordings / "2025/one.wav")
    database.write(lambda db: append(db, stories.served_call("one", cast.NOW - 600, path="2025/one.wav")))
    return "one"


def test_a_wrong_password_gives_no_token(app):
    answer = app.test_client().post("/api/v1/tokens", json={"login": "8001", "password": "wrong"})
    assert answer.status_code == 401
    assert answer.content_type == "application/problem+json"
    assert answer.json["code"] == "unauthorized"


def test_the_token_is_kept_as_a_hash_only(program, database):
    token = program("8001").token
    with database.read() as session:
        row = session.scalars(select(ApiToken)).one()
    assert token not in row.token_hash
    assert token.startswith(row.prefix)


def test_without_a_token_there_is_nothing_and_the_answer_says_how_to_get_in(app):
    answer = app.test_client().get("/api/v1/calls")
    assert answer.status_code == 401
    assert "Bearer" in answer.headers["WWW-Authenticate"]


def test_a_call_has_what_other_systems_need(program, call):
    body = program("8001")("GET", f"/calls/{call}").json
    assert body["caller"] == "13812345678"
    assert body["called"] == "12366"
    assert (body["queue"], body["agent"], body["extension"]) == ("policy", "8018", "1018")
    assert (body["wait_seconds"], body["talk_seconds"], body["mark"]) == (8.0, 95.0, 1)
    assert (body["outcome"], body["hangup_side"]) == ("served", "agent")
    assert re.fullmatch(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z", body["started_at"])
    assert body["recording"]["channels"] == ["caller", "agent"]


def test_calls_come_in_pages_without_gaps_or_doubles(program, database):
    for n in range(7):
        database.write(lambda db, n=n: append(db, stories.served_call(f"c{n}", cast.NOW - 600 + n // 2)))
    ask, seen, cursor = program("8001"), [], None
    while True:
        body = ask("GET", "/calls", query_string={"limit": 3, **({"cursor": cursor} if cursor else {})}).json
        seen += [call["interaction_id"] for call in body["calls"]]
        cursor = body["next"]
        if cursor is None:
            break
    assert sorted(seen) == [f"c{n}" for n in range(7)]
    assert len(seen) == 7


@pytest.mark.parametrize(
    ("query", "found"),
    [
        ({"agent": "8018"}, {"one"}),
        ({"agent": "8019"}, set()),
        ({"queue": "policy", "outcome": "served"}, {"one"}),
        ({"number": "2345"}, {"one"}),
        ({"mark": 3}, set()),
        ({"since": "2025-11-24T00:00:00+08:00"}, {"one"}),
        ({"until": "2025-11-24T00:00:00+08:00"}, set()),
    ],
)
def test_calls_are_narrowed_by_each_filter(program, call, query, found):
    body = program("8001")("GET", "/calls", query_string=query).json
    assert {row["interaction_id"] for row in body["calls"]} == found


@pytest.mark.parametrize(
    ("query", "field"),
    [
        ({"limit": 0}, "limit"),
        ({"outcome": "lost"}, "outcome"),
        ({"since": "yesterday"}, "since"),
        ({"since": "2025-11-24T00:00:00"}, "since"),
        ({"cursor": "!!!"}, "cursor"),
    ],
)
def test_a_bad_value_is_named(program, query, field):
    answer = program("8001")("GET", "/calls", query_string=query)
    assert answer.status_code == 422
    assert [error["field"] for error in answer.json["errors"]] == [field]


def test_another_organisation_sees_nothing_of_the_call(program, call):
    ask = program("9001")
    assert ask("GET", "/calls").json["calls"] == []
    assert ask("GET", f"/calls/{call}").status_code == 404
    assert ask("GET", f"/calls/{call}/timeline").status_code == 404
    assert ask("GET", "/recordings/1").status_code == 404


def test_an_agent_sees_the_own_calls_only(program, call):
    assert [c["interaction_id"] for c in program("8018")("GET", "/calls").json["calls"]] == [call]
    assert program("8019")("GET", "/calls").json["calls"] == []


def test_the_timeline_explains_the_routing(program, call):
    entries = program("8001")("GET", f"/calls/{call}/timeline").json["entries"]
    decided = next(entry for entry in entries if entry["kind"] == "routing.decided")
    assert decided["data"]["chosen"] == "8018"
    assert {row["reason"] for row in decided["data"]["excluded"]} == {"talking", "phone_unregistered"}


def test_a_recording_is_served_whole_and_in_parts_and_listening_is_written_down(program, call, database):
    ask = program("8001")
    with database.read() as session:
        number = session.scalars(select(Recording.id)).one()
    with ask("GET", f"/recordings/{number}") as whole:
        assert (whole.status_code, whole.content_type) == (200, "audio/wav")
        sound = whole.data
    with ask("GET", f"/recordings/{number}", headers={"Range": "bytes=44-143"}) as part:
        assert part.status_code == 206
        assert part.data == sound[44:144]
        assert part.headers["Content-Range"] == f"bytes 44-143/{len(sound)}"
    with database.read() as session:
        noted = session.scalars(select(AuditEntry).where(AuditEntry.action == "recording.listen")).all()
    assert len(noted) == 1


def test_a_recording_whose_path_leads_out_of_the_folder_is_not_served(program, call, database, settings):
    (settings.home / "secret.wav").write_bytes(b"RIFF")

    def redirect(session):
        session.scalars(select(Recording)).one().path = "../secret.wav"

    database.write(redirect)
    assert program("8001")("GET", "/recordings/1").status_code == 404


def test_an_agents_state_is_set_through_the_call_side(program, bus):
    view = AgentView("8018", "李强", "1018", "policy", "busy", "", cast.NOW, reachable=True)
    bus.snapshot = Snapshot(cast.NOW, "simulated", "1", True, (view,), (), ())
    answer = program("8001")("PUT", "/agents/8018/state", json={"state": "busy"})
    assert answer.status_code == 200
    assert answer.json["state"] == "busy"
    assert bus.asked[-1] == SetAgentState(by="8001", agent="8018", state="busy")


def test_a_refusal_of_the_call_side_is_409_and_its_absence_503(program, bus):
    ask = program("8001")
    bus.answers[SetAgentState] = Reply(ok=False, error="not_allowed_now", detail="ringing")
    answer = ask("PUT", "/agents/8018/state", json={"state": "idle"})
    assert (answer.status_code, answer.json["code"]) == (409, "not_allowed_now")
    bus.present = False
    answer = ask("PUT", "/agents/8018/state", json={"state": "idle"})
    assert (answer.status_code, answer.json["code"]) == (503, "no_call_side")


def test_nobody_orders_about_the_agents_of_others(program):
    assert program("9001")("PUT", "/agents/8018/state", json={"state": "idle"}).status_code == 404
    assert program("8002")("PUT", "/agents/8019/state", json={"state": "idle"}).status_code == 404
    assert program("8018")("PUT", "/agents/8018/state", json={"state": "idle"}).status_code == 403


def test_an_agent_is_added_changed_and_found(program):
    ask = program("8001")
    new = {"number": "8024", "name": "新人", "extension": "1024", "group": "policy", "skills": {"policy": 3}}
    made = ask("POST", "/agents", json=new)
    assert made.status_code == 201, made.text
    assert len(made.json["password"]) >= 12
    assert ask("PATCH", "/agents/8024", json={"priority": 2, "skills": {}}).json["priority"] == 2
    found = ask("GET", "/agents/8024").json
    assert (found["name"], found["skills"], found["active"]) == ("新人", {}, True)


def test_a_number_that_is_taken_is_a_conflict_that_names_the_field(program):
    new = {"number": "8018", "name": "x", "extension": "1099", "group": "policy"}
    answer = program("8001")("POST", "/agents", json=new)
    assert answer.status_code == 409
    assert answer.json["errors"][0]["field"] == "number"


def test_nobody_gives_more_rights_than_the_own_ones(program):
    new = {"number": "8024", "name": "x", "extension": "1024", "group": "policy", "role": "admin"}
    assert program("8001")("POST", "/agents", json=new).status_code == 403
    assert program("8001")("PATCH", "/agents/8018", json={"role": "admin"}).status_code == 403


def test_an_agent_is_not_put_into_another_organisations_group(program):
    answer = program("8001")("PATCH", "/agents/8018", json={"group": "other"})
    assert answer.status_code == 422
    assert answer.json["errors"][0]["field"] == "group"


def test_a_token_that_was_revoked_or_has_run_out_is_refused(program, clock):
    ask = program("8001")
    assert ask("DELETE", "/tokens/current").status_code == 204
    assert ask("GET", "/agents").status_code == 401
    later = program("8001")
    clock.now += 91 * 86_400
    assert later("GET", "/agents").status_code == 401


def test_a_session_without_the_csrf_token_changes_nothing_over_rest(browse):
    answer = browse("8001").client.put("/api/v1/agents/8018/state", json={"state": "idle"})
    assert (answer.status_code, answer.json["code"]) == (400, "csrf")


def test_health_tells_which_part_is_missing(app, bus):
    body = app.test_client().get("/api/v1/health").json
    assert (body["database"], body["call_side"], body["status"]) == (True, False, "degraded")


def test_the_description_names_every_route_and_the_token(app):
    spec = app.test_client().get("/api/v1/openapi.json").json
    described = set(spec["paths"])
    routes = {
        re.sub(r"<(?:int:)?(\w+)>", r"{\1}", rule.rule)
        for rule in app.url_map.iter_rules()
        if rule.rule.startswith("/api/v1/")
    } - {"/api/v1/openapi.json", "/api/v1/docs"}
    assert described == routes
    assert spec["components"]["securitySchemes"]["token"]["scheme"] == "bearer"
    assert "/api/v1/calls/{interaction_id}" in described


def test_figures_for_monitoring_are_for_this_machine_only(app):
    assert app.test_client().get("/metrics").status_code == 200
    outside = app.test_client().get("/metrics", environ_base={"REMOTE_ADDR": "203.0.113.5"})
    assert outside.status_code == 403
