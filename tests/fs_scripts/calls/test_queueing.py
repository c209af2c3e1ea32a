"""A caller's stay in a queue: who is rung, what is heard meanwhile, and what the ACD is told."""

from dataclasses import replace

import gevent
import pytest

from fs_scripts.calls import variables as var
from fs_scripts.calls.dialling import dial_string, outcome_of
from fs_scripts.calls.queueing import QueueStay
from fs_scripts.calls.session import CallSession
from fs_scripts.calls.speaking import COMFORT, MUSIC
from fs_scripts.configuration import QueueVoice
from hotline.domain import journal as kinds
from hotline.domain.acd.effects import MakeOffer, QueueMoved, SendAway
from hotline.domain.acd.events import CallerRemembered, OfferFailed, StateRequested, Tick
from hotline.domain.agent import AgentState
from hotline.domain.ivr.commands import Announce, Enqueue
from tests.fs_scripts.fakes.call import RINGS, TALKS, Bridge
from tests.fs_scripts.fakes.line import CALLER
from tests.fs_scripts.waiting import until


def waiting(centre, **script):
    """A caller who has to wait because nobody is there."""
    call = centre.call(keys=["1"], **script)
    centre.begin(call)
    until(lambda: centre.dispatcher.state.waiting and "queue_wait" in call.played())
    return call


def ringing(centre, *agents, **script):
    centre.ready(*(agents or ("8001",)))
    call = centre.call(keys=["1"], bridges=[RINGS, RINGS, RINGS], **script)
    centre.begin(call)
    until(lambda: call.runs("bridge"))
    return call


def offers(centre):
    return [(e.agent_number, e.data["outcome"]) for e in centre.journal.of(kinds.OFFER_ENDED)]


# --- offers -------------------------------------------------------------------------------------------------


def test_an_agent_who_is_free_is_rung_before_any_music(centre):
    centre.ready("8001")
    call = centre.serve(centre.call(keys=["1", "1"], bridges=[Bridge()]))
    assert "queue_wait" not in call.played()
    assert MUSIC not in call.played()


@pytest.mark.parametrize(
    ("disposition", "outcome", "state"),
    [
        ("NO_ANSWER", "no_answer", "busy"),
        ("NO_USER_RESPONSE", "no_answer", "busy"),
        ("USER_BUSY", "busy", "busy"),
        ("CALL_REJECTED", "refused", "busy"),
        ("NORMAL_CLEARING", "refused", "busy"),
        ("USER_NOT_REGISTERED", "unreachable", "idle"),
        ("SUBSCRIBER_ABSENT", "unreachable", "idle"),
        ("DESTINATION_OUT_OF_ORDER", "failed", "idle"),
    ],
)
def test_an_offer_that_comes_to_nothing_is_told_as_what_it_was(centre, disposition, outcome, state):
    centre.ready("8001")
    call = centre.call(keys=["1"], bridges=[Bridge(disposition)])
    centre.begin(call)
    until(lambda: call.runs("playback") and offers(centre))
    assert offers(centre) == [("8001", outcome)]
    assert centre.states()["8001"] == state
    assert centre.dispatcher.state.waiting
    assert centre.agent("8001").reachable is (outcome != "unreachable")


def test_no_answer_leads_to_the_next_agent_and_the_caller_keeps_the_place(centre):
    centre.ready("8001", "8002")
    centre.serve(centre.call(keys=["1", "1"], bridges=[Bridge("NO_ANSWER"), Bridge()]))
    assert offers(centre) == [("8001", "no_answer"), ("8002", "answered")]
    assert len(centre.journal.of(kinds.CALL_QUEUED)) == 1
    assert centre.journal.one(kinds.CALL_CONNECTED).agent_number == "8002"


def test_a_caller_whose_agent_hung_up_before_the_talk_is_safe_again_from_the_handlers_death(centre):
    centre.ready("8001")
    call = centre.call(keys=["1"], bridges=[Bridge("NORMAL_CLEARING")], socket_resume="false")
    centre.begin(call)
    until(lambda: call.runs("playback") and offers(centre))
    assert call.variables["socket_resume"] == "true"


def test_a_queue_may_have_the_agent_told_who_waits_and_the_caller_who_answers(centre):
    voices = {"policy": QueueVoice(whisper=True, announce_agent=True)}
    centre.configuration = replace(centre.configuration, voices=voices)
    call = ringing(centre)
    dialled = next(arg for app, arg in call.executed if app == "bridge")
    assert "playback /prompts/whisper_queue_policy.wav" in dialled
    assert f"uuid_displace {call.uuid} start file_string:///prompts/agent_number_pre.wav" in dialled


def test_an_agent_without_the_skill_is_never_rung(centre):
    centre.ready("8003")
    call = waiting(centre)
    assert not call.runs("bridge")
    assert centre.states()["8003"] == "idle"
    centre.ready("8002")
    call.bridges.append(TALKS)
    until(lambda: centre.states()["8002"] == "talking")
    assert centre.states()["8003"] == "idle"


def test_an_agent_who_comes_while_music_plays_stops_it_and_is_rung(centre):
    call = waiting(centre, bridges=[TALKS])
    centre.ready("8001")
    until(lambda: centre.states()["8001"] == "talking")
    assert not call.runs("playback")


def test_a_caller_who_hangs_up_while_it_rings_frees_the_agent_without_a_miss(centre):
    call = ringing(centre)
    call.hang_up("ORIGINATOR_CANCEL")
    until(lambda: not len(centre.owned))
    assert offers(centre) == [("8001", "withdrawn")]
    assert centre.states()["8001"] == "idle"
    assert centre.outcome() == "abandoned"
    centre.assert_nothing_is_left()


def test_an_offer_that_the_acd_takes_back_is_stopped_at_the_phone_and_the_next_one_is_made(centre):
    call = ringing(centre, "8001", "8002")
    first = call.variables[var.LEG]
    centre.clock.advance(26)
    centre.dispatcher.apply(Tick())
    until(lambda: call.variables[var.LEG] != first and call.runs("bridge"))
    assert call.killed_legs == [first]
    assert centre.states() == {"8001": "idle", "8002": "ringing", "8003": "signed_out"}


def test_a_leg_that_is_not_there_yet_when_it_is_stopped_is_stopped_again(centre):
    call = ringing(centre)
    call.leg_is_there = False
    leg = call.variables[var.LEG]
    centre.clock.advance(26)
    centre.dispatcher.apply(Tick())
    until(lambda: call.killed_legs == [leg])
    call.leg_is_there = True
    until(lambda: call.killed_legs == [leg, leg])
    until(lambda: call.runs("playback"))


def test_an_agent_who_answers_an_offer_taken_back_gets_no_talk(centre):
    call = ringing(centre)
    call.leg_is_there = False
    centre.clock.advance(26)
    centre.dispatcher.apply(Tick())
    until(lambda: call.killed_legs)
    call.agent_answers()
    call.leg_is_there = True
    until(lambda: call.runs("playback"))
    assert not centre.journal.of(kinds.CALL_CONNECTED)
    assert centre.dispatcher.state.waiting


def test_an_agent_who_answers_in_the_instant_in_which_the_offer_is_taken_back_talks(centre):
    call = ringing(centre)
    (offer,) = centre.dispatcher.state.offers
    call.agent_answers()
    centre.dispatcher.apply(OfferFailed(offer, "failed", "no_report"))
    until(lambda: centre.journal.of(kinds.CALL_CONNECTED))
    assert centre.states()["8001"] == "talking"
    call.bridge_ends()
    until(lambda: centre.states()["8001"] != "talking")
    assert not centre.dispatcher.state.waiting


def test_what_the_acd_decides_while_a_leg_is_on_its_way_out_is_done_after_it(centre):
    centre.set_queue(max_wait_seconds=30)
    call = ringing(centre)
    call.leg_is_there = False
    centre.dispatcher.apply(StateRequested("8001", AgentState.REST, "", "test"))
    centre.clock.advance(26)
    centre.dispatcher.apply(Tick())
    centre.clock.advance(60)
    centre.dispatcher.apply(Tick())
    assert any(isinstance(effect, SendAway) for effect in centre.effects)
    call.leg_is_there = True
    until(lambda: "all_busy" in call.played())


def test_an_offer_that_was_taken_back_before_it_was_looked_at_rings_nobody(centre):
    call = waiting(centre)
    centre.ready("8001")
    offer = next(e for e in reversed(centre.effects) if isinstance(e, MakeOffer))
    centre.dispatcher.apply(OfferFailed(offer.offer_id, "no_answer"))
    gevent.sleep(0.05)
    assert not call.runs("bridge")
    assert call.runs("playback")


def test_the_leg_tells_whose_it_is_and_shows_the_caller():
    offer = MakeOffer("epoch-1", "call-1", "policy", "8001", "1001", 20, None)
    text = dial_string(offer, "leg-1", caller_channel="chan-1", interaction_id="call-1", caller="13800138000")
    for part in ("origination_uuid=leg-1", "leg_timeout=20", f"{var.AGENT}=8001", f"{var.ROLE}=agent"):
        assert part in text
    assert "origination_caller_id_number=13800138000" in text
    assert text.endswith("${sofia_contact(internal/1001@hotline)}")


@pytest.mark.parametrize(
    "hostile", ["1001]user/9999", "1,hotline_agent=8002", "a'b|c&d", "${system(id)}", "\r\n\r\nbgapi x", ""]
)
def test_a_hostile_caller_number_forges_nothing_in_the_dial_string(hostile):
    offer = MakeOffer("epoch-1", "call-1", "policy", "8001", "1001", 20, None)
    text = dial_string(offer, "leg-1", caller_channel="chan-1", interaction_id="call-1", caller=hostile)
    assert text.count("[") == text.count("]") == 1
    assert text.count(f"{var.AGENT}=") == 1
    assert "\n" not in text
    assert text.count("${") == 1


def test_a_disposition_that_nobody_knows_counts_as_a_failure():
    assert outcome_of("SOMETHING_NEW") == "failed"


# --- the talk -----------------------------------------------------------------------------------------------


def test_a_caller_who_hangs_up_in_the_talk_frees_the_agent_and_is_booked_as_served(centre):
    centre.ready("8001")
    call = centre.call(keys=["1"], bridges=[TALKS])
    centre.begin(call)
    until(lambda: centre.states()["8001"] == "talking")
    centre.clock.advance(75)
    call.hang_up()
    until(lambda: not len(centre.owned))
    over = centre.journal.one(kinds.CALL_DISCONNECTED)
    assert (over.data["side"], over.data["talk_ms"]) == ("caller", 75_000)
    ended = centre.journal.one(kinds.CALL_ENDED)
    assert (ended.data["outcome"], ended.data["side"]) == ("served", "caller")
    centre.assert_nothing_is_left()


def test_an_agent_who_hangs_up_leaves_the_caller_to_the_survey(centre):
    centre.ready("8001")
    call = centre.call(keys=["1"], bridges=[TALKS])
    centre.begin(call)
    until(lambda: centre.states()["8001"] == "talking")
    call.press("1")
    call.bridge_ends()
    until(lambda: "survey_ask" in call.played())
    assert not centre.journal.of(kinds.SURVEY_MARKED), "a key of the talk is no mark"
    assert centre.states()["8001"] == "idle"
    call.press("3")
    until(lambda: centre.journal.of(kinds.SURVEY_MARKED))
    assert centre.journal.one(kinds.SURVEY_MARKED).data["mark"] == 3


def test_a_connection_lost_in_the_talk_leaves_the_agent_talking(centre):
    centre.ready("8001")
    call = centre.call(keys=["1"], bridges=[TALKS])
    centre.begin(call)
    until(lambda: centre.states()["8001"] == "talking")
    call.lose()
    until(lambda: not len(centre.owned))
    assert centre.states()["8001"] == "talking"
    assert not centre.journal.of(kinds.CALL_ENDED)
    assert not centre.journal.of(kinds.CALL_DISCONNECTED)


def test_the_recording_hangs_on_the_caller_and_begins_once(centre):
    centre.ready("8001", "8002")
    call = centre.serve(centre.call(keys=["1", "1"], bridges=[Bridge("NO_ANSWER"), Bridge()]))
    recordings = [arg for app, arg in call.executed if app == "record_session"]
    assert recordings == [str(centre.deps.recordings / call.variables[var.RECORDING])]
    assert centre.journal.one(kinds.RECORDING_STARTED).data["path"] == call.variables[var.RECORDING]


# --- what is heard ------------------------------------------------------------------------------------------


def test_who_has_to_wait_is_told_so_and_then_hears_music(centre):
    call = waiting(centre)
    until(lambda: call.played()[-1] == MUSIC)
    assert call.played()[-2] == "queue_wait"


def test_the_place_in_the_line_is_told_when_it_is_time(centre):
    waiting(centre)
    call = waiting(centre)
    until(lambda: call.played()[-1] == MUSIC)
    centre.clock.advance(31)
    call.channel.post("look")
    until(lambda: "queue_position_pre" in call.played())
    spoken = call.played()[call.played().index("queue_position_pre") :]
    assert spoken[2] == "queue_position_post"
    until(lambda: call.played()[-1] == MUSIC)


def test_who_is_next_is_told_so(centre):
    call = waiting(centre)
    until(lambda: call.played()[-1] == MUSIC)
    centre.clock.advance(31)
    call.channel.post("look")
    until(lambda: "queue_next" in call.played())


def test_music_that_is_broken_is_replaced_by_a_tone_without_spinning(centre):
    call = waiting(centre, music=False)
    until(lambda: COMFORT in call.played())
    heard = len(call.played())
    gevent.sleep(0.1)
    assert len(call.played()) == heard, "not even the tone plays, and that must not be tried for ever"
    assert call.played().count(MUSIC) == 1


def test_an_offer_that_comes_while_nothing_can_be_played_is_made_all_the_same(centre):
    call = waiting(centre, music=False, bridges=[TALKS])
    until(lambda: COMFORT in call.played())
    centre.ready("8001")
    until(lambda: centre.states()["8001"] == "talking", timeout=0.9)


# --- leaving ------------------------------------------------------------------------------------------------


def test_nine_leads_from_the_queue_to_the_voice_message(centre):
    call = waiting(centre)
    until(lambda: call.played()[-1] == MUSIC)
    call.press("5")
    call.press("9")
    until(lambda: not len(centre.owned))
    assert centre.journal.one(kinds.CALL_DEQUEUED).data["outcome"] == "voicemail"
    assert centre.outcome() == "voicemail"
    centre.assert_nothing_is_left()


def test_who_has_waited_too_long_is_sent_away_and_told_so(centre):
    call = waiting(centre)
    until(lambda: call.played()[-1] == MUSIC)
    centre.clock.advance(601)
    centre.dispatcher.apply(Tick())
    until(lambda: not len(centre.owned))
    assert centre.journal.one(kinds.CALL_DEQUEUED).data == {"outcome": "timeout", "wait_ms": 601_000}
    assert "all_busy" in call.played()


def test_a_queue_that_the_flow_names_and_nobody_made_ends_in_words_and_not_in_silence(centre):
    few = tuple(queue for queue in centre.configuration.queues if queue.code != "policy")
    centre.configuration = replace(centre.configuration, queues=few)
    centre.dispatcher.apply(centre.configuration.acd())
    call = centre.serve(centre.call(keys=["1"]))
    assert "all_busy" in call.played()
    assert not centre.journal.of(kinds.CALL_QUEUED)
    assert not centre.journal.of(kinds.CALL_DEQUEUED)


# --- sent away, moved ---------------------------------------------------------------------------------------


def ordered(centre, order, **values):
    """A caller who waits, and gets an order of the ACD."""
    call = waiting(centre)
    (call_id,) = centre.dispatcher.state.waiting
    centre.dispatcher.leave(call_id)
    call.channel.post(order(call_id, **values))
    return call


@pytest.mark.parametrize(
    ("outcome", "hears"),
    [
        ("timeout", ["all_busy"]),
        ("overflow", ["all_busy"]),
        ("no_agents", ["no_agent"]),
        ("closed", ["queue_closed", "voicemail_ask"]),
        ("emergency", ["emergency"]),
    ],
)
def test_a_caller_who_is_sent_away_hears_why_and_the_flow_goes_on(centre, outcome, hears):
    call = ordered(centre, SendAway, queue="policy", outcome=outcome, rule="wait")
    until(lambda: set(hears) <= set(call.played()))
    left = centre.journal.one(kinds.CALL_DEQUEUED)
    assert (left.data["outcome"], left.data["rule"]) == (outcome, "wait")


def test_a_caller_who_is_sent_to_an_outside_number_is_connected_with_it(centre):
    call = ordered(centre, SendAway, queue="policy", outcome="outside", target="051253520000", rule="wait")
    call.bridges.append(RINGS)
    until(lambda: call.runs("bridge"))
    assert call.executed[-1][1].endswith("sofia/gateway/carrier/051253520000")
    assert centre.journal.one(kinds.CALL_DEQUEUED).data["target"] == "051253520000"
    call.hang_up()
    until(lambda: centre.journal.of(kinds.CALL_ENDED))
    assert centre.outcome() == "overflowed"


def test_a_caller_who_is_sent_to_a_prompt_hears_it(centre):
    call = ordered(centre, SendAway, queue="policy", outcome="prompt", target="info_1002", rule="wait")
    until(lambda: "info_1002" in call.played())


def test_a_caller_who_is_moved_waits_on_in_the_other_queue_and_a_standby_knows(centre):
    call = waiting(centre)
    (call_id,) = centre.dispatcher.state.waiting
    call.channel.post(QueueMoved(call_id, "policy", "general", "wait"))
    until(lambda: call.variables[var.QUEUE] == "general")
    until(lambda: call.runs("playback") and "queue_other" in call.played()[-2:])
    assert call.played()[-2:] == ["queue_other", MUSIC]
    assert centre.view.call(call_id).queue == "general"
    call.hang_up()
    until(lambda: centre.journal.of(kinds.CALL_DEQUEUED))
    assert centre.journal.one(kinds.CALL_DEQUEUED).queue_code == "general"


def test_a_caller_who_waits_for_the_agent_of_last_time_is_told_so(centre):
    centre.set_queue(last_agent_seconds=30, last_agent_minutes=60)
    centre.ready("8002")
    centre.dispatcher.apply(StateRequested("8002", AgentState.BUSY, "", "test"))
    centre.dispatcher.apply(CallerRemembered(CALLER, "policy", "8002", centre.clock() - 60))
    call = waiting(centre)
    heard = call.played()
    assert heard[heard.index("queue_wait") - 1] == "queue_last_agent"


def test_a_moved_caller_who_is_taken_over_is_still_in_the_other_queue(centre):
    moved = {var.QUEUED_AT: f"{centre.clock() - 30:.3f}", var.QUEUE: "general"}
    centre.begin(centre.taken_over("policy", **moved))
    until(lambda: centre.dispatcher.state.waiting)
    (waits,) = centre.dispatcher.state.waiting.values()
    assert (waits.queue, waits.queued_at) == ("general", centre.clock() - 30)


def test_a_caller_who_waits_for_one_agent_says_so_to_the_acd(centre):
    seen = []
    centre.deps.dispatcher.enqueue = lambda event, post: seen.append(event)
    QueueStay(
        CallSession(centre.call().channel, centre.deps),
        Enqueue("policy", 0, 0, Announce(), agent="8002", agent_wait_s=20),
    )._join()
    assert (seen[0].agent, seen[0].agent_seconds) == ("8002", 20)
