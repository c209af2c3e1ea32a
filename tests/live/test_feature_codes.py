"""Feature codes through the ACD: what an agent dials at the desk phone decides who is offered a call."""

from __future__ import annotations

import pytest

from hotline.domain import journal as kinds
from hotline.domain.agent import AgentState
from tests.live.callside import LiveCallSide
from tests.live.carrier import DESK_TONE, Carrier, CarrierCall
from tests.live.conftest import DialPhone
from tests.live.deskphone import DeskPhone
from tests.live.waiting import until


@pytest.fixture
def phone(call_side: LiveCallSide, desk_phone: DialPhone) -> DeskPhone:
    """The desk phone of 8005, who is idle."""
    phone = desk_phone("1005", tone=DESK_TONE)
    call_side.make_idle("8005")
    return phone


def press(call_side: LiveCallSide, phone: DeskPhone, code: str) -> None:
    """Dial a code, hear it confirmed, and have the phone free again."""
    phone.dial(code)
    phone.wait_for("CALL_CLOSED")
    until(lambda: call_side.own_calls("8005") == 0, 5, "the phone is free again")


def in_line(call_side: LiveCallSide, carrier: Carrier) -> CarrierCall:
    call_side.forget()
    call = carrier.call()
    call.wait_answered()
    call_side.wait_entered("menu")
    call.key("1")
    call_side.wait_for(kinds.ROUTING_DECIDED)
    return call


def test_do_not_disturb_keeps_calls_away_from_the_phone_until_it_is_switched_off(
    call_side: LiveCallSide, carrier: Carrier, phone: DeskPhone
) -> None:
    press(call_side, phone, "*16")
    switched = call_side.wait_for(kinds.AGENT_DND, on=True)
    assert (switched.agent_number, switched.data["by"]) == ("8005", "phone")
    call = in_line(call_side, carrier)
    decided = call_side.wait_for(kinds.ROUTING_DECIDED)
    assert decided.data["chosen"] is None
    assert {"agent": "8005", "reason": "do_not_disturb"} in decided.data["excluded"]

    press(call_side, phone, "*17")
    phone.wait_for("CALL_ESTABLISHED")
    assert call_side.wait_for(kinds.CALL_CONNECTED).agent_number == "8005"
    call.hang_up()
    call_side.wait_for(kinds.CALL_ENDED)


def test_after_call_work_lasts_longer_when_the_agent_asks_for_it(
    call_side: LiveCallSide, carrier: Carrier, phone: DeskPhone
) -> None:
    call_side.configure(
        queues={"wrap_up_seconds": 4, "wrap_up_extension_seconds": 60, "wrap_up_extensions": 1}
    )
    press(call_side, phone, "*18")
    assert call_side.find(kinds.AGENT_WRAP_UP) is None, "there is nothing to prolong before a call"
    call = in_line(call_side, carrier)
    phone.wait_for("CALL_ESTABLISHED")
    call_side.wait_for(kinds.CALL_CONNECTED)
    call.hang_up()
    phone.wait_for("CALL_CLOSED")
    ended = call_side.wait_for(kinds.AGENT_STATE, to="wrap_up").at

    press(call_side, phone, "*18")
    prolonged = call_side.wait_for(kinds.AGENT_WRAP_UP)
    assert prolonged.agent_number == "8005"
    assert prolonged.data["until"] > ended + 60
    call_side.wait_until(ended + 4.5)
    assert call_side.state_of("8005") is AgentState.WRAP_UP
    press(call_side, phone, "*15")
    assert call_side.state_of("8005") is AgentState.IDLE
