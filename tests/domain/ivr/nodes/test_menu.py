import pytest

from hotline.domain.ivr.commands import Collect, Play
from hotline.domain.ivr.events import Played
from hotline.domain.ivr.interpreter import resume
from hotline.domain.ivr.problems import UnexpectedEvent
from tests.domain.ivr.helpers import SILENCE, Call, end, facts, flow_of, keyed

MENU = flow_of(
    {
        "menu": {
            "type": "menu",
            "prompts": ["menu"],
            "choices": {"1": "one", "*": "menu", "#": "hash"},
            "wrong_key": ["wrong"],
            "no_key": ["none"],
            "attempts": 3,
            "timeout_s": 7,
            "on_fail": "operator",
        },
        "one": end("one"),
        "hash": end("hash"),
        "operator": end("operator"),
    },
    "menu",
)


def test_it_takes_one_key_and_no_key_is_a_terminator() -> None:
    assert Call(MENU).command == Collect(("menu",), 1, 1, "", 7, 7)


@pytest.mark.parametrize(("key", "node"), [("1", "one"), ("#", "hash"), ("*", "menu")])
def test_a_key_leads_to_its_node(key: str, node: str) -> None:
    assert Call(MENU).says(keyed(key)).node == node


def test_a_wrong_key_is_told_and_the_menu_heard_again() -> None:
    call = Call(MENU).says(keyed("7"))
    assert (call.node, call.prompts, call.collecting) == ("menu", ("wrong", "menu"), True)


def test_silence_is_told_otherwise_than_a_wrong_key() -> None:
    assert Call(MENU).says(SILENCE).prompts == ("none", "menu")


def test_three_times_it_is_told_and_then_comes_the_operator() -> None:
    call = Call(MENU)
    told = [call.says(event).prompts[0] for event in (SILENCE, keyed("8"), keyed("7"))]
    assert told == ["none", "wrong", "wrong"]
    assert call.command == Play(("wrong",))
    assert call.says(Played()).node == "operator"


def test_hearing_the_menu_again_by_choice_starts_the_attempts_afresh() -> None:
    call = Call(MENU).says(SILENCE, SILENCE, keyed("*"))
    assert (call.prompts, call.state.attempts) == (("menu",), 0)


def test_a_lost_call_hears_the_menu_again_with_its_attempts_kept() -> None:
    call = Call(MENU).says(SILENCE, keyed("7"))
    state, command = resume(MENU, call.state, facts())
    assert isinstance(command, Collect)
    assert (command.prompts, state.attempts) == (("menu",), 2)


def test_a_call_lost_while_told_the_last_time_goes_on_to_the_operator() -> None:
    call = Call(MENU).says(SILENCE, SILENCE, SILENCE)
    assert resume(MENU, call.state, facts())[0].node == "operator"


def test_the_end_of_a_prompt_is_no_answer_to_the_menu_and_a_key_none_to_the_last_telling() -> None:
    with pytest.raises(UnexpectedEvent):
        Call(MENU).says(Played())
    with pytest.raises(UnexpectedEvent):
        Call(MENU).says(SILENCE, SILENCE, SILENCE, keyed("1"))
