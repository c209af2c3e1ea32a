"""The configuration tree by itself, on a real FreeSWITCH: who may do what, and where calls go."""

from __future__ import annotations

import json
import time
from base64 import b64encode
from pathlib import Path
from urllib.parse import unquote

import gevent
import pytest

from fs_scripts.switch import directory
from hotline.domain.directory import DeskUser, a1_hash
from tests.live import audio, sipp
from tests.live.carrier import CALLER_TONE, SUBSCRIBER_TONE, Carrier
from tests.live.conftest import APOLOGY_TONE, MUSIC_TONE, UNKNOWN_TONE, DialPhone, LiveSwitch, desk_users
from tests.live.deskphone import DeskPhone
from tests.live.standins import ToyCall, ToyConsole, ToyHandler
from tests.live.waiting import until


def hold(call: ToyCall) -> None:
    """Answer, play music and stay."""
    call.execute("answer")
    call.execute("playback", "local_stream://moh")
    gevent.sleep(60)


def test_a_desk_phone_signs_in(live_switch: LiveSwitch, desk_phone: DialPhone) -> None:
    desk_phone("1001")

    until(lambda: "\n1001,hotline," in live_switch.api("show registrations"), 5, "the registration is listed")


def test_a_desk_phone_with_a_wrong_password_does_not_sign_in(live_switch: LiveSwitch, tmp_path: Path) -> None:
    phone = DeskPhone(tmp_path, server=live_switch.desk_server, extension="1005", password="guess")
    phone.start()
    try:
        assert phone.wait_registration().startswith("403")
    finally:
        phone.stop()


def test_two_desk_phones_talk_and_hear_each_other(desk_phone: DialPhone) -> None:
    one = desk_phone("1001", tone=440)
    other = desk_phone("1002", tone=1000)

    one.dial("1002")
    one.wait_for("CALL_ESTABLISHED")
    one.wait_heard(2)
    other.wait_heard(2)
    one.hang_up()
    other.wait_for("CALL_CLOSED")

    assert audio.heard(one.recordings()[0], 1000)
    assert not audio.heard(one.recordings()[0], 440)
    assert audio.heard(other.recordings()[0], 440)
    assert not audio.heard(other.recordings()[0], 1000)


@pytest.mark.parametrize("codec", ["PCMU", "G722", "opus"])
def test_phones_with_other_codecs_are_understood(desk_phone: DialPhone, codec: str) -> None:
    one = desk_phone("1001", tone=440, codecs=codec)
    other = desk_phone("1002", tone=1000, codecs="PCMA")

    one.dial("1002")
    one.wait_for("CALL_ESTABLISHED")
    other.wait_heard(2)
    one.hang_up()
    other.wait_for("CALL_CLOSED")
    one.wait_for("CALL_CLOSED")

    assert audio.heard(one.recordings()[0], 1000)
    assert audio.heard(other.recordings()[0], 440)


def test_a_desk_phone_that_is_not_there_is_told_at_once(desk_phone: DialPhone) -> None:
    phone = desk_phone("1001")

    phone.dial("1020")

    assert "480" in phone.wait_for("CALL_CLOSED")["param"]


def test_a_number_that_is_none_is_told_by_voice(desk_phone: DialPhone) -> None:
    phone = desk_phone("1001")

    phone.dial("0085212345678")
    phone.wait_for("CALL_ESTABLISHED")
    phone.wait_for("CALL_CLOSED", timeout=20)

    assert audio.heard(phone.recordings()[0], UNKNOWN_TONE)


def test_a_desk_phone_calls_out_over_the_trunk_with_the_hotlines_number(
    desk_phone: DialPhone, carrier: Carrier
) -> None:
    phone = desk_phone("1001", tone=1000)

    phone.dial("13912345678")
    called = carrier.wait_called("13912345678")
    phone.wait_for("CALL_ESTABLISHED")
    phone.wait_heard(2)
    phone.hang_up()
    ended = called.wait_ended()

    assert ended["Caller-Caller-ID-Number"] == "12366"
    phone.wait_for("CALL_CLOSED")
    assert audio.heard(phone.recordings()[0], SUBSCRIBER_TONE)


def test_a_caller_hears_the_apology_when_no_handler_is_there(carrier: Carrier, tmp_path: Path) -> None:
    call = carrier.call("12366")
    call.wait_answered()
    call.record(tmp_path / "heard.wav")

    ended = call.wait_ended(timeout=20)

    assert ended["Hangup-Cause"] in {"NORMAL_TEMPORARY_FAILURE", "NORMAL_CLEARING"}
    assert audio.heard(tmp_path / "heard.wav", APOLOGY_TONE)


def test_a_caller_is_told_something_even_without_the_apologys_file(
    live_switch: LiveSwitch, carrier: Carrier, tmp_path: Path
) -> None:
    prompt = live_switch.home / "prompts" / "zh" / "apology.wav"
    hidden = prompt.rename(tmp_path / "apology.wav")
    try:
        call = carrier.call("12366")
        call.wait_answered()
        call.record(tmp_path / "heard.wav")
        call.wait_ended(timeout=20)
    finally:
        hidden.rename(prompt)

    assert audio.heard(tmp_path / "heard.wav", 450)


@pytest.mark.parametrize("number", ["12366", "051212366", "+8651212366"])
def test_a_call_reaches_the_active_handler_as_it_was_dialled(
    live_switch: LiveSwitch, carrier: Carrier, number: str
) -> None:
    with ToyHandler(live_switch.settings.esl_listen, hold) as handler:
        call = carrier.call(number, caller="13800138001", name="张三")
        channel = handler.wait_call().channel
        call.wait_answered()
        call.hang_up()
        call.wait_ended()

    assert channel["Caller-Destination-Number"] == number
    assert channel["Caller-Caller-ID-Number"] == "13800138001"
    assert channel["Caller-Caller-ID-Name"] == "张三"
    assert channel["variable_hotline_direction"] == "inbound"


def test_a_caller_hears_our_music(live_switch: LiveSwitch, carrier: Carrier, tmp_path: Path) -> None:
    with ToyHandler(live_switch.settings.esl_listen, hold):
        call = carrier.call()
        call.wait_answered()
        path = tmp_path / "heard.wav"
        call.record(path)
        until(lambda: path.exists() and path.stat().st_size > 40_000, 10, "two seconds of audio")
        call.hang_up()
        call.wait_ended()

    assert audio.heard(path, MUSIC_TONE)
    assert not audio.heard(path, CALLER_TONE)


def test_when_the_active_handler_dies_the_standby_gets_the_caller_and_the_variables(
    live_switch: LiveSwitch, carrier: Carrier
) -> None:
    def queue(call: ToyCall) -> None:
        call.execute("set", "hotline_queue=policy")
        hold(call)

    with (
        ToyHandler(live_switch.settings.esl_standby, hold) as standby,
        ToyHandler(live_switch.settings.esl_listen, queue) as active,
    ):
        call = carrier.call()
        first = active.wait_call()
        call.wait_answered()
        until(
            lambda: live_switch.api(f"uuid_getvar {first.channel['Unique-ID']} hotline_queue") == "policy",
            5,
            "the caller is in the queue",
        )
        active.die()
        second = standby.wait_call(timeout=5)
        assert second.channel["Unique-ID"] == first.channel["Unique-ID"]
        assert second.channel["variable_hotline_queue"] == "policy"
        assert live_switch.channels() == 1
        call.hang_up()
        call.wait_ended()


@pytest.mark.parametrize(
    ("code", "feature"),
    [
        ("*11", "sign_in"),
        ("*12", "sign_out"),
        ("*13", "idle"),
        ("*14", "busy"),
        ("*15", "wrapup_done"),
        ("*16", "dnd_on"),
        ("*17", "dnd_off"),
        ("*18", "wrapup_longer"),
    ],
)
def test_a_feature_code_reaches_the_handler_with_who_wants_what(
    live_switch: LiveSwitch, desk_phone: DialPhone, code: str, feature: str
) -> None:
    phone = desk_phone("1003")

    with ToyHandler(live_switch.settings.esl_listen, hold) as handler:
        phone.dial(code)
        channel = handler.wait_call().channel
        phone.wait_for("CALL_ESTABLISHED")
        phone.hang_up()
        phone.wait_for("CALL_CLOSED")

    assert channel["variable_hotline_feature"] == feature
    assert channel["variable_hotline_extension"] == "1003"


def test_desks_reach_the_hotline_too(live_switch: LiveSwitch, desk_phone: DialPhone) -> None:
    phone = desk_phone("1003")

    with ToyHandler(live_switch.settings.esl_listen, hold) as handler:
        phone.dial("12366")
        channel = handler.wait_call().channel
        phone.wait_for("CALL_ESTABLISHED")
        phone.hang_up()
        phone.wait_for("CALL_CLOSED")

    assert channel["variable_hotline_direction"] == "internal"
    assert channel["Caller-Destination-Number"] == "12366"


def test_an_address_that_is_no_carriers_is_refused_on_the_trunk(
    live_switch: LiveSwitch, carrier: Carrier
) -> None:
    ended = carrier.call("12366", profile="stranger").wait_ended()

    assert ended["variable_sip_term_status"] == "403"


def test_another_number_over_the_trunk_is_refused(carrier: Carrier) -> None:
    ended = carrier.call("13912345678").wait_ended()

    assert ended["variable_sip_term_status"] == "404"


def test_nobody_calls_on_the_desk_port_without_signing_in(live_switch: LiveSwitch, carrier: Carrier) -> None:
    ended = carrier.call("1001", to=live_switch.desk_server).wait_ended()

    # What the caller's switch makes of 407 Proxy Authentication Required.
    assert ended["Hangup-Cause"] == "MANDATORY_IE_MISSING"
    # The switch would wait ten seconds for the caller to think better of it.
    live_switch.api("hupall")


def test_each_leg_gives_a_record_over_http(
    live_switch: LiveSwitch, desk_phone: DialPhone, console: ToyConsole
) -> None:
    live_switch.take_records()
    one, _ = desk_phone("1001"), desk_phone("1002")
    one.dial("1002")
    one.wait_for("CALL_ESTABLISHED")
    one.wait_heard(1)
    one.hang_up()
    until(lambda: len(console.records) == 2, 10, "a record for each leg")

    records = [json.loads(body) for _, body in console.records]
    assert {record["variables"]["direction"] for record in records} == {"inbound", "outbound"}
    for record in records:
        assert float(record["variables"]["rtp_audio_in_mos"]) > 4
        assert record["variables"]["hangup_cause"] == "NORMAL_CLEARING"
    assert {environ["QUERY_STRING"] for environ, _ in console.records} == {
        f"uuid={record['variables']['uuid']}" for record in records
    }
    assert console.credentials == {"Basic " + b64encode(b"freeswitch:live-token").decode()}
    assert live_switch.take_records() == {}


def test_records_that_the_console_does_not_take_are_files(
    live_switch: LiveSwitch, desk_phone: DialPhone, console: ToyConsole
) -> None:
    live_switch.take_records()
    console.status = "503 Service Unavailable"
    one, _ = desk_phone("1001"), desk_phone("1002")
    one.dial("1002")
    one.wait_for("CALL_ESTABLISHED")
    one.hang_up()
    until(lambda: len(console.records) == 2 and live_switch.channels() == 0, 15, "the records are refused")

    records = live_switch.take_records()
    legs = {record["variables"]["uuid"]: record["variables"]["direction"] for record in records.values()}
    names = {f"{'a_' if way == 'inbound' else ''}{uuid}.cdr.json" for uuid, way in legs.items()}
    assert set(records) == names
    assert len(names) == 2


def test_a_seat_that_the_console_knows_signs_in_at_once(console: ToyConsole, desk_phone: DialPhone) -> None:
    console.users["1900"] = DeskUser("1900", a1_hash("1900", "new"), name="新座席")

    desk_phone("1900", password="new")

    assert any(question.get("user") == "1900" for question in console.questions)


def test_a_console_that_hangs_holds_no_phone_up_for_long(console: ToyConsole, desk_phone: DialPhone) -> None:
    console.delay_s = 30
    started = time.monotonic()

    desk_phone("1004")

    assert console.questions == []
    assert time.monotonic() - started < 6


def test_a_new_password_counts_as_soon_as_the_switch_is_told_to_forget_the_old_one(
    live_switch: LiveSwitch, console: ToyConsole, desk_phone: DialPhone
) -> None:
    console.users["1901"] = DeskUser("1901", a1_hash("1901", "old"))
    desk_phone("1901", password="old").stop()
    console.users["1901"] = DeskUser("1901", a1_hash("1901", "new"))

    live_switch.api("xml_flush_cache id 1901 hotline")

    desk_phone("1901", password="new", folder="second")


def test_a_seat_in_the_generated_files_signs_in_once_they_are_read_again(
    live_switch: LiveSwitch, desk_phone: DialPhone
) -> None:
    hostile = "</user>${system(false)}$${domain}<X-PRE-PROCESS cmd='exec'/>王"
    seat = DeskUser("1902", a1_hash("1902", "new"), name=hostile, agent="8902")
    directory.write(live_switch.settings.directory_folder, [*desk_users(), seat])
    try:
        assert "+OK" in live_switch.api("reloadxml")
        desk_phone("1902", password="new")
        desk_phone("1001")
        shown = live_switch.api("user_data 1902@hotline var effective_caller_id_name")
        agent = live_switch.api("user_data 1902@hotline var hotline_agent_number")
    finally:
        directory.write(live_switch.settings.directory_folder, desk_users())
        live_switch.api("reloadxml")

    assert shown == hostile.translate(str.maketrans("", "", "${}\\"))[:64]
    assert agent == "8902"


@pytest.mark.parametrize(
    "name", ["${hotline_event_password}", "$${hotline_event_password}", "a%0AEvent-Name: FORGED", "x" * 300]
)
def test_a_callers_name_stays_a_name(live_switch: LiveSwitch, tmp_path: Path, name: str) -> None:
    with ToyHandler(live_switch.settings.esl_listen, hold) as handler:
        callers = [("13800138000", name)]
        outcome = sipp.call(tmp_path, trunk=live_switch.trunk, callers=callers, hang_up_after_s=0.5)
        channel = handler.wait_call().channel

    assert outcome.successful == 1, outcome.errors
    # FreeSWITCH takes the sting out of what it would expand.
    assert channel["Caller-Caller-ID-Name"] == unquote(name).replace("${", "%{")
    assert channel["Event-Name"] == "CHANNEL_DATA"
