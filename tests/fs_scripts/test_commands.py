"""What the console asks of the call side is done, or refused in words."""

import pytest

from fs_scripts.calls.services import CallbackWish
from fs_scripts.commands import CommandDesk
from fs_scripts.esl.errors import CommandTimeout, ConnectionLost
from hotline.domain import journal as kinds
from hotline.domain.acd.events import CallQueued, OfferAnswered
from hotline.domain.ivr.commands import RequestCallback
from hotline.live.messages import (
    CancelCallback,
    ChangeCallbackNumber,
    Command,
    ExtendWrapUp,
    FinishWrapUp,
    GetSnapshot,
    HangUpCall,
    HurryCallback,
    Notice,
    RaiseAlarm,
    ReloadConfiguration,
    SetAgentState,
    SetDoNotDisturb,
)
from hotline.store.db import DatabaseAway


@pytest.fixture
def reloads() -> list[Exception | None]:
    """What each reload does: succeed or raise."""
    return []


@pytest.fixture
def desk(centre, reloads) -> CommandDesk:
    def reload() -> None:
        outcome = reloads.pop(0)
        if outcome is not None:
            raise outcome

    return CommandDesk(centre.dispatcher, centre.view, centre.owned, centre.callbacks, reload)


def talk(centre) -> None:
    centre.ready("8001")
    offers = []
    centre.dispatcher.enqueue(CallQueued("call-1", "policy", 0, centre.clock()), offers.append)
    centre.dispatcher.apply(OfferAnswered(offers[0].offer_id))
    centre.dispatcher.leave("call-1")


def test_a_snapshot_holds_agents_queues_and_the_switch(centre, desk):
    centre.ready("8002")
    reply = desk.handle(GetSnapshot("lead"))
    assert [agent.state for agent in reply.value.agents] == ["signed_out", "idle", "signed_out"]
    assert [queue.code for queue in reply.value.queues] == ["policy", "systems", "complaints", "general"]
    assert reply.value.switch == "freeswitch"
    policy = reply.value.queues[0]
    assert (policy.agents_signed_in, policy.agents_idle, policy.waiting) == (1, 1, 0)


@pytest.mark.parametrize("state", ["idle", "busy", "rest", "signed_out"])
def test_an_agents_state_is_set(centre, desk, state):
    centre.ready("8001")
    assert desk.handle(SetAgentState("lead", "8001", state)).ok
    assert centre.states()["8001"] == state


@pytest.mark.parametrize("state", ["talking", "ringing", "wrap_up", "asleep", ""])
def test_a_state_that_nobody_may_ask_for_is_refused(centre, desk, state):
    reply = desk.handle(SetAgentState("lead", "8001", state))
    assert (reply.ok, reply.error, reply.detail) == (False, "unknown_state", state)


def test_an_agent_who_does_not_exist_is_refused(desk):
    for command in (SetAgentState("lead", "9999", "idle"), FinishWrapUp("lead", "9999")):
        reply = desk.handle(command)
        assert (reply.ok, reply.error, reply.detail) == (False, "unknown_agent", "9999")


def test_a_wish_during_a_talk_is_kept_for_after_it(centre, desk):
    talk(centre)
    assert desk.handle(SetAgentState("lead", "8001", "rest", "lunch")).ok
    assert centre.states()["8001"] == "talking"
    centre.dispatcher.talk_ended("8001", "call-1")
    assert centre.states()["8001"] == "rest"


def test_wrap_up_is_finished_once(centre, desk):
    centre.set_queue(wrap_up_seconds=30)
    talk(centre)
    centre.dispatcher.talk_ended("8001", "call-1")
    assert desk.handle(FinishWrapUp("8001", "8001")).ok
    again = desk.handle(FinishWrapUp("8001", "8001"))
    assert (again.ok, again.error) == (False, "not_allowed_now")


def test_a_call_is_ended_and_one_that_is_not_here_is_refused(centre, desk):
    ended = []
    centre.owned.own("call-1", lambda: ended.append("call-1"))
    assert desk.handle(HangUpCall("lead", "call-1")).ok
    assert ended == ["call-1"]
    assert desk.handle(HangUpCall("lead", "call-2")).error == "unknown_call"


@pytest.mark.parametrize("fault", [CommandTimeout("uuid_kill took too long"), ConnectionLost("closed")])
def test_a_switch_that_does_not_obey_is_a_reply_and_no_exception(centre, desk, reloads, fault):
    def hang_up() -> None:
        raise fault

    centre.owned.own("call-1", hang_up)
    reply = desk.handle(HangUpCall("lead", "call-1"))
    assert (reply.ok, reply.error, reply.detail) == (False, "switch_away", str(fault))
    reloads.append(fault)
    assert desk.handle(ReloadConfiguration("lead")).error == "switch_away"


def test_a_reload_is_done_and_a_database_that_is_away_is_told(desk, reloads):
    reloads += [None, DatabaseAway("sqlite: gone")]
    assert desk.handle(ReloadConfiguration("lead")).ok
    reply = desk.handle(ReloadConfiguration("lead"))
    assert (reply.ok, reply.error, reply.detail) == (False, "store_away", "sqlite: gone")


def test_an_alarm_from_outside_of_the_call_side_reaches_people(centre, desk):
    # As the publication of planned versions gives them.
    params = {"code": "main", "name": "12366", "version": "2"}
    assert desk.handle(RaiseAlarm("8001", "flow_not_published", params)).ok
    (note,) = [event for event in centre.bus.events if isinstance(event, Notice)]
    assert (note.level, note.code, note.params) == ("alarm", "flow_not_published", params)


def test_a_command_that_nobody_knows_is_refused(desk):
    assert desk.handle(Command("lead")).error == "unknown_command"


def test_do_not_disturb_is_switched_from_the_console(desk, centre):
    centre.ready("8001")
    assert desk.handle(SetDoNotDisturb("lead", "8001", True)).ok
    assert centre.agent("8001").do_not_disturb
    assert desk.handle(SetDoNotDisturb("lead", "7777", True)).error == "unknown_agent"


def test_after_call_work_is_prolonged_as_often_as_the_queue_allows(desk, centre):
    centre.set_queue(wrap_up_seconds=30, wrap_up_extension_seconds=60, wrap_up_extensions=1)
    talk(centre)
    centre.dispatcher.talk_ended("8001", "call-1")
    assert desk.handle(ExtendWrapUp("lead", "8001")).ok
    assert desk.handle(ExtendWrapUp("lead", "8001")).error == "not_allowed_now"
    assert len(centre.journal.of(kinds.AGENT_WRAP_UP)) == 1


@pytest.fixture
def ticket(centre):
    wish = CallbackWish("call-1", "", "12366", RequestCallback("policy", "13800138000", 0), None, "1.abc")
    assert centre.callbacks.take(wish).outcome == "taken"
    return centre.journal.one(kinds.CALLBACK_ASKED).data["ticket"]


def test_a_callback_is_cancelled_once(desk, centre, ticket):
    assert desk.handle(CancelCallback("lead", ticket)).ok
    assert centre.journal.one(kinds.CALLBACK_SETTLED).data["outcome"] == "cancelled"
    assert desk.handle(CancelCallback("lead", ticket)).error == "unknown_ticket"


def test_a_callback_gets_another_number_and_is_hurried(desk, centre, ticket):
    assert desk.handle(ChangeCallbackNumber("lead", ticket, "12366")).error == "bad_number"
    assert desk.handle(ChangeCallbackNumber("lead", ticket, "13900139000")).ok
    assert centre.dispatcher.state.tickets[ticket].number == "13900139000"
    assert desk.handle(HurryCallback("lead", ticket)).ok
    assert desk.handle(HurryCallback("lead", "gone")).error == "unknown_ticket"
