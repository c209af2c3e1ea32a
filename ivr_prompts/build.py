"""From texts and recordings to the files that the switch plays.

For each prompt the first of these is taken: what was uploaded in the console
(``HOTLINE_HOME/prompts/uploaded/<lang>``), a recording in ``recorded/<lang>``, the audio rendered beforehand
if its text is still the same, and else a speech engine. A manifest beside the files says what each was made
from, so that a second run does nothing.
"""

from __future__ import annotations

import hashlib
import json
import tempfile
from collections.abc import Callable, Iterable, Mapping
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from functools import cache, partial
from pathlib import Path

from hotline.domain import speech
from ivr_prompts import engines
from ivr_prompts.speaking_program import CannotSpeak
from ivr_prompts.texts import HERE, LANGUAGES, PROMPT_ID, TONES, texts

RECORDED = HERE / "recorded"
RENDERED = HERE / "rendered"
MUSIC = Path("music", "8000", "hold.wav")
# Raised when the same input would give other audio: everything is then made anew.
_VERSION = 1
_WORKERS = 2
_ENDINGS = (".wav", ".flac")
# Room before and after: sentences breathe, words of a number follow each other closely.
_SENTENCE_S = (0.06, 0.15)
_WORD_S = (0.02, 0.04)
_STOPS = "。.？?"
_COMMA = {"zh": "，", "en": ","}


class BuildFailed(Exception):
    """Some prompts could not be made; the others were. One line each says which, why and what to do."""


@dataclass(frozen=True, slots=True)
class Job:
    """One file to be made. ``key`` changes whenever the audio would; ``source`` is told to people."""

    prompt: str
    source: str
    key: str
    make: Callable[[Path], None] = field(compare=False)


@dataclass(frozen=True, slots=True)
class Built:
    """What a build did: how many files were made, how many were as they should be, and what was removed."""

    made: int
    kept: int
    removed: int


def build(home: Path, lang: str, *, force: bool = False) -> Built:
    """Make what is missing or out of date in ``home/prompts/<lang>``. Raises :class:`BuildFailed` after
    doing what it can.
    """
    folder = home / "prompts" / lang
    folder.mkdir(parents=True, exist_ok=True)
    jobs = plan(home, lang)
    return _carry_out(folder, jobs, force=force)


def build_music(home: Path, *, force: bool = False) -> bool:
    """Make the music on hold unless it is there. Returns whether it was made."""
    path = home / "prompts" / MUSIC
    if path.exists() and not force:
        return False
    from ivr_prompts import (
        audio,
        music,
    )  # imported here since loading numpy takes longer than a build with nothing to do

    audio.write(path, music.compose())
    return True


def plan(home: Path, lang: str) -> list[Job]:
    """What each prompt of *lang* is made from."""
    uploaded = recordings(home / "prompts" / "uploaded" / lang)
    recorded = recordings(RECORDED / lang)
    rendered = rendered_texts(lang)
    wanted = texts(lang)
    engine = cache(engines.best)
    jobs = []
    for prompt in sorted(wanted.keys() | recorded.keys() | uploaded.keys()):
        if prompt in uploaded:
            jobs.append(_job(prompt, "upload", _digest(uploaded[prompt]), partial(_copy, uploaded[prompt])))
        elif prompt in recorded:
            jobs.append(
                _job(
                    prompt, "recording", _digest(recorded[prompt]), partial(_from_recording, recorded[prompt])
                )
            )
        elif prompt in TONES:
            jobs.append(_job(prompt, "tone", prompt, _tone))
        elif rendered.get(prompt, {}).get("text") == wanted[prompt]:
            source = RENDERED / lang / f"{prompt}.flac"
            jobs.append(_job(prompt, "rendered", rendered[prompt]["sha256"], partial(_copy, source)))
        else:
            text = wanted[prompt]
            jobs.append(_job(prompt, "engine", text, partial(_speak, engine, text, lang, prompt)))
    return jobs


def voice_of(text: str, lang: str) -> str:
    """The language whose voice says *text* among the prompts of *lang*: what is for those who speak another
    one is said in theirs. A single letter stays with the voice around it.
    """
    if text.isascii():
        return "en" if len(text) > 1 and any(c.isalpha() for c in text) else lang
    return "zh" if any("\u4e00" <= c <= "\u9fff" for c in text) else lang


def recordings(folder: Path) -> dict[str, Path]:
    """Prompt id to file for the recordings in *folder*; names that are no prompt ids are passed over."""
    if not folder.is_dir():
        return {}
    files = sorted(path for path in folder.iterdir() if path.suffix in _ENDINGS)
    return {path.stem: path for path in files if PROMPT_ID.fullmatch(path.stem)}


def rendered_texts(lang: str) -> dict[str, dict[str, str]]:
    """For each prompt rendered beforehand its ``text``, the ``engine`` and the file's ``sha256``."""
    try:
        return json.loads((RENDERED / f"{lang}.json").read_text(encoding="utf-8"))  # type: ignore[no-any-return]
    except FileNotFoundError:
        return {}


def _digest(path: Path) -> str:
    return hashlib.sha256(path.read_bytes()).hexdigest()


def _job(prompt: str, source: str, content: str, make: Callable[[Path], None]) -> Job:
    return Job(
        prompt, source, hashlib.sha256(f"{_VERSION}|{source}|{content}".encode()).hexdigest()[:32], make
    )


def _carry_out(folder: Path, jobs: Iterable[Job], *, force: bool) -> Built:
    manifest = folder / "manifest.json"
    before = _read_manifest(manifest)
    present = {path.name for path in folder.iterdir()}
    todo, after = [], {}
    for job in jobs:
        after[job.prompt] = {"key": job.key, "source": job.source}
        if force or f"{job.prompt}.wav" not in present or before.get(job.prompt, {}).get("key") != job.key:
            todo.append(job)
    stale = [prompt for prompt in before if prompt not in after]
    if not todo and not stale:
        return Built(0, len(after), 0)
    # An interrupted build must not leave entries for files that it was about to replace.
    pending = {job.prompt for job in todo}
    _write_manifest(manifest, {prompt: entry for prompt, entry in before.items() if prompt not in pending})
    for prompt in stale:
        (folder / f"{prompt}.wav").unlink(missing_ok=True)
    failed = _make(folder, todo)
    _write_manifest(manifest, {prompt: entry for prompt, entry in after.items() if prompt not in failed})
    if failed:
        raise BuildFailed("\n".join(f"{folder.name}/{prompt}: {reason}" for prompt, reason in failed.items()))
    return Built(len(todo), len(after) - len(todo), len(stale))


def _make(folder: Path, jobs: list[Job]) -> dict[str, str]:
    """Make the files, two at a time. Returns the reason for each that failed."""
    from ivr_prompts.audio import UnreadableAudio
    from ivr_prompts.check import AudioRefused

    failed: dict[str, str] = {}
    with ThreadPoolExecutor(_WORKERS) as pool:
        results = [(job, pool.submit(job.make, folder / f"{job.prompt}.wav")) for job in jobs]
        for job, result in results:
            try:
                result.result()
            except (CannotSpeak, UnreadableAudio, AudioRefused, OSError) as error:
                failed[job.prompt] = str(error)
    return failed


def _from_recording(source: Path, out: Path) -> None:
    from ivr_prompts import check

    check.convert(source, out)


def _copy(source: Path, out: Path) -> None:
    from ivr_prompts import audio

    samples, rate, _ = audio.read(source)
    audio.write(out, samples, rate)


def _tone(out: Path) -> None:
    from ivr_prompts import audio, music

    audio.write(out, music.beep())


def _speak(engine: Callable[[str], engines.Engine], text: str, lang: str, prompt: str, out: Path) -> None:
    speak(engine(voice_of(text, lang)), text, lang, prompt, out)


def speak(engine: engines.Engine, text: str, lang: str, prompt: str, out: Path) -> None:
    """*text* by *engine* in telephone quality. Raises CannotSpeak, or AudioRefused where what came is not
    fit to be played.
    """
    from ivr_prompts import audio, check

    sentence = prompt not in speech.atoms(lang)
    with tempfile.TemporaryDirectory() as folder:
        raw = Path(folder, "raw.wav")
        # What is followed by a value, or is part of one, is spoken as if more followed.
        engine.say(text if text[-1] in _STOPS else text + _COMMA[lang], raw)
        samples, rate, _ = audio.read(raw)
    lead_s, tail_s = _SENTENCE_S if sentence else _WORD_S
    samples = audio.trim(audio.for_telephone(samples, rate), audio.RATE, lead_s=lead_s, tail_s=tail_s)
    check.refuse(check.examine(samples, audio.RATE))
    audio.write(out, samples)


def render(lang: str, *, force: bool = False) -> int:
    """Make the rendered audio anew where a text or the voice changed. Returns how many were made. For
    developers: see requirements-voice.txt.
    """
    best = cache(engines.best)
    before = rendered_texts(lang)
    wanted = {prompt: text for prompt, text in texts(lang).items() if prompt not in TONES}
    entries: dict[str, Mapping[str, str]] = {}

    def one(prompt: str) -> None:
        path, text = RENDERED / lang / f"{prompt}.flac", wanted[prompt]
        engine, known = best(voice_of(text, lang)), before.get(prompt, {})
        if force or known.get("text") != text or known.get("engine") != engine.name or not path.exists():
            speak(engine, text, lang, prompt, path)
            made.append(prompt)
        entries[prompt] = {"text": text, "engine": engine.name, "sha256": _digest(path)}

    made: list[str] = []
    with ThreadPoolExecutor(_WORKERS) as pool:
        list(pool.map(one, wanted))
    for prompt in before.keys() - wanted.keys():
        (RENDERED / lang / f"{prompt}.flac").unlink(missing_ok=True)
    _dump(RENDERED / f"{lang}.json", entries)
    return len(made)


def _read_manifest(path: Path) -> dict[str, dict[str, str]]:
    try:
        return json.loads(path.read_text(encoding="utf-8"))  # type: ignore[no-any-return]
    except (FileNotFoundError, ValueError):
        return {}


def _write_manifest(path: Path, entries: Mapping[str, Mapping[str, str]]) -> None:
    _dump(path, entries)


def _dump(path: Path, entries: Mapping[str, Mapping[str, str]]) -> None:
    unfinished = path.with_suffix(".new")
    unfinished.write_text(
        json.dumps(dict(sorted(entries.items())), ensure_ascii=False, indent=1) + "\n", encoding="utf-8"
    )
    unfinished.replace(path)


def build_all(home: Path, *, force: bool = False) -> Built:
    """Every language and the music on hold; what a start of the platform calls."""
    built = [build(home, lang, force=force) for lang in LANGUAGES]
    music = build_music(home, force=force)
    return Built(
        sum(b.made for b in built) + music,
        sum(b.kept for b in built) + (not music),
        sum(b.removed for b in built),
    )
