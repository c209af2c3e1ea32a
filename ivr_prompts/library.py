"""Where the audio of each prompt is, for whoever plays it and for the console that replaces it."""

from __future__ import annotations

import json
import os
from pathlib import Path

from ivr_prompts.texts import PROMPT_ID, texts


class UnknownPrompt(LookupError):
    """There is no audio for this id. The text says whether the id is wrong or the prompts are not built."""


class PromptLibrary:
    """The prompts of one language under ``HOTLINE_HOME``. What is built, uploaded or removed is seen at once."""

    def __init__(self, home: Path, lang: str) -> None:
        self.lang = lang
        self._home = home
        self._texts = texts(lang)
        self._folder = home.absolute() / "prompts" / lang
        # Asked for at each step of each call: no path is put together twice.
        self._paths: dict[str, Path] = {}
        self._uploads = home / "prompts" / "uploaded" / lang

    def in_language(self, lang: str) -> PromptLibrary:
        """The prompts of the same home in another language."""
        return PromptLibrary(self._home, lang)

    def path(self, prompt: str) -> Path:
        """The file to play. Raises :class:`UnknownPrompt`."""
        path = self._paths.get(prompt)
        if path is None and PROMPT_ID.fullmatch(prompt):
            path = self._folder / f"{prompt}.wav"
        if path is not None and os.path.isfile(path):  # noqa: PTH113 - half the time of Path.is_file
            self._paths[prompt] = path
            return path
        if prompt in self._texts:
            raise UnknownPrompt(
                f"the prompt {prompt!r} has no audio in {self._folder}; run `python -m ivr_prompts build`"
            )
        raise UnknownPrompt(f"there is no prompt {prompt!r} in {self.lang!r}")

    def has_audio(self, prompt: str) -> bool:
        """Whether there is something to play."""
        return bool(PROMPT_ID.fullmatch(prompt)) and (self._folder / f"{prompt}.wav").is_file()

    def ids(self) -> frozenset[str]:
        """Every prompt that has a text or audio."""
        return frozenset(self._texts) | {
            path.stem for path in self._folder.glob("*.wav") if PROMPT_ID.fullmatch(path.stem)
        }

    def with_audio(self) -> frozenset[str]:
        """Every prompt that there is something to play for."""
        return frozenset(prompt for prompt in self.ids() if self.has_audio(prompt))

    def text(self, prompt: str) -> str:
        """What is said there; empty for a recording without a text. Raises :class:`UnknownPrompt`."""
        if prompt in self._texts:
            return self._texts[prompt]
        self.path(prompt)
        return ""

    def source(self, prompt: str) -> str:
        """Where the audio came from: ``upload``, ``recording``, ``rendered``, ``engine`` or ``tone``; empty
        where there is none.
        """
        if self.uploaded(prompt):
            return "upload"
        try:
            manifest = json.loads((self._folder / "manifest.json").read_text(encoding="utf-8"))
        except (FileNotFoundError, ValueError):
            return ""
        return str(manifest.get(prompt, {}).get("source", ""))

    def uploaded(self, prompt: str) -> bool:
        """Whether an upload stands in for the prompt's own audio."""
        return bool(PROMPT_ID.fullmatch(prompt)) and (self._uploads / f"{prompt}.wav").is_file()
