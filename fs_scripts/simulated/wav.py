"""Lengths of the sound files that are played, and the recordings that a simulated call leaves behind."""

from __future__ import annotations

import math
import re
import wave
from array import array
from pathlib import Path

RATE = 8000
_AMPLITUDE = 6000
_TURN_SECONDS = 0.5
_TONE_TIME = re.compile(r"%\((\d+),(\d+)")
_LOOPS = re.compile(r"\b[lL]=(-?\d+)")
ENDLESS = math.inf


def file_seconds(path: Path) -> float | None:
    """Length of a WAV file in seconds, or None where there is no readable one."""
    try:
        with wave.open(str(path), "rb") as source:
            return source.getnframes() / source.getframerate()
    except (OSError, EOFError, wave.Error):
        return None


def stream_seconds(uri: str) -> float | None:
    """Length of a ``scheme://`` source that FreeSWITCH generates itself; None where the scheme is unknown."""
    scheme, _, rest = uri.partition("://")
    if scheme == "local_stream":
        return ENDLESS
    if scheme == "silence_stream":
        milliseconds = int(rest.split(",")[0] or 0)
        return ENDLESS if milliseconds < 0 else milliseconds / 1000
    if scheme == "tone_stream":
        once = sum(int(on) + int(off) for on, off in _TONE_TIME.findall(rest)) / 1000
        loops = _LOOPS.search(rest)
        times = int(loops.group(1)) if loops else 1
        return ENDLESS if times < 0 else once * times
    return None


def _tone(hertz: int, seconds: float) -> list[int]:
    return [int(_AMPLITUDE * math.sin(2 * math.pi * hertz * i / RATE)) for i in range(int(RATE * seconds))]


def _turns(channels: int) -> bytes:
    """Two turns of a conversation: the first party's tone, then the second's, each on its own channel."""
    quiet = [0] * int(RATE * _TURN_SECONDS)
    first = _tone(440, _TURN_SECONDS) + quiet
    second = quiet + _tone(1000, _TURN_SECONDS)
    if channels == 1:
        return array("h", first).tobytes()
    return array("h", [sample for pair in zip(first, second, strict=True) for sample in pair]).tobytes()


def write_recording(path: Path, seconds: float, *, channels: int) -> int:
    """Write a recording of ``seconds``, 16 bit at 8 kHz, and return its number of samples per channel.

    The caller's voice is a tone of 440 Hz on the first channel, the agent's one of 1000 Hz on the second; they take
    turns of half a second, so that a player shows two voices.
    """
    samples = max(0, int(seconds * RATE))
    path.parent.mkdir(parents=True, exist_ok=True)
    frame = 2 * channels
    block = _turns(channels)
    whole, rest = divmod(samples * frame, len(block))
    with wave.open(str(path), "wb") as target:
        target.setnchannels(channels)
        target.setsampwidth(2)
        target.setframerate(RATE)
        for _ in range(whole):
            target.writeframesraw(block)
        target.writeframes(block[:rest])
    return samples
