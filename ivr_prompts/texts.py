"""What each prompt says: the sentences of ``prompts.toml`` and the words that spoken numbers and dates are
made of.
"""

from __future__ import annotations

import re
import tomllib
from functools import cache
from pathlib import Path

from hotline.domain import speech

HERE = Path(__file__).resolve().parent
LANGUAGES = ("zh", "en")
TONES = {"beep": {"zh": "（提示音）", "en": "(tone)"}}
PROMPT_ID = re.compile(r"[a-z][a-z0-9_]{0,63}")


class BadTexts(Exception):
    """``prompts.toml`` cannot be used. The text names the prompt and what is wrong with it."""


@cache
def sentences(lang: str) -> dict[str, str]:
    """Prompt id to text for the prompts that are whole sentences. Raises :class:`BadTexts`."""
    with (HERE / "prompts.toml").open("rb") as file:
        table = tomllib.load(file)
    found: dict[str, str] = {}
    for prompt, texts in table.items():
        if not PROMPT_ID.fullmatch(prompt):
            raise BadTexts(
                f"prompts.toml: {prompt!r} is no prompt id; ids have small letters, digits and underlines"
            )
        text = texts.get(lang, "").strip()
        if not text:
            raise BadTexts(f"prompts.toml: {prompt} has no text for {lang}")
        if prompt in speech.atoms(lang) or prompt in TONES:
            raise BadTexts(
                f"prompts.toml: {prompt} is already a word of spoken numbers or a tone; choose another id"
            )
        found[prompt] = text
    return found


def texts(lang: str) -> dict[str, str]:
    """Every prompt id of *lang* and what is said there; tones have a description in brackets."""
    if lang not in LANGUAGES:
        raise BadTexts(f"there are no prompts in {lang!r}; the languages are {', '.join(LANGUAGES)}")
    return sentences(lang) | dict(speech.atoms(lang)) | {tone: names[lang] for tone, names in TONES.items()}
