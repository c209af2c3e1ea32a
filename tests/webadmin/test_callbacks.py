"""Callbacks in the console."""

from datetime import timedelta

import pytest
from sqlalchemy import select

from hotline.live.messages import CancelCallback, Reply
from hotline.store.base import from_epoch
from hotline.store.models import AuditEntry, Callback
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
