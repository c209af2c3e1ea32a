"""What the switch says is true: what differs is repaired, events keep it so."""

from collections.abc import Iterator

import gevent
import pytest

from fs_scripts import watch
from fs_scripts.calls import variables as var
from fs_scripts.esl.errors import CommandTimeout, ConnectionLost
from fs_scripts.esl.events import Event
from fs_scripts.watch import SwitchWatcher
from hotline.domain import journal as kinds
from hotline.live.messages import SwitchChanged
from tests.fs_scripts.fakes.events import event
from tests.fs_scripts.fakes.watched import CALL, LEG, WatchedSwitch, agent_marks, talking
from tests.fs_scripts.waiting import until

CALLER_CHANNEL = "chan-1"


@pytest.fixture
def switch() -> WatchedSwitch:
    return WatchedSwitch()


@pytest.fixture
def watcher(centre, switch, tmp_path, monkeypatch) -> Iterator[SwitchWatcher]:
    monkeypatch.setattr(watch, "_AFTER_HANDLER_SECONDS", 0.01)
    made = SwitchWatcher(
        centre.dispatcher, centre.journal, centre.view, centre.owned, tmp_path / "recordings"
    )
    made.attach(switch)
    yield made
    made.stop()


# --- connecting ---------------------------------------------------------------------------------------------


def test_connecting_and_losing_the_switch_is_booked_and_shown(centre, switch, watcher):
    watcher.on_connected(switch)
    watcher.on_lost()
    assert centre.journal.one(kinds.SWITCH_CONNECTED).data["version"] == "FreeSWITCH Version 1.10.12"
    assert centre.journal.one(kinds.SWITCH_LOST)
    assert [shown.connected for shown in centre.bus.of(SwitchChanged)] == [True, False]


def test_phones_are_as_reachable_as_the_switch_says(centre, switch, watcher):
    centre.ready("8001", "8002")
    switch.phones = {"1002", "1003", "9999"}
    watcher.on_connected(switch)
    assert [centre.agent(n).reachable for n in ("8001", "8002", "8003")] == [False, True, True]


def test_calls_of_an_agents_own_keep_the_phone_from_ringing(centre, switch, watcher):
    switch.leg("own-1", "1001")
    switch.leg("own-2", "1001")
    watcher.on_connected(switch)
    assert centre.agent("8001").own_calls == 2
    watcher.on_event(event("CHANNEL_HANGUP_COMPLETE", {"Unique-ID": "own-1"}))
    assert centre.agent("8001").own_calls == 1


def test_a_leg_that_ends_while_the_others_are_looked_at_is_not_brought_back(centre, switch, watcher):
    centre.ready("8001")
    switch.phones = {"1001", "1002"}
    switch.leg(LEG, "1001")
    switch.leg("leg-2", "1002")
    ask = switch.api

    def ask_and_end(command: str, timeout: float = 10.0) -> str:
        if command.startswith("uuid_dump leg-2"):
            watcher.on_event(event("CHANNEL_HANGUP_COMPLETE", {"Unique-ID": LEG}))
            began = {"Unique-ID": "leg-3", "Caller-Context": "desk", "Caller-Username": "1003"}
            watcher.on_event(event("CHANNEL_CREATE", began))
        return ask(command, timeout)

    switch.api = ask_and_end
    watcher.on_connected(switch)
    assert [centre.agent(n).own_calls for n in ("8001", "8002", "8003")] == [0, 1, 1]


def test_a_comparison_that_fails_half_way_is_made_again(centre, switch, watcher, monkeypatch):
    monkeypatch.setattr(watch, "COMPARE_AGAIN_SECONDS", 0.001)
    centre.ready("8001")
    switch.phones = {"1001"}
    switch.leg(LEG, "1001", **agent_marks())
    answers = [CommandTimeout("too late"), KeyError("uuid")]
    ask = switch.channels

    def channels() -> list[dict[str, str]]:
        if answers:
            raise answers.pop()
        return ask()

    switch.channels = channels
    watcher.on_connected(switch)
    assert centre.states()["8001"] == "talking"
    assert centre.journal.one(kinds.SWITCH_CONNECTED)


def test_a_connection_lost_during_the_comparison_is_left_to_the_next_connect(switch, watcher):
    def channels() -> list[dict[str, str]]:
        raise ConnectionLost("closed")

    switch.channels = channels
    with pytest.raises(ConnectionLost):
        watcher.on_connected(switch)


def test_calls_that_ended_unseen_are_closed_and_no_others(centre, switch, watcher):
    switch.rows.append({"uuid": "alive"})
    centre.owned.own("mine", lambda: None)
    lost = watcher.lost_calls([("gone", "dead"), ("there", "alive"), ("mine", "dead-too")])
    assert lost == [("gone", "dead")]
    watcher.close_lost_calls(lost)
    ended = centre.journal.one(kinds.CALL_ENDED)
    assert (ended.interaction_id, ended.data["side"]) == ("gone", "system")


def test_no_call_counts_as_lost_while_the_switch_cannot_be_asked(centre, switch, watcher):
    switch.connected = False
    assert not watcher.lost_calls([("gone", "dead")])


# --- registrations ------------------------------------------------------------------------------------------


def test_a_phone_that_registers_is_reachable_at_once(centre, watcher):
    watcher.on_event(event("CUSTOM", {"Event-Subclass": "sofia::register", "from-user": "1001"}))
    assert centre.agent("8001").reachable
    assert centre.journal.one(kinds.AGENT_REACHABLE).data["reachable"] is True


def test_an_answer_that_makes_no_sense_does_not_end_the_refreshing(centre, switch, watcher, monkeypatch):
    monkeypatch.setattr(watch, "REGISTRATION_REFRESH_SECONDS", 0.001)
    answers = [AttributeError("no rows")]
    ask = switch.registrations

    def registrations() -> list[dict[str, str]]:
        if answers:
            raise answers.pop()
        return ask()

    switch.registrations = registrations
    switch.phones = {"1002"}
    watcher.start()
    until(lambda: centre.agent("8002").reachable)


def test_a_phone_that_is_no_agents_changes_nothing(centre, watcher):
    watcher.on_event(event("CUSTOM", {"Event-Subclass": "sofia::register", "from-user": "7777"}))
    assert not centre.journal.entries


@pytest.mark.parametrize("what", ["sofia::unregister", "sofia::expire"])
def test_a_phone_that_leaves_is_unreachable_when_the_switch_has_no_other_of_it(centre, switch, watcher, what):
    centre.ready("8001", "8002")
    switch.phones = {"1002"}
    watcher.on_event(event("CUSTOM", {"Event-Subclass": what, "from-user": "1001"}))
    until(lambda: not centre.agent("8001").reachable)
    assert centre.agent("8002").reachable


def test_a_list_that_lags_behind_does_not_make_a_phone_unreachable(centre, switch, watcher):
    centre.ready("8001")
    switch.phones, switch.contacts = set(), {"1001"}
    watcher.refresh_registrations(switch)
    assert centre.agent("8001").reachable


def test_a_connection_lost_while_registrations_are_asked_for_is_no_fault(centre, switch, watcher):
    centre.ready("8001")
    switch.connected = False
    watcher.on_event(event("CUSTOM", {"Event-Subclass": "sofia::expire", "from-user": "1001"}))
    gevent.sleep(0)
    assert centre.agent("8001").reachable


def test_registrations_are_asked_for_again_from_time_to_time(centre, switch, watcher, monkeypatch):
    monkeypatch.setattr(watch, "REGISTRATION_REFRESH_SECONDS", 0.01)
    watcher.start()
    switch.phones = {"1003"}
    until(lambda: centre.agent("8003").reachable)


# --- calls --------------------------------------------------------------------------------------------------


def test_an_agent_who_dials_is_not_rung_until_that_is_over(centre, watcher):
    own = {"Unique-ID": "own", "Caller-Username": "1001", "Caller-Context": "desk"}
    watcher.on_event(event("CHANNEL_CREATE", own))
    assert centre.agent("8001").own_calls == 1
    watcher.on_event(event("CHANNEL_HANGUP_COMPLETE", {"Unique-ID": "own"}))
    assert centre.agent("8001").own_calls == 0


def test_a_caller_from_outside_who_shows_an_extension_as_its_number_occupies_nobody(centre, watcher):
    spoofed = {"Unique-ID": "evil", "Caller-Username": "1001", "Caller-Context": "trunk"}
    watcher.on_event(event("CHANNEL_CREATE", spoofed))
    assert centre.agent("8001").own_calls == 0


def test_a_leg_that_the_queue_rings_is_no_call_of_the_agents_own(centre, watcher):
    leg = event("CHANNEL_CREATE", {"Unique-ID": LEG}, dialed_user="1001", **{var.OFFER: "offer-1"})
    watcher.on_event(leg)
    assert centre.agent("8001").own_calls == 0


def test_a_bridge_whose_handler_died_makes_the_agent_talk(centre, switch, watcher):
    centre.ready("8001")
    switch.leg(LEG, "1001", **agent_marks())
    watcher.on_event(event("CHANNEL_BRIDGE", {"Unique-ID": LEG}, **agent_marks()))
    until(lambda: centre.states()["8001"] == "talking")


def test_of_a_talk_that_is_over_nobody_is_told_late_that_it_began(centre, watcher):
    centre.ready("8001")
    watcher.on_event(event("CHANNEL_BRIDGE", {"Unique-ID": LEG}, **agent_marks()))
    gevent.sleep(0.05)
    assert centre.states()["8001"] == "idle"
    assert centre.repaired() == []


def test_a_bridge_whose_handler_is_here_is_left_to_that(centre, watcher):
    centre.ready("8001")
    centre.owned.own(CALL, lambda: None)
    watcher.on_event(event("CHANNEL_BRIDGE", **agent_marks()))
    assert centre.states()["8001"] == "idle"


def test_a_talk_without_a_handler_ends_when_the_agents_leg_does(centre, watcher):
    talking(centre)
    watcher.on_event(event("CHANNEL_HANGUP_COMPLETE", {"Unique-ID": LEG}, **agent_marks()))
    until(lambda: centre.states()["8001"] == "idle")
    assert centre.journal.one(kinds.CALL_DISCONNECTED).agent_number == "8001"


def test_a_talk_that_a_handler_took_over_meanwhile_is_ended_by_that(centre, watcher):
    talking(centre)
    watcher.on_event(event("CHANNEL_HANGUP_COMPLETE", {"Unique-ID": LEG}, **agent_marks()))
    centre.owned.own(CALL, lambda: None)
    gevent.sleep(0.05)
    assert centre.states()["8001"] == "talking"
    assert not centre.journal.of(kinds.CALL_DISCONNECTED)


@pytest.mark.parametrize(
    ("marks", "outcome"),
    [
        ({}, "self_service"),
        ({var.QUEUED_AT: "1790000000.0"}, "abandoned"),
        ({var.QUEUED_AT: "1790000000.0", "last_bridge_to": LEG}, "served"),
    ],
)
def test_a_call_without_a_handler_is_closed_when_its_caller_hangs_up(centre, watcher, marks, outcome):
    gone = event(
        "CHANNEL_HANGUP_COMPLETE",
        {"Unique-ID": CALLER_CHANNEL, "Hangup-Cause": "NORMAL_CLEARING"},
        **{var.ROLE: "caller", var.INTERACTION: CALL, **marks},
    )
    watcher.on_event(gone)
    until(lambda: centre.journal.of(kinds.CALL_ENDED))
    ended = centre.journal.one(kinds.CALL_ENDED)
    assert ended.data == {"side": "caller", "cause": "NORMAL_CLEARING", "outcome": outcome}
    assert ended.entry_id == kinds.fact_id(CALL, "ended"), "so that a handler's own report is the same fact"


def test_a_call_with_a_handler_is_closed_by_that(centre, watcher):
    centre.owned.own(CALL, lambda: None)
    gone = event("CHANNEL_HANGUP_COMPLETE", {"Unique-ID": "c"}, **{var.ROLE: "caller", var.INTERACTION: CALL})
    watcher.on_event(gone)
    gevent.sleep(0.05)
    assert not centre.journal.of(kinds.CALL_ENDED)


# --- media --------------------------------------------------------------------------------------------------


def test_holding_and_retrieving_are_booked(centre, watcher):
    watcher.on_event(event("CHANNEL_HOLD", **agent_marks()))
    watcher.on_event(event("CHANNEL_UNHOLD", **agent_marks()))
    watcher.on_event(event("CHANNEL_HOLD"))
    assert centre.journal.one(kinds.CALL_HELD).agent_number == "8001"
    assert centre.journal.one(kinds.CALL_RETRIEVED).interaction_id == CALL


def at_second(name: str, second: float) -> Event:
    stamp = str(round((1_790_000_000 + second) * 1_000_000))
    return event(name, {"Unique-ID": LEG, "Event-Date-Timestamp": stamp}, **agent_marks())


def test_how_long_a_caller_was_on_hold_is_booked_once(centre, watcher):
    for name, second in (("CHANNEL_HOLD", 1), ("CHANNEL_UNHOLD", 6.5)):
        watcher.on_event(at_second(name, second))
    watcher.on_event(at_second("CHANNEL_UNHOLD", 7))
    assert centre.journal.one(kinds.CALL_HELD)
    assert centre.journal.one(kinds.CALL_RETRIEVED).data == {"held_ms": 5500}


def test_a_hold_ends_with_its_leg(centre, watcher):
    watcher.on_event(at_second("CHANNEL_HOLD", 1))
    watcher.on_event(at_second("CHANNEL_HANGUP_COMPLETE", 4))
    assert centre.journal.one(kinds.CALL_RETRIEVED).data == {"held_ms": 3000}


def test_a_recording_is_booked_with_its_place_below_the_folder_and_its_length(centre, watcher, tmp_path):
    path = tmp_path / "recordings" / "calls" / "a.wav"
    stop = event("RECORD_STOP", {"Record-File-Path": str(path)}, record_ms="61500", **{var.INTERACTION: CALL})
    watcher.on_event(stop)
    assert centre.journal.one(kinds.RECORDING_ENDED).data == {"path": "calls/a.wav", "duration_ms": 61_500}


def test_a_recording_without_a_length_is_booked_all_the_same(centre, watcher):
    watcher.on_event(
        event("RECORD_STOP", {"Record-File-Path": "/elsewhere/b.wav"}, **{var.INTERACTION: CALL})
    )
    assert centre.journal.one(kinds.RECORDING_ENDED).data == {"path": "/elsewhere/b.wav", "duration_ms": None}


def test_events_of_no_call_of_ours_change_nothing(centre, watcher):
    for name in ("RECORD_STOP", "CHANNEL_BRIDGE", "CHANNEL_HANGUP_COMPLETE", "CHANNEL_CREATE", "HEARTBEAT"):
        watcher.on_event(event(name, {"Unique-ID": "foreign"}))
    assert not centre.journal.entries
