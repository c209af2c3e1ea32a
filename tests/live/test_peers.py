"""The peers themselves: what they send reaches a real switch, so that silence is the product's fault."""

from __future__ import annotations

from pathlib import Path

import gevent

from tests.live import audio, sipp
from tests.live.carrier import CALLER_TONE, DESK_TONE, Carrier
from tests.live.conftest import LiveSwitch, password_of
from tests.live.sipp import Key, Tone
from tests.live.standins import ToyCall, ToyHandler
from tests.live.waiting import free_ports, until

COLLECT = "1 9 1 20000 # silence_stream://20000 silence_stream://250 keyed [0-9*#]+ 1500"


def collect(call: ToyCall) -> None:
    """Answer, record and take keys; the call ends when the caller ends it."""
    call.execute("answer")
    call.execute("play_and_get_digits", COLLECT)
    gevent.sleep(60)


def keyed(switch: LiveSwitch, call: ToyCall) -> str:
    uuid = call.channel["Unique-ID"]
    return until(
        lambda: (said := switch.api(f"uuid_getvar {uuid} keyed")) not in {"_undef_", ""} and said,
        15,
        "the keys arrive",
    )


def test_the_carriers_keys_arrive(live_switch: LiveSwitch, carrier: Carrier) -> None:
    with ToyHandler(live_switch.settings.esl_listen, collect) as handler:
        call = carrier.call()
        arrived = handler.wait_call()
        call.wait_answered()
        call.key("1002#")
        assert keyed(live_switch, arrived) == "1002"
        call.hang_up()
        call.wait_ended()


def test_sipps_speech_and_keys_arrive(live_switch: LiveSwitch, tmp_path: Path) -> None:
    recording = tmp_path / "heard.wav"

    def listen(call: ToyCall) -> None:
        # The tree's recordings wait for a bridge; this one is of the caller alone.
        call.execute("set", "RECORD_BRIDGE_REQ=false")
        call.execute("answer")
        call.execute("record_session", str(recording))
        call.execute("play_and_get_digits", COLLECT)
        gevent.sleep(60)

    script = [Tone(CALLER_TONE, 1.5), Key("4"), Tone(0, 0.2), Key("*"), Tone(0, 0.2), Key("#"), Tone(0, 4)]
    with ToyHandler(live_switch.settings.esl_listen, listen) as handler:
        callers = gevent.spawn(
            sipp.call, tmp_path / "sipp", trunk=live_switch.trunk, script=script, hang_up_after_s=4
        )
        arrived = handler.wait_call()
        assert keyed(live_switch, arrived) == "4*"
        outcome = callers.get(timeout=30)
        arrived.wait_gone()
    until(lambda: live_switch.channels() == 0, 10, "the recording is closed")

    assert (outcome.successful, outcome.failed) == (1, 0), outcome.errors
    assert audio.heard(recording, CALLER_TONE)


def test_sipp_makes_many_calls(live_switch: LiveSwitch, tmp_path: Path) -> None:
    def leave_it_answered(call: ToyCall) -> None:
        call.execute("answer")
        call.wait_gone(30)

    with ToyHandler(live_switch.settings.esl_listen, leave_it_answered) as handler:
        outcome = sipp.call(
            tmp_path,
            trunk=live_switch.trunk,
            callers=[("13800138001", "甲"), ("13800138002", "乙")],
            calls=20,
            rate=10,
            hang_up_after_s=1,
        )
        numbers = [call.channel["Caller-Caller-ID-Number"] for call in handler.calls]

    assert (outcome.successful, outcome.failed) == (20, 0), outcome.errors
    assert sorted(numbers) == ["13800138001"] * 10 + ["13800138002"] * 10


def test_a_caller_who_sends_nothing_any_more_is_hung_up(live_switch: LiveSwitch, tmp_path: Path) -> None:
    def hold(call: ToyCall) -> None:
        # The tree's own 60 s would make this test wait.
        call.execute("set", "media_timeout=1500")
        call.execute("answer")
        call.execute("playback", "local_stream://moh")
        call.wait_gone(30)

    with ToyHandler(live_switch.settings.esl_listen, hold):
        outcome = sipp.call(tmp_path, trunk=live_switch.trunk, patience_s=20)

    assert (outcome.successful, outcome.failed) == (1, 0), outcome.errors
    assert live_switch.api("global_getvar media_timeout") == "60000"


def test_the_carriers_desks_sign_in_answer_speak_and_hang_up(
    live_switch: LiveSwitch, freeswitch: Path, tmp_path: Path
) -> None:
    desks = {extension: password_of(extension) for extension in ("1011", "1012", "1013")}
    with Carrier(
        freeswitch,
        tmp_path,
        trunk=live_switch.trunk,
        sip_port=free_ports(1)[0],
        desk_server=live_switch.desk_server,
        desks=desks,
        desk_talk_s=2,
    ) as carrier:
        carrier.wait_desks_signed_in()
        recording = tmp_path / "heard.wav"

        def offer(call: ToyCall) -> None:
            call.execute("answer")
            call.execute("record_session", str(recording))
            call.execute("bridge", "user/1012@hotline")
            gevent.sleep(60)

        with ToyHandler(live_switch.settings.esl_listen, offer):
            call = carrier.call()
            call.wait_answered()
            desk = carrier.wait_called("1012")
            desk.wait_ended()
            call.hang_up()
            call.wait_ended()

    until(lambda: live_switch.channels() == 0, 10, "the recording is closed")
    # The tree asks for stereo: the caller left, the desk right.
    left, right = (
        audio.share(samples, hz)
        for samples, hz in zip(audio.read(recording), (CALLER_TONE, DESK_TONE), strict=True)
    )
    assert left > 0.5
    assert right > 0.5
