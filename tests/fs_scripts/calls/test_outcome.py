"""One word for what became of a call."""

import pytest

from fs_scripts.calls.outcome import Outcome


@pytest.mark.parametrize(
    ("happened", "word"),
    [
        ({}, "self_service"),
        ({"queued": True}, "abandoned"),
        ({"queued": True, "failed": True}, "failed"),
        ({"queued": True, "called_back": True}, "callback"),
        ({"queued": True, "left_message": True}, "voicemail"),
        ({"queued": True, "left_message": True, "served": True}, "served"),
        ({"refused": True}, "refused"),
    ],
)
def test_what_says_most_is_the_outcome(happened, word):
    assert Outcome(**happened).word == word


def test_who_was_sent_away_by_the_last_queue_has_not_given_up():
    outcome = Outcome(queued=True)
    outcome.left_queue("closed")
    assert outcome.word == "overflowed"
    outcome.left_queue("timeout")
    assert outcome.word == "abandoned"


@pytest.mark.parametrize(
    ("happened", "side"),
    [
        ({}, "caller"),
        ({"hung_up_by_us": True}, "system"),
        ({"hung_up_by_us": True, "talk_ended_by": "agent"}, "agent"),
        ({"talk_ended_by": "caller"}, "caller"),
    ],
)
def test_who_ended_the_talk_has_ended_the_call(happened, side):
    assert Outcome(**happened).side == side
