"""The texts: none missing, none that would be spoken wrongly."""

import re

import pytest

from ivr_prompts import texts
from ivr_prompts.build import voice_of

NEEDED = """
welcome menu wrong_key no_key to_operator info_ask_code info_unknown_code info_1001 info_1002 info_1003
info_again queue_wait queue_position_pre queue_position_post queue_wait_minutes_pre
queue_wait_minutes_post all_busy transferring agent_number_pre agent_number_post closed voicemail_ask
voicemail_thanks survey_ask survey_thanks survey_wrong apology goodbye feature_signed_in
feature_signed_out feature_idle feature_busy feature_wrapup_done feature_refused unknown_number hold
recording_notice whisper_queue_policy whisper_queue_systems whisper_queue_complaints
whisper_queue_general no_agent emergency beep queue_other queue_last_agent
""".split()


@pytest.mark.parametrize("lang", texts.LANGUAGES)
def test_every_prompt_that_the_call_side_plays_has_a_text(lang):
    assert set(NEEDED) <= set(texts.texts(lang))


@pytest.mark.parametrize("lang", texts.LANGUAGES)
def test_no_sentence_has_figures_since_their_reading_would_be_a_guess(lang):
    assert [prompt for prompt, text in texts.sentences(lang).items() if re.search(r"[0-9]", text)] == []


def test_chinese_sentences_hold_chinese_only():
    chinese = {prompt: text for prompt, text in texts.sentences("zh").items() if voice_of(text, "zh") == "zh"}
    strange = {prompt for prompt, text in chinese.items() if re.search(r"[A-Za-z,.;:?!]", text)}
    assert strange == set()


def test_an_unknown_language_is_refused():
    with pytest.raises(texts.BadTexts, match="the languages are zh, en"):
        texts.texts("fr")
