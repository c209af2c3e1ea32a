"""What people see is what happens, in order and without gaps."""

import pytest

from fs_scripts.live_view import LiveView
from hotline.domain.acd.events import (
    CallQueued,
    OfferAnswered,
    OfferFailed,
    StateRequested,
    WrapUpExtended,
    WrapUpFinished,
)
from hotline.domain.agent import AgentState
from hotline.live.messages import AgentChanged, CallChanged, CallView, Notice, QueueChanged, SwitchChanged
from tests.fs_scripts.fakes.bus import FakeBus
from tests.fs_scripts.fakes.clock import FakeClock
from tests.fs_scripts.waiting import until


def queue(centre, call: str = "call-1") -> list:
    orders: list = []
    centre.dispatcher.enqueue(CallQueued(call, "policy", 0, centre.clock(), "13800138000"), orders.append)
    return orders


def view(call: str, phase: str, **more) -> CallView:
    return CallView(call, "13800138000", "12366", phase, 0.0, 0.0, **more)


def test_every_event_has_the_next_version(centre):
    centre.ready("8001", "8002")
    queue(centre)
    centre.view.switch_changed("1.10", connected=False)
    versions = [event.version for event in centre.bus.events]
    assert versions == list(range(1, len(versions) + 1))
    assert centre.view.snapshot().version == versions[-1]


def test_an_agent_is_shown_with_the_call_and_the_number_of_calls_today(centre):
    centre.view.set_today({"8001": 4}, {})
    centre.ready("8001")
    (offer,) = queue(centre)
    centre.dispatcher.apply(OfferAnswered(offer.offer_id))
    shown = centre.bus.of(AgentChanged)[-1].agent
    assert (shown.state, shown.interaction_id, shown.caller) == ("talking", "call-1", "13800138000")
    assert shown.calls_today == 5


@pytest.mark.parametrize(("outcome", "missed"), [("no_answer", 3), ("refused", 3), ("failed", 2)])
def test_offers_that_the_agent_did_not_take_are_counted(centre, outcome, missed):
    centre.set_queue(misses_until_busy=3)
    centre.view.set_today({}, {"8001": 2})
    centre.ready("8001")
    (offer,) = queue(centre)
    centre.dispatcher.apply(OfferFailed(offer.offer_id, outcome))
    assert centre.bus.of(AgentChanged)[-1].agent.missed_today == missed


def test_what_is_left_of_the_wrap_up_is_shown_and_how_often_it_was_prolonged(centre):
    centre.set_queue(wrap_up_seconds=30, wrap_up_extension_seconds=60, wrap_up_extensions=2)
    centre.ready("8001")
    (offer,) = queue(centre)
    centre.dispatcher.apply(OfferAnswered(offer.offer_id))
    centre.dispatcher.talk_ended("8001", "call-1")
    shown = centre.bus.of(AgentChanged)[-1].agent
    assert (shown.wrap_up_until, shown.prolonged, shown.prolongations) == (centre.clock() + 30, 0, 2)
    centre.dispatcher.apply(WrapUpExtended("8001", "8001"))
    shown = centre.bus.of(AgentChanged)[-1].agent
    assert (shown.wrap_up_until, shown.prolonged) == (centre.clock() + 90, 1)
    centre.dispatcher.apply(WrapUpFinished("8001", "8001"))
    shown = centre.bus.of(AgentChanged)[-1].agent
    assert (shown.wrap_up_until, shown.prolonged, shown.prolongations) == (None, 0, 0)


def test_the_wish_of_an_agent_who_talks_is_shown(centre):
    centre.ready("8001")
    (offer,) = queue(centre)
    centre.dispatcher.apply(OfferAnswered(offer.offer_id))
    centre.dispatcher.apply(StateRequested("8001", AgentState.REST, "", "8001"))
    assert centre.bus.of(AgentChanged)[-1].agent.next_state == "rest"


def test_people_are_told_of_an_agent_who_missed_an_offer(centre):
    centre.ready("8001")
    (offer,) = queue(centre)
    centre.dispatcher.apply(OfferFailed(offer.offer_id, "no_answer"))
    (notice,) = centre.bus.of(Notice)
    assert (notice.level, notice.code, notice.params["agent"]) == ("warning", "agent_missed_offer", "8001")


def test_a_queue_that_changes_often_is_shown_once_with_the_result(centre):
    for number in range(5):
        queue(centre, f"call-{number}")
    until(lambda: centre.bus.of(QueueChanged))
    (shown,) = centre.bus.of(QueueChanged)
    assert (shown.queue.waiting, shown.queue.longest_wait_since) == (5, centre.clock())


def test_who_is_rung_and_who_talks_is_counted_in_the_queue(centre):
    centre.ready("8001", "8002")
    (offer,) = queue(centre, "call-1")
    centre.dispatcher.apply(OfferAnswered(offer.offer_id))
    queue(centre, "call-2")
    policy = centre.view.snapshot().queues[0]
    assert (policy.talking, policy.offered, policy.agents_idle, policy.agents_signed_in) == (1, 1, 0, 2)


def test_a_call_is_shown_until_it_ends_and_its_end_once(centre):
    centre.view.call_changed(view("call-1", "ivr"))
    assert centre.view.call("call-1").phase == "ivr"
    centre.view.call_ended("call-1")
    centre.view.call_ended("call-1")
    assert [changed.call.phase for changed in centre.bus.of(CallChanged)] == ["ivr", "ended"]
    assert not centre.view.call_ids()


def test_the_queue_that_a_call_leaves_is_shown_too(centre):
    centre.view.call_changed(view("call-1", "queued", queue="policy"))
    centre.view.call_changed(view("call-1", "queued", queue="systems"))
    until(lambda: len(centre.bus.of(QueueChanged)) == 2)
    assert {shown.queue.code for shown in centre.bus.of(QueueChanged)} == {"policy", "systems"}


def test_a_switch_that_is_lost_raises_an_alarm_and_keeps_its_version(centre):
    centre.view.switch_changed("1.10.12", connected=True)
    centre.view.switch_changed("", connected=False)
    lost = centre.bus.of(SwitchChanged)[-1]
    assert (lost.switch_version, lost.connected) == ("1.10.12", False)
    assert centre.bus.of(Notice)[-1].code == "switch_lost"
    assert not centre.view.snapshot().switch_connected


def test_a_view_that_nothing_was_attached_to_says_so():
    with pytest.raises(RuntimeError, match="no dispatcher"):
        LiveView(FakeBus(), FakeClock(), "freeswitch").snapshot()
