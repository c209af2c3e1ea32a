"""Callbacks in the console."""

from datetime import timedelta

import pytest
from sqlalchemy import select

from hotline.domain import journal as kinds
from hotline.domain.journal import Entry
from hotline.live.messages import CancelCallback, ChangeCallbackNumber, HurryCallback, Reply
from hotline.store.base import from_epoch
from hotline.store.journal import append
from hotline.store.models import AuditEntry, Callback, Setting
from tests.webadmin import cast

NOW = from_epoch(cast.NOW)


@pytest.fixture
def tickets(database):
    def callback(ticket, queue, state, number):
        return Callback(
            ticket=ticket,
            interaction_id=f"call-{ticket}",
            state=state,
            queue_code=queue,
            caller=number,
            called="12366",
            number=number,
            queued_at=NOW - timedelta(minutes=9),
            asked_at=NOW - timedelta(minutes=5),
            expires_at=NOW + timedelta(hours=8),
        )

    database.write(
        lambda session: session.add_all(
            [
                callback("t-1", "policy", "waiting", "13800000001"),
                callback("t-2", "systems", "served", "13800000002"),
                callback("t-3", "kunshan", "waiting", "13800000003"),
            ]
        )
    )


def test_the_page_begins_with_those_who_wait_still(browse, tickets):
    page = browse("8001").get("/callbacks/").text
    assert "13800000001" in page
    assert "13800000002" not in page
    assert "13800000002" in browse("8001").get("/callbacks/?state=served").text


def test_a_callback_is_cancelled_at_the_call_side_and_written_down(browse, database, bus, tickets):
    lead = browse("8001")
    assert lead.post("/callbacks/t-1/cancel").status_code == 302
    assert bus.asked == [CancelCallback(by="8001", ticket="t-1")]
    with database.read() as session:
        entry = session.scalars(select(AuditEntry).where(AuditEntry.action == "callback.cancel")).one()
    assert entry.detail == {"number": "13800000001"}


def test_what_the_call_side_refuses_is_not_written_down(browse, database, bus, tickets):
    bus.answers[CancelCallback] = Reply(ok=False, error="unknown_ticket")
    answer = browse("8001").post("/callbacks/t-1/cancel")
    assert answer.status_code == 404
    assert "该回拨已结束" in answer.text
    with database.read() as session:
        assert session.scalar(select(AuditEntry.id).where(AuditEntry.action == "callback.cancel")) is None


def test_callbacks_of_others_do_not_exist(browse, bus, tickets):
    lead = browse("8001")
    assert "13800000003" not in lead.get("/callbacks/?state=").text
    assert lead.post("/callbacks/t-3/cancel").status_code == 404
    assert bus.asked == []
    assert browse("8018").get("/callbacks/").status_code == 403


@pytest.fixture
def tried(database, tickets):
    """The first customer was busy once and is being called again."""

    def fact(n, kind, at, agent="8001", **data):
        return Entry(f"fact {n}", cast.NOW + at, kind, None, agent, "policy", {"ticket": "t-1", **data})

    database.write(
        lambda session: append(
            session,
            [
                fact(1, kinds.CALLBACK_DIALLED, -200, number="13800000001", attempt=1),
                fact(2, kinds.CALLBACK_FAILED, -180, outcome="busy"),
                fact(3, kinds.CALLBACK_POSTPONED, -180, until=cast.NOW + 400, attempts=1),
            ],
        )
    )


def entry_of(database, action):
    with database.read() as session:
        return session.scalars(select(AuditEntry).where(AuditEntry.action == action)).one_or_none()


def test_a_ticket_tells_each_attempt_with_its_time_and_outcome(browse, tried):
    page = browse("8001").get("/callbacks/t-1").text
    attempts = page[page.index('id="attempts"') :]
    for said in ("2025-11-24 10:56:40", "8001 陈静", "占线", "0:20"):
        assert said in attempts
    assert "尚未回拨" in browse("8001").get("/callbacks/t-2").text


def test_an_attempt_that_another_call_side_took_over_is_one(browse, database, tried):
    def dialled(seconds, agent):
        data = {"ticket": "t-1", "number": "13800000001", "attempt": 2}
        return Entry(f"at {seconds}", cast.NOW + seconds, kinds.CALLBACK_DIALLED, None, agent, "policy", data)

    database.write(lambda session: append(session, [dialled(-60, "8001"), dialled(-50, "8002")]))
    page = browse("8001").get("/callbacks/t-1").text
    attempts = page[page.index('id="attempts"') : page.index("</table>")]
    assert attempts.count('<td class="num">2</td>') == 1
    assert attempts.count("<tr>") == 3
    assert "8002" in attempts


def test_the_number_of_a_callback_is_changed_at_the_call_side_and_written_down(
    browse, database, bus, tickets
):
    lead = browse("8001")
    answer = lead.post("/callbacks/t-1/number", {"number": "+86 512 5352 0000"})
    assert answer.location == "/callbacks/t-1"
    assert bus.asked == [ChangeCallbackNumber(by="8001", ticket="t-1", number="051253520000")]
    assert entry_of(database, "callback.number").detail == {"number": ["13800000001", "051253520000"]}


@pytest.mark.parametrize("number", ["", "110", "12366", "abc", "0085212345678"])
def test_a_number_that_callers_could_not_give_either_is_refused_at_its_field(browse, bus, tickets, number):
    answer = browse("8001").post("/callbacks/t-1/number", {"number": number})
    assert answer.status_code == 422
    assert 'id="number-error"' in answer.text
    assert bus.asked == []


def test_a_number_that_waits_already_is_told_at_its_field(browse, database, bus, tickets):
    bus.answers[ChangeCallbackNumber] = Reply(ok=False, error="number_waits")
    answer = browse("8001").post("/callbacks/t-1/number", {"number": "13900139000"})
    assert (answer.status_code, "该号码已有待回拨记录" in answer.text) == (409, True)
    assert entry_of(database, "callback.number") is None


def test_a_customer_is_called_at_once_when_the_lead_wants_it(browse, database, bus, tickets):
    lead = browse("8001")
    assert lead.post("/callbacks/t-1/hurry").location == "/callbacks/t-1"
    assert bus.asked == [HurryCallback(by="8001", ticket="t-1")]
    assert "一有空闲座席即回拨 13800000001" in lead.get("/callbacks/t-1").text
    assert entry_of(database, "callback.hurry").detail == {"number": "13800000001"}


def test_hurry_outside_the_hours_says_when_the_customer_is_called(browse, database, tickets):
    database.write(lambda session: session.add(Setting(key="callbacks.hours", value="13:00-18:00")))
    lead = browse("8001")
    lead.post("/callbacks/t-1/hurry")
    assert "13:00 起优先回拨" in lead.get("/callbacks/t-1").text


def test_a_customer_who_is_being_called_can_wait(browse, database, bus, tickets):
    bus.answers[HurryCallback] = Reply(ok=False, error="being_called")
    answer = browse("8001").post("/callbacks/t-1/hurry")
    assert (answer.status_code, "正在回拨该客户" in answer.text) == (409, True)
    assert entry_of(database, "callback.hurry") is None


def test_nobody_changes_the_callbacks_of_others(browse, bus, tickets):
    lead = browse("8001")
    assert lead.get("/callbacks/t-3").status_code == 404
    assert lead.post("/callbacks/t-3/number", {"number": "13900139000"}).status_code == 404
    assert lead.post("/callbacks/t-3/hurry").status_code == 404
    assert bus.asked == []


def test_the_hours_for_callbacks_are_set_by_who_may_change_settings(browse, database, tickets):
    root = browse("root")
    assert root.post("/callbacks/hours", {"begin": "08:30", "end": "18:00"}).location == "/callbacks/"
    with database.read() as session:
        assert session.get(Setting, "callbacks.hours").value == "08:30-18:00"
    assert entry_of(database, "callback.hours").detail == {"hours": ["09:00-20:00", "08:30-18:00"]}
    assert "08:30-18:00" in root.get("/callbacks/").text
    assert browse("8001").get("/callbacks/hours").status_code == 403


def test_hours_that_end_before_they_begin_are_refused(browse, database):
    answer = browse("root").post("/callbacks/hours", {"begin": "18:00", "end": "08:30"})
    assert (answer.status_code, 'id="end-error"' in answer.text) == (422, True)
    assert entry_of(database, "callback.hours") is None


def test_the_page_of_a_call_back_leads_to_the_call_that_asked_for_it(browse, database):
    def fact(kind, at, call, **data):
        return Entry(f"{call} {kind}", cast.NOW + at, kind, call, None, "policy", data)

    told = [
        fact(kinds.CALL_STARTED, 0, "asks", channel="a", caller="139", called="12366", direction="inbound"),
        fact(kinds.CALLBACK_ASKED, 1, "asks", ticket="t", number="139"),
        fact(
            kinds.CALL_STARTED, 9, "answers", channel="b", caller="139", called="12366", direction="callback"
        ),
        fact(kinds.CALLBACK_REACHED, 9, "answers", ticket="t"),
        fact(kinds.CALLBACK_SETTLED, 9, "asks", ticket="t", outcome="served"),
    ]
    database.write(lambda db: append(db, told))
    lead = browse("8001")
    for call, other in (("asks", "answers"), ("answers", "asks")):
        page = lead.get(f"/calls/{call}").text
        assert f'href="/calls/{other}"' in page
        assert page.count("回拨结束：客户已得到服务") == 1
