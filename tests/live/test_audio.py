"""The ear of the live tests hears what is there and nothing else."""

from pathlib import Path

import numpy as np
import pytest
import soundfile

from tests.live import audio


def test_a_tone_is_heard_and_others_are_not(tmp_path: Path) -> None:
    path = audio.write_tone(tmp_path / "a.wav", 440, seconds=2)

    assert audio.heard(path, 440)
    assert not any(audio.heard(path, hz) for hz in (350, 480, 880, 1000))


def test_silence_and_noise_are_no_tone(tmp_path: Path) -> None:
    noise = np.random.default_rng(1).normal(0, 0.1, audio.RATE * 2)
    for name, samples in (("silence", np.zeros(audio.RATE * 2)), ("noise", noise), ("nothing", np.zeros(0))):
        soundfile.write(tmp_path / f"{name}.wav", samples, audio.RATE)
        assert not audio.heard(tmp_path / f"{name}.wav", 440)


def test_a_tone_that_comes_late_and_goes_early_is_heard(tmp_path: Path) -> None:
    samples = np.zeros(audio.RATE * 10)
    samples[6 * audio.RATE : 7 * audio.RATE] = 0.2 * np.sin(
        2 * np.pi * 440 * np.arange(audio.RATE) / audio.RATE
    )
    soundfile.write(tmp_path / "a.wav", samples, audio.RATE)

    assert audio.heard(tmp_path / "a.wav", 440)


@pytest.mark.parametrize("rate", [8000, 16000, 48000])
def test_channels_are_told_apart_at_any_rate(tmp_path: Path, rate: int) -> None:
    time = np.arange(rate * 2) / rate
    both = np.stack([np.sin(2 * np.pi * 440 * time), np.sin(2 * np.pi * 1000 * time)], axis=1) * 0.3
    soundfile.write(tmp_path / "a.wav", both, rate)

    assert audio.heard(tmp_path / "a.wav", 440, channel=0)
    assert not audio.heard(tmp_path / "a.wav", 440, channel=1)
    assert audio.heard(tmp_path / "a.wav", 1000, channel=1)
