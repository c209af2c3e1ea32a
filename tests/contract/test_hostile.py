"""Names and values that try to be more than values."""

from __future__ import annotations

import pytest

from tests.contract.conftest import Switch, listed

NAMES = {
    "an escaped line feed": "a%0AX-Forged%3A yes",
    "SQL": "x\\'; DROP TABLE calls",
    "Chinese": "张三",
    "long": "n" * 900,
}


@pytest.mark.parametrize("name", NAMES.values(), ids=NAMES.keys())
def test_a_hostile_caller_name_forges_no_header(switch: Switch, name: str) -> None:
    call = switch.ring(name)

    told = call.connected.headers

    assert not [header for header in told if header.startswith("X-Forged")]
    assert told["Caller-Caller-ID-Number"] == "13900001111"
    listed(switch.control(), call.uuid, {"cid_num": "13900001111"})


def test_an_escaped_line_feed_stands_in_a_plain_event_as_it_came(switch: Switch) -> None:
    call = switch.ring("a%0Ab")

    assert b"\nCaller-Caller-ID-Name: a%0Ab\n" in bytes(call.link.raw)


def test_a_name_that_is_no_utf_8_arrives_byte_for_byte(switch: Switch) -> None:
    call = switch.ring(b"\xc4\xe3\xba\xc3".decode("utf-8", "surrogateescape"))

    assert (
        call.connected.headers["Caller-Caller-ID-Name"].encode("utf-8", "surrogateescape")
        == b"\xc4\xe3\xba\xc3"
    )


def test_a_value_with_a_carriage_return_stays_one_header(switch: Switch) -> None:
    call = switch.call()
    control = switch.control("CHANNEL_EXECUTE_COMPLETE")

    control.api(f"uuid_setvar {call.uuid} hotline_x a\rb")
    done = control.completed(call.link.execute("set", "hotline_y=1"))

    assert "variable_hotline_x" in done.event
    assert "b" not in done.event


def test_an_escape_in_a_value_cannot_be_told_from_what_it_stands_for(switch: Switch) -> None:
    link = switch.call().link

    assert link.run("set", "hotline_x=100%25").event["variable_hotline_x"] == "100%"
    assert link.run("set", "hotline_x=100% sure").event["variable_hotline_x"] == "100% sure"
