"""Customers are called back in the place that they had, and are calls like any other from then on."""

import tempfile
from dataclasses import replace
from datetime import timedelta
from functools import cache
from pathlib import Path

import pytest

from fs_scripts.callbacks import Unchangeable
from fs_scripts.calls import variables as var
from fs_scripts.calls.services import CallbackWish
from fs_scripts.configuration import QueueVoice
from hotline.domain import journal as kinds
from hotline.domain.acd.events import CallQueued, Tick
from hotline.domain.ivr.commands import RequestCallback
from hotline.domain.ivr.state import State, dumps, loads
from hotline.store.base import from_epoch
from hotline.store.callbacks import Callback
from tests.fs_scripts.fakes.call import RINGS, TALKS, Bridge
from tests.fs_scripts.fakes.centre import CallCentre
from tests.fs_scripts.fakes.line import CALLER
from tests.fs_scripts.flows import with_callback
from tests.fs_scripts.waiting import until


@pytest.fixture
def asked(centre):
    """A caller who has waited a minute for policy has asked to be called back, and is gone."""
    centre.configuration = with_callback(centre.configuration)
    call = centre.call(keys=["1", "1"], ahead={"queue_wait": "8"})
    centre.serve(call)
    return centre


def ticket_of(centre) -> str:
    return centre.journal.one(kinds.CALLBACK_ASKED).data["ticket"]


def customer(centre, **script):
    """The customer who is being dialled picks up: the channel comes to a handler."""
    until(lambda: centre.switch.dialled)
    return centre.call(**(centre.switch.variables() | {"originate_timeout": ""}), **script)


def story_of_the_wish(centre) -> list[str]:
    """What became of the callback, as the call in which it was asked for tells it."""
    call = centre.journal.one(kinds.CALLBACK_ASKED).interaction_id
    told = [each for each in centre.journal.entries.values() if each.interaction_id == call]
    return [each.kind.partition(".")[2] for each in told if each.kind.startswith("callback.")]


def settled(centre) -> list[str]:
    return [entry.data["outcome"] for entry in centre.journal.of(kinds.CALLBACK_SETTLED)]


def test_the_wish_is_put_down_with_the_place_and_the_call_counts_as_called_back(asked):
    entry = asked.journal.one(kinds.CALLBACK_ASKED)
    assert (entry.data["number"], entry.queue_code) == (CALLER, "policy")
    assert entry.data["queued_at"] == asked.journal.one(kinds.CALL_QUEUED).at
    assert loads(entry.data["place"]).node == "policy"
    assert asked.outcome() == "callback"
    assert asked.callbacks.knows(ticket_of(asked))


def test_nobody_is_dialled_before_an_agent_is_kept_for_the_customer(asked):
    assert asked.switch.dialled == []
    asked.ready("8001")
    until(lambda: asked.switch.dialled)
    assert "sofia/gateway/carrier/13800138000 callback XML callback" in asked.switch.dialled[0]
    assert asked.states()["8001"] == "ringing"


def test_the_customer_is_connected_at_once_with_that_agent_and_hears_who_calls(asked):
    asked.ready("8001")
    call = customer(asked, bridges=[TALKS])
    asked.begin(call)
    until(lambda: asked.states()["8001"] == "talking")
    assert "callback_greeting" in call.variables["transfer_ringback"]
    assert settled(asked) == ["served"]
    assert story_of_the_wish(asked) == ["asked", "dialled", "settled"]
    assert not asked.callbacks.knows(ticket_of(asked))
    reached = asked.journal.one(kinds.CALLBACK_REACHED)
    started = [e for e in asked.journal.of(kinds.CALL_STARTED) if e.interaction_id == reached.interaction_id]
    assert [(e.data["direction"], e.data["caller"], e.data["called"]) for e in started] == [
        ("callback", CALLER, "12366")
    ]


def test_an_agent_who_is_whispered_to_is_told_that_it_is_a_call_back(asked):
    voices = {"policy": QueueVoice(whisper=True)}
    asked.configuration = replace(asked.configuration, voices=voices)
    asked.ready("8001")
    call = customer(asked, bridges=[TALKS])
    asked.begin(call)
    until(lambda: asked.states()["8001"] == "talking")
    assert "whisper_callback.wav" in next(arg for app, arg in call.executed if app == "bridge")


def test_the_customer_gives_a_mark_like_any_other(asked):
    asked.ready("8001")
    call = customer(asked, bridges=[Bridge()], keys=["1"])
    asked.serve(call)
    assert asked.journal.one(kinds.SURVEY_MARKED).data["mark"] == 1


def test_a_customer_keeps_the_place_before_those_who_came_later(asked):
    orders = []
    asked.clock.advance(30)
    asked.dispatcher.enqueue(CallQueued("later", "policy", 0, asked.clock()), orders.append)
    asked.ready("8001")
    until(lambda: asked.switch.dialled)
    assert orders == []


@pytest.mark.parametrize(
    ("cause", "outcome"),
    [
        ("USER_BUSY", "busy"),
        ("NO_ANSWER", "no_answer"),
        ("CALL_REJECTED", "refused"),
        ("GATEWAY_DOWN", "unreachable"),
    ],
)
def test_a_customer_who_is_not_reached_is_tried_again_later(asked, cause, outcome):
    asked.switch.answers = [cause]
    asked.ready("8001")
    until(lambda: asked.journal.of(kinds.CALLBACK_POSTPONED))
    assert asked.journal.one(kinds.CALLBACK_FAILED).data["outcome"] == outcome
    assert story_of_the_wish(asked) == ["asked", "dialled", "failed", "postponed"]
    assert asked.states()["8001"] == "idle"
    asked.clock.advance(600)
    asked.dispatcher.apply(Tick())
    until(lambda: len(asked.switch.dialled) == 2)


def test_a_customer_who_hangs_up_at_once_was_not_reached_and_frees_the_agent(asked):
    asked.ready("8001")
    call = customer(asked, dies_at=1)
    asked.serve(call)
    assert asked.journal.of(kinds.CALLBACK_POSTPONED)
    assert asked.states()["8001"] == "idle"
    asked.assert_nothing_is_left()


def test_a_customer_who_was_gone_before_the_handler_knew_was_not_reached(asked):
    asked.ready("8001")
    until(lambda: asked.switch.dialled)
    asked.callbacks.lost(ticket_of(asked))
    assert asked.journal.one(kinds.CALLBACK_FAILED).data["outcome"] == "refused"
    assert asked.states()["8001"] == "idle"


def test_a_customer_who_hangs_up_while_the_agent_is_rung_frees_the_agent(asked):
    asked.ready("8001")
    call = customer(asked, bridges=[RINGS])
    asked.begin(call)
    until(lambda: call.runs("bridge"))
    call.hang_up()
    until(lambda: asked.states()["8001"] == "idle")
    assert asked.journal.of(kinds.CALLBACK_POSTPONED)


def test_a_customer_who_rings_too_long_is_given_up(asked):
    asked.ready("8001")
    until(lambda: asked.switch.dialled)
    leg = asked.switch.variables()["origination_uuid"]
    asked.clock.advance(120)
    asked.dispatcher.apply(Tick())
    until(lambda: asked.switch.killed)
    assert asked.switch.killed == [leg]
    assert asked.journal.one(kinds.CALLBACK_FAILED).data["outcome"] == "withdrawn"


def test_who_has_asked_already_keeps_the_first_place(asked):
    asked.serve(asked.call(keys=["1", "1"], ahead={"queue_wait": "8"}))
    assert len(asked.journal.of(kinds.CALLBACK_ASKED)) == 1


def test_a_caller_who_is_called_back_and_taken_over_is_not_greeted_as_a_new_call(asked):
    asked.ready("8001")
    until(lambda: asked.switch.dialled)
    told = asked.switch.variables()
    call = asked.taken_over(
        "policy", {"bridges": [TALKS]}, **{var.TICKET: told[var.TICKET], var.QUEUED_AT: told[var.QUEUED_AT]}
    )
    asked.begin(call)
    until(lambda: asked.states()["8001"] == "talking")
    assert asked.journal.of(kinds.CALL_RESUMED)


def test_a_customer_is_dialled_at_the_number_that_was_set_last(asked):
    asked.callbacks.change_number(ticket_of(asked), "+86 512 5352 0000", "lead")
    entry = asked.journal.one(kinds.CALLBACK_RENUMBERED)
    assert (entry.data["number"], entry.data["before"], entry.data["by"]) == ("051253520000", CALLER, "lead")
    asked.ready("8001")
    until(lambda: asked.switch.dialled)
    assert "sofia/gateway/carrier/051253520000 callback XML callback" in asked.switch.dialled[0]


def test_a_number_that_is_not_called_back_or_waits_already_is_refused(asked):
    another = RequestCallback("policy", "13900139000", 0)
    asked.callbacks.take(CallbackWish("call-2", "", "12366", another, None, "1.abc"))
    first, second = (entry.data["ticket"] for entry in asked.journal.of(kinds.CALLBACK_ASKED))
    for ticket, number, code in (
        (first, "110", "bad_number"),
        (first, "13900139000", "number_waits"),
        ("gone", CALLER, "unknown_ticket"),
    ):
        with pytest.raises(Unchangeable) as refused:
            asked.callbacks.change_number(ticket, number, "lead")
        assert refused.value.code == code
    assert asked.journal.of(kinds.CALLBACK_RENUMBERED) == []
    asked.callbacks.change_number(second, "13900139000", "lead")


def test_a_customer_who_was_busy_is_called_at_once_when_somebody_wants_it(asked):
    asked.switch.answers = ["USER_BUSY"]
    asked.ready("8001")
    until(lambda: asked.journal.of(kinds.CALLBACK_POSTPONED))
    asked.callbacks.hurry(ticket_of(asked), "lead")
    until(lambda: len(asked.switch.dialled) == 2)
    assert asked.journal.one(kinds.CALLBACK_HURRIED).data["by"] == "lead"


def test_a_customer_who_is_being_called_is_left_alone(asked):
    asked.ready("8001")
    until(lambda: asked.switch.dialled)
    for change in (
        lambda: asked.callbacks.hurry(ticket_of(asked), "lead"),
        lambda: asked.callbacks.change_number(ticket_of(asked), "13900139000", "lead"),
    ):
        with pytest.raises(Unchangeable) as refused:
            change()
        assert refused.value.code == "being_called"


# --- after another handler ----------------------------------------------------------------------------------


def ticket(centre, state: str) -> Callback:
    """A customer who was called once, as the store knows it."""
    now = from_epoch(centre.clock())
    return Callback(
        ticket="ticket",
        interaction_id="asked in",
        state=state,
        queue_code="policy",
        caller=CALLER,
        called="12366",
        number=CALLER,
        priority=0,
        queued_at=now,
        expires_at=now + timedelta(hours=8),
        attempts=1,
        place=dumps(State("main", 1, "policy")),
    )


@pytest.fixture
def inherited(centre):
    """A customer was being dialled when the handler of before was lost."""
    centre.callbacks.restore([ticket(centre, state="dialling")])
    return centre


def test_a_telephone_that_a_lost_handler_has_left_ringing_is_not_called_a_second_time(inherited):
    inherited.switch.legs = {"of nobody": "", "rings": "ticket"}
    inherited.ready("8001")
    until(lambda: inherited.journal.of(kinds.CALLBACK_DIALLED))
    told = {var.TICKET: "ticket", var.CALLER: CALLER, var.CALLED: "12366", var.QUEUED_AT: "1.000"}
    place = {var.STATE: dumps(State("main", 1, "policy"))}
    inherited.begin(inherited.call(bridges=[TALKS], **told, **place))
    until(lambda: inherited.states()["8001"] == "talking")
    assert settled(inherited) == ["served"]
    assert inherited.switch.dialled == []


def test_a_telephone_that_was_left_ringing_and_is_not_answered_is_called_again_later(inherited):
    inherited.switch.legs = {"rings": "ticket"}
    inherited.ready("8001")
    until(lambda: "uuid_exists rings" in inherited.switch.asked)
    inherited.switch.legs.clear()
    until(lambda: inherited.journal.of(kinds.CALLBACK_POSTPONED))
    assert inherited.states()["8001"] == "idle"
    assert inherited.switch.dialled == []
    inherited.clock.advance(600)
    inherited.dispatcher.apply(Tick())
    until(lambda: inherited.switch.dialled)


def test_a_telephone_that_was_left_ringing_too_long_is_stopped(inherited):
    inherited.switch.legs = {"rings": "ticket"}
    inherited.ready("8001")
    until(lambda: "uuid_exists rings" in inherited.switch.asked)
    inherited.clock.advance(120)
    inherited.dispatcher.apply(Tick())
    until(lambda: inherited.switch.killed)
    assert inherited.switch.killed == ["rings"]


def test_an_attempt_that_goes_through_a_take_over_counts_once(inherited):
    inherited.switch.legs = {"rings": "ticket"}
    inherited.ready("8001")
    until(lambda: "uuid_exists rings" in inherited.switch.asked)
    assert inherited.journal.one(kinds.CALLBACK_DIALLED).data["attempt"] == 1
    inherited.switch.legs.clear()
    until(lambda: inherited.journal.of(kinds.CALLBACK_POSTPONED))
    assert inherited.journal.one(kinds.CALLBACK_POSTPONED).data["attempts"] == 1


def test_an_attempt_that_was_over_before_the_take_over_has_counted(centre):
    centre.callbacks.restore([ticket(centre, state="waiting")])
    centre.ready("8001")
    until(lambda: centre.switch.dialled)
    assert centre.journal.one(kinds.CALLBACK_DIALLED).data["attempt"] == 2


def test_who_is_not_on_the_switch_any_more_is_dialled_at_once(inherited):
    inherited.ready("8001")
    until(lambda: inherited.switch.dialled)
    assert inherited.journal.one(kinds.CALLBACK_DIALLED).interaction_id == "asked in"


# --- at every step ------------------------------------------------------------------------------------------


def called_back(folder, **death):
    """A customer is called back; the first agent does not answer, the second one talks, and there is a mark."""
    centre = CallCentre(folder)
    centre.configuration = with_callback(centre.configuration)
    centre.serve(centre.call(keys=["1", "1"], ahead={"queue_wait": "8"}))
    centre.ready("8001", "8002")
    call = customer(centre, keys=["1"], bridges=[Bridge("NO_ANSWER"), Bridge()], **death)
    return centre, centre.serve(call)


@cache
def steps() -> int:
    with tempfile.TemporaryDirectory() as folder:
        return len(called_back(Path(folder))[1].commands)


def pytest_generate_tests(metafunc):
    if "step" in metafunc.fixturenames:
        metafunc.parametrize("step", range(1, steps() + 1))


@pytest.mark.parametrize("before", [True, False], ids=["before it", "after it"])
def test_a_customer_who_hangs_up_at_any_command_leaves_nothing_behind(tmp_path, step, before):
    centre, call = called_back(tmp_path, dies_at=step, before=before)
    assert len(call.commands) == step
    centre.assert_nothing_is_left()
    assert len(centre.journal.of(kinds.CALL_ENDED)) == 2
    assert len(centre.journal.of(kinds.OFFER_MADE)) == len(centre.journal.of(kinds.OFFER_ENDED))
    open_still = centre.callbacks.knows(ticket_of(centre))
    assert open_still == (settled(centre) == [])
    assert centre.journal.of(kinds.CALLBACK_POSTPONED) or settled(centre) == ["served"]


def test_a_connection_that_breaks_at_any_command_leaves_the_customer_to_the_next_handler(tmp_path, step):
    centre, call = called_back(tmp_path, dies_at=step, lost=True)
    assert not call.gone
    assert len(centre.owned) == 0
    assert not centre.dispatcher.state.waiting
