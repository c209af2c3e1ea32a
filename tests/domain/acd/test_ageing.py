"""The order of those who wait, and that nobody waits for ever."""

from __future__ import annotations

from hypothesis import given, settings
from hypothesis import strategies as st

from hotline.domain.acd.events import OfferAnswered, StateRequested, TalkEnded
from hotline.domain.agent import AgentState
from tests.domain.acd.centre import Centre, agent, policy


def test_a_point_of_priority_is_worth_so_much_waiting() -> None:
    centre = Centre(agent("8001"), queues=(policy(ageing_seconds=30),))
    centre.queue("patient")
    centre.queue("important", priority=1, after=29)
    centre.queue("too_late", priority=1, after=2)
    assert [centre.state.position(c) for c in ("important", "patient", "too_late")] == [1, 2, 3]


def test_without_ageing_callers_go_by_their_time_alone() -> None:
    centre = Centre(agent("8001"), queues=(policy(ageing_seconds=0),))
    centre.queue("first")
    centre.queue("important", priority=9)
    assert centre.state.position("first") == 1


def test_those_of_one_moment_and_priority_go_in_the_order_in_which_they_came() -> None:
    centre = Centre(agent("8001"), queues=(policy(),))
    for call in ("c", "a", "b"):
        centre.queue(call, after=0)
    assert [centre.state.position(call) for call in ("c", "a", "b")] == [1, 2, 3]


@settings(deadline=None)
@given(
    patience=st.integers(0, 5),
    stream=st.lists(st.tuples(st.integers(1, 40), st.integers(0, 5)), min_size=30, max_size=60),
)
def test_however_important_the_others_are_nobody_starves(
    patience: int, stream: list[tuple[int, int]]
) -> None:
    """Served by one agent at 20 s a call, while others come all the time: whoever is served before a caller came
    no later than by what the priorities between them are worth.
    """
    centre = Centre(agent("8001"), queues=(policy(ageing_seconds=60, max_wait_seconds=0),))
    centre.queue("caller", priority=patience)
    came, served = {"caller": (centre.now, patience)}, []
    centre.idle("8001")
    for n, (after, priority) in enumerate(stream):
        centre.queue(str(n), priority=priority, after=after)
        came[str(n)] = (centre.now, priority)
        for made in list(centre.state.offers.values()):
            centre.do(OfferAnswered(made.offer_id))
            served.append(made.call_id)
            centre.do(TalkEnded("8001", made.call_id), after=20)
    at, own = came["caller"]
    before = served[: served.index("caller")] if "caller" in served else served
    for call in before:
        queued_at, priority = came[call]
        assert queued_at <= at + 60 * max(0, priority - own)


def test_an_agent_with_several_queues_takes_the_first_of_all_lines() -> None:
    slow, quick = policy(ageing_seconds=10), policy(code="quick", ageing_seconds=100)
    centre = Centre(agent("8001"), queues=(slow, quick))
    centre.queue("a", priority=2)
    centre.queue("b", "quick", priority=1)
    centre.do(StateRequested("8001", AgentState.IDLE, "", "8001"))
    assert [o.call_id for o in centre.state.offers.values()] == ["b"]
