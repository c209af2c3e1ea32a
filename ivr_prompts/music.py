"""Music on hold and tones, made by calculation so that nobody's rights are touched.

The music is a minute of slow broken chords over a soft bass, in a telephone's range; its end runs into its
beginning.
"""

from __future__ import annotations

import random
from typing import TYPE_CHECKING

import numpy as np

from ivr_prompts.audio import RATE, active_level

if TYPE_CHECKING:
    from ivr_prompts.audio import Samples

MUSIC_LEVEL = -24.0
_BAR_S = 3.0
_BEATS = 6
_BEEP_HZ, _BEEP_S, _BEEP_LEVEL = 1000.0, 0.4, -15.0
# One chord a bar, as semitones above middle C; it closes on G, so that the loop resolves into its C.
_CHORDS = (
    (0, 4, 7, 11), (-3, 0, 4, 7), (-7, -3, 0, 4), (-5, -1, 2, 4),
    (0, 4, 7, 14), (-8, -5, -1, 2), (-7, -3, 0, 7), (-5, -1, 2, 9),
    (-3, 0, 4, 11), (-8, -5, -1, 4), (-7, -3, 0, 4), (0, 4, 7, 11),
    (-10, -7, -3, 0), (-5, -1, 2, 5), (0, 4, 7, 11), (-3, 0, 4, 7),
    (-7, -3, 0, 4), (-10, -7, -3, 2), (-7, -3, 2, 7), (-5, 0, 2, 5),
)  # fmt: skip
_PENTATONIC = (12, 14, 16, 19, 21, 24)


def compose() -> Samples:
    """A minute of music that can be repeated without a seam, at -24 dBFS. Always the same."""
    bar = int(RATE * _BAR_S)
    track = np.zeros(bar * len(_CHORDS))
    dice = random.Random(12366)
    step = len(_PENTATONIC) // 2
    for number, chord in enumerate(_CHORDS):
        begin = number * bar
        _add(track, begin, _note(chord[0] - 12, 3.2, 0.5))
        for beat in range(_BEATS):
            at = begin + beat * bar // _BEATS
            _add(track, at, _note(chord[(0, 1, 2, 3, 2, 1)[beat]], 1.8, 0.32))
        for beat in sorted(dice.sample(range(_BEATS), 2)):
            step = min(max(step + dice.choice((-2, -1, 1, 2)), 0), len(_PENTATONIC) - 1)
            _add(track, begin + beat * bar // _BEATS, _note(_PENTATONIC[step], 2.6, 0.26))
    music = track.astype(np.float32)
    return (music * 10 ** ((MUSIC_LEVEL - active_level(music, RATE)) / 20)).astype(np.float32)


def beep() -> Samples:
    """The tone after which a message is recorded."""
    seconds = np.arange(int(RATE * _BEEP_S)) / RATE
    edge = np.minimum(1.0, np.minimum(seconds, _BEEP_S - seconds) / 0.01)
    size = 10 ** (_BEEP_LEVEL / 20) * np.sqrt(2)
    return (np.sin(2 * np.pi * _BEEP_HZ * seconds) * edge * size).astype(np.float32)  # type: ignore[no-any-return]


def _note(semitones: int, seconds: float, loudness: float) -> np.ndarray:
    """A struck, soft tone: overtones that die away sooner than the ground, and none above what a telephone
    carries.
    """
    hertz = 261.63 * 2 ** (semitones / 12)
    t = np.arange(int(RATE * seconds)) / RATE
    tone = np.zeros(len(t))
    for overtone, share in enumerate((1.0, 0.45, 0.2, 0.1), start=1):
        if hertz * overtone < 3400:
            tone += share * np.sin(2 * np.pi * hertz * overtone * t) * np.exp(-t * (1.1 + 0.9 * overtone))
    attack = np.minimum(1.0, t / 0.012)
    release = np.minimum(1.0, (seconds - t) / 0.2)
    return loudness * tone * attack * release


def _add(track: np.ndarray, begin: int, note: np.ndarray) -> None:
    """A note that begins at sample *begin*; what rings on past the end is heard at the beginning."""
    track[(begin + np.arange(len(note))) % len(track)] += note
