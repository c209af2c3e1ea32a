"""Prompts without audio."""

from __future__ import annotations

from pathlib import Path


class FakePrompts:
    """Every prompt there is, as a file of its name; in other languages than Chinese with that in front."""

    def __init__(self, prefix: str = "") -> None:
        self._prefix = prefix

    def in_language(self, lang: str) -> FakePrompts:
        return FakePrompts(f"{lang}_")

    def path(self, prompt_id: str) -> Path:
        return Path(f"/prompts/{self._prefix}{prompt_id}.wav")
