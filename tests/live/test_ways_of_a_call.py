"""What a caller may do and what may become of one, each once on a real FreeSWITCH: keys ahead of the questions,
prompts broken by a key, time-outs, closing, overflow, the agent of last time, being called back.
"""

from __future__ import annotations

import datetime as dt
import time
from pathlib import Path

import pytest

from hotline.domain import journal as kinds
from hotline.domain.acd.spec import OverflowRule
from hotline.domain.agent import AgentState
from hotline.domain.calendar import Calendar, SpecialDay, WorkingHours
from hotline.domain.emergency import Emergency, Plan
from hotline.live.messages import ChangeCallbackNumber, HurryCallback
from tests.live import audio
from tests.live.callside import LiveCallSide
from tests.live.carrier import SUBSCRIBER_TONE, Carrier, CarrierCall
from tests.live.conftest import DialPhone, LiveSwitch
from tests.live.waiting import until

CUSTOMER = "13800138000"
AGENT_TONE = 1000
LONG_PROMPT_TONE = 2000
CLOSING_TONE = 2600
MOVED_TONE = 1400
OLD_AGENT_TONE = 1700


def in_the_menu(call_side: LiveCallSide, carrier: Carrier, caller: str = CUSTOMER) -> CarrierCall:
    call = carrier.call(caller=caller)
    call.wait_answered()
    call_side.wait_entered("menu")
    return call


def waiting(call_side: LiveCallSide, carrier: Carrier) -> CarrierCall:
    """A caller in the queue for policy, where nobody is there."""
    call = in_the_menu(call_side, carrier)
    call.key("1")
    call_side.wait_for(kinds.CALL_QUEUED)
    return call


def today() -> dt.date:
    return dt.datetime.now(dt.timezone(dt.timedelta(hours=8))).date()


def closed_today() -> Calendar:
    return Calendar(WorkingHours(), [SpecialDay(today(), "holiday", "元旦")])


# --- keys ---------------------------------------------------------------------------------------------------


def test_keys_pressed_ahead_of_the_questions_answer_them(call_side: LiveCallSide, carrier: Carrier) -> None:
    call_side.prompts.lengthen("menu", LONG_PROMPT_TONE, 5.0)
    call_side.prompts.lengthen("info_ask_code", LONG_PROMPT_TONE, 5.0)
    call = in_the_menu(call_side, carrier)
    call.key("41002#")
    collected = call_side.wait_for(kinds.IVR_COLLECTED, node="info", timeout=4.0)
    assert collected.data["digits"] == "1002"
    call.hang_up()


def test_a_key_breaks_the_prompt_that_is_being_played(
    call_side: LiveCallSide, carrier: Carrier, tmp_path: Path
) -> None:
    call_side.prompts.lengthen("menu", LONG_PROMPT_TONE, 10.0)
    call = in_the_menu(call_side, carrier)
    heard = tmp_path / "heard.wav"
    call.record(heard)
    until(lambda: heard.exists() and audio.heard(heard, LONG_PROMPT_TONE), 5, "the menu is heard")
    pressed = time.time()
    call.key("2")
    assert call_side.wait_entered("systems").at - pressed < 1.0
    call.hang_up()


def test_who_presses_nothing_is_asked_again_and_then_connected(
    call_side: LiveCallSide, carrier: Carrier
) -> None:
    call_side.change_node("menu", timeout_s=1, attempts=2)
    call = in_the_menu(call_side, carrier)
    call_side.wait_entered("general")
    answers = [e.data["outcome"] for e in call_side.journal.entries if e.kind == kinds.IVR_COLLECTED]
    assert answers == ["timeout", "timeout"]
    call.hang_up()


# --- opening and closing ------------------------------------------------------------------------------------


def test_on_a_holiday_the_caller_is_told_that_nobody_is_there(
    call_side: LiveCallSide, carrier: Carrier
) -> None:
    call_side.configure(always_open=False, calendar=closed_today())
    call = carrier.call()
    call.wait_answered()
    call_side.wait_entered("closed")
    call_side.wait_entered("voicemail")
    call.hang_up()


def test_who_waits_at_closing_time_hears_so_and_leaves_the_queue(
    call_side: LiveCallSide, carrier: Carrier, tmp_path: Path
) -> None:
    call_side.prompts.lengthen("queue_closed", CLOSING_TONE, 1.5)
    call_side.configure(queues={"closing": "prompt"})
    call = waiting(call_side, carrier)
    heard = tmp_path / "heard.wav"
    call.record(heard)
    call_side.configure(always_open=False, calendar=closed_today())
    assert call_side.wait_for(kinds.CALL_DEQUEUED).data["outcome"] == "closed"
    call_side.wait_entered("voicemail")
    call.hang_up()
    call.wait_ended()
    assert audio.heard(heard, CLOSING_TONE)


def test_closing_now_for_an_emergency_reaches_those_who_wait(
    call_side: LiveCallSide, carrier: Carrier, tmp_path: Path
) -> None:
    call_side.prompts.lengthen("emergency", CLOSING_TONE, 1.5)
    call = waiting(call_side, carrier)
    heard = tmp_path / "heard.wav"
    call.record(heard)
    call_side.configure(closing_now=Emergency(Plan("", waiting="prompt")))
    assert call_side.wait_for(kinds.CALL_DEQUEUED).data["outcome"] == "emergency"
    call_side.wait_entered("voicemail")
    call.hang_up()
    call.wait_ended()
    assert audio.heard(heard, CLOSING_TONE)


# --- overflow, last agent -----------------------------------------------------------------------------------


def test_who_waits_too_long_overflows_into_another_queue_and_is_served_there(
    call_side: LiveCallSide, carrier: Carrier, desk_phone: DialPhone
) -> None:
    able = next(
        number
        for number, agent in call_side.side.dispatcher.state.agents.items()
        if "complaints" in agent.spec.skills and "policy" not in agent.spec.skills
    )
    call_side.configure(queues={"overflow": (OverflowRule("wait", 1, "queue", "complaints"),)})
    phone = desk_phone(call_side.agent(able).spec.extension, tone=AGENT_TONE)
    call_side.make_idle(able)
    call = waiting(call_side, carrier)
    phone.wait_for("CALL_ESTABLISHED")
    connected = call_side.wait_for(kinds.CALL_CONNECTED)
    moved = call_side.wait_for(kinds.CALL_MOVED)
    assert (moved.data["before"], moved.data["after"], moved.data["rule"]) == ("policy", "complaints", "wait")
    assert (connected.agent_number, connected.queue_code) == (able, "complaints")
    call.hang_up()


def test_who_is_moved_into_another_queue_hears_so_and_waits_on(
    call_side: LiveCallSide, carrier: Carrier, tmp_path: Path
) -> None:
    call_side.prompts.lengthen("queue_other", MOVED_TONE, 1.5)
    call_side.configure(queues={"overflow": (OverflowRule("wait", 1, "queue", "complaints"),)})
    call = waiting(call_side, carrier)
    heard = tmp_path / "heard.wav"
    call.record(heard)
    call_side.wait_for(kinds.CALL_MOVED)
    until(lambda: audio.heard(heard, MOVED_TONE), 10, "the caller is told")
    call.hang_up()
    assert call_side.wait_for(kinds.CALL_DEQUEUED).queue_code == "complaints"


def test_who_waits_too_long_overflows_to_an_outside_number(
    call_side: LiveCallSide, carrier: Carrier, tmp_path: Path
) -> None:
    call_side.configure(queues={"overflow": (OverflowRule("wait", 1, "outside", "051253520000"),)})
    call = waiting(call_side, carrier)
    heard = tmp_path / "heard.wav"
    call.record(heard)
    carrier.wait_called("051253520000")
    until(lambda: audio.heard(heard, SUBSCRIBER_TONE), 10, "the other side is heard")
    call.hang_up()
    ended = call_side.wait_for(kinds.CALL_ENDED)
    assert ended.data["side"] == "caller"


def test_a_caller_gets_the_agent_of_last_time(
    call_side: LiveCallSide, carrier: Carrier, desk_phone: DialPhone
) -> None:
    call_side.configure(queues={"last_agent_minutes": 60, "last_agent_seconds": 20})
    desk_phone("1005", tone=AGENT_TONE)
    desk_phone("1006", tone=AGENT_TONE)
    call_side.make_idle("8005")
    call_side.make_idle("8006")
    served = []
    for _ in range(3):
        call_side.forget()
        call = in_the_menu(call_side, carrier)
        call.key("1")
        served.append(call_side.wait_for(kinds.CALL_CONNECTED).agent_number)
        call.hang_up()
        call_side.wait_for(kinds.CALL_ENDED)
    assert len(set(served)) == 1, "by turns it would have been the other one the second time"


def test_who_waits_for_the_agent_of_last_time_is_told_so(
    call_side: LiveCallSide, carrier: Carrier, desk_phone: DialPhone, tmp_path: Path
) -> None:
    call_side.prompts.lengthen("queue_last_agent", OLD_AGENT_TONE, 1.5)
    call_side.configure(queues={"last_agent_minutes": 60, "last_agent_seconds": 20, "wrap_up_seconds": 60})
    desk_phone("1005", tone=AGENT_TONE)
    call_side.make_idle("8005")
    call = waiting(call_side, carrier)
    call_side.wait_for(kinds.CALL_CONNECTED)
    call.hang_up()
    call_side.wait_for(kinds.CALL_ENDED)
    call_side.forget()
    call = waiting(call_side, carrier)
    heard = tmp_path / "heard.wav"
    call.record(heard)
    until(lambda: audio.heard(heard, OLD_AGENT_TONE), 10, "the caller is told")
    call.hang_up()


# --- called back --------------------------------------------------------------------------------------------


@pytest.fixture
def with_callbacks(call_side: LiveCallSide) -> LiveCallSide:
    """Callers in the queue for policy press 8, and 1 to say yes; at any hour."""
    flow = {
        "type": "callback",
        "queue": "policy",
        "ask": ["callback_ask"],
        "confirm": ["callback_confirm"],
        "change": ["callback_number"],
        "wrong": ["wrong_key"],
        "taken": ["callback_taken"],
        "on_taken": "goodbye",
        "on_refused": "goodbye",
        "on_cancelled": "goodbye",
        "on_fail": "goodbye",
    }
    call_side.add_node("call_me", flow)
    call_side.change_node("policy", callback_key="8", on_callback="call_me")
    call_side.configure(callable_hours=(dt.time(0), dt.time(23, 59, 59)))
    return call_side


def ask_to_be_called_back(call_side: LiveCallSide, carrier: Carrier) -> None:
    call = waiting(call_side, carrier)
    call.key("8")
    call_side.wait_entered("call_me")
    until(lambda: call_side.seconds_since_entered("call_me") > 1.0, 5, "the question is being asked")
    call.key("1")
    call_side.wait_for(kinds.CALLBACK_ASKED)
    call.wait_ended()
    assert call_side.wait_for(kinds.CALL_ENDED).data["outcome"] == "callback"


def test_a_customer_is_called_back_in_the_place_of_old_and_served_like_any_other(
    with_callbacks: LiveCallSide, carrier: Carrier, desk_phone: DialPhone, tmp_path: Path
) -> None:
    call_side = with_callbacks
    ask_to_be_called_back(call_side, carrier)
    asked = call_side.wait_for(kinds.CALLBACK_ASKED)
    call_side.forget()
    later = carrier.call(caller="13900139000")
    later.wait_answered()
    call_side.wait_entered("menu")
    later.key("1")
    call_side.wait_for(kinds.CALL_QUEUED)

    phone = desk_phone("1005", tone=AGENT_TONE)
    call_side.make_idle("8005")
    customer = carrier.wait_called(CUSTOMER)
    heard = tmp_path / "customer.wav"
    customer.record(heard)
    phone.wait_for("CALL_ESTABLISHED", timeout=20)
    connected = call_side.wait_for(kinds.CALL_CONNECTED)
    reached = call_side.wait_for(kinds.CALLBACK_REACHED)
    assert connected.interaction_id == reached.interaction_id
    assert connected.interaction_id != asked.interaction_id
    assert call_side.wait_for(kinds.CALLBACK_SETTLED).data["outcome"] == "served"
    phone.wait_heard(3)
    phone.hang_up()
    call_side.wait_for(kinds.IVR_ENTERED, node="survey")
    customer.key("1")
    assert call_side.wait_for(kinds.SURVEY_MARKED).interaction_id == reached.interaction_id
    customer.wait_ended()
    later.hang_up()

    assert audio.heard(heard, AGENT_TONE)
    assert audio.heard(phone.recordings()[0], SUBSCRIBER_TONE)
    recording = call_side.recordings / call_side.wait_for(kinds.RECORDING_STARTED).data["path"]
    until(recording.exists, 5, "the recording is there")
    assert audio.heard(recording, SUBSCRIBER_TONE, channel=0)


def test_a_customer_who_is_busy_is_called_again(
    with_callbacks: LiveCallSide, live_switch: LiveSwitch, carrier: Carrier, desk_phone: DialPhone
) -> None:
    call_side = with_callbacks
    call_side.configure(queues={"callback_retry_seconds": 1})
    ask_to_be_called_back(call_side, carrier)
    carrier.refuse(CUSTOMER)
    phone = desk_phone("1005", tone=AGENT_TONE)
    call_side.make_idle("8005")
    assert call_side.wait_for(kinds.CALLBACK_FAILED).data["outcome"] == "busy"
    until(lambda: call_side.state_of("8005") is AgentState.IDLE, 5, "the agent is free meanwhile")
    carrier.accept(CUSTOMER)
    phone.wait_for("CALL_ESTABLISHED", timeout=20)
    assert call_side.wait_for(kinds.CALLBACK_SETTLED).data["outcome"] == "served"
    live_switch.api("hupall")
    call_side.wait_for(kinds.CALL_ENDED)


def test_a_lead_has_a_customer_called_at_once_at_another_number(
    with_callbacks: LiveCallSide, live_switch: LiveSwitch, carrier: Carrier, desk_phone: DialPhone
) -> None:
    call_side = with_callbacks
    ask_to_be_called_back(call_side, carrier)
    carrier.refuse(CUSTOMER)
    phone = desk_phone("1005", tone=AGENT_TONE)
    call_side.make_idle("8005")
    ticket = call_side.wait_for(kinds.CALLBACK_ASKED).data["ticket"]
    assert call_side.wait_for(kinds.CALLBACK_POSTPONED).data["until"] > time.time() + 60
    until(lambda: call_side.state_of("8005") is AgentState.IDLE, 5, "the agent is free")

    assert call_side.bus.request(ChangeCallbackNumber("8001", ticket, "13900139000")).ok
    assert call_side.bus.request(HurryCallback("8001", ticket)).ok
    carrier.wait_called("13900139000")
    phone.wait_for("CALL_ESTABLISHED", timeout=20)
    assert call_side.wait_for(kinds.CALLBACK_SETTLED).data["outcome"] == "served"
    live_switch.api("hupall")
    call_side.wait_for(kinds.CALL_ENDED)
    carrier.accept(CUSTOMER)
