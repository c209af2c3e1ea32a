"""A taxpayer dials 12366 and talks with an agent: the whole way on a real FreeSWITCH with real peers."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from hotline.domain import journal as kinds
from hotline.domain.agent import AgentState
from tests.live import audio
from tests.live.callside import LiveCallSide
from tests.live.carrier import CALLER_TONE, Carrier
from tests.live.conftest import DialPhone
from tests.live.waiting import until

AGENT_TONE = 1000


@pytest.fixture
def agent_8005(call_side: LiveCallSide, desk_phone: DialPhone):  # type: ignore[no-untyped-def]
    phone = desk_phone("1005", tone=AGENT_TONE)
    call_side.make_idle("8005")
    return phone


def test_menu_queue_talk_and_survey(
    call_side: LiveCallSide, carrier: Carrier, agent_8005, tmp_path: Path
) -> None:  # type: ignore[no-untyped-def]
    call = carrier.call(caller="13800138000", name="张三")
    call.wait_answered()
    call.record(tmp_path / "heard.wav")
    call_side.wait_entered("menu")
    call.key("1")
    agent_8005.wait_for("CALL_ESTABLISHED")
    call_side.wait_for(kinds.CALL_CONNECTED)
    agent_8005.wait_heard(3)
    agent_8005.hang_up()
    call_side.wait_entered("survey")
    call.key("1")
    call.wait_ended()
    ended = call_side.wait_for(kinds.CALL_ENDED)

    assert ended.data["side"] == "agent"
    assert ended.data["outcome"] == "served"
    assert call_side.wait_for(kinds.SURVEY_MARKED).data["mark"] == 1
    assert call_side.wait_for(kinds.CALL_CONNECTED).agent_number == "8005"
    assert audio.heard(tmp_path / "heard.wav", AGENT_TONE)
    assert audio.heard(agent_8005.recordings()[0], CALLER_TONE)
    recording = call_side.recordings / call_side.wait_for(kinds.RECORDING_STARTED).data["path"]
    until(recording.exists, 5, "the recording is there")
    assert audio.heard(recording, CALLER_TONE, channel=0)
    assert not audio.heard(recording, AGENT_TONE, channel=0)
    assert audio.heard(recording, AGENT_TONE, channel=1)
    assert not audio.heard(recording, CALLER_TONE, channel=1)
    assert call_side.state_of("8005") is AgentState.IDLE


def test_a_caller_who_hangs_up_leaves_nothing_behind(
    call_side: LiveCallSide, carrier: Carrier, desk_phone: DialPhone
) -> None:
    phone = desk_phone("1005", answers=False)
    call_side.make_idle("8005")
    call = carrier.call()
    call.wait_answered()
    call_side.wait_entered("menu")
    call.key("1")
    phone.wait_for("CALL_INCOMING")
    assert call_side.state_of("8005") is AgentState.RINGING
    call.hang_up()
    phone.wait_for("CALL_CLOSED")
    ended = call_side.wait_for(kinds.CALL_ENDED)

    assert (ended.data["side"], ended.data["outcome"]) == ("caller", "abandoned")
    until(lambda: call_side.state_of("8005") is AgentState.IDLE, 5, "the agent is idle again")


def test_an_agent_who_does_not_answer_is_busy_and_the_next_one_rings(
    call_side: LiveCallSide, carrier: Carrier, desk_phone: DialPhone
) -> None:
    call_side.set_ring_seconds(2)
    silent = desk_phone("1005", answers=False)
    call_side.make_idle("8005")
    ready = desk_phone("1006")
    call_side.make_idle("8006")
    call = carrier.call()
    call.wait_answered()
    call_side.wait_entered("menu")
    call.key("1")
    silent.wait_for("CALL_INCOMING")
    ready.wait_for("CALL_ESTABLISHED")

    assert call_side.state_of("8005") is AgentState.BUSY
    assert call_side.wait_for(kinds.OFFER_ENDED).data["outcome"] == "no_answer"
    call.hang_up()
    ended = call_side.wait_for(kinds.CALL_ENDED)
    assert (ended.data["side"], ended.data["outcome"]) == ("caller", "served")
    until(lambda: call_side.state_of("8006") is AgentState.IDLE, 5, "the agent is idle again")


def test_a_caller_in_the_queue_hears_music_and_leaves_a_message_on_request(
    call_side: LiveCallSide, carrier: Carrier, tmp_path: Path
) -> None:
    call = carrier.call()
    call.wait_answered()
    call_side.wait_entered("menu")
    call.key("2")
    call_side.wait_for(kinds.CALL_QUEUED)
    call.record(tmp_path / "queue.wav")
    until(lambda: audio.heard(tmp_path / "queue.wav", 300), 10, "the music")
    call.key("9")
    call_side.wait_entered("voicemail")
    until(lambda: call_side.recording_now("messages"), 10, "the message is being recorded")
    until(lambda: call_side.seconds_since_entered("voicemail") > 4, 10, "something was said")
    call.hang_up()
    message = call_side.wait_for(kinds.VOICEMAIL_LEFT)

    ended = call_side.wait_for(kinds.CALL_ENDED)
    assert ended.data["outcome"] == "voicemail"
    assert audio.heard(call_side.recordings / message.data["path"], CALLER_TONE)


def test_feature_codes_change_the_agents_state(call_side: LiveCallSide, desk_phone: DialPhone) -> None:
    phone = desk_phone("1005")
    for code, state in (
        ("*11", AgentState.IDLE),
        ("*14", AgentState.BUSY),
        ("*13", AgentState.IDLE),
        ("*12", AgentState.SIGNED_OUT),
    ):
        phone.dial(code)
        until(lambda state=state: call_side.state_of("8005") is state, 10, f"{code} makes the agent {state}")
        phone.wait_for("CALL_CLOSED")
        phone.events.clear()
        until(lambda: call_side.own_calls("8005") == 0, 5, "the phone is free")


def test_every_key_of_the_menu_goes_where_it_says(call_side: LiveCallSide, carrier: Carrier) -> None:
    for key, node in (
        ("1", "policy"),
        ("2", "systems"),
        ("3", "complaints"),
        ("4", "info"),
        ("9", "voicemail"),
    ):
        call_side.forget()
        call = carrier.call()
        call.wait_answered()
        call_side.wait_entered("menu")
        call.key(key)
        call_side.wait_entered(node)
        call.hang_up()
        call_side.wait_for(kinds.CALL_ENDED)


def test_a_hostile_caller_name_forges_nothing(call_side: LiveCallSide, carrier: Carrier) -> None:
    for name in ("%0AEvent-Name: CHANNEL_HANGUP", "x' OR '1'='1", "a" * 10_000, "\\r\\nUnique-ID: 1"):
        call_side.forget()
        call = carrier.call(name=name.replace("'", ""))
        call.wait_answered()
        call_side.wait_entered("menu")
        call.key("1")
        call_side.wait_for(kinds.CALL_QUEUED)
        call.hang_up()
        assert call_side.wait_for(kinds.CALL_ENDED).data["side"] == "caller"


def test_levels_of_both_channels_are_alike(call_side: LiveCallSide, carrier: Carrier, agent_8005) -> None:  # type: ignore[no-untyped-def]
    call = carrier.call()
    call.wait_answered()
    call_side.wait_entered("menu")
    call.key("1")
    agent_8005.wait_heard(3)
    call.hang_up()
    call_side.wait_for(kinds.CALL_ENDED)
    path = call_side.recordings / call_side.wait_for(kinds.RECORDING_STARTED).data["path"]
    # The file is whole when the switch says so, not when the call is over.
    call_side.wait_for(kinds.RECORDING_ENDED)
    levels = [float(np.sqrt(np.mean(channel**2))) for channel in audio.read(path)]
    assert min(levels) > 0.3 * max(levels)
