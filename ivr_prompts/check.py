"""Whether audio is fit to be played to a caller, and what is wrong where it is not.

Used by the build and by the console for what people upload. A problem has a code and parameters, so that its
sentence can be translated; the English one names what is wrong and what to do.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from types import MappingProxyType
from typing import TYPE_CHECKING

import numpy as np

from ivr_prompts import audio

if TYPE_CHECKING:
    from ivr_prompts.audio import Samples

SHORTEST_S, LONGEST_S = 0.1, 120.0
# The longest prompt in stereo at 96 kHz. A small compressed file can hold hours of silence, which would take all
# of the memory.
_MOST_SAMPLES = int(LONGEST_S) * 96_000 * 2
LONGEST_SILENCE_S = 1.5
QUIETEST_DBFS = -45.0
_SILENT_DBFS = -55.0
_CLIPPED_AT = 0.998
# So many samples in a row at full scale are a peak that was cut off; single ones are a well used range.
_CLIPPED_RUN = 3
_CLIPPED_MOST = 12

MESSAGES: Mapping[str, str] = MappingProxyType(
    {
        "unreadable": "This is no audio file that can be read (%(reason)s). Save it as WAV or FLAC.",
        "empty": "The file holds no sound. Record it again.",
        "too_short": "The audio lasts %(seconds)s s; at least %(least)s s are needed. Record it again.",
        "too_long": "The audio lasts %(seconds)s s; at most %(most)s s are allowed. "
        "Divide it into several prompts.",
        "low_rate": "The audio has %(rate)s samples a second; at least %(least)s are needed. "
        "Save it at 8000 Hz or more.",
        "silent": "There is only silence. Check the microphone and record it again.",
        "leading_silence": "It begins with %(seconds)s s of silence; at most %(most)s s are allowed. "
        "Cut the beginning.",
        "trailing_silence": "It ends with %(seconds)s s of silence; at most %(most)s s are allowed. "
        "Cut the end.",
        "clipped": "%(samples)s samples are cut off at full scale, which sounds harsh. "
        "Record it again at a lower level.",
        "too_quiet": "The speech is at %(level)s dBFS; at least %(least)s dBFS are needed. "
        "Record it again, closer to the microphone.",
    }
)
"""The English sentence of each code, with the parameters in it."""


@dataclass(frozen=True, slots=True)
class AudioProblem:
    """One thing that is wrong. ``code`` is a key of :data:`MESSAGES`."""

    code: str
    params: Mapping[str, str]

    @property
    def message_en(self) -> str:
        return MESSAGES[self.code] % self.params


@dataclass(frozen=True, slots=True)
class AudioReport:
    """What was measured. Levels in dBFS; ``level_dbfs`` is that of the speech without its pauses;
    ``leading_s`` and ``trailing_s`` are silence.
    """

    seconds: float
    rate: int
    channels: int
    peak_dbfs: float
    level_dbfs: float
    leading_s: float
    trailing_s: float
    clipped_samples: int
    problems: tuple[AudioProblem, ...]

    @property
    def ok(self) -> bool:
        return not self.problems


class AudioRefused(Exception):
    """The audio is not fit to be played; ``report.problems`` says why."""

    def __init__(self, report: AudioReport) -> None:
        super().__init__(" ".join(problem.message_en for problem in report.problems))
        self.report = report


def inspect(path: Path) -> AudioReport:
    """Measure and judge a file in any format that libsndfile reads (WAV, FLAC, MP3, Ogg)."""
    try:
        seconds, size = audio.extent(path)
        if size > _MOST_SAMPLES:
            return _unmeasured(
                AudioProblem("too_long", {"seconds": f"{seconds:.1f}", "most": f"{LONGEST_S:.0f}"})
            )
        samples, rate, channels = audio.read(path)
    except audio.UnreadableAudio as error:
        return _unmeasured(AudioProblem("unreadable", {"reason": str(error)}))
    return examine(samples, rate, channels)


def examine(samples: Samples, rate: int, channels: int = 1) -> AudioReport:
    """Measure and judge samples that are already in memory."""
    levels = audio.frame_levels(samples, rate)
    spoken = np.flatnonzero(audio.speech_frames(levels))
    frame_s = len(samples) / rate / max(1, len(levels))
    leading, trailing = (
        (spoken[0] * frame_s, (len(levels) - 1 - spoken[-1]) * frame_s) if len(spoken) else (0.0, 0.0)
    )
    peak = float(np.abs(samples).max(initial=0.0))
    report = AudioReport(
        seconds=len(samples) / rate,
        rate=rate,
        channels=channels,
        peak_dbfs=20 * float(np.log10(max(peak, 1e-6))),
        level_dbfs=audio.active_level(samples, rate),
        leading_s=float(leading),
        trailing_s=float(trailing),
        clipped_samples=_clipped(samples),
        problems=(),
    )
    return AudioReport(
        **{name: getattr(report, name) for name in AudioReport.__slots__ if name != "problems"},
        problems=_judge(report),
    )


def refuse(report: AudioReport) -> AudioReport:
    """The report, if there is nothing wrong. Raises :class:`AudioRefused` if there is."""
    if not report.ok:
        raise AudioRefused(report)
    return report


def convert(src: Path, dst: Path) -> AudioReport:
    """Write *src* as a prompt in telephone quality to *dst*, and return the report of *src*.

    Raises :class:`AudioRefused` and leaves *dst* as it was where *src* is not fit to be played.
    """
    report = refuse(inspect(src))
    samples, rate, _ = audio.read(src)
    audio.write(dst, audio.for_telephone(samples, rate))
    return report


def _unmeasured(problem: AudioProblem) -> AudioReport:
    return AudioReport(0.0, 0, 0, -120.0, -120.0, 0.0, 0.0, 0, (problem,))


def _judge(report: AudioReport) -> tuple[AudioProblem, ...]:
    if report.seconds == 0:
        return (AudioProblem("empty", {}),)
    seconds = f"{report.seconds:.1f}"
    most = str(LONGEST_SILENCE_S)
    silent = report.level_dbfs < _SILENT_DBFS
    checks: tuple[tuple[bool, str, dict[str, str]], ...] = (
        (report.seconds < SHORTEST_S, "too_short", {"seconds": seconds, "least": str(SHORTEST_S)}),
        (report.seconds > LONGEST_S, "too_long", {"seconds": seconds, "most": f"{LONGEST_S:.0f}"}),
        (report.rate < audio.RATE, "low_rate", {"rate": str(report.rate), "least": str(audio.RATE)}),
        (silent, "silent", {}),
        (
            report.leading_s > LONGEST_SILENCE_S,
            "leading_silence",
            {"seconds": f"{report.leading_s:.1f}", "most": most},
        ),
        (
            report.trailing_s > LONGEST_SILENCE_S,
            "trailing_silence",
            {"seconds": f"{report.trailing_s:.1f}", "most": most},
        ),
        (report.clipped_samples > _CLIPPED_MOST, "clipped", {"samples": str(report.clipped_samples)}),
        (
            not silent and report.level_dbfs < QUIETEST_DBFS,
            "too_quiet",
            {"level": f"{report.level_dbfs:.0f}", "least": f"{QUIETEST_DBFS:.0f}"},
        ),
    )
    return tuple(AudioProblem(code, params) for wrong, code, params in checks if wrong)


def _clipped(samples: Samples) -> int:
    """How many samples stand in rows at full scale."""
    full = np.concatenate(([0], (np.abs(samples) >= _CLIPPED_AT).astype(np.int8), [0]))
    edges = np.flatnonzero(np.diff(full))
    lengths = edges[1::2] - edges[::2]
    return int(lengths[lengths >= _CLIPPED_RUN].sum())
