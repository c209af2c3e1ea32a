from dataclasses import replace

import pytest

from hotline.domain.ivr.commands import Hangup, Play
from hotline.domain.ivr.events import Played
from hotline.domain.ivr.interpreter import begin, resume, step
from hotline.domain.ivr.problems import BrokenFlow, FlowLoop, StateMismatch, UnexpectedEvent
from hotline.domain.ivr.state import ENDED, Move, State
from tests.domain.ivr.helpers import Call, end, facts, flow_of, keyed

TWO = flow_of({"hello": {"type": "play", "prompts": ["p"], "next": "bye"}, "bye": end("bye")}, "hello")


def test_a_call_begins_at_the_start_and_ends_with_a_hang_up() -> None:
    call = Call(TWO)
    assert (call.node, call.command) == ("hello", Play(("p",), interruptible=True))
    assert call.says(Played()).command == Play(("bye",))
    assert call.says(Played()).command == Hangup("NORMAL_CLEARING")
    assert call.state.phase == ENDED


def test_nodes_that_need_no_caller_are_taken_in_one_step_and_leave_their_mark() -> None:
    flow = flow_of(
        {
            "hours": {"type": "branch_hours", "on_open": "mark", "on_closed": "bye"},
            "mark": {"type": "set_data", "values": {"k": "v"}, "next": "bye"},
            "bye": end("bye"),
        },
        "hours",
    )
    call = Call(flow)
    assert (call.node, call.prompts) == ("bye", ("bye",))
    assert call.state.data == {"k": "v"}
    assert call.state.history == (Move("hours", "open"), Move("mark", "set"))


def chain(length: int) -> dict[str, object]:
    nodes = {f"n{i}": {"type": "set_data", "values": {"k": "v"}, "next": f"n{i + 1}"} for i in range(length)}
    return {**nodes, f"n{length}": end("bye")}


def test_every_node_of_a_flow_may_be_taken_in_one_step() -> None:
    assert Call(flow_of(chain(200), "n0")).prompts == ("bye",)


def test_a_flow_that_goes_round_without_the_caller_is_stopped() -> None:
    nodes = {**chain(3), "n2": {"type": "set_data", "values": {"k": "v"}, "next": "n0"}}
    with pytest.raises(FlowLoop, match="flow 'test' version 1 goes round without the caller"):
        begin(flow_of(nodes, "n0"), facts())


@pytest.mark.parametrize("start", ["nowhere", ""])
def test_a_flow_that_leads_nowhere_is_an_error_that_names_it(start: str) -> None:
    with pytest.raises(BrokenFlow, match="flow 'test' version 1 has no node"):
        begin(flow_of({"bye": end("bye")}, start), facts())


def test_an_answer_to_another_command_is_an_error_and_changes_nothing() -> None:
    call = Call(TWO)
    with pytest.raises(UnexpectedEvent, match="at play node 'hello'"):
        call.says(keyed("1"))
    assert call.node == "hello"


def test_after_the_hang_up_nothing_more_can_happen() -> None:
    call = Call(TWO).says(Played(), Played())
    with pytest.raises(UnexpectedEvent, match="after the end"):
        call.says(Played())
    assert resume(TWO, call.state, facts()) == (call.state, Hangup())


def test_a_state_of_another_version_is_not_run_on_this_one() -> None:
    state = State("test", 2, "hello")
    with pytest.raises(StateMismatch, match="version 2"):
        step(TWO, state, Played(), facts())
    with pytest.raises(StateMismatch):
        resume(TWO, replace(state, version=1, flow="other"), facts())


def test_a_state_at_a_node_that_is_gone_is_a_broken_flow() -> None:
    with pytest.raises(BrokenFlow, match="'gone'"):
        resume(TWO, State("test", 1, "gone"), facts())


def test_the_same_inputs_give_the_same_answer() -> None:
    state, _ = begin(TWO, facts())
    assert step(TWO, state, Played(), facts()) == step(TWO, state, Played(), facts())
