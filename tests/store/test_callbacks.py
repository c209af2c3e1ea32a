"""What the journal means for callbacks, for do-not-disturb, and for what is remembered of callers."""

from __future__ import annotations

import itertools

import pytest
from sqlalchemy import select

from hotline.domain import journal as kinds
from hotline.domain.acd.events import CallerRemembered
from hotline.domain.journal import Entry
from hotline.store.callbacks import Callback
from hotline.store.journal import append
from hotline.store.models import AgentPresence
from hotline.store.queries.access import Scope
from hotline.store.queries.callbacks import CallbackFilter, callbacks_matching, open_callbacks, with_callbacks
from hotline.store.queries.calls import recent_callers
from hotline.store.queries.history import journal_of

NOW = 1_790_000_000.0
_ids = itertools.count()


def fact(kind, seconds=0.0, *, interaction="call-1", agent=None, queue="policy", **data):
    return Entry(f"fact {next(_ids)}", NOW + seconds, kind, interaction, agent, queue, data)


def about(kind, seconds=0.0, **more):
    return fact(kind, seconds, ticket="ticket-1", **more)


ASKED = about(
    kinds.CALLBACK_ASKED,
    number="13800138000",
    caller="13800138000",
    called="12366",
    priority=3,
    queued_at=NOW - 60,
    expires_at=NOW + 28_800,
    place="1.abc",
)


@pytest.fixture
def written(database):
    """Write entries, and what became of the one ticket."""

    def write(*entries):
        database.write(lambda session: append(session, entries))
        with database.read() as session:
            return session.scalars(select(Callback)).one()

    return write


def test_a_wish_is_open_with_the_place_that_the_caller_had(written, database):
    callback = written(ASKED)
    assert (callback.state, callback.number, callback.queue_code) == ("waiting", "13800138000", "policy")
    assert callback.queued_at.timestamp() == NOW - 60
    assert (callback.place, callback.priority, callback.interaction_id) == ("1.abc", 3, "call-1")
    with database.read() as session:
        assert [each.ticket for each in open_callbacks(session)] == ["ticket-1"]


def test_a_customer_who_is_served_is_called_back_no_more(written, database):
    callback = written(
        ASKED,
        about(kinds.CALLBACK_DIALLED, 10, interaction=None, agent="8001", attempt=1),
        about(kinds.CALLBACK_REACHED, 15, interaction="call-2"),
        about(kinds.CALLBACK_SETTLED, 20, interaction=None, outcome="served"),
    )
    assert (callback.state, callback.attempts, callback.agent_number) == ("served", 1, "8001")
    assert callback.reached_interaction_id == "call-2"
    assert callback.settled_at.timestamp() == NOW + 20
    with database.read() as session:
        assert open_callbacks(session) == []


def test_a_customer_who_was_busy_waits_again_until_the_next_attempt(written):
    callback = written(
        ASKED,
        about(kinds.CALLBACK_DIALLED, 10, interaction=None, agent="8001", attempt=1),
        about(kinds.CALLBACK_FAILED, 12, interaction=None, outcome="busy"),
        about(kinds.CALLBACK_POSTPONED, 12, interaction=None, until=NOW + 612, attempts=1),
    )
    assert (callback.state, callback.last_outcome, callback.attempts) == ("waiting", "busy", 1)
    assert callback.next_at.timestamp() == NOW + 612


def test_a_ticket_says_at_which_number_the_customer_is_called_now(written):
    renumbered = about(kinds.CALLBACK_RENUMBERED, 10, interaction=None, number="051253520000", by="8001")
    assert written(ASKED, renumbered).number == "051253520000"


def test_a_change_that_comes_before_the_wish_is_kept(written):
    written(about(kinds.CALLBACK_RENUMBERED, 10, interaction=None, number="051253520000", by="8001"))
    assert written(ASKED).number == "051253520000"


def test_a_customer_who_is_hurried_waits_for_no_pause(written):
    callback = written(
        ASKED,
        about(kinds.CALLBACK_POSTPONED, 12, interaction=None, until=NOW + 612, attempts=1),
        about(kinds.CALLBACK_HURRIED, 20, interaction=None, by="8001"),
    )
    assert callback.next_at.timestamp() == NOW + 20


@pytest.mark.parametrize(
    ("outcome", "state"), [("expired", "expired"), ("attempts", "failed"), ("cancelled", "cancelled")]
)
def test_a_ticket_says_how_it_was_closed(written, outcome, state):
    assert written(ASKED, about(kinds.CALLBACK_SETTLED, 9, interaction=None, outcome=outcome)).state == state


def test_what_a_dead_process_tells_late_does_not_open_a_ticket_again(written):
    written(ASKED, about(kinds.CALLBACK_SETTLED, 20, interaction=None, outcome="served"))
    assert written(about(kinds.CALLBACK_DIALLED, 10, interaction=None, attempt=1)).state == "served"


def test_people_find_tickets_by_state_queue_and_number(written, database):
    written(ASKED)
    with database.read() as session:
        for wanted, found in (
            (CallbackFilter(state="open", queue="policy"), 1),
            (CallbackFilter(number="13800138000"), 1),
            (CallbackFilter(state="served"), 0),
            (CallbackFilter(queue="systems"), 0),
        ):
            assert len(session.scalars(callbacks_matching(wanted)).all()) == found


def test_do_not_disturb_is_kept_beside_the_agents_state(database):
    entries = [
        fact(kinds.AGENT_STATE, agent="8001", to="idle", **{"from": "signed_out"}, reason="", by="phone"),
        fact(kinds.AGENT_DND, 1, agent="8001", interaction=None, on=True, by="phone"),
    ]
    database.write(lambda session: append(session, entries))
    with database.read() as session:
        presence = session.scalars(select(AgentPresence)).one()
        assert (presence.state, presence.do_not_disturb) == ("idle", True)


def test_callers_are_remembered_by_who_served_them_and_by_the_place_they_gave_up(database):
    def call(name, caller, *facts):
        started = fact(
            kinds.CALL_STARTED, interaction=name, caller=caller, called="12366", channel="", flow=""
        )
        return [started, *facts]

    served = call(
        "a",
        "13800000001",
        fact(kinds.CALL_QUEUED, 1, interaction="a", priority=0, position=1),
        fact(kinds.CALL_CONNECTED, 5, interaction="a", agent="8001", wait_ms=4000),
        fact(kinds.CALL_DISCONNECTED, 65, interaction="a", agent="8001", side="agent", talk_ms=60000),
        fact(kinds.CALL_ENDED, 66, interaction="a", side="agent", cause="", outcome="served"),
    )
    gave_up = call(
        "b",
        "13800000002",
        fact(kinds.CALL_QUEUED, 2, interaction="b", priority=0, position=1),
        fact(kinds.CALL_ENDED, 50, interaction="b", side="caller", cause="", outcome="abandoned"),
    )
    database.write(lambda session: append(session, [*served, *gave_up]))
    with database.read() as session:
        assert recent_callers(session, since=NOW) == [
            CallerRemembered("13800000002", "policy", "", NOW + 50, NOW + 2),
            CallerRemembered("13800000001", "policy", "8001", NOW + 65),
        ]
        assert recent_callers(session, since=NOW + 100) == []


@pytest.fixture
def told(database):
    """The kinds that a call's page tells of, with the call in which each happened."""

    def tell(call, scope=Scope("all")):  # noqa: B008
        with database.read() as session:
            entries = with_callbacks(session, scope, journal_of(session, call))
            return [(entry.interaction_id, entry.kind) for entry in entries]

    return tell


def test_the_call_that_asked_and_the_call_that_answers_tell_the_same_of_the_callback(written, told):
    written(
        ASKED,
        fact(kinds.CALL_ENDED, 1),
        about(kinds.CALLBACK_DIALLED, 10, agent="8001", attempt=1),
        fact(kinds.CALL_STARTED, 14, interaction="call-2"),
        about(kinds.CALLBACK_REACHED, 15, interaction="call-2"),
        about(kinds.CALLBACK_SETTLED, 16, outcome="served"),
    )
    ticket = [
        ("call-1", kinds.CALLBACK_ASKED),
        ("call-1", kinds.CALLBACK_DIALLED),
        ("call-2", kinds.CALLBACK_REACHED),
        ("call-1", kinds.CALLBACK_SETTLED),
    ]
    assert [each for each in told("call-1") if each[1] != kinds.CALL_ENDED] == ticket
    assert [each for each in told("call-2") if each[1] != kinds.CALL_STARTED] == ticket
    assert len(told("call-1")) == len(told("call-2")) == 5


def test_what_a_call_of_others_tells_of_a_callback_is_not_shown(written, told):
    written(ASKED, about(kinds.CALLBACK_REACHED, 15, interaction="call-2"))
    nobody = Scope("organisation")
    assert told("call-2", nobody) == [("call-2", kinds.CALLBACK_REACHED)]
