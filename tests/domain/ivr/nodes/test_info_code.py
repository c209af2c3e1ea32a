import pytest

from hotline.domain.ivr.commands import Collect, Play
from hotline.domain.ivr.events import Collected, Played
from hotline.domain.ivr.flow import dump, parse
from hotline.domain.ivr.interpreter import resume
from hotline.domain.ivr.problems import UnexpectedEvent
from tests.domain.ivr.helpers import SILENCE, Call, end, facts, flow_of, keyed

INFO = flow_of(
    {
        "info": {
            "type": "info_code",
            "ask": ["ask"],
            "codes": {"1001": ["hours"], "22": ["places"]},
            "unknown": ["unknown"],
            "again": ["again"],
            "attempts": 2,
            "timeout_s": 8,
            "digit_timeout_s": 4,
            "on_back": "menu",
            "on_fail": "operator",
        },
        "menu": end("menu"),
        "operator": end("operator"),
    },
    "info",
)


def test_it_asks_for_a_code_that_hash_ends_and_leaves_room_for_the_hash() -> None:
    assert Call(INFO).command == Collect(("ask",), 1, 5, "#*", 8, 4)


def test_a_code_is_answered_attached_and_another_may_follow() -> None:
    call = Call(INFO).says(keyed("1001", "#"))
    assert (call.prompts, call.collecting) == (("hours", "again"), True)
    assert call.state.data == {"info_code": "1001"}
    assert call.says(keyed("22", "#")).prompts == ("places", "again")


def test_a_code_without_hash_counts_when_the_digits_stop() -> None:
    assert Call(INFO).says(Collected("22", "partial")).prompts == ("places", "again")


def test_hash_alone_after_an_answer_plays_it_once_more() -> None:
    assert Call(INFO).says(keyed("22", "#"), keyed("", "#")).prompts == ("places", "again")


def test_hash_alone_before_any_answer_is_no_code() -> None:
    assert Call(INFO).says(keyed("", "#")).prompts == ("unknown", "ask")


@pytest.mark.parametrize("event", [SILENCE, keyed("", "*"), keyed("10", "*")])
def test_star_or_silence_leads_back(event: Collected) -> None:
    assert Call(INFO).says(event).node == "menu"
    assert Call(INFO).says(keyed("22", "#"), event).node == "menu"


def test_unknown_codes_in_a_row_lead_to_the_operator_after_being_told() -> None:
    call = Call(INFO).says(keyed("9999", "#"))
    assert call.prompts == ("unknown", "ask")
    assert call.says(keyed("12345")).command == Play(("unknown",))
    assert call.says(Played()).node == "operator"


def test_a_good_code_between_makes_the_count_start_afresh() -> None:
    call = Call(INFO).says(keyed("9", "#"), keyed("22", "#"), keyed("9", "#"))
    assert call.prompts == ("unknown", "ask")


def test_a_lost_call_is_asked_again_but_hears_no_answer_twice() -> None:
    call = Call(INFO)
    assert resume(INFO, call.state, facts()) == (call.state, call.command)
    call.says(keyed("22", "#"))
    state, command = resume(INFO, call.state, facts())
    assert isinstance(command, Collect)
    assert (state, command.prompts) == (call.state, ("again",))


def test_a_call_lost_while_told_the_last_time_goes_on_to_the_operator() -> None:
    call = Call(INFO).says(keyed("9", "#"), keyed("9", "#"))
    assert resume(INFO, call.state, facts())[0].node == "operator"


def test_zero_leads_to_the_operator_where_the_node_says_so_and_is_no_code() -> None:
    raw = dump(INFO)
    raw["nodes"]["info"]["on_operator"] = "operator"
    assert Call(parse(raw)).says(keyed("0", "#")).node == "operator"
    raw["nodes"]["info"]["codes"]["0"] = ["zero"]
    assert Call(parse(raw)).says(keyed("0", "#")).prompts == ("zero", "again")
    assert Call(INFO).says(keyed("0", "#")).prompts == ("unknown", "ask")


def test_the_end_of_a_prompt_is_no_code() -> None:
    with pytest.raises(UnexpectedEvent):
        Call(INFO).says(Played())
