"""The table of an agent's states is complete: what is not in it is refused."""

from itertools import product

import pytest

from hotline.domain.agent import REQUESTS, TRANSITIONS, AgentState, IllegalTransition, Move, transition

# Written out by hand on purpose: the states (rows) that each move leads from, and where it leads.
ALLOWED = {
    Move.SIGN_IN: ({"signed_out"}, "idle"),
    Move.SIGN_OUT: ({"idle", "busy", "rest", "wrap_up"}, "signed_out"),
    Move.READY: ({"idle", "busy", "rest"}, "idle"),
    Move.PAUSE: ({"idle", "busy", "rest", "wrap_up"}, "busy"),
    Move.REST: ({"idle", "busy", "rest", "wrap_up"}, "rest"),
    Move.OFFER: ({"idle"}, "ringing"),
    Move.WITHDRAW: ({"ringing"}, "idle"),
    Move.MISS: ({"ringing"}, "busy"),
    Move.ANSWER: ({"ringing"}, "talking"),
    Move.HANG_UP: ({"talking"}, "wrap_up"),
    Move.DONE: ({"wrap_up"}, "idle"),
    Move.EXTEND: ({"wrap_up"}, "wrap_up"),
}


@pytest.mark.parametrize(("state", "move"), list(product(AgentState, Move)))
def test_every_move_from_every_state_is_in_the_table_or_refused(state, move):
    sources, target = ALLOWED[move]
    if state in sources:
        assert transition(state, move) == target
    else:
        with pytest.raises(IllegalTransition, match=f"{state} cannot {move}") as refused:
            transition(state, move)
        assert (refused.value.state, refused.value.move) == (state, move)


def test_the_table_holds_nothing_else():
    assert len(TRANSITIONS) == sum(len(sources) for sources, _ in ALLOWED.values())


def test_every_state_can_be_reached_and_left():
    assert {target for (source, _), target in TRANSITIONS.items() if source is not target} == set(AgentState)
    assert {source for (source, _), target in TRANSITIONS.items() if source is not target} == set(AgentState)


@pytest.mark.parametrize(("wanted", "move"), REQUESTS.items())
def test_what_a_person_may_ask_for_leads_to_that_state_from_every_rest(wanted, move):
    for state in (AgentState.IDLE, AgentState.BUSY, AgentState.REST):
        assert transition(state, move) is wanted


def test_nobody_can_ask_to_ring_to_talk_or_to_wrap_up():
    assert set(REQUESTS).isdisjoint({AgentState.RINGING, AgentState.TALKING, AgentState.WRAP_UP})
