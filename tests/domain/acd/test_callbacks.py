"""Callbacks that keep their place in line."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest

from hotline.domain.acd.effects import (
    CallbackPostponed,
    CallbackSettled,
    CancelOffer,
    DialCallback,
    Effect,
    MakeOffer,
    SendAway,
)
from hotline.domain.acd.engine import UnknownQueue
from hotline.domain.acd.events import (
    CallableHours,
    CallbackAsked,
    CallbackCancelled,
    CallbackDialled,
    CallbackHurried,
    CallbackNumberChanged,
    CallbackRestored,
    CallLeft,
    CallQueued,
    DoNotDisturb,
    Event,
    OfferAnswered,
    OfferFailed,
    OpeningChanged,
    PhoneInUse,
    PhoneReachable,
    StateRequested,
    TalkAdopted,
    TalkEnded,
)
from hotline.domain.acd.spec import RelaxStep, SkillNeed
from hotline.domain.agent import AgentState
from tests.domain.acd.centre import Centre, agent, offer, only, policy

QUEUE = policy(callback_attempts=2, callback_retry_seconds=100, callback_expiry_seconds=3_000)
NUMBER = "13800138000"


def dial(effects: tuple[Effect, ...]) -> DialCallback:
    (found,) = only(effects, DialCallback)
    return found


class Ticketed(Centre):
    """One agent who talks, a caller who has asked to be called back, and one who waits behind."""

    def __init__(self, **asked: Any) -> None:
        super().__init__(agent("8001"), queues=(QUEUE,))
        self.idle("8001")
        self.answer(self.queue("talk"))
        self.queue("a", caller=NUMBER)
        self.do(CallbackAsked("t", "a", NUMBER, **asked))
        self.queue("b")

    def free(self) -> tuple[Effect, ...]:
        return self.do(TalkEnded("8001", "talk"), after=10)

    def reached(self, effects: tuple[Effect, ...]) -> tuple[Effect, ...]:
        """The customer picks up."""
        made = dial(effects)
        return self.do(CallQueued("back", made.queue, 0, self.now + 5, callback=made.ticket), after=5)


def test_a_callback_stands_where_the_caller_stood_and_is_dialled_in_its_turn() -> None:
    centre = Ticketed()
    assert "a" not in centre.state.waiting
    assert centre.state.position("b") == 2
    made = dial(centre.free())
    assert (made.ticket, made.number, made.agent, made.attempt) == ("t", NUMBER, "8001", 1)
    assert centre.is_("8001") is AgentState.RINGING
    assert made.decision.chosen == "8001"


def test_the_customer_who_is_reached_gets_the_agent_who_was_kept_at_once() -> None:
    centre = Ticketed()
    made = offer(centre.reached(centre.free()))
    assert (made.call_id, made.agent, made.decision.rule) == ("back", "8001", "callback")
    assert centre.is_("8001") is AgentState.RINGING
    effects = centre.do(OfferAnswered(made.offer_id))
    assert only(effects, CallbackSettled) == [CallbackSettled("t", "served")]
    assert centre.is_("8001") is AgentState.TALKING
    assert not centre.state.tickets


@pytest.mark.parametrize(
    "hindered", [PhoneReachable("1001", False), PhoneInUse("1001", 1), DoNotDisturb("1001", True)]
)
def test_an_agent_whose_phone_takes_no_call_by_now_is_not_rung_and_the_customer_is_next(
    hindered: Event,
) -> None:
    centre = Ticketed()
    dialled = centre.free()
    extension = centre.state.agents["8001"].spec.extension
    centre.do(replace(hindered, extension=extension))
    effects = centre.reached(dialled)
    assert not only(effects, MakeOffer)
    assert centre.is_("8001") is AgentState.IDLE
    assert centre.state.position("back") == 1


def test_a_customer_who_is_not_reached_frees_the_agent_and_is_tried_later_in_the_old_place() -> None:
    centre = Ticketed()
    made = dial(centre.free())
    effects = centre.do(CallbackDialled(made.offer_id, "t", "no_answer"), after=20)
    assert only(effects, CallbackPostponed) == [CallbackPostponed("t", centre.now + 100, 1)]
    assert offer(effects).call_id == "b"
    centre.do(OfferAnswered(offer(effects).offer_id))
    centre.queue("c")
    centre.wait(100)
    assert centre.state.position("c") == 2
    assert dial(centre.do(TalkEnded("8001", "b"))).attempt == 2


def test_after_the_last_attempt_the_ticket_is_closed() -> None:
    centre = Ticketed()
    centre.do(CallbackDialled(dial(centre.free()).offer_id, "t", "busy"))
    centre.do(CallLeft("b"))
    again = dial(centre.wait(100))
    effects = centre.do(CallbackDialled(again.offer_id, "t", "no_answer"))
    assert only(effects, CallbackSettled) == [CallbackSettled("t", "attempts")]
    assert centre.is_("8001") is AgentState.IDLE


def test_a_customer_who_hangs_up_before_the_agent_answers_counts_as_an_attempt() -> None:
    centre = Ticketed()
    centre.reached(centre.free())
    effects = centre.do(CallLeft("back"))
    assert only(effects, CallbackPostponed)[0].attempts == 1
    assert only(effects, CancelOffer)
    assert offer(effects).call_id == "b"


def test_a_customer_whose_agent_does_not_answer_waits_in_the_old_place() -> None:
    centre = Ticketed()
    made = offer(centre.reached(centre.free()))
    centre.do(OfferFailed(made.offer_id, "no_answer"))
    assert [centre.state.position(call) for call in ("back", "b")] == [1, 2]
    assert offer(centre.do(StateRequested("8001", AgentState.IDLE, "", "8001"))).call_id == "back"


def test_nobody_is_called_outside_the_hours_and_the_place_is_kept() -> None:
    centre = Ticketed()
    centre.do(CallableHours(open=False))
    assert centre.state.position("b") == 1
    made = offer(centre.free())
    assert made.call_id == "b"
    centre.do(OfferAnswered(made.offer_id))
    centre.queue("c")
    centre.do(CallableHours(open=True))
    assert centre.state.position("c") == 2


def test_nobody_is_called_before_the_time_that_was_asked_for() -> None:
    centre = Ticketed(not_before=2_000.0)
    assert offer(centre.free()).call_id == "b"
    assert centre.state.tickets["t"].place.key < centre.state.waiting["b"].key


def test_a_callback_expires() -> None:
    centre = Ticketed(expires_at=1_200.0)
    assert only(centre.wait(300), CallbackSettled) == [CallbackSettled("t", "expired")]


def test_a_callback_that_would_be_tried_again_after_its_time_expires() -> None:
    centre = Ticketed(expires_at=1_100.0)
    made = dial(centre.free())
    effects = centre.do(CallbackDialled(made.offer_id, "t", "busy"))
    assert only(effects, CallbackSettled) == [CallbackSettled("t", "expired")]


def test_a_callback_is_cancelled_even_while_the_customer_is_dialled() -> None:
    centre = Ticketed()
    made = dial(centre.free())
    effects = centre.do(CallbackCancelled("t", "admin"))
    assert only(effects, CancelOffer) == [CancelOffer(made.offer_id, "", "8001", "cancelled", "t")]
    assert only(effects, CallbackSettled) == [CallbackSettled("t", "cancelled")]
    assert offer(effects).call_id == "b"
    assert centre.do(CallbackDialled(made.offer_id, "t", "no_answer")) == ()


def test_a_callback_that_is_hurried_is_dialled_before_the_time_that_was_asked_for() -> None:
    centre = Ticketed(not_before=2_000.0)
    assert centre.do(CallbackHurried("t", "lead")) == ()
    assert dial(centre.free()).ticket == "t"


def test_a_callback_that_is_hurried_waits_for_no_pause_after_an_attempt() -> None:
    centre = Ticketed()
    centre.do(CallbackDialled(dial(centre.free()).offer_id, "t", "busy"))
    centre.do(CallLeft("b"))
    assert dial(centre.do(CallbackHurried("t", "lead"))).attempt == 2


def test_hurry_does_not_call_customers_outside_the_hours() -> None:
    centre = Ticketed(not_before=2_000.0)
    centre.do(CallableHours(open=False))
    centre.do(CallbackHurried("t", "lead"))
    assert offer(centre.free()).call_id == "b"
    centre.do(CallLeft("b"))
    assert dial(centre.do(CallableHours(open=True))).ticket == "t"


def test_hurry_changes_nothing_for_a_customer_who_is_being_called_or_on_the_telephone() -> None:
    centre = Ticketed()
    effects = centre.free()
    assert centre.do(CallbackHurried("t", "lead")) == ()
    centre.reached(effects)
    assert centre.do(CallbackHurried("t", "lead")) == ()
    assert centre.do(CallbackHurried("gone", "lead")) == ()


def test_a_customer_is_called_at_the_number_that_was_set_last() -> None:
    centre = Ticketed()
    centre.do(CallbackNumberChanged("t", "051253520000", "lead"))
    assert centre.do(CallbackNumberChanged("gone", "051253520000", "lead")) == ()
    assert dial(centre.free()).number == "051253520000"


def test_a_dialling_that_nobody_reports_on_is_taken_back() -> None:
    centre = Ticketed()
    centre.free()
    effects = centre.wait(50)
    assert only(effects, CancelOffer)[0].ticket == "t"
    assert only(effects, CallbackPostponed)


def test_an_agent_who_turns_out_to_talk_is_not_kept_and_the_ticket_stands_again() -> None:
    centre = Ticketed()
    centre.free()
    effects = centre.do(TalkAdopted("8001", "elsewhere", "policy"))
    assert only(effects, CancelOffer)[0].ticket == "t"
    assert centre.state.tickets["t"].place.lined
    assert centre.state.tickets["t"].attempts == 0


def test_a_caller_who_has_left_the_line_gets_the_ticket_with_the_old_place() -> None:
    centre = Centre(agent("8001"), queues=(QUEUE,))
    centre.queue("a")
    at = centre.now
    centre.queue("b")
    centre.do(CallLeft("a"))
    centre.do(CallbackAsked("t", "a", NUMBER, queue="policy", queued_at=at), after=20)
    assert centre.state.position("b") == 2
    with pytest.raises(UnknownQueue):
        centre.do(CallbackAsked("t2", "x", NUMBER, queue="nowhere"))


def test_an_open_offer_to_the_caller_is_taken_back() -> None:
    centre = Centre(agent("8001"), queues=(QUEUE,))
    centre.idle("8001")
    made = offer(centre.queue("a"))
    effects = centre.do(CallbackAsked("t", "a", NUMBER, not_before=5_000.0))
    assert only(effects, CancelOffer)[0].offer_id == made.offer_id
    assert centre.is_("8001") is AgentState.IDLE


def test_callbacks_are_taken_up_again_after_a_restart() -> None:
    centre = Centre(agent("8001"), queues=(QUEUE,))
    centre.queue("b")
    centre.do(CallbackRestored("t", "policy", NUMBER, 0, 500.0, 9_000.0, attempts=1))
    assert centre.state.position("b") == 2
    made = dial(centre.do(StateRequested("8001", AgentState.IDLE, "", "8001")))
    assert (made.ticket, made.attempt) == ("t", 2)
    effects = centre.do(CallbackRestored("old", "policy", NUMBER, 0, 500.0, 900.0))
    assert only(effects, CallbackSettled) == [CallbackSettled("old", "expired")]


def test_an_emergency_dials_nobody() -> None:
    centre = Ticketed()
    centre.do(OpeningChanged(open=False, emergency=True))
    assert not only(centre.free(), DialCallback)
    assert dial(centre.do(OpeningChanged(open=True))).ticket == "t"


def test_a_callback_relaxes_with_time_as_a_caller_does() -> None:
    queue = policy(needs=(SkillNeed("policy", 9),), relaxation=(RelaxStep(30, (SkillNeed("policy", 1),)),))
    centre = Centre(agent("8001", policy=9), agent("8002", policy=1), queues=(queue,))
    centre.idle("8002")
    centre.do(StateRequested("8001", AgentState.BUSY, "", "8001"))
    centre.queue("a")
    centre.do(CallbackAsked("t", "a", NUMBER))
    assert dial(centre.wait(30)).agent == "8002"


def test_a_ticket_does_not_count_among_those_who_may_wait() -> None:
    centre = Centre(agent("8001"), queues=(policy(max_waiting=1),))
    centre.do(CallbackAsked("t", "x", NUMBER, queue="policy"))
    assert not only(centre.queue("a"), SendAway)
    assert not only(centre.queue("b"), MakeOffer)
