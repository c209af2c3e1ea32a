"""Audio that is not fit to be a prompt is told what is wrong with it."""

import numpy as np
import pytest
import soundfile as sf

from ivr_prompts import audio, check


def voice(seconds=2.0, rate=8000, level=0.2):
    """Something with the ups and downs of speech."""
    t = np.arange(int(rate * seconds)) / rate
    return (level * np.sin(2 * np.pi * 300 * t) * (0.6 + 0.4 * np.sin(2 * np.pi * 4 * t))).astype(np.float32)


def codes(samples, rate=8000):
    return [problem.code for problem in check.examine(samples, rate).problems]


def silence(seconds, rate=8000):
    return np.zeros(int(rate * seconds), dtype=np.float32)


def test_ordinary_speech_has_no_problem():
    report = check.examine(voice(), 8000)
    assert report.ok
    assert report.seconds == 2.0
    assert -25 < report.level_dbfs < -15


@pytest.mark.parametrize(
    ("samples", "code"),
    [
        (np.zeros(0, dtype=np.float32), "empty"),
        (voice(0.05), "too_short"),
        (voice(121), "too_long"),
        (silence(2), "silent"),
        (np.concatenate((silence(1.6), voice())), "leading_silence"),
        (np.concatenate((voice(), silence(1.6))), "trailing_silence"),
        (np.clip(voice(level=3.0), -1, 1), "clipped"),
        (voice(level=0.004), "too_quiet"),
    ],
)
def test_each_fault_is_found_and_no_other(samples, code):
    assert codes(samples) == [code]


def test_too_few_samples_a_second_cannot_be_mended_and_are_refused():
    assert codes(voice(rate=6000), 6000) == ["low_rate"]


def test_a_small_file_that_unpacks_to_hours_is_refused_without_reading_it(tmp_path, monkeypatch):
    path = tmp_path / "long.flac"
    with sf.SoundFile(path, "w", samplerate=8000, channels=1, format="FLAC") as file:
        for _ in range(60):
            file.write(silence(60))
    monkeypatch.setattr(audio, "read", lambda _path: pytest.fail("it was read"))
    assert path.stat().st_size < 1_000_000
    assert [problem.code for problem in check.inspect(path).problems] == ["too_long"]


def test_a_short_pause_at_both_ends_is_no_fault():
    assert codes(np.concatenate((silence(1.4), voice(), silence(1.4)))) == []


def test_a_single_peak_at_full_scale_is_not_taken_for_clipping():
    samples = voice()
    samples[100] = 1.0
    assert codes(samples) == []


def test_every_message_names_its_figures_and_a_remedy():
    report = check.examine(np.concatenate((silence(2.0), np.clip(voice(level=3.0), -1, 1))), 8000)
    texts = [problem.message_en for problem in report.problems]
    assert texts[0] == "It begins with 2.0 s of silence; at most 1.5 s are allowed. Cut the beginning."
    assert "at a lower level" in texts[1]


def test_a_file_that_is_no_audio_is_told_so(tmp_path):
    file = tmp_path / "notes.wav"
    file.write_text("this is not audio")
    assert [problem.code for problem in check.inspect(file).problems] == ["unreadable"]


def test_any_rate_and_two_channels_become_a_telephone_prompt(tmp_path):
    source, made = tmp_path / "studio.flac", tmp_path / "prompt.wav"
    sf.write(source, np.column_stack([voice(rate=44100, level=0.05)] * 2), 44100, subtype="PCM_24")
    assert check.convert(source, made).channels == 2
    info = sf.info(made)
    assert (info.samplerate, info.channels, info.subtype, info.format) == (8000, 1, "PCM_16", "WAV")
    report = check.inspect(made)
    assert report.ok
    assert report.seconds == pytest.approx(2.0, abs=0.01)
    assert report.level_dbfs == pytest.approx(audio.SPEECH_LEVEL, abs=1.0)
    assert report.peak_dbfs <= -1.0


def test_a_refused_file_leaves_what_was_there(tmp_path):
    source, made = tmp_path / "quiet.wav", tmp_path / "prompt.wav"
    sf.write(source, silence(2), 8000)
    made.write_bytes(b"before")
    with pytest.raises(check.AudioRefused, match="only silence"):
        check.convert(source, made)
    assert made.read_bytes() == b"before"
    assert [path.name for path in tmp_path.iterdir() if path.name.startswith(".")] == []


def tone_level(samples, hertz):
    window = samples[800:-800] * np.hanning(len(samples) - 1600)
    spectrum = np.abs(np.fft.rfft(window))
    return 20 * np.log10(spectrum[round(hertz * len(window) / 8000)] + 1e-9)


@pytest.mark.parametrize("rate", [8000, 16000, 22050, 24000, 44100, 48000])
def test_a_tone_keeps_its_pitch_whatever_rate_it_came_at(rate):
    t = np.arange(rate * 2) / rate
    made = audio.for_telephone((0.3 * np.sin(2 * np.pi * 1000 * t)).astype(np.float32), rate)
    spectrum = np.abs(np.fft.rfft(made * np.hanning(len(made))))
    assert len(made) == 16000
    assert np.argmax(spectrum) * 8000 / len(made) == pytest.approx(1000, abs=1)


def test_what_a_telephone_cannot_carry_does_not_fold_back_as_noise():
    t = np.arange(48000) / 24000
    mixed = 0.3 * np.sin(2 * np.pi * 1000 * t) + 0.3 * np.sin(2 * np.pi * 5000 * t)
    made = audio.for_telephone(mixed.astype(np.float32), 24000)
    assert tone_level(made, 1000) - tone_level(made, 3000) > 60


def test_rumble_is_taken_away():
    t = np.arange(16000) / 8000
    mixed = 0.3 * np.sin(2 * np.pi * 1000 * t) + 0.3 * np.sin(2 * np.pi * 50 * t)
    made = audio.for_telephone(mixed.astype(np.float32), 8000)
    assert tone_level(made, 1000) - tone_level(made, 50) > 30
