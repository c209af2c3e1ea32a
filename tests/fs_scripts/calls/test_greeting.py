"""What agent and caller are told between the answer and the talk."""

import re

import pytest

from fs_scripts.calls.dialling import dial_string
from fs_scripts.calls.greeting import greeting
from fs_scripts.calls.speaking import Speaker
from fs_scripts.configuration import QueueVoice
from hotline.domain.acd.effects import MakeOffer
from ivr_prompts.library import UnknownPrompt
from tests.fs_scripts.fakes.prompts import FakePrompts

BOTH = QueueVoice(whisper=True, announce_agent=True)


def an_offer(agent="8001"):
    return MakeOffer("epoch-1", "call-1", "policy", agent, "1001", 20, None)


class OnlySomePrompts(FakePrompts):
    """No recording of a queue's name."""

    def path(self, prompt_id):
        if prompt_id.startswith("whisper_queue"):
            raise UnknownPrompt(prompt_id)
        return super().path(prompt_id)


def told(voice, waited=95.0, prompts=None, **offer):
    speaker = Speaker(prompts or FakePrompts())
    said = greeting(voice, an_offer(**offer), waited, to_agents=speaker, to_callers=speaker)
    return tuple(re.findall(r"/prompts/(\w+)\.wav", target) for target in (said.agent, said.caller))


def test_without_switches_nothing_is_said():
    assert told(QueueVoice()) == ([], [])


def test_the_agent_is_told_queue_and_wait_and_the_caller_the_agents_number():
    assert told(BOTH) == (
        ["whisper_queue_policy", "whisper_waited", "n1", "minutes"],
        ["agent_number_pre", "d8", "d0", "d0", "d1", "agent_number_post"],
    )


@pytest.mark.parametrize(
    ("waited", "said"),
    [
        (3.0, []),
        (10.0, ["whisper_waited", "n10", "seconds"]),
        (59.0, ["whisper_waited", "n50", "seconds"]),
        (120.0, ["whisper_waited", "liang", "minutes"]),
    ],
)
def test_the_wait_is_told_in_round_figures(waited, said):
    agent, _ = told(QueueVoice(whisper=True), waited)
    assert agent == ["whisper_queue_policy", *said]


def test_a_queue_without_a_recorded_name_is_told_by_its_wait_alone():
    agent, _ = told(QueueVoice(whisper=True), prompts=OnlySomePrompts())
    assert agent == ["whisper_waited", "n1", "minutes"]


def test_an_agent_without_a_whisper_hears_what_the_caller_hears():
    agent, caller = told(QueueVoice(announce_agent=True))
    assert agent == caller == ["agent_number_pre", "d8", "d0", "d0", "d1", "agent_number_post"]


def test_an_agent_whose_number_is_no_number_is_not_announced():
    assert told(QueueVoice(announce_agent=True), agent="A-7") == ([], [])


def test_the_dial_string_says_it_to_each_alone():
    speaker = Speaker(FakePrompts())
    said = greeting(BOTH, an_offer(), 5.0, to_agents=speaker, to_callers=speaker)
    string = dial_string(
        an_offer(), "leg", caller_channel="caller", interaction_id="i", caller="1", greeting=said
    )
    assert "group_confirm_key=exec" in string
    assert "group_confirm_file='playback /prompts/whisper_queue_policy.wav'" in string
    assert "api_on_answer='uuid_setvar caller socket_resume false'" in string
    assert f"api_on_answer_greeting='uuid_displace caller start {said.caller}'" in string


def test_what_an_agent_should_know_first_is_whispered_first():
    speaker = Speaker(FakePrompts())
    said = greeting(
        BOTH,
        an_offer(),
        5.0,
        to_agents=speaker,
        to_callers=speaker,
        first=["whisper_callback", "whisper_vip"],
    )
    assert re.findall(r"/prompts/(\w+)\.wav", said.agent)[:3] == [
        "whisper_callback",
        "whisper_vip",
        "whisper_queue_policy",
    ]
