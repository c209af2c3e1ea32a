"""A large centre in virtual time: mixed skills, relaxation and overflow, and nobody to a wrong skill."""

from __future__ import annotations

from random import Random

import pytest

from bench.acd import Ours
from bench.centre import Centre, Findings, agents, queues
from tests.domain.acd import books


def simulate(seed: int, *, people: int, lines: int, load: int, events: int) -> tuple[Findings, Ours]:
    random, acd = Random(seed), Ours()
    centre = Centre(
        acd,
        agents(people, random),
        queues(lines, random),
        random,
        talk_seconds=60.0,
        load=load,
        restless=True,
    )
    return centre.run(events), acd


@pytest.mark.parametrize(("seed", "load"), [(1, 60), (2, 0)])
def test_nobody_is_offered_to_an_agent_who_may_not_serve(seed: int, load: int) -> None:
    found, acd = simulate(seed, people=120, lines=40, load=load, events=6_000)
    assert found.wrong_skill == 0
    assert found.served > 500
    assert found.relaxed > 0
    assert not load or found.moved > 0
    books.check(acd.state, centre_now(acd))


def centre_now(acd: Ours) -> float:
    """A moment at which nothing is due."""
    due = acd.next_due()
    assert due is not None
    return due - 1e-6


@pytest.mark.slow
@pytest.mark.timeout(900)  # a hundred thousand calls, each of them looked at
def test_a_hundred_thousand_calls_and_none_to_a_wrong_skill() -> None:
    found, _ = simulate(3, people=300, lines=60, load=150, events=520_000)
    assert found.offers >= 100_000
    assert found.wrong_skill == 0
