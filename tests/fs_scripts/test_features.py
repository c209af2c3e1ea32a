"""Feature codes: the desk phone alone is enough to work."""

import pytest

from fs_scripts.calls import variables as var
from fs_scripts.features import serve_feature
from hotline.domain.acd.events import CallQueued, OfferAnswered
from tests.fs_scripts.fakes import FakeCall


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


@pytest.mark.parametrize(
    ("feature", "extension"),
    [("wrapup_done", "1001"), ("make_coffee", "1001"), ("sign_in", "7777"), ("sign_in", "")],
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
