"""The number plan that tests from outside rely on."""

import pytest

from hotline.domain.ivr.commands import Collect, Enqueue, Hangup, Play, RecordMessage, RequestCallback
from hotline.domain.ivr.demo import QUEUES, demo_flow
from hotline.domain.ivr.events import (
    CallbackTaken,
    Collected,
    Event,
    Played,
    QueueLeft,
    QueueOutcome,
    Recorded,
)
from hotline.domain.ivr.interpreter import resume
from hotline.domain.ivr.state import dumps, loads
from tests.domain.ivr.helpers import SILENCE, Call, facts, keyed

DEMO = demo_flow()


def in_the_menu() -> Call:
    return Call(DEMO).says(Played())


def test_the_caller_is_welcomed_told_of_the_recording_and_hears_the_menu() -> None:
    call = Call(DEMO)
    assert call.command == Play(("welcome", "recording_notice"))
    assert call.says(Played()).prompts == ("menu", "menu_english")


@pytest.mark.parametrize(("key", "queue"), [("1", "policy"), ("2", "systems"), ("3", "complaints")])
def test_one_two_and_three_queue_for_their_groups(key: str, queue: str) -> None:
    command = in_the_menu().says(keyed(key)).command
    assert isinstance(command, Enqueue)
    assert (command.queue, command.announce.join) == (queue, ("queue_wait",))


def test_zero_queues_for_the_operator_after_saying_so() -> None:
    call = in_the_menu().says(keyed("0"))
    assert call.command == Play(("to_operator",))
    command = call.says(Played()).command
    assert isinstance(command, Enqueue)
    assert command.queue == "general"


def test_nine_takes_a_voice_message() -> None:
    call = in_the_menu().says(keyed("9"))
    assert isinstance(call.command, RecordMessage)
    assert call.says(Recorded("recorded", "m1", 9.0)).prompts == ("voicemail_thanks",)
    assert call.says(Played(), Played()).command == Hangup()


def test_star_plays_the_menu_again() -> None:
    assert in_the_menu().says(keyed("*")).prompts == ("menu", "menu_english")


@pytest.mark.parametrize("code", ["1001", "1002", "1003"])
def test_four_asks_for_an_information_code_and_answers_it(code: str) -> None:
    call = in_the_menu().says(keyed("4"))
    assert call.prompts == ("info_ask_code",)
    assert call.says(keyed(code, "#")).prompts == (f"info_{code}", "info_again")
    assert call.says(keyed("", "*")).prompts == ("menu", "menu_english")


@pytest.mark.parametrize(("event", "told"), [(SILENCE, "no_key"), (keyed("7"), "wrong_key")])
def test_a_wrong_key_or_none_is_told_three_times_and_then_comes_the_operator(event: Event, told: str) -> None:
    call = in_the_menu()
    assert [call.says(event).prompts[0] for _ in range(3)] == [told] * 3
    assert call.says(Played()).prompts == ("to_operator",)


def test_after_the_agent_hung_up_the_caller_gives_a_mark_and_is_thanked() -> None:
    call = in_the_menu().says(keyed("1"), QueueLeft("served", "agent"))
    assert call.prompts == ("survey_ask",)
    assert call.says(keyed("1")).command == Play(("survey_thanks",), interruptible=False)
    assert call.state.data["survey"] == "1"
    assert call.says(Played()).prompts == ("goodbye",)
    assert call.says(Played()).command == Hangup()


def test_when_closed_the_caller_is_told_and_may_leave_a_message() -> None:
    call = Call(DEMO, open=False, holiday="国庆节").says(Played())
    assert call.prompts == ("closed",)
    assert isinstance(call.says(Played()).command, RecordMessage)


def test_in_an_emergency_the_caller_is_told_and_may_leave_a_message() -> None:
    call = Call(DEMO, emergency=True).says(Played())
    assert call.prompts == ("emergency",)
    assert isinstance(call.says(Played()).command, RecordMessage)


def test_zero_among_the_information_codes_leads_to_the_operator() -> None:
    assert in_the_menu().says(keyed("4"), keyed("1002", "#"), keyed("0", "#")).prompts == ("to_operator",)


@pytest.mark.parametrize(
    ("outcome", "told"),
    [("timeout", "all_busy"), ("overflow", "all_busy"), ("failed", "all_busy"), ("no_agents", "no_agent")],
)
def test_a_caller_whom_nobody_can_take_may_leave_a_message(outcome: QueueOutcome, told: str) -> None:
    call = in_the_menu().says(keyed("1"), QueueLeft(outcome))
    assert call.prompts == (told,)
    assert isinstance(call.says(Played()).command, RecordMessage)


def test_nine_in_the_queue_takes_a_voice_message() -> None:
    call = in_the_menu().says(keyed("2"))
    assert isinstance(call.command, Enqueue)
    assert call.command.announce.voicemail_key == "9"
    assert isinstance(call.says(QueueLeft("voicemail")).command, RecordMessage)


def test_a_caller_whose_agent_vanished_is_queued_again() -> None:
    call = in_the_menu().says(keyed("3"))
    assert call.says(QueueLeft("agent_gone")).node == "complaints"


@pytest.mark.parametrize("code", QUEUES)
def test_each_queue_is_a_node_of_its_own_name(code: str) -> None:
    assert DEMO.nodes[code].type == "queue"


@pytest.mark.parametrize(
    ("before", "command", "prompts"),
    [
        ((), Collect, ("menu", "menu_english")),
        ((Played(), SILENCE), Collect, ("menu", "menu_english")),
        ((Played(), keyed("4"), keyed("1001", "#")), Collect, ("info_again",)),
        ((Played(), keyed("1")), Enqueue, ()),
        ((Played(), keyed("1"), QueueLeft("served", "agent")), Collect, ("survey_ask",)),
        ((Played(), keyed("9")), RecordMessage, ("voicemail_ask",)),
    ],
)
def test_the_standby_goes_on_from_the_channel_variable_with_no_second_welcome(
    before: tuple[Event, ...], command: type, prompts: tuple[str, ...]
) -> None:
    call = Call(DEMO).says(*before)
    _, resumed = resume(DEMO, loads(dumps(call.state)), facts())
    assert isinstance(resumed, command)
    assert getattr(resumed, "prompts", ()) == prompts


def test_the_collected_digits_of_the_longest_code_do_not_end_before_the_hash() -> None:
    command = in_the_menu().says(keyed("4")).command
    assert isinstance(command, Collect)
    assert command.max_digits == len("1001") + 1
    assert in_the_menu().says(keyed("4"), Collected("1001", "partial")).prompts[0] == "info_1001"


def test_eight_changes_the_language_and_back() -> None:
    call = in_the_menu().says(keyed("8"))
    assert call.state.data["language"] == "en"
    assert call.prompts == ("menu", "menu_english")
    assert call.says(keyed("8")).state.data["language"] == "zh"


@pytest.mark.parametrize(("key", "queue"), [("1", "policy"), ("2", "systems"), ("3", "complaints")])
def test_who_waits_may_be_called_back_for_the_same_queue(key: str, queue: str) -> None:
    call = in_the_menu().says(keyed(key))
    assert isinstance(call.command, Enqueue)
    assert call.command.announce.callback_key == "7"
    call.says(QueueLeft("callback"), keyed("1"))
    assert call.command == RequestCallback(queue, "13800000000", 0)
    assert call.says(CallbackTaken("taken"), Played()).prompts == ("goodbye",)


def test_who_declines_the_callback_waits_again() -> None:
    call = in_the_menu().says(keyed("1"), QueueLeft("callback"), keyed("*"))
    assert isinstance(call.command, Enqueue)


def test_a_callback_that_cannot_be_noted_leaves_the_voice_message() -> None:
    call = in_the_menu().says(keyed("1"), QueueLeft("callback"), keyed("1"), CallbackTaken("failed"))
    assert call.prompts == ("callback_failed",)
    assert isinstance(call.says(Played()).command, RecordMessage)


@pytest.mark.parametrize("outcome", ["closed", "emergency"])
def test_who_still_waits_at_the_end_of_the_day_may_leave_a_message(outcome: QueueOutcome) -> None:
    assert isinstance(in_the_menu().says(keyed("1"), QueueLeft(outcome)).command, RecordMessage)
