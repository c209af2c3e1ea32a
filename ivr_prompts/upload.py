"""Recordings that people put in the place of a prompt while the platform runs."""

from __future__ import annotations

from pathlib import Path

from ivr_prompts import build, check
from ivr_prompts.library import UnknownPrompt
from ivr_prompts.texts import LANGUAGES, PROMPT_ID


def replace(home: Path, lang: str, prompt: str, src: Path) -> check.AudioReport:
    """Play *src* for *prompt* from now on, also after later builds. An id that is new makes a new prompt.

    Raises :class:`~ivr_prompts.check.AudioRefused` with everything that is wrong with the file, and changes
    nothing then.
    """
    upload = _place(home, lang, prompt)
    report = check.convert(src, upload)
    build.build(home, lang)
    return report


def restore(home: Path, lang: str, prompt: str) -> None:
    """Go back to the prompt's own audio; a prompt that had none disappears."""
    _place(home, lang, prompt).unlink(missing_ok=True)
    build.build(home, lang)


def _place(home: Path, lang: str, prompt: str) -> Path:
    if lang not in LANGUAGES or not PROMPT_ID.fullmatch(prompt):
        raise UnknownPrompt(
            f"{prompt!r} in {lang!r} cannot be a prompt; ids have small letters, digits and underlines"
        )
    return home / "prompts" / "uploaded" / lang / f"{prompt}.wav"
