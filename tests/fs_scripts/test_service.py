"""The call side as a whole, on a simulated switch: start, calls, reload, take-over, stop."""

import datetime as dt
import time
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import gevent
import pytest
from sqlalchemy import select

from fs_scripts import service
from fs_scripts.decision_log import DecisionLog
from fs_scripts.lease import Lease
from fs_scripts.service import CallSide, CallSideConfig
from fs_scripts.simulated.callers import AwaitAgent, AwaitAgentGone, Caller, Key
from fs_scripts.simulated.config import SimConfig, hotline_routes
from fs_scripts.simulated.phones import Phone
from fs_scripts.simulated.switch import SimulatedSwitch
from hotline.config import Address
from hotline.domain import journal as kinds
from hotline.domain.acd.events import CallQueued, OfferAnswered, TalkEnded
from hotline.domain.ivr.state import State, dumps
from hotline.domain.replay.again import verify
from hotline.live.messages import GetSnapshot, ReloadConfiguration, SetAgentState
from hotline.store import models
from hotline.store.base import from_epoch
from hotline.store.db import DatabaseAway
from hotline.store.decisions import hours, read_hour
from hotline.store.seed import seed
from hotline.store.vault import Vault
from ivr_prompts import audio
from ivr_prompts.music import beep
from tests.fs_scripts.fakes.bus import FakeBus
from tests.fs_scripts.fakes.journal import FakeJournal
from tests.fs_scripts.waiting import until
from tools import services

PASSWORD = "for-tests-only"


class OneTone:
    """Every prompt is the same short tone."""

    def __init__(self, path: Path) -> None:
        self._path = path
        audio.write(path, beep())

    def path(self, prompt_id: str) -> Path:
        return self._path


@pytest.fixture
def ports() -> tuple[int, int]:
    return services.free_port(), services.free_port()


@pytest.fixture
def switch(ports, tmp_path) -> Iterator[SimulatedSwitch]:
    active, standby = (f"127.0.0.1:{port}" for port in ports)
    running = SimulatedSwitch(
        SimConfig(
            routes=hotline_routes(active, standby, apology="apology.wav"), password=PASSWORD, domain="hotline"
        )
    )
    running.start()
    yield running
    running.stop()


@pytest.fixture
def demo(database):
    database.write(lambda s: seed(s, Vault(bytes(32)), now=time.time(), password=PASSWORD))
    return database


@pytest.fixture
def make_side(switch, ports, demo, home, tmp_path) -> Iterator:
    """Make a call side; number 0 is the active one's address, 1 the standby's."""
    sides: list[CallSide] = []

    def make(number: int = 0, database=demo, write_phones=lambda: False) -> CallSide:
        config = CallSideConfig(
            name=f"side {number}",
            listen=Address("127.0.0.1", ports[number]),
            event_socket=Address("127.0.0.1", switch.port),
            event_socket_password=PASSWORD,
            switch_kind="simulated",
            home=home,
            recordings=tmp_path / "recordings",
        )
        prompts = OneTone(tmp_path / "tone.wav")
        made = CallSide(
            config,
            database,
            FakeBus(),
            prompts,
            time.time,
            FakeJournal(time.time),
            write_phones,
            DecisionLog(home / "decisions", 1),
        )
        made.bus = made._bus
        sides.append(made)
        made.start()
        return made

    yield make
    for side in sides:
        side.stop(1.0)


@pytest.fixture
def side(make_side) -> CallSide:
    made = make_side()
    assert made.wait_active(10)
    return made


def ready(side: CallSide, switch: SimulatedSwitch, number: str = "8001", **behaviour) -> None:
    """An agent's phone registers, the agent signs in."""
    extension = side.dispatcher.state.agents[number].spec.extension
    switch.add_phones([Phone(extension, answers_after=0.05, **behaviour)])
    until(lambda: side.dispatcher.state.agents[number].reachable)
    assert side.bus.handler(SetAgentState("lead", number, "idle")).ok


def state_of(side: CallSide, number: str = "8001") -> str:
    return str(side.dispatcher.state.agents[number].state)


def test_a_call_goes_from_ring_to_survey(side, switch):
    ready(side, switch, talks_for=0.2)
    caller = Caller("13800138000", script=(Key("1", at_once=False), AwaitAgent(), AwaitAgentGone(), Key("2")))
    line = switch.place_call(caller)
    assert line.done.wait(20)
    until(lambda: side.journal.of(kinds.CALL_ENDED))
    ended = side.journal.one(kinds.CALL_ENDED).data
    assert (ended["outcome"], ended["side"]) == ("served", "agent")
    assert side.journal.one(kinds.SURVEY_MARKED).data["mark"] == 2
    until(lambda: not switch.channels)
    assert side.server.calls == 0
    assert len(side.owned) == 0
    assert state_of(side) == "idle"


def test_what_was_decided_can_be_decided_again(side, switch, home):
    ready(side, switch, talks_for=0.2)
    caller = Caller("13800138000", script=(Key("1", at_once=False), AwaitAgent(), AwaitAgentGone(), Key("2")))
    assert switch.place_call(caller).done.wait(20)
    until(lambda: side.journal.of(kinds.CALL_ENDED))
    side.stop(1.0)
    stretches = [
        s for hour in hours(home / "decisions") for s in read_hour(home / "decisions", hour.name).stretches
    ]
    decided = {type(noted.event) for stretch in stretches for noted in stretch.noted}
    assert {CallQueued, OfferAnswered, TalkEnded} <= decided
    assert [verify(stretch).first for stretch in stretches] == [()] * len(stretches)


def test_agents_are_where_they_were_before_the_start(make_side, demo):
    since = time.time() - 600

    def remember(session):
        for number, state in (("8001", "busy"), ("8002", "talking"), ("9999", "idle")):
            session.merge(
                models.AgentPresence(
                    agent_number=number,
                    state=state,
                    reason="",
                    since=from_epoch(since),
                    signed_in_at=from_epoch(since),
                )
            )

    demo.write(remember)
    side = make_side()
    assert side.wait_active(10)
    assert (state_of(side, "8001"), state_of(side, "8002"), state_of(side, "8003")) == (
        "busy",
        "idle",
        "signed_out",
    )
    assert side.dispatcher.state.agents["8001"].since == pytest.approx(since, abs=0.01)


def test_how_much_agents_have_worked_is_known_after_a_start(make_side, demo):
    hour_ago, minute_ago = time.time() - 3600, time.time() - 60

    def remember(session):
        for number, state in (("8001", "idle"), ("8002", "wrap_up")):
            session.add(
                models.AgentPresence(
                    agent_number=number,
                    state=state,
                    reason="",
                    since=from_epoch(minute_ago),
                    signed_in_at=from_epoch(hour_ago),
                    work_ms=900_000,
                )
            )

    demo.write(remember)
    side = make_side()
    assert side.wait_active(10)
    agents = side.dispatcher.state.agents
    assert agents["8001"].work_seconds == 900
    assert agents["8002"].work_seconds == pytest.approx(960, abs=5), "the after-call work ends with the start"
    assert agents["8002"].idle_since - agents["8002"].signed_in_at == pytest.approx(3600, abs=5)


def test_who_is_to_be_called_back_and_who_does_not_want_to_be_disturbed_is_known_after_a_start(
    make_side, demo, switch
):
    asked = from_epoch(time.time() - 600)
    place = dumps(State("main", 1, "policy"))

    def write(session):
        session.add(
            models.AgentPresence(
                agent_number="8002", state="signed_out", reason="", since=asked, do_not_disturb=True
            )
        )
        session.add(
            models.Callback(
                ticket="ticket-1",
                interaction_id="first-call",
                state="dialling",
                queue_code="policy",
                caller="13800138000",
                called="12366",
                number="13800138000",
                queued_at=asked,
                asked_at=asked,
                expires_at=from_epoch(time.time() + 3600),
                place=place,
            )
        )

    demo.write(write)
    side = make_side()
    assert side.wait_active(10)
    assert side.dispatcher.state.agents["8002"].do_not_disturb
    side.work_by(replace(side.deps.configuration(), callable_hours=(dt.time(0), dt.time.max)))
    ready(side, switch, talks_for=0.2)
    until(lambda: side.journal.of(kinds.CALLBACK_SETTLED), 20)
    assert side.journal.one(kinds.CALLBACK_SETTLED).data["outcome"] == "served"
    connected = side.journal.one(kinds.CALL_CONNECTED)
    assert connected.interaction_id == side.journal.one(kinds.CALLBACK_REACHED).interaction_id
    assert connected.agent_number == "8001"


def test_a_snapshot_is_answered_over_the_seam_from_the_moment_of_activity(side):
    reply = side.bus.handler(GetSnapshot("lead"))
    assert len(reply.value.agents) == 23
    assert reply.value.switch_connected


def test_what_is_changed_in_the_console_counts_after_a_reload(side, demo):
    def rename(session):
        session.scalars(select(models.Queue).where(models.Queue.code == "policy")).one().ring_seconds = 7

    demo.write(rename)
    assert side.dispatcher.state.queues["policy"].spec.ring_seconds != 7
    assert side.bus.handler(ReloadConfiguration("lead")).ok
    assert side.dispatcher.state.queues["policy"].spec.ring_seconds == 7


def test_new_phones_are_told_to_the_switch_at_a_reload(make_side):
    written = []
    side = make_side(write_phones=lambda: written.append("phones") or True)
    assert side.wait_active(10)
    assert side.bus.handler(ReloadConfiguration("lead")).ok
    assert written == ["phones"]


def test_the_second_call_side_waits_and_takes_over_when_the_first_stops(make_side, switch):
    first = make_side(0)
    assert first.wait_active(10)
    second = make_side(1)
    gevent.sleep(0.1)
    assert not second.active
    first.stop(1.0)
    assert second.wait_active(5)
    assert not first.active


def test_callers_who_wait_keep_their_place_when_the_handler_goes(make_side, switch):
    first = make_side(0)
    assert first.wait_active(10)
    second = make_side(1)
    line = switch.place_call(Caller("13800138000", script=(Key("1"), AwaitAgent(30), AwaitAgentGone())))
    until(lambda: first.dispatcher.state.waiting, 10)
    (before,) = first.dispatcher.state.waiting.values()
    first.stop(1.0)
    until(lambda: second.dispatcher.state.waiting, 10)
    (after,) = second.dispatcher.state.waiting.values()
    assert after.call_id == before.call_id
    assert after.queued_at == pytest.approx(before.queued_at, abs=0.001)
    assert not first.journal.of(kinds.CALL_ENDED)
    assert not line.done.is_set()
    assert second.journal.one(kinds.CALL_RESUMED).interaction_id == before.call_id


def test_a_call_at_a_side_that_is_not_active_goes_on_in_the_dialplan(make_side, switch, ports, monkeypatch):
    monkeypatch.setattr(service, "LEASE_PATIENCE_SECONDS", 0.02)
    holder = make_side(1)
    assert holder.wait_active(10)
    bystander = make_side(0)
    switch.place_call(Caller("13800138000", script=(Key("1"), AwaitAgent(30))))
    until(lambda: holder.dispatcher.state.waiting, 10)
    assert not bystander.dispatcher.state.waiting


@pytest.mark.parametrize("error", [DatabaseAway("gone for a moment"), ValueError("a state of no name")])
def test_a_start_that_cannot_read_where_things_stand_is_tried_again(make_side, demo, monkeypatch, error):
    monkeypatch.setattr(service, "_TRY_AGAIN_SECONDS", 0.01)

    class Away:
        """A database that comes back at the second question."""

        def __init__(self):
            self.asked = 0

        def read(self):
            self.asked += 1
            if self.asked == 1:
                raise error
            return demo.read()

    away = Away()
    side = make_side(database=away)
    assert side.wait_active(10)
    assert away.asked >= 2


def test_a_lease_that_cannot_be_had_for_a_moment_is_asked_for_again(make_side, monkeypatch):
    monkeypatch.setattr(service, "_TRY_AGAIN_SECONDS", 0.01)
    acquire, failures = Lease.try_acquire, [OSError("too many open files")]

    def try_acquire(lease: Lease) -> bool:
        if failures:
            raise failures.pop()
        return acquire(lease)

    monkeypatch.setattr(Lease, "try_acquire", try_acquire)
    assert make_side().wait_active(10)


def leave_open(database, interaction: str) -> None:
    """A call that is open in the books and nowhere else."""
    row = models.Call(
        interaction_id=interaction,
        channel_uuid=f"channel-of-{interaction}",
        caller="1",
        called="12366",
        started_at=from_epoch(time.time() - 3600),
    )
    database.write(lambda session: session.add(row))


def test_calls_that_ended_while_nobody_watched_are_closed(make_side, demo, monkeypatch):
    monkeypatch.setattr(service, "_SETTLED_SECONDS", 0.05)
    leave_open(demo, "lost")
    side = make_side()
    assert side.wait_active(10)
    until(lambda: side.journal.of(kinds.CALL_ENDED))
    assert side.journal.one(kinds.CALL_ENDED).interaction_id == "lost"


def test_calls_whose_end_is_lost_later_are_closed_as_well(make_side, demo, monkeypatch):
    monkeypatch.setattr(service, "_SETTLED_SECONDS", 0.02)
    monkeypatch.setattr(service, "_BOOKS_SECONDS", 0.05)
    side = make_side()
    assert side.wait_active(10)
    ask, asked = side.watcher.lost_calls, []

    def fail_once(open_calls):
        asked.append(1)
        if len(asked) == 1:
            raise KeyError("uuid")
        return ask(open_calls)

    monkeypatch.setattr(side.watcher, "lost_calls", fail_once)
    until(lambda: len(asked) > 2)
    leave_open(demo, "later")
    until(lambda: side.journal.of(kinds.CALL_ENDED))
    assert side.journal.one(kinds.CALL_ENDED).interaction_id == "later"


def test_a_call_whose_last_entry_is_on_its_way_is_not_taken_for_lost(make_side, demo, monkeypatch):
    monkeypatch.setattr(service, "_SETTLED_SECONDS", 0.02)
    monkeypatch.setattr(service, "_BOOKS_SECONDS", 0.02)
    leave_open(demo, "ended")
    side = make_side()
    flushed = []

    def flush(timeout: float) -> bool:
        if side.active:
            row = select(models.Call).where(models.Call.interaction_id == "ended")
            demo.write(lambda session: setattr(session.scalars(row).one(), "outcome", "served"))
            flushed.append(1)
        return True

    monkeypatch.setattr(side.journal, "flush", flush)
    assert side.wait_active(10)
    until(lambda: flushed)
    gevent.sleep(0.1)
    assert not side.journal.of(kinds.CALL_ENDED)


def test_stopping_twice_is_harmless_and_leaves_the_address_free(make_side, ports):
    side = make_side()
    assert side.wait_active(10)
    side.stop(1.0)
    side.stop(1.0)
    again = make_side()
    assert again.wait_active(10)
