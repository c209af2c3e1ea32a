"""A call as a whole: what is booked, what a next handler finds, and how it goes on there."""

from dataclasses import replace

import gevent
import pytest

from fs_scripts.calls import variables as var
from fs_scripts.calls.session import CallSession
from fs_scripts.esl.errors import CommandTimeout
from hotline.domain import journal as kinds
from hotline.domain.acd.events import CallQueued, Tick
from hotline.domain.callers import CallerLists, ListEntry
from hotline.domain.ivr.flow import parse
from hotline.domain.ivr.state import loads
from hotline.live.messages import CallChanged
from tests.fs_scripts.fakes.call import TALKS, Bridge, FakeCall
from tests.fs_scripts.fakes.clock import NOW
from tests.fs_scripts.fakes.line import CALLER
from tests.fs_scripts.waiting import until


def nodes(centre):
    return [entry.data["node"] for entry in centre.journal.of(kinds.IVR_ENTERED)]


# --- what is booked -----------------------------------------------------------------------------------------


def test_a_whole_call_is_in_the_books_in_the_order_in_which_it_happened(centre):
    centre.ready("8001")
    centre.serve(centre.call(keys=["1", "2"], bridges=[Bridge()]))
    written = [entry.kind for entry in centre.journal.entries.values() if entry.kind.startswith("call.")]
    assert written == [
        kinds.CALL_STARTED,
        kinds.CALL_ANSWERED,
        kinds.CALL_QUEUED,
        kinds.CALL_CONNECTED,
        kinds.CALL_DISCONNECTED,
        kinds.CALL_DATA,
        kinds.CALL_ENDED,
    ]
    assert nodes(centre) == ["welcome", "menu", "policy", "survey", "survey_thanks", "goodbye"]
    assert centre.journal.one(kinds.SURVEY_MARKED).data["mark"] == 2
    assert len({e.interaction_id for e in centre.journal.entries.values()} - {None}) == 1


def test_people_see_the_phases_of_a_call_as_it_goes(centre):
    centre.ready("8001")
    centre.serve(centre.call(keys=["1", "2"], bridges=[Bridge()]))
    phases = [changed.call.phase for changed in centre.bus.of(CallChanged)]
    assert list(dict.fromkeys(phases)) == ["ivr", "queued", "offered", "talking", "survey", "ended"]


def test_a_caller_name_full_of_tricks_is_only_a_name(centre):
    name = "x\nhotline_agent: 8002\r\n'; DROP TABLE calls; --" + "A" * 10_000
    call = centre.serve(
        centre.call(keys=["9"], headers={"Caller-Caller-ID-Name": name, "Caller-Caller-ID-Number": name})
    )
    started = centre.journal.one(kinds.CALL_STARTED).data
    assert len(started["caller_name"]) == 80
    assert len(started["caller"]) == 64
    assert not any("DROP" in command for command in call.commands)


def test_a_call_that_hangs_up_in_the_menu_helped_itself(centre):
    call = centre.call()
    centre.begin(call)
    until(lambda: "menu" in call.played())
    call.hang_up()
    until(lambda: not len(centre.owned))
    ended = centre.journal.one(kinds.CALL_ENDED).data
    assert (ended["outcome"], ended["side"], ended["cause"]) == ("self_service", "caller", "NORMAL_CLEARING")


def test_a_call_ended_from_the_console_is_ended_by_the_system(centre):
    call = centre.call()
    centre.begin(call)
    until(lambda: "menu" in call.played())
    (interaction,) = centre.view.call_ids()
    assert centre.owned.hang_up(interaction)
    until(lambda: not len(centre.owned))
    assert call.gone
    assert centre.journal.one(kinds.CALL_ENDED).data["side"] == "system"


# --- keys ---------------------------------------------------------------------------------------------------


def test_a_key_during_the_welcome_is_the_answer_to_the_menu(centre):
    call = centre.call(ahead={"recording_notice": "2"})
    centre.begin(call)
    until(lambda: centre.dispatcher.state.waiting)
    assert "menu" not in call.played()
    assert nodes(centre)[-1] == "systems"


def test_a_code_typed_ahead_is_taken_whole(centre):
    call = centre.call(ahead={"recording_notice": "41002#"})
    centre.begin(call)
    until(lambda: "info_1002" in call.played())
    assert {"menu", "info_ask_code"}.isdisjoint(call.played())
    digits = [entry.data["digits"] for entry in centre.journal.of(kinds.IVR_COLLECTED)]
    assert digits == ["4", "1002"]


def test_the_end_of_a_code_may_come_when_its_beginning_was_typed_ahead(centre):
    call = centre.call(ahead={"recording_notice": "410"})
    centre.begin(call)
    until(lambda: "info" in nodes(centre))
    for key in "03#":
        call.press(key)
    until(lambda: "info_1003" in call.played())


def test_a_wrong_key_is_told_three_times_and_then_the_operator_comes(centre):
    centre.ready("8001")
    call = centre.call(keys=["7", "5", "6"], bridges=[TALKS])
    centre.begin(call)
    until(lambda: centre.states()["8001"] == "talking")
    assert call.played().count("wrong_key") == 3
    assert nodes(centre)[-2:] == ["to_operator", "general"]


def test_silence_is_told_three_times_and_then_the_operator_comes(centre):
    centre.ready("8001")
    call = centre.call(keys=["", "", ""], bridges=[TALKS])
    centre.begin(call)
    until(lambda: centre.states()["8001"] == "talking")
    assert call.played().count("no_key") == 3


def test_star_plays_the_menu_again(centre):
    call = centre.call(keys=["*"])
    centre.begin(call)
    until(lambda: call.played().count("menu") == 2)


def test_keys_of_the_menu_are_no_keys_of_the_queue(centre):
    call = centre.call(keys=["19"])
    centre.begin(call)
    until(lambda: "queue_wait" in call.played())
    gevent.sleep(0.02)
    assert centre.dispatcher.state.waiting, "the 9 was pressed before the queue was joined"


# --- voice messages -----------------------------------------------------------------------------------------


def test_who_hangs_up_after_speaking_has_left_a_message(centre):
    call = centre.call(keys=["9"], speaks=0)
    centre.begin(call)
    until(lambda: call.runs("record"))
    centre.clock.advance(7.5)
    call.hang_up()
    until(lambda: not len(centre.owned))
    left = centre.journal.one(kinds.VOICEMAIL_LEFT).data
    assert left["duration_ms"] == 7_500
    assert str(centre.deps.recordings / left["path"]) in dict(call.executed)["record"]
    assert centre.outcome() == "voicemail"


def test_who_hangs_up_at_once_has_left_none(centre):
    call = centre.call(keys=["9"], speaks=0)
    centre.begin(call)
    until(lambda: call.runs("record"))
    centre.clock.advance(0.4)
    call.hang_up()
    until(lambda: not len(centre.owned))
    assert not centre.journal.of(kinds.VOICEMAIL_LEFT)
    assert centre.outcome() == "self_service"


def test_a_message_of_silence_is_none(centre):
    call = centre.serve(centre.call(keys=["9"], speaks=0.5))
    assert not centre.journal.of(kinds.VOICEMAIL_LEFT)
    assert "voicemail_thanks" not in call.played()


def test_out_of_hours_a_message_is_taken_instead_of_a_menu(centre):
    centre.configuration = replace(centre.configuration, always_open=False)
    centre.clock.now = 1_764_018_000.0  # 05:00 in Shanghai
    call = centre.serve(centre.call())
    assert "closed" in call.played()
    assert "menu" not in call.played()
    assert centre.outcome() == "voicemail"


# --- faults -------------------------------------------------------------------------------------------------


def test_a_number_that_no_flow_answers_hears_an_apology(centre):
    centre.configuration = replace(centre.configuration, flows={}, numbers={})
    call = centre.serve(centre.call())
    assert call.played() == ["apology"]
    assert centre.outcome() == "failed"
    assert centre.journal.one(kinds.CALL_ENDED).data["side"] == "system"


def test_a_flow_that_leads_nowhere_ends_in_an_apology(centre):
    broken = parse(
        {
            "id": "main",
            "version": 1,
            "name": "broken",
            "start": "hello",
            "nodes": {"hello": {"type": "play", "prompts": ["welcome"], "next": "nowhere"}},
        }
    )
    centre.configuration = replace(centre.configuration, flows={"main": broken})
    call = centre.serve(centre.call())
    assert call.played() == ["welcome", "apology"]
    assert centre.outcome() == "failed"


def test_a_switch_that_does_not_answer_ends_in_an_apology_and_leaves_nothing(centre):
    call = centre.call()

    def hang(execution, arg):
        call._do_playback = FakeCall._do_playback.__get__(call)
        raise CommandTimeout("playback took too long")

    call._do_playback = hang
    centre.serve(call)
    assert call.played()[-1] == "apology"
    assert centre.outcome() == "failed"
    centre.assert_nothing_is_left()


# --- taken over ---------------------------------------------------------------------------------------------


def test_what_the_next_handler_needs_is_on_the_channel_before_the_caller_hears_of_it(centre):
    call = centre.call(keys=["3"])
    centre.begin(call)
    until(lambda: "queue_wait" in call.played())
    state = loads(call.variables[var.STATE])
    assert state.node == "complaints"
    assert call.variables[var.QUEUE] == "complaints"
    assert float(call.variables[var.QUEUED_AT]) == centre.clock()
    assert call.variables[var.INTERACTION] in centre.owned
    assert call.variables[var.ROLE] == "caller"


def test_a_caller_taken_over_in_the_menu_hears_it_again_and_no_second_welcome(centre):
    call = centre.taken_over("menu")
    centre.begin(call)
    until(lambda: call.played())
    assert call.played()[0] == "menu"
    assert not any(app == "answer" for app, _ in call.executed)
    assert not centre.journal.of(kinds.CALL_STARTED)
    resumed = centre.journal.one(kinds.CALL_RESUMED)
    assert resumed.interaction_id == call.variables[var.INTERACTION]
    assert resumed.data["node"] == "menu"


def test_a_caller_taken_over_in_the_queue_keeps_the_place(centre):
    others = centre.call(keys=["1"])
    centre.begin(others)
    until(lambda: len(centre.dispatcher.state.waiting) == 1)
    call = centre.taken_over("policy", **{var.QUEUED_AT: f"{NOW - 60:.3f}", var.QUEUE: "policy"})
    centre.begin(call)
    until(lambda: len(centre.dispatcher.state.waiting) == 2)
    mine = call.variables[var.INTERACTION]
    assert centre.dispatcher.state.position(mine) == 1
    assert centre.dispatcher.state.waiting[mine].queued_at == NOW - 60
    until(lambda: call.played())
    assert "queue_wait" not in call.played()


def test_the_place_that_was_kept_counts_for_one_queue_only(centre):
    centre.set_queue(max_wait_seconds=70)
    flow = centre.configuration.flows["main"]
    assert flow.nodes["policy"].on_timeout == "all_busy"
    again = {
        "id": "main",
        "version": 1,
        "name": "two queues",
        "start": "first",
        "nodes": {
            "first": queue_node("policy", "second"),
            "second": queue_node("systems", "bye"),
            "bye": {"type": "hangup", "prompts": ["goodbye"]},
        },
    }
    centre.configuration = replace(centre.configuration, flows={"main": parse(again)})
    call = centre.taken_over("first", **{var.QUEUED_AT: f"{NOW - 60:.3f}"})
    centre.begin(call)
    until(lambda: centre.dispatcher.state.waiting)
    centre.clock.advance(11)
    centre.dispatcher.apply(Tick())
    until(lambda: [w.queue for w in centre.dispatcher.state.waiting.values()] == ["systems"])
    (second,) = centre.dispatcher.state.waiting.values()
    assert second.queued_at == centre.clock()


def queue_node(code, after):
    ways = "served agent_gone timeout overflow no_agents failed"
    return {"type": "queue", "queue": code, **{f"on_{way}": after for way in ways.split()}}


def test_a_caller_whose_talk_ended_without_a_handler_comes_to_the_survey(centre):
    leg = "6c1f6f3e-0000-4000-8000-000000000001"
    call = centre.taken_over(
        "policy",
        {"keys": ["1"]},
        **{
            var.QUEUED_AT: f"{NOW - 60:.3f}",
            var.LEG: leg,
            var.AGENT: "8001",
            var.OFFER: "old-1",
            "last_bridge_to": leg,
        },
    )
    centre.serve(call)
    assert call.played()[0] == "survey_ask"
    assert not centre.journal.of(kinds.CALL_QUEUED)
    ended = centre.journal.one(kinds.CALL_ENDED).data
    assert (ended["outcome"], ended["side"]) == ("served", "agent")
    assert centre.journal.one(kinds.CALL_DISCONNECTED).data["side"] == "agent"
    assert centre.journal.one(kinds.SURVEY_MARKED).data["mark"] == 1


def test_a_caller_taken_over_while_a_phone_rang_goes_on_queueing(centre):
    call = centre.taken_over(
        "policy",
        **{
            var.QUEUED_AT: f"{NOW - 60:.3f}",
            var.LEG: "a-leg-that-never-answered",
            var.AGENT: "8001",
            "last_bridge_to": "",
        },
    )
    centre.begin(call)
    until(lambda: centre.dispatcher.state.waiting)
    assert not centre.journal.of(kinds.CALL_DISCONNECTED)


def test_a_caller_taken_over_in_the_survey_is_asked_again(centre):
    call = centre.serve(centre.taken_over("survey", {"keys": ["2"]}, **{var.QUEUED_AT: f"{NOW - 60:.3f}"}))
    assert call.played()[0] == "survey_ask"
    assert centre.journal.one(kinds.SURVEY_MARKED).data["mark"] == 2


def test_a_caller_taken_over_after_the_talk_counts_as_served(centre):
    known = {var.QUEUED_AT: f"{NOW - 60:.3f}", var.AGENT: "8001", "last_bridge_to": "a-leg"}
    centre.serve(centre.taken_over("survey", {"keys": ["2"]}, **known))
    assert centre.outcome() == "served"


@pytest.mark.parametrize(
    "text", ["", "1.not-base64!", "nonsense", "1.eNqLVspNzMxT0jHUUSpPzUnOz01V0lFS0jHQqa7"]
)
def test_a_place_that_cannot_be_read_begins_the_call_again(centre, text):
    call = centre.taken_over("menu", **{var.STATE: text})
    centre.begin(call)
    until(lambda: "menu" in call.played())
    assert call.played()[0] == "welcome"


def test_a_queueing_time_that_is_no_number_is_not_believed(centre):
    call = centre.taken_over("policy", **{var.QUEUED_AT: "yesterday"})
    centre.begin(call)
    until(lambda: centre.dispatcher.state.waiting)
    (mine,) = centre.dispatcher.state.waiting.values()
    assert mine.queued_at == centre.clock()


def test_a_call_goes_on_in_the_version_of_the_flow_that_it_began_with(centre):
    old = centre.configuration.flows["main"]
    newer = replace(old, version=2)
    centre.configuration = replace(centre.configuration, flows={"main": newer}, old_flows={("main", 1): old})
    call = centre.taken_over("menu")
    centre.begin(call)
    until(lambda: call.played())
    assert loads(call.variables[var.STATE]).version == 1


def test_a_handler_that_is_killed_leaves_the_call_to_the_next_one(centre):
    call = centre.call(keys=["1"])
    handler = centre.begin(call)
    until(lambda: "queue_wait" in call.played())
    handler.kill()
    assert not call.gone
    assert not centre.journal.of(kinds.CALL_ENDED)
    assert not centre.dispatcher.state.waiting
    assert len(centre.owned) == 0


def test_two_handlers_in_turn_book_one_end(centre):
    first = centre.call(keys=["1"])
    handler = centre.begin(first)
    until(lambda: "queue_wait" in first.played())
    handler.kill()
    second = centre.call(**{k: v for k, v in first.variables.items() if k != "uuid"})
    again = gevent.spawn(CallSession(second.channel, centre.deps).run)
    until(lambda: centre.dispatcher.state.waiting)
    second.hang_up()
    again.join(5)
    assert centre.outcome() == "abandoned"
    assert len(centre.journal.of(kinds.CALL_QUEUED)) == 1
    centre.assert_nothing_is_left()


# --- lists --------------------------------------------------------------------------------------------------


def listed(centre, kind: str, bonus: int = 0):
    lists = CallerLists([ListEntry(kind, CALLER, bonus=bonus)])
    centre.configuration = replace(centre.configuration, callers=lists)


def test_a_caller_on_the_blacklist_hears_so_and_gets_no_further(centre):
    listed(centre, "black")
    centre.ready("8001")
    call = centre.serve(centre.call(keys=["1"]))
    assert call.played() == ["blacklisted"]
    assert call.gone
    assert not centre.journal.of(kinds.CALL_QUEUED)
    assert centre.journal.one(kinds.CALL_REFUSED).data["list"] == "black"
    assert centre.outcome() == "refused"
    centre.assert_nothing_is_left()


def test_a_vip_waits_with_a_higher_priority(centre):
    listed(centre, "vip", bonus=20)
    centre.begin(centre.call(keys=["1"]))
    until(lambda: centre.dispatcher.state.waiting)
    (waits,) = centre.dispatcher.state.waiting.values()
    assert waits.priority == 20
    assert centre.journal.one(kinds.CALL_QUEUED).data["list"] == "vip"


def test_a_caller_on_the_white_list_is_not_refused_at_the_door_of_a_full_queue(centre):
    centre.set_queue(max_waiting=1)
    orders = []
    centre.dispatcher.enqueue(CallQueued("first", "policy", 0, centre.clock()), orders.append)
    listed(centre, "white")
    centre.begin(centre.call(keys=["1"]))
    until(lambda: len(centre.dispatcher.state.waiting) == 2)
    admitted = centre.journal.one(kinds.CALL_ADMITTED)
    assert (admitted.queue_code, admitted.data) == ("policy", {"list": "white", "despite": "max_waiting"})


def test_a_caller_on_the_white_list_whom_nothing_would_have_refused_owes_it_nothing(centre):
    centre.set_queue(max_waiting=1)
    listed(centre, "white")
    centre.begin(centre.call(keys=["1"]))
    until(lambda: centre.dispatcher.state.waiting)
    assert not centre.journal.of(kinds.CALL_ADMITTED)


def test_a_caller_on_both_lists_is_let_in_by_the_white_one(centre):
    entries = [ListEntry("black", CALLER[:3], is_prefix=True), ListEntry("white", CALLER)]
    centre.configuration = replace(centre.configuration, callers=CallerLists(entries))
    centre.begin(centre.call(keys=["1"]))
    until(lambda: centre.dispatcher.state.waiting)
    assert centre.journal.one(kinds.CALL_ADMITTED).data == {"list": "white", "despite": "black"}
