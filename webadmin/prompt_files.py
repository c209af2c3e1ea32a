"""The audio of prompts as the console changes it: replaced by an upload, spoken anew, restored.

Before an upload is replaced it is kept beside the others, so that every earlier one can be taken back. What
changes audio blocks and computes: views run it in the thread pool. Only :func:`speak` waits for a process.
"""

from __future__ import annotations

import fcntl
import hashlib
import subprocess
import sys
import wave
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from flask_babel import LazyString
from flask_babel import lazy_gettext as _l

from ivr_prompts import upload
from ivr_prompts.check import AudioProblem, AudioRefused, AudioReport

# So many earlier uploads of a prompt are kept.
KEPT: Final = 10
# A voice model needs a few seconds to load, and about as long as the text lasts to speak it.
_SPEAK_SECONDS: Final = 90

PROBLEMS: Final[dict[str, LazyString]] = {
    "unreadable": _l("This is no audio file that can be read. Save it as WAV, FLAC or MP3."),
    "empty": _l("The file holds no sound. Record it again."),
    "too_short": _l("It lasts %(seconds)s s; at least %(least)s s are needed. Record it again."),
    "too_long": _l("It lasts %(seconds)s s; at most %(most)s s are allowed. Divide it into several prompts."),
    "low_rate": _l(
        "It has %(rate)s samples a second; at least %(least)s are needed. Save it at 8000 Hz or more."
    ),
    "silent": _l("There is only silence. Check the microphone and record it again."),
    "leading_silence": _l(
        "It begins with %(seconds)s s of silence; at most %(most)s s are allowed. Cut the beginning."
    ),
    "trailing_silence": _l(
        "It ends with %(seconds)s s of silence; at most %(most)s s are allowed. Cut the end."
    ),
    "clipped": _l(
        "It is too loud: %(samples)s samples are cut off, which sounds harsh. Record it at a lower level."
    ),
    "too_quiet": _l(
        "It is too quiet: the speech is at %(level)s dBFS; at least %(least)s dBFS are needed. Speak closer to the microphone."
    ),
}


class CannotGenerate(Exception):
    """No speech could be made of the text; the message is the program's."""


@dataclass(frozen=True, slots=True)
class Earlier:
    """An upload that was replaced. ``key`` names it; ``at`` is when it was, in seconds since the epoch."""

    key: str
    at: float
    seconds: float


def problem_text(problem: AudioProblem) -> str:
    """What is wrong with a file and what to do, in the person's language."""
    return str(PROBLEMS[problem.code]) % dict(problem.params)


def seconds_of(path: Path) -> float | None:
    """How long a prompt's file lasts; None where there is none, or no WAV."""
    try:
        with wave.open(str(path), "rb") as file:
            return file.getnframes() / file.getframerate()
    except (OSError, wave.Error, EOFError):
        return None


def digest(path: Path) -> str:
    return hashlib.sha256(path.read_bytes()).hexdigest()


def replace(home: Path, lang: str, prompt: str, source: Path, now: float) -> AudioReport:
    """Play *source* for *prompt* from now on; a report with problems means that it was refused, and nothing
    changed.
    """
    with _alone(home):
        before = _uploaded(home, lang, prompt)
        kept = before.read_bytes() if before.is_file() else None
        try:
            report = upload.replace(home, lang, prompt, source)
        except AudioRefused as error:
            return error.report
        if kept is not None:
            _keep(home, lang, prompt, kept, now)
        return report


def restore_own(home: Path, lang: str, prompt: str, now: float) -> None:
    """Go back to the prompt's own audio; the upload can still be taken back."""
    with _alone(home):
        before = _uploaded(home, lang, prompt)
        if before.is_file():
            _keep(home, lang, prompt, before.read_bytes(), now)
        upload.restore(home, lang, prompt)


def speak(lang: str, prompt: str, text: str, out: Path) -> str:
    """Write *text* as speech to *out*, a path that ends in .wav, and return the engine's name; in a process of its own, since a voice
    model takes hundreds of megabytes. Raises :class:`CannotGenerate`.
    """
    command = [sys.executable, "-m", "ivr_prompts", "say", "--lang", lang, "--prompt", prompt, str(out)]
    try:
        done = subprocess.run(
            command, input=text, capture_output=True, text=True, timeout=_SPEAK_SECONDS, check=True
        )
    except subprocess.CalledProcessError as error:
        raise CannotGenerate(error.stderr.strip().rpartition("\n")[2][:300]) from error
    except (OSError, subprocess.TimeoutExpired) as error:
        raise CannotGenerate(str(error)) from error
    return done.stdout.strip()


def earlier(home: Path, lang: str, prompt: str) -> list[Earlier]:
    """The uploads that were replaced, newest first."""
    folder = _history(home, lang, prompt)
    files = sorted(folder.glob("*.wav"), reverse=True) if folder.is_dir() else []
    return [
        Earlier(path.stem, int(path.stem) / 1000, seconds_of(path) or 0.0)
        for path in files
        if path.stem.isdigit()
    ]


def earlier_file(home: Path, lang: str, prompt: str, key: str) -> Path | None:
    """The file of an earlier upload, None for a key that is none."""
    path = _history(home, lang, prompt) / f"{key}.wav"
    return path if key.isascii() and key.isdigit() and path.is_file() else None


def _uploaded(home: Path, lang: str, prompt: str) -> Path:
    return home / "prompts" / "uploaded" / lang / f"{prompt}.wav"


def _history(home: Path, lang: str, prompt: str) -> Path:
    return home / "prompts" / "replaced" / lang / prompt


def _keep(home: Path, lang: str, prompt: str, audio: bytes, now: float) -> None:
    folder = _history(home, lang, prompt)
    folder.mkdir(parents=True, exist_ok=True)
    (folder / f"{int(now * 1000):015}.wav").write_bytes(audio)
    for old in sorted(folder.glob("*.wav"))[:-KEPT]:
        old.unlink(missing_ok=True)


@contextmanager
def _alone(home: Path) -> Iterator[None]:
    """Two who change prompts at once, in whatever process, do so one after the other."""
    place = home / "prompts"
    place.mkdir(parents=True, exist_ok=True)
    with (place / ".lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        yield
