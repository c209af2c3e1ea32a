"""What a snapshot of the switch shows is compared with what is believed, and what differs is repaired."""

from collections.abc import Callable

import pytest

from fs_scripts.calls import variables as var
from fs_scripts.own_calls import OwnCalls
from fs_scripts.repairs import Repairs
from fs_scripts.snapshot import Snapshots
from hotline.domain import journal as kinds
from hotline.domain.acd.events import AgentRestored, CallQueued
from hotline.domain.agent import AgentState
from tests.fs_scripts.fakes.watched import CALL, LEG, WatchedSwitch, agent_marks, talking


@pytest.fixture
def switch() -> WatchedSwitch:
    return WatchedSwitch()


@pytest.fixture
def compare(centre, switch) -> Callable[[], None]:
    """Take a snapshot and compare."""
    repairs = Repairs(centre.dispatcher, centre.journal, centre.view, centre.owned)
    own_calls = OwnCalls(centre.dispatcher, centre.view)
    snapshots = Snapshots(centre.dispatcher, centre.owned, own_calls, repairs)
    return lambda: snapshots.compare(snapshots.take(switch), switch)


def test_a_phone_that_is_ringing_for_nobody_is_stopped(centre, switch, compare):
    switch.leg(LEG, "1001", "RINGING", **agent_marks(**{var.OFFER: "of-a-dead-handler"}))
    compare()
    assert switch.killed == [LEG]
    assert centre.repaired() == ["orphan_leg"]


def test_a_phone_that_rings_for_an_open_offer_goes_on_ringing(centre, switch, compare):
    centre.ready("8001")
    centre.dispatcher.enqueue(CallQueued(CALL, "policy", 0, centre.clock()), lambda order: None)
    (offer_id,) = centre.dispatcher.state.offers
    switch.leg(LEG, "1001", "RINGING", **agent_marks(**{var.OFFER: offer_id}))
    compare()
    assert not switch.killed
    assert centre.states()["8001"] == "ringing"


@pytest.mark.parametrize("callstate", ["ACTIVE", "HELD"])
def test_a_talk_that_nobody_knew_of_is_adopted(centre, switch, compare, callstate):
    centre.ready("8001")
    switch.leg(LEG, "1001", callstate, **agent_marks(**{var.OFFER: "old", var.CALLER: "13800138000"}))
    compare()
    agent = centre.agent("8001")
    assert (str(agent.state), agent.call_id, agent.caller) == ("talking", CALL, "13800138000")
    assert centre.repaired() == ["talk_adopted"]


def test_an_adopted_talk_is_in_the_books_once_whoever_else_tells_of_it(centre, switch, compare):
    centre.ready("8001")
    switch.leg(LEG, "1001", **agent_marks(**{var.OFFER: "old"}))
    fact = kinds.fact_id(CALL, "connected", "old")
    compare()
    centre.journal.write(kinds.CALL_CONNECTED, interaction_id=CALL, entry_id=fact)
    connected = centre.journal.one(kinds.CALL_CONNECTED)
    assert (connected.agent_number, connected.data["extension"]) == ("8001", "1001")


def test_a_talk_that_went_on_through_a_take_over_is_followed_by_its_wrap_up(centre, switch, compare):
    centre.set_queue(wrap_up_seconds=30)
    began = centre.clock() - 60
    centre.dispatcher.apply(AgentRestored("8001", AgentState.TALKING, "", began, began, CALL))
    switch.leg(LEG, "1001", **agent_marks())
    compare()
    assert centre.agent("8001").since == began
    assert not centre.repaired()
    centre.dispatcher.talk_ended("8001", CALL)
    assert centre.states()["8001"] == "wrap_up"


def test_an_agent_who_talks_in_a_call_that_is_over_is_freed(centre, switch, compare):
    talking(centre)
    compare()
    assert centre.states()["8001"] == "idle"
    assert centre.repaired() == ["talk_was_over"]


def test_a_talk_whose_handler_is_here_is_left_to_that(centre, switch, compare):
    talking(centre)
    centre.owned.own(CALL, lambda: None)
    compare()
    assert centre.states()["8001"] == "talking", "the list of channels may be older than the talk"


def test_a_channel_that_goes_while_it_is_looked_at_is_no_fault(centre, switch, compare):
    switch.leg(LEG, "1001")
    del switch.dumps[LEG]
    compare()
    assert not centre.repaired()


def test_a_channel_that_goes_while_it_is_looked_at_leaves_the_phone_free(centre, switch, compare):
    centre.ready("8001")
    switch.leg(LEG, "1001")
    del switch.dumps[LEG]
    compare()
    assert centre.agent("8001").own_calls == 0
