"""From prompts to what the switch plays."""

from pathlib import Path

from fs_scripts.calls.speaking import Speaker
from hotline.domain.ivr.commands import Say
from ivr_prompts.library import UnknownPrompt


class FewPrompts:
    """Prompts of which some have no audio."""

    def path(self, prompt_id: str) -> Path:
        if prompt_id.startswith("missing"):
            raise UnknownPrompt(prompt_id)
        return Path(f"/prompts/{prompt_id}.wav")


SPEAKER = Speaker(FewPrompts())


def test_one_prompt_is_one_file_and_several_are_played_in_a_row():
    assert SPEAKER.target(["welcome"]) == "/prompts/welcome.wav"
    assert SPEAKER.target(["welcome", "menu"]) == "file_string:///prompts/welcome.wav!/prompts/menu.wav"


def test_a_prompt_without_audio_is_left_out_and_the_others_are_heard():
    assert SPEAKER.target(["missing", "menu"]) == "/prompts/menu.wav"
    assert SPEAKER.target(["missing"]) is None
    assert SPEAKER.target([]) is None


def test_numbers_are_spoken_between_prompts():
    target = SPEAKER.target(["queue_position_pre", Say("count", "3"), "queue_position_post"])
    assert target.startswith("file_string:///prompts/queue_position_pre.wav!")
    assert target.endswith("!/prompts/queue_position_post.wav")
    assert target.count("!") >= 2


def test_what_cannot_be_spoken_is_left_out():
    assert SPEAKER.target([Say("number", "many"), "menu"]) == "/prompts/menu.wav"


def test_what_comes_after_the_prompts_is_played_even_where_there_are_none():
    assert SPEAKER.target([], then="silence_stream://5000") == "silence_stream://5000"
