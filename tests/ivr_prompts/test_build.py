"""What the build takes each prompt from, and that it does nothing twice."""

import hashlib
import json
from pathlib import Path

import numpy as np
import pytest
import soundfile as sf

from hotline.domain import speech
from ivr_prompts import build, check, engines, texts, upload
from ivr_prompts.library import PromptLibrary, UnknownPrompt
from ivr_prompts.speaking_program import CannotSpeak

SOME = {"welcome": "您好。", "goodbye": "再见。"}


class FakeEngine:
    """Says a tone as long as the text, and remembers what it was asked."""

    name = "fake"

    def __init__(self):
        self.said = []

    def say(self, text: str, path: Path) -> None:
        self.said.append(text)
        t = np.arange(int(24000 * 0.3 * len(text))) / 24000
        sf.write(path, 0.2 * np.sin(2 * np.pi * 400 * t), 24000)


@pytest.fixture
def engine(monkeypatch, tmp_path):
    """Two sentences, nothing rendered or recorded, and an engine that needs no installation."""
    fake = FakeEngine()
    monkeypatch.setattr(engines, "best", lambda lang: fake)
    monkeypatch.setattr(build, "texts", lambda lang: dict(SOME))
    monkeypatch.setattr(build, "RENDERED", tmp_path / "rendered")
    monkeypatch.setattr(build, "RECORDED", tmp_path / "recorded")
    return fake


@pytest.fixture
def home(tmp_path):
    return tmp_path / "home"


def record(path, seconds=1.0, level=0.2):
    path.parent.mkdir(parents=True, exist_ok=True)
    t = np.arange(int(16000 * seconds)) / 16000
    sf.write(path, level * np.sin(2 * np.pi * 600 * t), 16000)
    return path


def test_a_text_is_spoken_once_and_not_again(engine, home):
    assert build.build(home, "zh") == build.Built(2, 0, 0)
    assert sorted(engine.said) == ["再见。", "您好。"]
    assert build.build(home, "zh") == build.Built(0, 2, 0)
    assert len(engine.said) == 2


def test_only_what_changed_is_made_anew(engine, home, monkeypatch):
    build.build(home, "zh")
    monkeypatch.setattr(build, "texts", lambda lang: {**SOME, "goodbye": "祝您愉快。"})
    assert build.build(home, "zh") == build.Built(1, 1, 0)
    assert engine.said[-1] == "祝您愉快。"


def test_a_file_that_went_missing_is_made_again(engine, home):
    build.build(home, "zh")
    (home / "prompts/zh/welcome.wav").unlink()
    assert build.build(home, "zh") == build.Built(1, 1, 0)


def test_a_damaged_manifest_costs_a_build_and_no_more(engine, home):
    build.build(home, "zh")
    (home / "prompts/zh/manifest.json").write_text("{")
    assert build.build(home, "zh") == build.Built(2, 0, 0)


def test_a_prompt_that_is_no_more_is_removed(engine, home, monkeypatch):
    build.build(home, "zh")
    monkeypatch.setattr(build, "texts", lambda lang: {"welcome": "您好。"})
    assert build.build(home, "zh") == build.Built(0, 1, 1)
    assert not (home / "prompts/zh/goodbye.wav").exists()


def test_a_recording_wins_over_the_engine_and_gives_way_when_it_is_gone(engine, home, tmp_path):
    recording = record(tmp_path / "recorded/zh/welcome.flac", seconds=3.0)
    build.build(home, "zh")
    assert engine.said == ["再见。"]
    assert sf.info(home / "prompts/zh/welcome.wav").duration == pytest.approx(3.0, abs=0.01)
    recording.unlink()
    build.build(home, "zh")
    assert engine.said == ["再见。", "您好。"]


def test_a_bad_recording_is_named_and_the_others_are_made(engine, home, tmp_path):
    record(tmp_path / "recorded/zh/welcome.wav", level=0.0)
    with pytest.raises(build.BuildFailed, match="zh/welcome: There is only silence"):
        build.build(home, "zh")
    assert (home / "prompts/zh/goodbye.wav").exists()
    assert "welcome" not in json.loads((home / "prompts/zh/manifest.json").read_text())


def test_an_upload_wins_over_everything_and_lives_through_a_build(engine, home, tmp_path):
    record(tmp_path / "recorded/zh/welcome.wav", seconds=3.0)
    build.build(home, "zh")
    upload.replace(home, "zh", "welcome", record(tmp_path / "mine.wav", seconds=2.0))
    build.build(home, "zh", force=True)
    assert sf.info(home / "prompts/zh/welcome.wav").duration == pytest.approx(2.0, abs=0.01)
    upload.restore(home, "zh", "welcome")
    assert sf.info(home / "prompts/zh/welcome.wav").duration == pytest.approx(3.0, abs=0.01)


def test_an_upload_under_a_new_id_makes_a_new_prompt(engine, home, tmp_path):
    upload.replace(home, "zh", "new_year", record(tmp_path / "mine.wav"))
    library = PromptLibrary(home, "zh")
    assert "new_year" in library.ids()
    assert library.text("new_year") == ""
    assert library.source("new_year") == "upload"
    upload.restore(home, "zh", "new_year")
    with pytest.raises(UnknownPrompt):
        library.path("new_year")


def test_a_bad_upload_changes_nothing(engine, home, tmp_path):
    build.build(home, "zh")
    before = (home / "prompts/zh/welcome.wav").read_bytes()
    with pytest.raises(check.AudioRefused):
        upload.replace(home, "zh", "welcome", record(tmp_path / "mine.wav", level=0.0))
    build.build(home, "zh")
    assert (home / "prompts/zh/welcome.wav").read_bytes() == before


@pytest.mark.parametrize("prompt", ["../../etc/passwd", "a/b", "", "Welcome", "x" * 65, "a.b"])
def test_an_id_that_could_leave_the_folder_is_refused(home, tmp_path, prompt):
    with pytest.raises(UnknownPrompt):
        upload.replace(home, "zh", prompt, record(tmp_path / "mine.wav"))
    with pytest.raises(UnknownPrompt):
        PromptLibrary(home, "zh").path(prompt)


def test_without_an_engine_it_is_said_what_to_install(home, engine, monkeypatch):
    def none(lang):
        raise CannotSpeak("no speech engine is installed; install Debian's espeak-ng")

    monkeypatch.setattr(engines, "best", none)
    with pytest.raises(build.BuildFailed, match="install Debian's espeak-ng"):
        build.build(home, "zh")


def test_rendering_is_kept_until_the_text_changes(engine, home, monkeypatch):
    assert build.render("zh") == 2
    assert build.render("zh") == 0
    engine.said.clear()
    build.build(home, "zh")
    assert engine.said == []
    monkeypatch.setattr(build, "texts", lambda lang: {**SOME, "goodbye": "祝您愉快。"})
    build.build(home, "zh")
    assert engine.said == ["祝您愉快。"]


@pytest.mark.parametrize("lang", texts.LANGUAGES)
def test_every_prompt_is_rendered_from_its_present_text_and_fit_to_be_played(lang):
    rendered = build.rendered_texts(lang)
    wanted = {prompt: text for prompt, text in texts.texts(lang).items() if prompt not in texts.TONES}
    assert {prompt: entry["text"] for prompt, entry in rendered.items()} == wanted
    for prompt, entry in rendered.items():
        file = build.RENDERED / lang / f"{prompt}.flac"
        assert hashlib.sha256(file.read_bytes()).hexdigest() == entry["sha256"], prompt
        report = check.inspect(file)
        assert report.ok, (prompt, [problem.message_en for problem in report.problems])
        assert (report.rate, report.channels) == (8000, 1), prompt
        assert -21 < report.level_dbfs < -17, prompt


@pytest.mark.parametrize("lang", texts.LANGUAGES)
def test_the_whole_build_gives_a_file_for_every_id(lang, tmp_path):
    build.build(tmp_path, lang)
    library = PromptLibrary(tmp_path, lang)
    for prompt in library.ids():
        assert sf.info(library.path(prompt)).samplerate == 8000
    assert set(speech.atoms(lang)) <= library.ids()
    assert library.source("beep") == "tone"
    assert library.source("welcome") == "rendered"


def test_music_is_made_once(tmp_path):
    assert build.build_music(tmp_path)
    assert not build.build_music(tmp_path)
    assert sf.info(tmp_path / "prompts/music/8000/hold.wav").samplerate == 8000


def test_a_prompt_that_is_not_built_says_how_to_build_it(tmp_path):
    with pytest.raises(UnknownPrompt, match="python -m ivr_prompts build"):
        PromptLibrary(tmp_path, "zh").path("welcome")


def test_the_library_knows_the_texts(tmp_path):
    assert PromptLibrary(tmp_path, "zh").text("goodbye") == "感谢您的来电，再见。"
    assert PromptLibrary(tmp_path, "zh").text("n23") == "二十三"
    with pytest.raises(UnknownPrompt):
        PromptLibrary(tmp_path, "zh").text("nothing_of_the_kind")
