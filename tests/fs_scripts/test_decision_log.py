"""The log of decisions: an hour can be decided again from its file, and the calls never wait for it."""

import stat
from pathlib import Path

import gevent
import pytest

from fs_scripts import decision_log
from fs_scripts.decision_log import PAUSE_SECONDS, DecisionLog
from hotline.domain.acd.engine import handle
from hotline.domain.acd.events import (
    CallLeft,
    CallQueued,
    PhoneReachable,
    StateRequested,
    Tick,
)
from hotline.domain.acd.model import AcdState
from hotline.domain.agent import AgentState
from hotline.domain.replay.again import verify
from hotline.store import decisions
from tests.fs_scripts.fakes.centre import configuration
from tests.fs_scripts.waiting import until

TEN = 1_795_744_800.0  # 2026-11-27T10:00 on the hotline's clock


@pytest.fixture
def folder(tmp_path) -> Path:
    return tmp_path / "decisions"


class Acd:
    """An ACD whose decisions are noted."""

    def __init__(self, log: DecisionLog, at: float = TEN) -> None:
        self.log, self.now, self.state = log, at, AcdState("e1")
        self.tell(configuration().acd())
        self.tell(PhoneReachable("1001", True))
        self.tell(StateRequested("8001", AgentState.IDLE, "", "8001"))

    def tell(self, event, after: float = 1.0) -> None:
        self.now += after
        effects = handle(self.state, event, now=self.now)
        self.log.note(self.now, event, effects, self.state)


def found(folder: Path, hour: str):
    return decisions.read_hour(folder, hour).stretches


def test_an_hour_can_be_decided_again(folder):
    log = DecisionLog(folder, 7)
    acd = Acd(log)
    acd.tell(CallQueued("c1", "policy", 0, acd.now))
    log.flush()
    (stretch,) = found(folder, "2026-11-27T10")
    assert [type(noted.event).__name__ for noted in stretch.noted] == [
        "PhoneReachable",
        "StateRequested",
        "CallQueued",
    ]
    assert (verify(stretch).decided, verify(stretch).different) == (3, 0)


def test_each_hour_stands_alone(folder):
    log = DecisionLog(folder, 7)
    acd = Acd(log)
    acd.tell(CallQueued("c1", "policy", 0, acd.now), after=3600.0)
    acd.tell(CallLeft("c1"))
    log.flush()
    (first,), (second,) = found(folder, "2026-11-27T10"), found(folder, "2026-11-27T11")
    assert type(first.noted[-1].event) is CallQueued
    assert [type(noted.event) for noted in second.noted] == [CallLeft]
    assert verify(second).different == 0
    assert [hour.name for hour in decisions.hours(folder)] == ["2026-11-27T11", "2026-11-27T10"]


def test_only_the_owner_may_read_it(folder):
    log = DecisionLog(folder, 7)
    Acd(log)
    log.flush()
    (path,) = folder.iterdir()
    assert stat.S_IMODE(path.stat().st_mode) == 0o600
    assert stat.S_IMODE(folder.stat().st_mode) == 0o700


def test_what_is_noted_is_written_a_moment_later(folder, monkeypatch):
    monkeypatch.setattr(decision_log, "GATHER_SECONDS", 0.01)
    log = DecisionLog(folder, 7)
    log.start()
    try:
        Acd(log)
        until(lambda: found(folder, "2026-11-27T10"))
    finally:
        log.stop()


def test_stopping_writes_what_is_left(folder):
    log = DecisionLog(folder, 7)
    log.start()
    gevent.sleep(0)
    Acd(log)
    log.stop()
    assert len(found(folder, "2026-11-27T10")) == 1


def test_a_full_disk_leaves_a_gap_and_what_follows_begins_anew(folder, monkeypatch):
    log = DecisionLog(folder, 7)
    acd = Acd(log)
    log.flush()
    append = decisions.append

    def torn(path, text):
        append(path, text[:20])
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(decisions, "append", torn)
    acd.tell(CallQueued("c1", "policy", 0, acd.now))
    log.flush()
    monkeypatch.setattr(decisions, "append", append)
    acd.tell(CallLeft("c1"))
    assert log.lost == 2
    acd.tell(Tick(), after=PAUSE_SECONDS)
    acd.tell(CallQueued("c2", "policy", 0, acd.now))
    log.flush()
    record = decisions.read_hour(folder, "2026-11-27T10")
    assert record.unusable == 1
    before, after = record.stretches
    assert [type(noted.event) for noted in after.noted] == [CallQueued]
    assert verify(before).different == verify(after).different == 0


def test_old_hours_are_forgotten(folder):
    log = DecisionLog(folder, 2)
    Acd(log)
    log.flush()
    (folder / "notes.txt").write_text("not ours")
    Acd(log, TEN + 2 * 86_400 + 3_600)
    log.flush()
    assert [hour.name for hour in decisions.hours(folder)] == ["2026-11-29T11"]
    assert (folder / "notes.txt").exists()


def test_nothing_is_kept_for_no_days(folder):
    log = DecisionLog(folder, 0)
    Acd(log)
    log.flush()
    assert not folder.exists()
