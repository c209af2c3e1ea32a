"""The live page: what is pushed to whom, and the orders that may be given."""

from dataclasses import replace

import pytest
from sqlalchemy import select

from hotline.live.messages import (
    AgentChanged,
    AgentView,
    CallChanged,
    CallView,
    ExtendWrapUp,
    FinishWrapUp,
    HangUpCall,
    Notice,
    QueueView,
    Reply,
    SetAgentState,
    SetDoNotDisturb,
)
from hotline.store.models import Agent, AuditEntry, Group, User
from tests.webadmin import cast
from webadmin.live.push import LivePush


def agent(number, group="policy", state="idle"):
    return AgentView(number, number, "1" + number[1:], group, state, "", cast.NOW, reachable=True)


def call(interaction, **values):
    return CallView(interaction, "138", "12366", "queued", cast.NOW, cast.NOW, **values)


def queue(code):
    return QueueView(code, code, 1, cast.NOW, 3, 2)


@pytest.fixture
def push(app, services, bus, mirror):
    bus.snapshot = replace(
        bus.snapshot,
        agents=(agent("8018"), agent("8019", "systems"), agent("9018", "other")),
        queues=(queue("policy"), queue("kunshan")),
        calls=(call("ours", queue="policy"), call("theirs", queue="kunshan"), call("menu")),
    )
    made = LivePush(app, services)
    mirror._renew()
    return made


@pytest.fixture
def connect(push, app, browse):
    """Give the socket of somebody's live page."""

    def make(login):
        client = browse(login).client if login else app.test_client()
        return push.socketio.test_client(app, flask_test_client=client)

    return make


def received(socket, name):
    return [message["args"][0] for message in socket.get_received() if message["name"] == name]


def test_a_page_begins_with_the_whole_picture(connect):
    picture = received(connect("root"), "snapshot")[0]
    assert [a["number"] for a in picture["agents"]] == ["8018", "8019", "9018"]
    assert picture["now"] == cast.NOW


@pytest.mark.parametrize(
    ("login", "agents", "queues", "calls"),
    [
        ("8001", ["8018", "8019"], ["policy"], ["ours", "menu"]),
        ("8002", ["8018"], ["policy"], ["ours", "menu"]),
        ("9001", ["9018"], ["kunshan"], ["theirs"]),
    ],
)
def test_each_sees_the_part_in_reach(connect, login, agents, queues, calls):
    picture = received(connect(login), "snapshot")[0]
    assert [a["number"] for a in picture["agents"]] == agents
    assert [q["code"] for q in picture["queues"]] == queues
    assert [c["interaction_id"] for c in picture["calls"]] == calls


def test_nobody_connects_without_signing_in_or_without_the_right(connect):
    assert not connect(None).is_connected()
    assert not connect("8018").is_connected()


def test_events_go_to_those_who_may_see_them(connect, push, mirror):
    ours, theirs = connect("8001"), connect("9001")
    mirror._tell(AgentChanged(cast.NOW, 1, agent("8018", state="talking")))
    mirror._tell(CallChanged(cast.NOW, 2, call("new", queue="kunshan")))
    mirror._tell(Notice(cast.NOW, 3, "alarm", "switch_lost"))
    assert [a["state"] for a in received(ours, "agent")] == ["talking"]
    messages = {message["name"] for message in theirs.get_received()}
    assert messages == {"snapshot", "call", "notice"}


def test_somebody_whose_account_is_switched_off_is_shown_out(connect, push, database):
    socket = connect("8001")

    def switch_off(session):
        session.scalars(select(User).where(User.login == "8001")).one().active = False

    database.write(switch_off)
    push.check_people()
    assert not socket.is_connected()


def test_somebody_who_moves_to_another_group_is_shown_out_to_come_back_with_the_new_reach(
    connect, push, database
):
    moved, stayed = connect("8002"), connect("8001")

    def move(session):
        systems = session.scalars(select(Group).where(Group.code == "systems")).one()
        session.scalars(select(Agent).where(Agent.number == "8002")).one().group_id = systems.id

    database.write(move)
    push.check_people()
    assert not moved.is_connected()
    assert stayed.is_connected()


def test_a_lead_orders_an_agent_into_another_state(browse, bus, database):
    assert browse("8001").post("/live/agents/8018/state", {"state": "busy"}).status_code == 204
    assert bus.asked == [SetAgentState(by="8001", agent="8018", state="busy", reason="console")]
    with database.read() as session:
        entry = session.scalars(select(AuditEntry).where(AuditEntry.action == "agent.set_state")).one()
    assert (entry.login, entry.object_id, entry.detail) == ("8001", "8018", {"state": "busy"})


@pytest.mark.parametrize(
    ("wanted", "command"),
    [
        ("done", FinishWrapUp(by="8001", agent="8018")),
        ("extend", ExtendWrapUp(by="8001", agent="8018")),
        ("do_not_disturb", SetDoNotDisturb(by="8001", agent="8018", on=True)),
        ("take_calls", SetDoNotDisturb(by="8001", agent="8018", on=False)),
    ],
)
def test_wrap_up_and_the_phone_have_orders_of_their_own(browse, bus, program, wanted, command):
    browse("8001").post("/live/agents/8018/state", {"state": wanted})
    program("8001")("PUT", "/agents/8018/state", json={"state": wanted})
    assert bus.asked == [command, command]


def test_a_refusal_is_said_with_its_remedy_and_not_written_down_as_done(browse, bus, database):
    bus.answers[SetAgentState] = Reply(ok=False, error="not_allowed_now")
    answer = browse("8001").post(
        "/live/agents/8018/state", {"state": "idle"}, headers={"Accept": "application/json"}
    )
    assert answer.status_code == 409
    assert answer.json["title"] == "当前状态下不能这样做"
    with database.read() as session:
        assert "agent.set_state" not in set(session.scalars(select(AuditEntry.action)))


def test_an_unknown_state_never_reaches_the_call_side(browse, bus):
    assert browse("8001").post("/live/agents/8018/state", {"state": "talking"}).status_code == 400
    assert bus.asked == []


def test_a_call_is_ended_by_those_who_see_it(browse, bus, push):
    assert browse("9001").post("/live/calls/ours/hang-up").status_code == 404
    assert browse("8001").post("/live/calls/ours/hang-up").status_code == 204
    assert bus.asked == [HangUpCall(by="8001", interaction_id="ours")]
