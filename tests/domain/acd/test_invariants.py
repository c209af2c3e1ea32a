"""Random histories never break what the ACD promises.

Two thousand of them in parts that each stay within a test's time; `make fuzz` runs more, and says with which seeds.
"""

from __future__ import annotations

import os
from typing import Final

import pytest
from hypothesis import HealthCheck, settings
from hypothesis.stateful import run_state_machine_as_test

from hotline.domain.acd.engine import handle
from hotline.domain.acd.events import Configured, StateRequested
from hotline.domain.acd.model import AcdState
from hotline.domain.acd.spec import AgentSpec
from hotline.domain.agent import AgentState, IllegalTransition
from tests.domain.acd.histories import Histories

__all__ = ["Histories"]

HISTORIES: Final = int(os.environ.get("HISTORIES", "2000"))
PARTS: Final = 4


def test_a_state_that_nobody_can_ask_for_is_refused() -> None:
    state = AcdState("p")
    handle(state, Configured((AgentSpec("8001", "", "1001", "g"),), ()), now=0.0)
    with pytest.raises(IllegalTransition):
        handle(state, StateRequested("8001", AgentState.RINGING, "", "x"), now=0.0)


@pytest.mark.timeout(120 + HISTORIES)  # 25 ms each, and a failure is made as small as it can be
@pytest.mark.parametrize("part", range(PARTS))
def test_the_promises_hold_in_random_histories(part: int) -> None:
    run_state_machine_as_test(
        Histories,
        settings=settings(
            max_examples=HISTORIES // PARTS,
            stateful_step_count=20,
            deadline=None,
            suppress_health_check=[HealthCheck.too_slow],
        ),
    )
