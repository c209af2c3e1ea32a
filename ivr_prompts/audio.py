"""Audio as arrays: reading, writing, and the way from any speech to what is well understood over a telephone.

Samples are 32-bit floats between -1 and 1, one channel. Levels are in dBFS.
"""

from __future__ import annotations

import os
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np
import soundfile as sf

if TYPE_CHECKING:
    from numpy.typing import NDArray

    Samples = NDArray[np.float32]

RATE = 8000
SPEECH_LEVEL = -18.0
_FRAME_S = 0.02
# A frame this far below the loudest one is no longer speech.
_SPEECH_RANGE_DB = 40.0
_FLOOR_DB = -55.0


class UnreadableAudio(Exception):
    """The file is no audio that can be read. The text says what the reader found."""


def read(path: Path) -> tuple[Samples, int, int]:
    """The samples mixed to one channel, their rate in Hz, and how many channels there were. Raises
    :class:`UnreadableAudio`.
    """
    try:
        data, rate = sf.read(path, dtype="float32", always_2d=True)
    except (sf.LibsndfileError, OSError) as error:
        raise UnreadableAudio(str(error)) from error
    return data.mean(axis=1), int(rate), data.shape[1]


def extent(path: Path) -> tuple[float, int]:
    """How many seconds the file lasts, and how many samples of all channels :func:`read` would bring into memory.
    Raises :class:`UnreadableAudio`.
    """
    try:
        found = sf.info(path)
    except (sf.LibsndfileError, OSError) as error:
        raise UnreadableAudio(str(error)) from error
    return float(found.duration), int(found.frames) * int(found.channels)


def write(path: Path, samples: Samples, rate: int = RATE) -> None:
    """Write 16-bit audio, WAV or FLAC by the name's ending. The file appears whole or not at all."""
    path.parent.mkdir(parents=True, exist_ok=True)
    unfinished = path.with_name(f".{path.stem}.{os.getpid()}{path.suffix}")
    try:
        sf.write(unfinished, samples, rate, subtype="PCM_16", format=path.suffix[1:].upper())
        unfinished.replace(path)
    finally:
        unfinished.unlink(missing_ok=True)


def frame_levels(samples: Samples, rate: int) -> NDArray[np.float64]:
    """The level in dBFS of each 20 ms."""
    size = max(1, int(rate * _FRAME_S))
    frames = np.pad(samples, (0, -len(samples) % size)).reshape(-1, size).astype(np.float64)
    return 10 * np.log10(np.maximum(np.mean(frames**2, axis=1), 1e-12))  # type: ignore[no-any-return]


def speech_frames(levels: NDArray[np.float64]) -> NDArray[np.bool_]:
    """Which frames hold speech, judged against the loudest one and an absolute floor."""
    if not len(levels):
        return np.zeros(0, dtype=np.bool_)
    return levels > max(float(levels.max()) - _SPEECH_RANGE_DB, _FLOOR_DB)


def active_level(samples: Samples, rate: int) -> float:
    """The mean level of what is spoken, pauses left out; -120 where nothing is."""
    levels = frame_levels(samples, rate)
    spoken = levels[speech_frames(levels)]
    return float(10 * np.log10(np.mean(10 ** (spoken / 10)))) if len(spoken) else -120.0


def trim(samples: Samples, rate: int, *, lead_s: float, tail_s: float) -> Samples:
    """Silence at both ends brought to *lead_s* and *tail_s* seconds, with the ends faded so that nothing
    clicks.
    """
    spoken = np.flatnonzero(speech_frames(frame_levels(samples, rate)))
    if not len(spoken):
        return samples
    frame, lead, tail = int(rate * _FRAME_S), int(rate * lead_s), int(rate * tail_s)
    begin, end = spoken[0] * frame, min(len(samples), (spoken[-1] + 1) * frame)
    cut = samples[max(0, begin - lead) : end + tail]
    cut = np.pad(cut, (max(0, lead - begin), max(0, end + tail - len(samples))))
    fade = np.linspace(0, 1, min(int(rate * 0.005), len(cut) // 2), dtype=np.float32)
    if len(fade):
        cut[: len(fade)] *= fade
        cut[-len(fade) :] *= fade[::-1]
    return cut


def for_telephone(samples: Samples, rate: int) -> Samples:
    """The same at 8 kHz, shaped for G.711: no rumble, clear consonants, an even level, and no peak cut off.

    Below 150 Hz a telephone only carries mud; a lift between 1.8 and 3.4 kHz is where consonants are told
    apart.
    """
    level = active_level(shaped := _shape(samples, rate), RATE)
    return shaped if level <= -120 else _limit(shaped * np.float32(10 ** ((SPEECH_LEVEL - level) / 20)))


def _shape(samples: Samples, rate: int) -> Samples:
    """Resampling and equaliser in one pass over the spectrum; the padding keeps its ends from wrapping into
    each other.
    """
    pad = rate // 4
    padded = np.pad(samples, (pad, pad + (-(len(samples) + 2 * pad) % rate)))
    spectrum = np.fft.rfft(padded)
    length = len(padded) * RATE // rate
    spectrum = np.pad(spectrum, (0, max(0, length // 2 + 1 - len(spectrum))))[: length // 2 + 1]
    hertz = np.fft.rfftfreq(length, 1 / RATE)
    gain_db = np.interp(
        hertz, [0, 60, 150, 220, 1200, 1800, 3400, 3700, 3990, 4000], [-60, -36, -3, 0, 0, 3, 3, 0, -40, -60]
    )
    shaped = np.fft.irfft(spectrum * 10 ** (gain_db / 20), length) * (length / len(padded))
    begin = pad * RATE // rate
    return shaped[begin : begin + len(samples) * RATE // rate].astype(np.float32)


def _limit(samples: Samples) -> Samples:
    """Peaks above -4 dBFS bent smoothly below -1 dBFS."""
    knee, top = 0.63, 0.89
    size = np.abs(samples)
    bent = knee + (top - knee) * np.tanh((size - knee) / (top - knee))
    return np.where(size > knee, np.sign(samples) * bent, samples).astype(np.float32)
