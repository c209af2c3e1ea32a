"""The whisper to the agent and the agent's number to the caller, on a real FreeSWITCH: who hears what, when."""

from __future__ import annotations

from pathlib import Path

import pytest

from hotline.domain import journal as kinds
from hotline.domain.agent import AgentState
from tests.live import audio
from tests.live.callside import AGENT_NUMBER_TONE, WHISPER_TONE, LiveCallSide
from tests.live.carrier import CALLER_TONE, Carrier, CarrierCall
from tests.live.conftest import DialPhone, LiveSwitch
from tests.live.waiting import until

AGENT_TONE = 1000


@pytest.fixture
def greeted(call_side: LiveCallSide) -> LiveCallSide:
    """All queues speak to agent and caller before the talk."""
    call_side.set_voice(whisper=True, announce_agent=True)
    return call_side


def ask_for_an_agent(call_side: LiveCallSide, carrier: Carrier, heard: Path) -> CarrierCall:
    call = carrier.call()
    call.wait_answered()
    call.record(heard)
    call_side.wait_entered("menu")
    call.key("1")
    return call


def test_each_hears_its_own_greeting_and_then_the_other(
    greeted: LiveCallSide, carrier: Carrier, desk_phone: DialPhone, tmp_path: Path
) -> None:
    phone = desk_phone("1005", tone=AGENT_TONE)
    greeted.make_idle("8005")
    heard = tmp_path / "heard.wav"
    call = ask_for_an_agent(greeted, carrier, heard)
    phone.wait_for("CALL_ESTABLISHED")
    greeted.wait_for(kinds.CALL_CONNECTED)
    phone.wait_heard(4)
    call.hang_up()
    phone.wait_for("CALL_CLOSED")
    greeted.wait_for(kinds.CALL_ENDED)

    agents = phone.recordings()[0]
    assert audio.heard(agents, WHISPER_TONE)
    assert not audio.heard(agents, AGENT_NUMBER_TONE)
    assert audio.heard(agents, CALLER_TONE)
    assert audio.heard(heard, AGENT_NUMBER_TONE)
    assert not audio.heard(heard, WHISPER_TONE)
    assert audio.heard(heard, AGENT_TONE)
    recording = greeted.recordings / greeted.wait_for(kinds.RECORDING_STARTED).data["path"]
    until(recording.exists, 5, "the recording is there")
    assert not audio.heard(recording, WHISPER_TONE, channel=0)
    assert not audio.heard(recording, WHISPER_TONE, channel=1)


def test_a_caller_who_hangs_up_in_the_whisper_leaves_nothing(
    greeted: LiveCallSide, live_switch: LiveSwitch, carrier: Carrier, desk_phone: DialPhone, tmp_path: Path
) -> None:
    phone = desk_phone("1005", tone=AGENT_TONE)
    greeted.make_idle("8005")
    call = ask_for_an_agent(greeted, carrier, tmp_path / "heard.wav")
    phone.wait_for("CALL_ESTABLISHED")
    call.hang_up()
    phone.wait_for("CALL_CLOSED")
    assert greeted.wait_for(kinds.CALL_ENDED).data["outcome"] == "abandoned"
    assert greeted.find(kinds.CALL_CONNECTED) is None
    assert greeted.state_of("8005") is AgentState.IDLE
    until(lambda: live_switch.channels() == 0, 5, "no leg is left")


def test_an_agent_who_hangs_up_in_the_whisper_has_refused_and_the_next_one_is_rung(
    greeted: LiveCallSide, carrier: Carrier, desk_phone: DialPhone, tmp_path: Path
) -> None:
    first, second = desk_phone("1005", tone=AGENT_TONE), desk_phone("1006", tone=AGENT_TONE)
    greeted.make_idle("8005")
    call = ask_for_an_agent(greeted, carrier, tmp_path / "heard.wav")
    first.wait_for("CALL_ESTABLISHED")
    first.hang_up()
    assert greeted.wait_for(kinds.OFFER_ENDED).data["outcome"] == "refused"
    greeted.make_idle("8006")
    second.wait_for("CALL_ESTABLISHED")
    assert greeted.wait_for(kinds.CALL_CONNECTED).agent_number == "8006"
    call.hang_up()
    greeted.wait_for(kinds.CALL_ENDED)


def test_an_agent_who_answers_at_the_last_moment_still_gets_the_talk(
    greeted: LiveCallSide, carrier: Carrier, desk_phone: DialPhone, tmp_path: Path
) -> None:
    phone = desk_phone("1005", tone=AGENT_TONE, answers=False)
    greeted.make_idle("8005")
    greeted.set_ring_seconds(2)
    call = ask_for_an_agent(greeted, carrier, tmp_path / "heard.wav")
    phone.wait_for("CALL_INCOMING")
    rung = greeted.wait_for(kinds.OFFER_MADE).at
    greeted.wait_until(rung + 1.5)
    phone.answer()
    assert greeted.wait_for(kinds.CALL_CONNECTED).agent_number == "8005"
    call.hang_up()
    greeted.wait_for(kinds.CALL_ENDED)
