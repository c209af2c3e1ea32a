"""The handler is killed, or told to stop, with callers everywhere: nobody is hung up, those who wait keep their place."""

from __future__ import annotations

import time
from collections.abc import Callable
from pathlib import Path

import pytest

from hotline.domain import journal as kinds
from tests.live import audio
from tests.live.carrier import CALLER_TONE, Carrier, CarrierCall
from tests.live.conftest import DialPhone, LiveSwitch
from tests.live.handlers import Books, active_and_standby, make_prompts
from tests.live.processes import RunPy
from tests.live.waiting import until


@pytest.mark.parametrize("end", [RunPy.kill, RunPy.stop], ids=["killed", "told to stop"])
@pytest.mark.timeout(180)
def test_nobody_is_hung_up_when_the_handler_goes(
    live_switch: LiveSwitch,
    carrier: Carrier,
    desk_phone: DialPhone,
    tmp_path: Path,
    end: Callable[[RunPy], object],
) -> None:
    make_prompts(tmp_path, seconds=0.5)
    books = Books(tmp_path / "hotline.db")
    with active_and_standby(tmp_path, live_switch.settings) as (active, standby):
        phone = desk_phone("1005", tone=1000)
        surveyed = desk_phone("1006", tone=1000)
        for each in (phone, surveyed):
            each.dial("*13")
            each.wait_for("CALL_CLOSED", timeout=20)
            each.events.clear()

        talking = dial(carrier, "13800000001")
        books.follow("13800000001", "menu")
        talking.key("1")
        phone.wait_for("CALL_ESTABLISHED")
        talking.record(tmp_path / "talking.wav")

        in_survey = dial(carrier, "13800000002")
        books.follow("13800000002", "menu")
        in_survey.key("1")
        surveyed.wait_for("CALL_ESTABLISHED")

        # Busy again, so that those who wait go on waiting.
        surveyed.wait_heard(1)
        surveyed.hang_up()
        books.follow("13800000002", "survey")
        surveyed.dial("*14")
        callers = ("13800000003", "13800000004", "13800000005")
        queued, second, in_menu = (carrier.call(caller=caller) for caller in callers)
        for caller in callers:
            books.follow(caller, "menu")
        surveyed.wait_for("CALL_CLOSED")
        for call, caller in ((queued, "13800000003"), (second, "13800000004")):
            call.key("1")
            books.follow(caller, "policy")

        everybody = (talking, in_survey, queued, second, in_menu)
        ended_at = time.time()
        end(active)
        resumed = books.wait_entries(kinds.CALL_RESUMED, 4, timeout=10)
        waits = sorted(seconds_of(at) - ended_at for _, at, _ in resumed)
        assert waits[-1] < 1.0, waits
        assert "answering calls" in standby.story
        assert not [call for call in everybody if ended(carrier, call)]
        # Those who talk notice nothing.
        phone.wait_heard(3)
        assert audio.heard(tmp_path / "talking.wav", 1000)
        assert audio.heard(phone.recordings()[-1], CALLER_TONE)
        # Those who wait are in their old order, and the menu and the survey still take keys.
        in_survey.key("1")
        in_survey.wait_ended()
        in_menu.key("4")
        books.follow("13800000005", "info")
        in_menu.hang_up()
        phone.hang_up()
        books.wait_entries(kinds.CALL_CONNECTED, 3, timeout=20)
        last = books.rows(
            "SELECT caller FROM calls WHERE connected_at IS NOT NULL ORDER BY connected_at DESC LIMIT 1"
        )
        assert last == [("13800000003",)]
        talking.key("2")
        talking.wait_ended()
        for call in (queued, second):
            call.hang_up()
        until(
            lambda: not books.rows("SELECT 1 FROM calls WHERE outcome = 'open'"), 20, "all calls are closed"
        )
        marks = dict(books.rows("SELECT caller, mark FROM calls WHERE mark IS NOT NULL"))
        assert marks == {"13800000001": 2, "13800000002": 1}


def dial(carrier: Carrier, caller: str) -> CarrierCall:
    call = carrier.call(caller=caller)
    call.wait_answered()
    return call


def ended(carrier: Carrier, call: CarrierCall) -> bool:
    return carrier.api(f"uuid_exists {call.uuid}") != "true"


def seconds_of(at: object) -> float:
    from datetime import UTC, datetime

    return datetime.fromisoformat(str(at)).replace(tzinfo=UTC).timestamp()
