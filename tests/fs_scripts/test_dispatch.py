"""The dispatcher carries out what the ACD decides, and puts all of it down."""

import gevent
import pytest

from fs_scripts.dispatch import Dispatcher
from hotline.domain import journal as kinds
from hotline.domain.acd.effects import CancelOffer, MakeOffer, SendAway
from hotline.domain.acd.engine import UnknownQueue
from hotline.domain.acd.events import CallQueued, OfferAnswered, OfferFailed, StateRequested, TalkEnded
from hotline.domain.agent import AgentState
from tests.fs_scripts.waiting import until


@pytest.fixture
def dispatcher(centre) -> Dispatcher:
    return centre.dispatcher


def queue(centre, call: str, code: str = "policy", **more) -> list:
    """Queue a call; the list fills with the orders for it."""
    orders: list = []
    centre.dispatcher.enqueue(CallQueued(call, code, 0, centre.clock(), **more), orders.append)
    return orders


def test_an_offer_reaches_the_call_and_is_explained_in_the_journal(centre):
    centre.ready("8001")
    (offer,) = queue(centre, "call-1")
    assert (offer.agent, offer.extension) == ("8001", "1001")
    decided = centre.journal.one(kinds.ROUTING_DECIDED)
    assert decided.agent_number == "8001"
    assert decided.data["chosen"] == "8001"
    assert centre.journal.one(kinds.OFFER_MADE).data["offer_id"] == offer.offer_id


def test_each_event_is_handed_on_with_its_time_and_what_it_led_to(centre):
    centre.decided.clear()
    queue(centre, "call-1")
    ((at, event, effects),) = centre.decided
    assert (at, event.call_id) == (centre.clock(), "call-1")
    assert [type(effect).__name__ for effect in effects] == ["NobodyFree"]


def test_why_nobody_was_free_is_in_the_journal(centre):
    assert queue(centre, "call-1") == []
    assert centre.journal.one(kinds.ROUTING_DECIDED).data["chosen"] is None


def test_that_a_caller_came_back_to_the_old_place_is_in_the_journal(centre, dispatcher):
    centre.set_queue(return_minutes=5)
    queue(centre, "call-1", caller="1")
    began = centre.clock()
    dispatcher.leave("call-1")
    centre.clock.advance(60)
    queue(centre, "call-2", caller="1")
    back = centre.journal.one(kinds.CALL_CAME_BACK)
    assert (back.interaction_id, back.queue_code, back.data["queued_at"]) == ("call-2", "policy", began)


def test_how_long_a_phone_rang_is_booked_with_the_outcome(centre, dispatcher):
    centre.ready("8001")
    (offer,) = queue(centre, "call-1")
    centre.clock.advance(7.25)
    dispatcher.apply(OfferFailed(offer.offer_id, "no_answer", "NO_ANSWER"))
    ended = centre.journal.one(kinds.OFFER_ENDED).data
    assert (ended["outcome"], ended["cause"], ended["ring_ms"]) == ("no_answer", "NO_ANSWER", 7_250)


def test_a_report_on_an_offer_that_is_over_is_booked_once(centre, dispatcher):
    centre.ready("8001")
    (offer,) = queue(centre, "call-1")
    dispatcher.apply(OfferAnswered(offer.offer_id))
    dispatcher.apply(OfferFailed(offer.offer_id, "no_answer"))
    dispatcher.apply(OfferFailed("never made", "busy"))
    assert centre.journal.one(kinds.OFFER_ENDED).data["outcome"] == "answered"


def test_a_call_that_leaves_takes_its_offer_back(centre, dispatcher):
    centre.ready("8001")
    queue(centre, "call-1")
    dispatcher.leave("call-1")
    assert centre.journal.one(kinds.OFFER_ENDED).data["outcome"] == "withdrawn"
    assert centre.states()["8001"] == "idle"
    dispatcher.leave("call-1")
    dispatcher.leave("never here")


def test_every_move_of_an_agent_is_booked_with_who_made_it(centre, dispatcher):
    centre.ready("8001")
    dispatcher.apply(StateRequested("8001", AgentState.REST, "lunch", "8001"))
    moves = [(e.data["from"], e.data["to"], e.data["by"]) for e in centre.journal.of(kinds.AGENT_STATE)]
    assert moves == [("signed_out", "idle", "test"), ("idle", "rest", "8001")]
    assert centre.journal.of(kinds.AGENT_STATE)[-1].data["reason"] == "lunch"


def test_a_queue_that_does_not_exist_leaves_no_trace_of_the_call(centre, dispatcher):
    with pytest.raises(UnknownQueue):
        queue(centre, "call-1", "nonsense")
    dispatcher.leave("call-1")
    assert not centre.effects


def test_the_end_of_a_talk_frees_only_the_agent_who_is_in_it(centre, dispatcher):
    centre.ready("8001")
    (offer,) = queue(centre, "call-1")
    dispatcher.apply(OfferAnswered(offer.offer_id))
    dispatcher.talk_ended("8001", "another call")
    assert centre.states()["8001"] == "talking"
    dispatcher.apply(TalkEnded("8001", "call-1"))
    assert centre.states()["8001"] == "idle"


def test_the_clock_wakes_the_acd_when_a_caller_has_waited_long_enough(centre, dispatcher):
    centre.set_queue(max_wait_seconds=30)
    dispatcher.start()
    try:
        orders = queue(centre, "call-1")
        centre.clock.advance(31)
        queue(centre, "call-2")  # any event wakes the timer, which sees that the first is due
        until(lambda: orders)
        assert isinstance(orders[0], SendAway)
        assert len(centre.dispatcher.state.waiting) == 1
    finally:
        dispatcher.stop()
        dispatcher.stop()


def test_after_a_standstill_what_was_reported_meanwhile_is_read_before_offers_are_taken_back(
    centre, dispatcher
):
    centre.ready("8001")
    orders = queue(centre, "call-1")
    dispatcher.start()
    try:
        gevent.sleep(0)
        centre.clock.advance(60)
        queue(centre, "call-2")  # wakes the timer, which sees that the offer is long overdue
        gevent.sleep(0.05)
        dispatcher.apply(OfferAnswered(orders[0].offer_id))
        gevent.sleep(0.6)
        assert [type(order) for order in orders] == [MakeOffer]
        assert centre.states()["8001"] == "talking"
    finally:
        dispatcher.stop()


def test_what_a_call_is_told_comes_in_the_order_of_the_decisions(centre, dispatcher):
    centre.ready("8001", "8002")
    orders = queue(centre, "call-1")
    dispatcher.apply(OfferFailed(orders[0].offer_id, "no_answer"))
    assert [(type(order), order.agent) for order in orders] == [(MakeOffer, "8001"), (MakeOffer, "8002")]
    dispatcher.leave("call-1")
    assert not any(isinstance(order, CancelOffer) for order in orders), "a call that left is told nothing"
