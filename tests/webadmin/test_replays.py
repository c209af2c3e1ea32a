"""The replay of an hour in the console: what the form asks, a process answers, and the page shows."""

from __future__ import annotations

import json
import subprocess

import gevent
import pytest
from sqlalchemy import select

from hotline.store import decisions
from hotline.store.models import AuditEntry
from tests.domain.replay.world import ChanceCentre
from webadmin import replays
from webadmin.replays import LONGEST_SECONDS, Replays

HOUR = "2026-11-27T10"


@pytest.fixture
def record(settings) -> str:
    centre = ChanceCentre(3, calls=60, hours=0.3)
    centre.record()
    decisions.append(decisions.path_of(settings.decisions, HOUR, "e1"), "\n".join(centre.lines))
    return HOUR


@pytest.fixture
def answer(monkeypatch):
    """What the process says, instead of one."""
    asked: list[tuple[list[str], dict]] = []

    def say(stdout: str = "", stderr: str = ""):
        def run(command, *, input, stderr: object, **_more):  # noqa: A002 -- as subprocess has it
            asked.append((command, json.loads(input)))
            stderr.write(said)
            return subprocess.CompletedProcess(command, 0, stdout, "")

        said = stderr
        monkeypatch.setattr(replays.subprocess, "run", run)
        monkeypatch.setattr(replays.gevent, "spawn", lambda work, *args: work(*args))
        return asked

    return say


FIGURES = {
    "calls": 4,
    "served": 3,
    "abandoned": 1,
    "away": 0,
    "waiting": 0,
    "mean_wait": 12.5,
    "p90_wait": 30.0,
    "max_wait": 31.0,
    "level": 0.75,
}
COMPARED = {
    "hour": HOUR,
    "within": 20.0,
    "before": {"": FIGURES, "policy": FIGURES},
    "after": {"": FIGURES, "policy": FIGURES | {"mean_wait": 9.5}},
    "changed": [
        {
            "call": "c7",
            "caller": "13800000007",
            "queue": "policy",
            "queued_at": 1_795_744_800.0,
            "before": {"outcome": "abandoned", "agent": "", "wait": 40.0},
            "after": {"outcome": "served", "agent": "8001", "wait": 8.0},
        }
    ],
}


def test_without_a_record_the_page_says_so(browse):
    assert "尚无记录的时段" in browse("root").get("/replays/").text


def test_changed_settings_are_replayed_and_the_difference_is_shown(browse, record, answer, database):
    asked = answer(json.dumps(COMPARED))
    page = browse("root").post(
        "/replays/",
        data={"hour": HOUR, "within": "20", "policy.strategy": "fewest_calls", "lines": "8001.priority=1"},
        follow_redirects=True,
    )
    ((command, document),) = asked
    assert command[-8:-2] == ["--hour", HOUR, "--json", "--progress", "--within", "20.0"]
    assert document == {
        "queues": {"policy": {"strategy": "fewest_calls"}},
        "agents": {"8001": {"priority": 1}},
    }
    for words in ("政策咨询 · 分配策略 = 接听最少", "12.5", "9.5", "75.0%", "13800000007", "接听 8001"):
        assert words in page.text
    with database.read() as session:
        entry = session.scalars(select(AuditEntry).where(AuditEntry.action == "replay.start")).one()
    assert entry.detail["hour"] == HOUR


def test_the_same_decisions_are_told(browse, record, answer):
    answer(
        json.dumps(
            {"hour": HOUR, "decided": 99, "different": 0, "unusable_lines": 1, "first_differences": []}
        )
    )
    page = browse("root").post("/replays/", data={"hour": HOUR, "within": "20"}, follow_redirects=True)
    assert "已重新作出 99 个决策，结果全部相同" in page.text
    assert "有 1 行记录无法使用" in page.text
    assert "全部相同" in browse("root").get("/replays/").text


def test_a_replay_that_fails_says_why(browse, record, answer):
    answer("", "12\nError: 2026-11-27T10: no\n")
    page = browse("root").post("/replays/", data={"hour": HOUR, "within": "20"}, follow_redirects=True)
    assert "回放失败：2026-11-27T10: no" in page.text


@pytest.mark.parametrize(
    ("sent", "words"),
    [
        ({"hour": "2026-11-27T09"}, "请从列表中选择时段"),
        ({"within": "0"}, "请填写 1 至 3600 秒"),
        ({"within": "soon"}, "请填写 1 至 3600 秒"),
        ({"lines": "policy.colour=red"}, "policy.colour cannot be changed"),
        ({"lines": "polcy.ring_seconds=3"}, "polcy.ring_seconds=3 未指明队列或工号"),
        ({"policy.ring_seconds": "soon"}, "policy.ring_seconds must be a whole number"),
    ],
)
def test_what_cannot_be_asked_is_said_at_its_field(browse, record, sent, words):
    page = browse("root").post("/replays/", data={"hour": HOUR, "within": "20"} | sent)
    assert page.status_code == 422
    assert words in page.text


def test_one_replay_runs_at_a_time_and_its_progress_is_shown(browse, record, settings, clock, monkeypatch):
    monkeypatch.setattr(replays.gevent, "spawn", lambda *_: None)
    root = browse("root")
    where = root.post("/replays/", data={"hour": HOUR, "within": "20"}).location
    (settings.decisions / "replays" / f"{where.rpartition('/')[2]}.progress").write_text("1\n42\n")
    assert "正在重新决策：42%" in root.get(where).text
    assert "正在重新决策：42%" in root.get(f"{where}/progress").text
    second = root.post("/replays/", data={"hour": HOUR, "within": "20"}, follow_redirects=True)
    assert "已有回放正在进行" in second.text
    clock.now += LONGEST_SECONDS + 60
    assert root.get(f"{where}/progress").headers["HX-Redirect"] == where


def test_what_is_not_there_is_not_found(browse, record):
    assert browse("root").get("/replays/nothing").status_code == 404
    assert browse("root").get("/replays/..%2f..%2fhotline").status_code == 404


def test_somebody_who_does_not_set_queues_sees_none_of_it(browse, record):
    assert browse("8018").get("/replays/").status_code == 403


def test_only_the_latest_are_kept(home, monkeypatch):
    monkeypatch.setattr(replays.gevent, "spawn", lambda *_: None)
    kept = Replays(home)
    keys = [kept.start(HOUR, {}, 20, "me", 1000.0 + n) for n in range(replays.KEPT + 2)]
    assert [replay.key for replay in kept.all(1100.0)] == keys[:1:-1]


@pytest.mark.timeout(180)
def test_a_process_answers(home, settings, record):
    key = Replays(home).start(HOUR, {"queues": {"*": {"ring_seconds": 9}}, "agents": {}}, 20, "me", 1000.0)
    replay = waited_for(lambda: (found := Replays(home).get(key, 1001.0)) and not found.running and found)
    assert replay.error == ""
    assert replay.result["before"][""]["calls"] > 0
    assert replay.done == 100


def waited_for(condition):
    with gevent.Timeout(150):
        while not (found := condition()):
            gevent.sleep(0.1)
    return found
