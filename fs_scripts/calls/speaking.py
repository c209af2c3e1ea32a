"""From prompts, as a flow names them, to what FreeSWITCH plays."""

from __future__ import annotations

from collections.abc import Iterable
from pathlib import Path
from typing import Final, Protocol, overload

import structlog

from hotline.domain import speech
from hotline.domain.ivr.commands import Prompt, Say
from ivr_prompts.library import UnknownPrompt

log = structlog.get_logger(__name__)

MUSIC: Final = "local_stream://moh"
# When there is no music (an empty folder, a broken stream), the caller still hears that the line lives.
COMFORT: Final = "tone_stream://%(200,3800,440);loops=8"


class Prompts(Protocol):
    """Where the audio lies; :class:`ivr_prompts.library.PromptLibrary` in earnest."""

    def path(self, prompt_id: str) -> Path: ...

    def in_language(self, lang: str) -> Prompts: ...


class Speaker:
    """Turns prompts into one playable argument. A prompt without audio in *language* is heard as
    *otherwise* has it; one without any is left out and reported, the others are heard.
    """

    def __init__(self, prompts: Prompts, language: str = "zh", otherwise: Speaker | None = None) -> None:
        self._prompts = prompts
        self._language = language
        self._otherwise = otherwise

    def in_language(self, language: str) -> Speaker:
        """Who speaks that language; this one where it is unknown."""
        if language == self._language or language not in speech.LANGUAGES:
            return self
        return Speaker(self._prompts.in_language(language), language, otherwise=self)

    @overload
    def target(self, prompts: Iterable[Prompt], then: str) -> str: ...

    @overload
    def target(self, prompts: Iterable[Prompt]) -> str | None: ...

    def target(self, prompts: Iterable[Prompt], then: str = "") -> str | None:
        """What ``playback`` is given, *then* at its end; None when there is nothing to play."""
        files = [str(path) for prompt_id in self._ids(prompts) if (path := self._file(prompt_id)) is not None]
        if then:
            files.append(then)
        if not files:
            return None
        return files[0] if len(files) == 1 else "file_string://" + "!".join(files)

    def knows(self, prompt_id: str) -> bool:
        """Whether there is audio for this prompt, for those that may well be missing."""
        try:
            self._prompts.path(prompt_id)
        except UnknownPrompt:
            return False
        return True

    def _ids(self, prompts: Iterable[Prompt]) -> Iterable[str]:
        for prompt in prompts:
            if isinstance(prompt, Say):
                try:
                    yield from speech.say(prompt.kind, prompt.value, self._language)
                except ValueError as error:
                    log.warning("cannot be spoken", kind=prompt.kind, error=str(error))
            else:
                yield prompt

    def _file(self, prompt_id: str) -> Path | None:
        try:
            return self._prompts.path(prompt_id)
        except UnknownPrompt:
            if self._otherwise is not None and prompt_id not in speech.atoms(self._language):
                return self._otherwise._file(prompt_id)
            log.error("a prompt has no audio", prompt=prompt_id)
            return None
