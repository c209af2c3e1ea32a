"""The payloads were written by FreeSWITCH 1.10.12: a call to 12366 that was bridged to 1001, and a refused
one.
"""

import json
from datetime import UTC, datetime
from pathlib import Path

import pytest

from hotline.store.cdr import MAX_BYTES, BadRecord, parse

PAYLOADS = Path(__file__).parent / "payloads"
CALLER_LEG = (PAYLOADS / "cdr_caller_leg.json").read_bytes()
AGENT_LEG = (PAYLOADS / "cdr_agent_leg.json").read_bytes()
REFUSED = (PAYLOADS / "cdr_refused.json").read_bytes()


def changed(**variables) -> bytes:
    """The caller's leg with other variables; None takes one away."""
    document = json.loads(CALLER_LEG)
    for name, value in variables.items():
        if value is None:
            del document["variables"][name]
        else:
            document["variables"][name] = value
    return json.dumps(document).encode()


def test_the_callers_leg_has_its_numbers_times_and_quality():
    leg = parse(CALLER_LEG)

    assert leg.leg_uuid == "cc3b7e82-aa93-447d-a04f-87d629712b40"
    assert leg.interaction_id == "6f1f1f9e-0c0a-4c57-9a3c-2b7f3a5b8c11"
    assert (leg.direction, leg.caller, leg.called) == ("inbound", "051253500001", "12366")
    assert leg.started_at == datetime(2026, 11, 24, 3, 20, 57, 940714, UTC)
    assert leg.answered_at == leg.started_at
    assert leg.ended_at == datetime(2026, 11, 24, 3, 20, 58, 820734, UTC)
    assert (leg.duration_ms, leg.talk_ms) == (880, 880)
    assert (leg.hangup_cause, leg.hangup_disposition, leg.codec) == ("NORMAL_CLEARING", "send_bye", "PCMA")
    assert (leg.mos, leg.packet_loss, leg.jitter_ms) == (4.5, 0.0, 0.0)


def test_the_agents_leg_belongs_to_the_same_interaction():
    leg = parse(AGENT_LEG)

    assert leg.interaction_id == "6f1f1f9e-0c0a-4c57-9a3c-2b7f3a5b8c11"
    assert (leg.direction, leg.called, leg.talk_ms) == ("outbound", "1001", 80)
    assert leg.raw["hotline_agent"] == "8005"


def test_a_leg_that_was_never_answered_has_no_answer_and_no_talk():
    leg = parse(REFUSED)

    assert (leg.answered_at, leg.talk_ms, leg.hangup_cause) == (None, 0, "NO_ROUTE_DESTINATION")
    assert leg.interaction_id is None


def test_values_are_decoded_and_session_descriptions_are_not_kept():
    leg = parse(CALLER_LEG)

    assert leg.raw["sip_user_agent"].startswith("FreeSWITCH-mod_sofia/1.10.12-release+git~")
    assert leg.raw["rtp_audio_in_packet_count"] == "189"
    assert not any("sdp" in name or "app_log" in name for name in leg.raw)


def test_a_name_with_an_encoded_line_feed_forges_nothing():
    leg = parse(changed(hotline_note="x%0Auuid%3A%20forged", sip_hangup_phrase="%FF%FE"))

    assert leg.raw["hotline_note"] == "x\nuuid: forged"
    assert leg.leg_uuid == "cc3b7e82-aa93-447d-a04f-87d629712b40"
    assert leg.raw["sip_hangup_phrase"] == "\ufffd\ufffd"


def test_bytes_that_are_no_utf8_are_replaced():
    leg = parse(
        CALLER_LEG.replace("张三".encode(), b"\xff\xfe\xc0").replace(b'"051253500001"', b'"05\xff12"')
    )

    assert leg.caller == "05\ufffd12"


def test_an_interaction_that_is_none_of_ours_is_not_believed():
    assert parse(changed(hotline_interaction="'; DROP TABLE calls;--")).interaction_id is None
    assert parse(changed(hotline_interaction="a" * 37)).interaction_id is None


def test_seconds_are_taken_where_there_are_no_microseconds():
    leg = parse(changed(start_uepoch=None, end_uepoch=None))

    assert leg.started_at == datetime(2026, 11, 24, 3, 20, 57, tzinfo=UTC)


@pytest.mark.parametrize(
    ("content", "reason", "field"),
    [
        (b"", "empty", ""),
        (b" \n", "empty", ""),
        (b"{" + b" " * MAX_BYTES, "too_large", ""),
        (b"not json", "not_json", ""),
        (CALLER_LEG[:500], "not_json", ""),
        (b"[" * 100_000, "not_json", ""),
        (b"[]", "not_an_object", ""),
        (b"17", "not_an_object", ""),
        (b"{}", "missing_field", "variables"),
        (b'{"variables": 3}', "missing_field", "variables"),
        (changed(uuid=None), "missing_field", "variables.uuid"),
        (changed(uuid="a b"), "bad_value", "variables.uuid"),
        (changed(uuid="x" * 65), "bad_value", "variables.uuid"),
        (changed(uuid=["x"]), "bad_value", "variables.uuid"),
        (changed(direction=None), "missing_field", "variables.direction"),
        (changed(direction="sideways"), "bad_value", "variables.direction"),
        (changed(start_uepoch="0"), "missing_field", "variables.start_uepoch"),
        (changed(start_uepoch="yesterday"), "bad_time", "variables.start_uepoch"),
        (changed(start_uepoch="17"), "bad_time", "variables.start_uepoch"),
        (changed(start_uepoch="9" * 17), "bad_time", "variables.start_uepoch"),
        (changed(start_uepoch="9" * 400), "bad_time", "variables.start_uepoch"),
        (changed(end_uepoch="1795490450000000"), "bad_time", "variables.end_uepoch"),
        (changed(billmsec="-5"), "bad_value", "variables.billmsec"),
        (changed(mduration="1e9"), "bad_value", "variables.mduration"),
    ],
)
def test_what_cannot_be_taken_in_is_refused_with_the_place(content, reason, field):
    with pytest.raises(BadRecord) as raised:
        parse(content)

    assert (raised.value.reason, raised.value.field) == (reason, field)
    assert raised.value.detail


@pytest.mark.parametrize("value", ["", "nan", "inf", "good", None])
def test_a_call_is_not_lost_for_a_measurement_that_makes_no_sense(value):
    assert parse(changed(rtp_audio_in_mos=value)).mos is None
