"""Lengths of sources and the recordings that are written."""

import wave

import numpy as np
import pytest

from fs_scripts.simulated import wav


@pytest.mark.parametrize(
    ("uri", "seconds"),
    [
        ("silence_stream://1500", 1.5),
        ("silence_stream://-1", wav.ENDLESS),
        ("local_stream://moh", wav.ENDLESS),
        ("tone_stream://%(200,100,440)", 0.3),
        ("tone_stream://L=3;%(200,100,440)", 0.9),
        ("tone_stream://%(1000,0,440);loops=-1;L=-1", wav.ENDLESS),
        ("shout://radio", None),
    ],
)
def test_a_stream_is_as_long_as_it_says(uri, seconds):
    assert wav.stream_seconds(uri) == pytest.approx(seconds) if seconds else wav.stream_seconds(uri) is None


def test_a_file_that_is_no_sound_has_no_length(tmp_path):
    (tmp_path / "text.wav").write_text("no sound")

    assert wav.file_seconds(tmp_path / "text.wav") is None
    assert wav.file_seconds(tmp_path / "absent.wav") is None


def test_a_recording_has_a_voice_on_each_channel(tmp_path):
    path = tmp_path / "new" / "talk.wav"

    assert wav.write_recording(path, 2.5, channels=2) == 20000

    assert wav.file_seconds(path) == 2.5
    with wave.open(str(path)) as source:
        samples = np.frombuffer(source.readframes(20000), dtype=np.int16).reshape(-1, 2)
    caller, agent = (np.abs(np.fft.rfft(samples[:, side])).argmax() / 2.5 for side in (0, 1))
    assert round(caller) == 440
    assert round(agent) == 1000
