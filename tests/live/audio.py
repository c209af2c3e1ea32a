"""Tones to speak with and a filter to hear them: proof that audio went through, and in which direction.

Each party of a call plays a tone of its own. What share of a recording's energy lies at a frequency is told
by a Goertzel filter; a share above one half is a tone that was heard, the wrong tone or noise stays near
zero.
"""

from __future__ import annotations

from pathlib import Path

import numpy as np
import soundfile

RATE = 8000
# Half a second is enough to tell 440 Hz from 480 Hz and short enough to find a tone that comes late.
_WINDOW = RATE // 2
_SILENCE = 1e-6


def write_tone(path: Path, hz: float, seconds: float = 10.0, level: float = 0.3) -> Path:
    """A mono WAV at 8 kHz, 16 bit; *level* is the peak, 1.0 full scale."""
    path.parent.mkdir(parents=True, exist_ok=True)
    time = np.arange(int(RATE * seconds)) / RATE
    soundfile.write(path, level * np.sin(2 * np.pi * hz * time), RATE, subtype="PCM_16")
    return path


def read(path: Path) -> np.ndarray:
    """Samples by channel (shape: channels, samples) at 8 kHz.

    A recording that is still being written has no length in its header yet: its data are taken to the end
    of the file.
    """
    data, rate = soundfile.read(path, dtype="float64", always_2d=True)
    if rate % RATE:
        raise ValueError(f"{path} has {rate} samples a second; a multiple of {RATE} is needed")
    return data.T[:, :: rate // RATE]


def share(samples: np.ndarray, hz: float) -> float:
    """The greatest share of energy at *hz* among windows of half a second: 0 none, 1 a pure tone; silence
    has 0.
    """
    best = 0.0
    for start in range(0, max(1, len(samples) - _WINDOW + 1), _WINDOW // 2):
        window = samples[start : start + _WINDOW]
        energy = float(np.sum(window**2))
        if len(window) < _WINDOW // 2 or energy < _SILENCE * len(window):
            continue
        best = max(best, _goertzel(window, hz) / energy)
    return best


def heard(path: Path, hz: float, *, channel: int = 0) -> bool:
    """Whether a tone of *hz* is on that channel of the recording at any time."""
    return share(read(path)[channel], hz) > 0.5


def _goertzel(window: np.ndarray, hz: float) -> float:
    # The sum is what Goertzel's recursion computes one sample at a time.
    phase = np.exp(-2j * np.pi * hz / RATE * np.arange(len(window)))
    return float(2 * np.abs(np.dot(window, phase)) ** 2 / len(window))
