"""The trunk group: as many channels as were bought, and no more."""

from __future__ import annotations

from pathlib import Path

from tests.live import sipp
from tests.live.conftest import LiveSwitch
from tests.live.standins import ToyCall, ToyHandler
from tests.live.waiting import until


def answer(call: ToyCall) -> None:
    call.execute("answer")
    call.wait_gone(60)


def channels_in_use(switch: LiveSwitch) -> int:
    return int(switch.api("limit_usage hash trunk carrier"))


def test_the_ninety_first_caller_is_told_that_all_lines_are_busy(
    live_switch: LiveSwitch, tmp_path: Path
) -> None:
    with ToyHandler(live_switch.settings.esl_listen, answer):
        outcome = sipp.call(tmp_path, trunk=live_switch.trunk, calls=95, rate=40, hang_up_after_s=5)

    assert outcome.successful == 90
    assert outcome.failed == 5
    assert "503" in outcome.errors
    until(lambda: channels_in_use(live_switch) == 0, 10, "all channels of the trunk are free again")
