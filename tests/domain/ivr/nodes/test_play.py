from typing import Any

import pytest

from hotline.domain.ivr.commands import Hangup, Play, Say
from hotline.domain.ivr.events import Played
from hotline.domain.ivr.interpreter import resume
from tests.domain.ivr.helpers import Call, end, facts, flow_of


def play(prompts: list[Any], **fields: Any) -> dict[str, Any]:
    return {"a": {"type": "play", "prompts": prompts, "next": "bye", **fields}, "bye": {"type": "hangup"}}


def test_it_plays_and_goes_on() -> None:
    call = Call(flow_of(play(["p", "q"], interruptible=False), "a"))
    assert call.command == Play(("p", "q"), interruptible=False)
    assert call.says(Played()).command == Hangup()


def test_an_attached_datum_is_spoken() -> None:
    flow = flow_of(play(["pre", {"say": "number", "data": "tickets"}]), "a")
    assert Call(flow, data={"tickets": "12"}).prompts == ("pre", Say("number", "12"))


@pytest.mark.parametrize(
    ("kind", "good", "bad"),
    [
        ("number", "-3.5", "three"),
        ("digits", "8001", "80 01"),
        ("date", "2025-10-01", "2025-02-30"),
        ("time", "17:30", "25:00"),
        ("money", "12.50", "12.505"),
    ],
)
def test_what_cannot_be_spoken_is_left_out(kind: str, good: str, bad: str) -> None:
    flow = flow_of(play(["pre", {"say": kind, "data": "x"}]), "a")
    assert Call(flow, data={"x": good}).prompts == ("pre", Say(kind, good))  # type: ignore[arg-type]
    assert Call(flow, data={"x": bad}).prompts == ("pre",)
    assert Call(flow).prompts == ("pre",)


def test_with_nothing_left_to_play_it_goes_straight_on() -> None:
    flow = flow_of(play([{"say": "number", "data": "x"}]), "a")
    assert Call(flow).command == Hangup()


def test_what_the_flow_attached_wins_over_what_others_did() -> None:
    nodes = play([{"say": "digits", "data": "x"}])
    flow = flow_of({**nodes, "set": {"type": "set_data", "values": {"x": "1"}, "next": "a"}}, "set")
    assert Call(flow, data={"x": "2"}).prompts == (Say("digits", "1"),)


def test_a_lost_call_hears_it_again_unless_it_is_to_be_skipped() -> None:
    again = Call(flow_of(play(["p"]), "a"))
    assert resume(again.flow, again.state, facts()) == (again.state, again.command)
    skip = Call(flow_of({**play(["p"], skip_on_resume=True), "bye": end("bye")}, "a"))
    state, command = resume(skip.flow, skip.state, facts())
    assert (state.node, command) == ("bye", Play(("bye",)))
