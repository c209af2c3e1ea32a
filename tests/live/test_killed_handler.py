"""The handler is killed in the middle of bringing two together: nobody is called twice, nobody is left reserved."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest
from sqlalchemy import update
from sqlalchemy.orm import Session

from hotline.domain import journal as kinds
from hotline.store.models import Queue
from hotline.store.queries.settings import set_setting
from tests.live import audio
from tests.live.carrier import CALLER_TONE, DESK_TONE, Carrier, CarrierCall
from tests.live.conftest import DialPhone, LiveSwitch
from tests.live.deskphone import DeskPhone
from tests.live.handlers import Books, active_and_standby, make_prompts, prepare
from tests.live.processes import RunPy
from tests.live.waiting import until

CUSTOMER = "13900000071"
AGENT = "8005"
WHISPER_TONE = 1700
# Two processes start and one of them takes over.
pytestmark = pytest.mark.timeout(120)

Handlers = tuple[RunPy, RunPy]


@pytest.fixture
def books(tmp_path: Path) -> Books:
    return Books(tmp_path / "hotline.db")


@pytest.fixture
def handlers(live_switch: LiveSwitch, tmp_path: Path) -> Iterator[Handlers]:
    """An active one and its standby. Callbacks at any hour, and the queues whisper to agents for three seconds."""

    def change(session: Session) -> None:
        set_setting(session, "callbacks.hours", "00:00-23:59")
        session.execute(update(Queue).values(whisper=True))

    prepare(tmp_path, change)
    make_prompts(tmp_path, seconds=0.25)
    whisper = tmp_path / "prompts" / "uploaded" / "zh" / "whisper_queue_policy.wav"
    audio.write_tone(whisper, WHISPER_TONE, seconds=3)
    with active_and_standby(tmp_path, live_switch.settings) as both:
        yield both


def idle_agent(desk_phone: DialPhone) -> DeskPhone:
    phone = desk_phone("1005", tone=DESK_TONE)
    press(phone, "*13")
    return phone


def press(phone: DeskPhone, code: str) -> None:
    """Dial a feature code and hear it confirmed."""
    phone.dial(code)
    phone.wait_for("CALL_CLOSED", timeout=20)
    phone.events.clear()


def in_line(carrier: Carrier, books: Books, caller: str) -> CarrierCall:
    call = carrier.call(caller=caller)
    call.wait_answered()
    books.follow(caller, "menu")
    call.key("1")
    books.follow(caller, "policy")
    return call


def assert_nothing_is_left(books: Books, live_switch: LiveSwitch) -> None:
    """No leg, no open call, nobody who is thought to ring or to talk."""
    until(lambda: live_switch.channels() == 0, 10, "no leg is left")
    until(lambda: not books.rows("SELECT 1 FROM calls WHERE outcome = 'open'"), 20, "all calls are closed")
    engaged = "SELECT agent_number FROM agent_presence WHERE state IN ('ringing', 'talking')"
    until(lambda: not books.rows(engaged), 10, "no agent is engaged")


def test_a_customer_whose_telephone_rings_when_the_handler_is_killed_is_called_only_once(
    handlers: Handlers, books: Books, live_switch: LiveSwitch, carrier: Carrier, desk_phone: DialPhone
) -> None:
    active, standby = handlers
    carrier.ring(CUSTOMER)
    call = in_line(carrier, books, CUSTOMER)
    call.key("7")
    books.follow(CUSTOMER, "policy_callback")
    call.key("1")
    books.wait_entries(kinds.CALLBACK_ASKED, 1)
    call.wait_ended()

    phone = idle_agent(desk_phone)
    customer = carrier.wait_called(CUSTOMER)
    books.wait_entries(kinds.CALLBACK_DIALLED, 1)
    active.kill()
    standby.wait_says("answering calls")
    # The standby keeps an agent for the customer, whose telephone rings on.
    books.wait_entries(kinds.CALLBACK_DIALLED, 2)
    customer.pick_up()
    phone.wait_for("CALL_ESTABLISHED", timeout=20)
    books.wait_entries(kinds.CALLBACK_SETTLED, 1)
    assert '"served"' in str(books.entries(kinds.CALLBACK_SETTLED)[0][2])
    phone.wait_heard(4)
    customer.hang_up()
    phone.wait_for("CALL_CLOSED")

    assert carrier.times_called(CUSTOMER) == 1
    assert books.rows("SELECT attempts FROM callbacks") == [(1,)], "an attempt that was taken over is one"
    assert_nothing_is_left(books, live_switch)


def test_an_agent_who_is_whispered_to_when_the_handler_is_killed_gets_the_caller(
    handlers: Handlers,
    books: Books,
    live_switch: LiveSwitch,
    carrier: Carrier,
    desk_phone: DialPhone,
    tmp_path: Path,
) -> None:
    active, standby = handlers
    phone = idle_agent(desk_phone)
    call = in_line(carrier, books, "13800000001")
    heard = tmp_path / "heard.wav"
    call.record(heard)
    phone.wait_for("CALL_ESTABLISHED")
    books.wait_entries(kinds.OFFER_MADE, 1)
    active.kill()
    standby.wait_says("answering calls")
    until(lambda: heard.exists() and audio.heard(heard, DESK_TONE), 15, "the caller hears the agent")
    phone.wait_heard(5)
    phone.hang_up()
    books.follow("13800000001", "survey")
    call.key("1")
    call.wait_ended()

    assert audio.heard(phone.recordings()[-1], WHISPER_TONE)
    assert audio.heard(phone.recordings()[-1], CALLER_TONE)
    assert len(books.entries(kinds.OFFER_MADE)) == 1
    assert_nothing_is_left(books, live_switch)
    assert books.rows("SELECT outcome, agent_number, mark FROM calls") == [("served", AGENT, 1)]
