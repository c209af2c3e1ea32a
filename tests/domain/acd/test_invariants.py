"""Random histories never break what the ACD promises."""

from __future__ import annotations

import pytest
from hypothesis import settings

from hotline.domain.acd.engine import handle
from hotline.domain.acd.events import Configured, StateRequested
from hotline.domain.acd.model import AcdState
from hotline.domain.acd.spec import AgentSpec
from hotline.domain.agent import AgentState, IllegalTransition
from tests.domain.acd.histories import Histories

__all__ = ["Histories"]


def test_a_state_that_nobody_can_ask_for_is_refused() -> None:
    state = AcdState("p")
    handle(state, Configured((AgentSpec("8001", "", "1001", "g"),), ()), now=0.0)
    with pytest.raises(IllegalTransition):
        handle(state, StateRequested("8001", AgentState.RINGING, "", "x"), now=0.0)


TestHistories = Histories.TestCase
TestHistories.settings = settings(max_examples=400, stateful_step_count=20, deadline=None)
