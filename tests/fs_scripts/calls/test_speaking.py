"""From prompts to what the switch plays."""

from pathlib import Path

from fs_scripts.calls.speaking import Speaker
from hotline.domain.ivr.commands import Say
from ivr_prompts.library import UnknownPrompt


class FewPrompts:
    """Prompts of which some have no audio, more of them in English."""

    def __init__(self, lang: str = "zh") -> None:
        self.lang = lang

    def in_language(self, lang: str) -> "FewPrompts":
        return FewPrompts(lang)

    def path(self, prompt_id: str) -> Path:
        if prompt_id.startswith("missing") or (self.lang == "en" and prompt_id in ("local", "n7")):
            raise UnknownPrompt(prompt_id)
        return Path("/prompts" if self.lang == "zh" else f"/{self.lang}", f"{prompt_id}.wav")


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


def test_in_another_language_prompts_and_values_are_heard_in_it():
    english = SPEAKER.in_language("en")
    assert english.target(["welcome", Say("date", "2026-11-27")]).split("!") == [
        "file_string:///en/welcome.wav",
        "/en/month11.wav",
        "/en/day27.wav",
        "/en/n20.wav",
        "/en/n26.wav",
    ]


def test_a_sentence_that_another_language_lacks_is_heard_in_chinese_and_a_word_of_a_value_is_not():
    english = SPEAKER.in_language("en")
    assert english.target(["local"]) == "/prompts/local.wav"
    assert english.target([Say("number", "7")]) is None


def test_a_language_that_is_not_known_is_the_own():
    assert SPEAKER.in_language("") is SPEAKER
    assert SPEAKER.in_language("zh") is SPEAKER
    assert SPEAKER.in_language("fr") is SPEAKER
