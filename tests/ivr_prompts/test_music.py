"""The music on hold is gentle, always the same, and has no seam."""

import numpy as np
import pytest

from ivr_prompts import audio, music


def test_the_music_lasts_a_minute_at_a_gentle_level_without_clipping():
    track = music.compose()
    assert len(track) == 60 * audio.RATE
    assert audio.active_level(track, audio.RATE) == pytest.approx(music.MUSIC_LEVEL, abs=0.5)
    assert np.abs(track).max() < 0.5


def test_the_music_is_always_the_same():
    assert np.array_equal(music.compose(), music.compose())


def test_the_end_runs_into_the_beginning():
    track = music.compose()
    steps = np.abs(np.diff(track))
    assert abs(track[0] - track[-1]) <= steps.max()
    # Notes still ring where the loop closes: it is not a fade to silence.
    assert audio.active_level(track[:800], audio.RATE) > -40
    assert audio.active_level(track[-800:], audio.RATE) > -40


def test_the_beep_is_short_and_begins_and_ends_softly():
    beep = music.beep()
    assert 0.2 <= len(beep) / audio.RATE <= 0.5
    assert abs(beep[0]) < 0.01
    assert abs(beep[-1]) < 0.01
