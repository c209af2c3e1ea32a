"""Feature codes: the desk phone alone is enough to work."""

import pytest

from fs_scripts.calls import variables as var
from fs_scripts.features import serve_feature
from hotline.domain import journal as kinds
from hotline.domain.acd.events import CallQueued, OfferAnswered
from hotline.live.messages import AgentChanged
from tests.fs_scripts.fakes.call import FakeCall


def dial(centre, feature: str, extension: str = "1001", **script) -> FakeCall:
    """Dial a code at a desk phone that has signed in, and wait for what comes of it."""
    call = centre.call(**{var.FEATURE: feature, "user_name": extension}, **script)
    serve_feature(call.channel, centre.deps)
    return call


@pytest.mark.parametrize(
    ("feature", "before", "after", "prompt"),
    [
        ("sign_in", None, "idle", "feature_signed_in"),
        ("sign_out", "idle", "signed_out", "feature_signed_out"),
        ("busy", "idle", "busy", "feature_busy"),
        ("idle", "busy", "idle", "feature_idle"),
    ],
)
def test_a_code_changes_the_state_says_so_and_hangs_up(centre, feature, before, after, prompt):
    if before:
        centre.ready("8001")
    if before == "busy":
        dial(centre, "busy")
    call = dial(centre, feature)
    assert centre.states()["8001"] == after
    assert [app for app, _ in call.executed] == ["answer", "playback"]
    assert call.played() == [prompt]
    assert call.gone


def test_wrap_up_is_ended_from_the_phone(centre):
    centre.set_queue(wrap_up_seconds=30)
    centre.ready("8001")
    offers = []
    centre.dispatcher.enqueue(CallQueued("call-1", "policy", 0, centre.clock()), offers.append)
    centre.dispatcher.apply(OfferAnswered(offers[0].offer_id))
    centre.dispatcher.leave("call-1")
    centre.dispatcher.talk_ended("8001", "call-1")
    assert dial(centre, "wrapup_done").played() == ["feature_wrapup_done"]
    assert centre.states()["8001"] == "idle"


def test_do_not_disturb_is_switched_from_the_phone_and_shown_and_put_down(centre):
    centre.ready("8001")
    assert dial(centre, "dnd_on").played() == ["feature_dnd_on"]
    assert centre.agent("8001").do_not_disturb
    assert centre.bus.of(AgentChanged)[-1].agent.do_not_disturb
    assert centre.states()["8001"] == "idle"
    assert dial(centre, "dnd_off").played() == ["feature_dnd_off"]
    assert not centre.agent("8001").do_not_disturb
    assert [entry.data["on"] for entry in centre.journal.of(kinds.AGENT_DND)] == [True, False]


def test_an_agent_who_does_not_want_to_be_disturbed_is_rung_for_nobody(centre):
    centre.ready("8001")
    dial(centre, "dnd_on")
    orders = []
    centre.dispatcher.enqueue(CallQueued("call-1", "policy", 0, centre.clock()), orders.append)
    assert orders == []


@pytest.mark.parametrize(
    ("feature", "extension"),
    [
        ("wrapup_done", "1001"),
        ("wrapup_longer", "1001"),
        ("dnd_on", "7777"),
        ("make_coffee", "1001"),
        ("sign_in", "7777"),
        ("sign_in", ""),
    ],
)
def test_what_cannot_be_done_is_refused_in_words(centre, feature, extension):
    call = dial(centre, feature, extension)
    assert call.played() == ["feature_refused"]
    assert call.gone
    assert set(centre.states().values()) == {"signed_out"}


def test_who_hangs_up_before_the_confirmation_has_changed_the_state_all_the_same(centre):
    dial(centre, "sign_in", dies_at=3)
    assert centre.states()["8001"] == "idle"


def test_who_hangs_up_at_once_has_changed_nothing(centre):
    dial(centre, "sign_in", dies_at=1, before=True)
    assert centre.states()["8001"] == "signed_out"
