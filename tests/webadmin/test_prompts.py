"""Prompts in the console: heard, replaced, spoken anew, taken back."""

import io
import shutil

import numpy as np
import pytest
import soundfile
from sqlalchemy import select

from hotline.store.base import from_epoch
from hotline.store.models import AuditEntry, Flow, FlowVersion, PromptFile
from ivr_prompts import build
from ivr_prompts.check import MESSAGES
from ivr_prompts.library import PromptLibrary
from ivr_prompts.texts import texts
from tests.webadmin import cast
from webadmin import prompt_files
from webadmin.views import prompts as pages


@pytest.fixture(scope="session")
def built(tmp_path_factory):
    """The Chinese prompts, built once for all tests of this module."""
    home = tmp_path_factory.mktemp("built")
    build.build(home, "zh")
    return home


@pytest.fixture
def prompts(built, home):
    shutil.copytree(built / "prompts", home / "prompts")
    return PromptLibrary(home, "zh")


@pytest.fixture
def lead(browse, prompts):
    return browse("8001")


def sound(seconds=1.0, level=0.2, rate=16_000, lead_s=0.0, hertz=300.0, form="WAV"):
    """A sound file with a tone that rises and falls as speech does."""
    time = np.arange(int(seconds * rate)) / rate
    tone = level * np.sin(2 * np.pi * hertz * time) * (0.6 + 0.4 * np.sin(2 * np.pi * 4 * time))
    samples = np.concatenate([np.zeros(int(lead_s * rate)), np.clip(tone, -1, 1)])
    out = io.BytesIO()
    soundfile.write(out, samples, rate, format=form, subtype="VORBIS" if form == "OGG" else "PCM_16")
    out.seek(0)
    return out


def upload(browser, prompt, body, name="new.wav", **kwargs):
    return browser.post(f"/prompts/zh/{prompt}/upload", {"file": (body, name)}, **kwargs)


def noted(database, prompt):
    with database.read() as session:
        return session.scalar(select(PromptFile).where(PromptFile.code == prompt))


def actions(database):
    with database.read() as session:
        rows = session.scalars(
            select(AuditEntry).where(AuditEntry.object_type == "prompt").order_by(AuditEntry.id)
        )
        return [(row.action, row.object_id) for row in rows]


def say(database, prompt):
    """Let a published flow say *prompt*."""
    nodes = {"bye": {"type": "hangup", "prompts": [prompt]}}

    def add(session):
        row = Flow(code="main", name="热线", published_version=1)
        session.add(row)
        session.flush()
        content = {"id": "main", "version": 1, "name": "热线", "start": "bye", "nodes": nodes}
        at = from_epoch(cast.NOW)
        session.add(
            FlowVersion(document_id=row.id, number=1, content=content, created_by="root", created_at=at)
        )

    database.write(add)


def test_every_fault_of_a_file_has_words():
    assert set(prompt_files.PROBLEMS) == set(MESSAGES)


def test_the_list_gives_text_source_length_and_who_says_it(lead, database):
    say(database, "goodbye")
    page = lead.get("/prompts/").text
    assert texts("zh")["goodbye"] in page
    assert "热线" in page
    assert "秒" in page
    assert "合成" in page


def test_words_of_numbers_are_listed_apart(lead):
    assert "/prompts/zh/wan" not in lead.get("/prompts/").text
    assert "/prompts/zh/wan" in lead.get("/prompts/?kind=words").text


def test_a_prompt_without_audio_and_one_that_only_a_flow_knows_are_marked_missing(lead, database, prompts):
    prompts.path("closed").unlink()
    say(database, "nobody_made_this")
    page = lead.get("/prompts/?kind=missing").text
    assert "nobody_made_this" in page
    assert "closed" in page
    assert "缺失" in page
    assert "2" in lead.get("/prompts/").text
    assert "没有音频" in lead.get("/prompts/zh/closed").text


def test_audio_is_sent_whole_and_in_parts(lead, prompts):
    with lead.get("/prompts/zh/welcome/audio") as whole:
        assert whole.data == prompts.path("welcome").read_bytes()
        assert whole.mimetype == "audio/wav"
    with lead.get("/prompts/zh/welcome/audio", headers={"Range": "bytes=0-43"}) as part:
        assert (part.status_code, len(part.data)) == (206, 44)


@pytest.mark.parametrize(
    "path",
    [
        "/prompts/zh/none/audio",
        "/prompts/fr/welcome/audio",
        "/prompts/zh/..%2F..%2Fsecrets/audio",
        "/prompts/zh/welcome/audio?earlier=../../x",
        "/prompts/zh/manifest",
    ],
)
def test_what_is_no_prompt_is_not_found(lead, path):
    assert lead.get(path).status_code == 404


def test_an_agent_neither_sees_nor_changes_prompts(browse, prompts):
    browser = browse("8018")
    assert browser.get("/prompts/").status_code == 403
    assert browser.get("/prompts/zh/welcome/audio").status_code == 403
    assert upload(browser, "welcome", sound()).status_code == 403


def test_a_good_file_is_played_at_once_in_telephone_quality(lead, database, prompts):
    before = prompts.path("welcome").read_bytes()
    assert upload(lead, "welcome", sound(seconds=2.0)).status_code == 302
    samples, rate = soundfile.read(prompts.path("welcome"))
    assert (rate, samples.ndim) == (8000, 1)
    assert prompts.path("welcome").read_bytes() != before
    assert noted(database, "welcome").updated_by == "8001"
    assert actions(database) == [("prompt.upload", "welcome")]
    page = lead.get("/prompts/zh/welcome").text
    assert "上传" in page
    assert texts("zh")["welcome"] in page


@pytest.mark.parametrize(
    ("body", "said"),
    [
        (sound(level=6.0), "音量过大"),
        (sound(level=0.0), "只有静音"),
        (sound(level=0.006), "音量过低"),
        (sound(seconds=0.05), "至少需要 0.1 秒"),
        (sound(seconds=121, rate=8000, form="OGG"), "最多允许 120 秒"),
        (sound(lead_s=2.0), "开头有 2.0 秒静音"),
        (sound(rate=4000), "采样率为 4000 Hz"),
        (io.BytesIO(b"this is no audio"), "无法读取"),
        (io.BytesIO(b""), "无法读取"),
    ],
)
def test_a_bad_file_is_refused_with_what_is_wrong_and_callers_keep_the_old_one(
    lead, database, prompts, body, said
):
    before = prompts.path("welcome").read_bytes()
    answer = upload(lead, "welcome", io.BytesIO(body.getvalue()))
    assert answer.status_code == 422
    assert said in answer.text
    assert "new.wav 未被接受" in answer.text
    assert prompts.path("welcome").read_bytes() == before
    assert noted(database, "welcome") is None
    assert actions(database) == []


def test_earlier_uploads_are_kept_and_taken_back(lead, database, prompts, clock):
    upload(lead, "welcome", sound(hertz=300))
    first = prompts.path("welcome").read_bytes()
    clock.now += 60
    upload(lead, "welcome", sound(hertz=500))
    assert prompts.path("welcome").read_bytes() != first
    (kept,) = prompt_files.earlier(prompts._uploads.parents[2], "zh", "welcome")
    with lead.get(f"/prompts/zh/welcome/audio?earlier={kept.key}") as heard:
        assert heard.data.startswith(b"RIFF")
    clock.now += 60
    lead.post("/prompts/zh/welcome/take-back", {"key": kept.key})
    again, _ = soundfile.read(prompts.path("welcome"))
    once, _ = soundfile.read(io.BytesIO(first))
    assert np.abs(np.fft.rfft(again)).argmax() == np.abs(np.fft.rfft(once)).argmax()
    assert actions(database)[-1] == ("prompt.restore", "welcome")


def test_no_more_than_the_last_uploads_are_kept(lead, prompts, home, clock):
    for number in range(prompt_files.KEPT + 3):
        clock.now += 60
        prompt_files.replace(home, "zh", "beep", _on_disk(home, sound(hertz=300 + 20 * number)), clock.now)
    assert len(prompt_files.earlier(home, "zh", "beep")) == prompt_files.KEPT


def _on_disk(home, body):
    path = home / "sent.wav"
    path.write_bytes(body.getvalue())
    return path


def test_a_prompt_gets_its_own_audio_back(lead, database, prompts):
    before = prompts.path("welcome").read_bytes()
    upload(lead, "welcome", sound())
    lead.post("/prompts/zh/welcome/restore")
    assert prompts.path("welcome").read_bytes() == before
    assert noted(database, "welcome") is None
    assert "历史上传" in lead.get("/prompts/zh/welcome").text


@pytest.fixture
def voice(monkeypatch, tmp_path):
    """A voice that needs no engine: it notes what it is asked to say."""
    said = []

    def speak(lang, prompt, text, out):
        said.append((lang, prompt, text))
        out.write_bytes(sound(hertz=400).getvalue())
        return "a voice of the tests"

    monkeypatch.setattr(prompt_files, "speak", speak)
    return said


def test_another_text_is_spoken_and_shown(lead, database, prompts, voice):
    answer = lead.post("/prompts/zh/closed/generate", {"text": "今天  休息。"}, follow_redirects=True)
    assert voice == [("zh", "closed", "今天 休息。")]
    assert "今天 休息。" in answer.text
    assert texts("zh")["closed"] in answer.text, "the first text is still shown"
    assert (noted(database, "closed").text, noted(database, "closed").source) == ("今天 休息。", "generated")
    assert actions(database) == [("prompt.generate", "closed")]


def test_the_first_text_brings_the_first_audio_back(lead, prompts, voice):
    before = prompts.path("closed").read_bytes()
    lead.post("/prompts/zh/closed/generate", {"text": "今天休息。"})
    lead.post("/prompts/zh/closed/generate", {"text": texts("zh")["closed"]})
    assert prompts.path("closed").read_bytes() == before
    assert len(voice) == 1


def test_an_engine_that_fails_is_told_and_nothing_changes(lead, database, prompts, monkeypatch):
    def speak(*_):
        raise prompt_files.CannotGenerate("no speech engine is installed")

    monkeypatch.setattr(prompt_files, "speak", speak)
    answer = lead.post("/prompts/zh/closed/generate", {"text": "今天休息。"})
    assert answer.status_code == 422
    assert "no speech engine is installed" in answer.text
    assert noted(database, "closed") is None


@pytest.mark.skipif(shutil.which("espeak-ng") is None, reason="no espeak-ng is installed")
def test_a_text_is_spoken_by_the_engine_that_is_installed(lead, prompts):
    before = prompts.path("closed").read_bytes()
    answer = lead.post("/prompts/zh/closed/generate", {"text": "今天休息，明天再来。"})
    assert answer.status_code == 302, answer.text
    assert prompts.path("closed").read_bytes() != before
    assert prompt_files.seconds_of(prompts.path("closed")) > 0.5


def test_a_new_prompt_is_made_of_a_file_and_flows_can_say_it(lead, database, prompts, bus):
    answer = lead.post(
        "/prompts/zh/new", {"prompt": "info_1004", "text": "发票领用指南。", "file": (sound(), "answer.wav")}
    )
    assert answer.status_code == 302, answer.text
    assert prompts.has_audio("info_1004")
    assert "发票领用指南。" in lead.get("/prompts/").text
    assert [command.parts for command in bus.asked] == [("prompts",)]


@pytest.mark.parametrize(
    ("prompt", "said"),
    [("welcome", "该语音已存在"), ("Info 4", "以小写字母开头"), ("../x", "以小写字母开头")],
)
def test_a_new_prompt_needs_an_id_of_its_own(lead, prompts, prompt, said):
    answer = lead.post("/prompts/zh/new", {"prompt": prompt, "text": "您好", "file": (sound(), "answer.wav")})
    assert answer.status_code == 422
    assert said in answer.text


def test_a_prompt_of_ones_own_is_deleted_unless_a_flow_says_it(lead, database, prompts):
    lead.post("/prompts/zh/new", {"prompt": "info_1004", "text": "指南。", "file": (sound(), "answer.wav")})
    say(database, "info_1004")
    refused = lead.post("/prompts/zh/info_1004/restore", follow_redirects=True)
    assert "main bye" in refused.text
    assert prompts.has_audio("info_1004")

    database.write(lambda session: session.delete(session.scalar(select(FlowVersion))))
    lead.post("/prompts/zh/info_1004/restore")
    assert not prompts.has_audio("info_1004")
    assert actions(database)[-1] == ("prompt.delete", "info_1004")


def test_every_source_has_words():
    assert set(pages._OF_BUILD.values()) <= set(pages.SOURCES)
