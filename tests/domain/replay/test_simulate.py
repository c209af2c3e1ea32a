"""The same people under the same settings fare as they did, and under others as those bring about."""

from __future__ import annotations

import pytest

from hotline.domain.acd.engine import handle
from hotline.domain.acd.wire import pack_state
from hotline.domain.replay.again import decide_again, verify
from hotline.domain.replay.hour import Comparison, compare
from hotline.domain.replay.learn import learn
from hotline.domain.replay.outcome import Result, changes, figures, results
from hotline.domain.replay.record import Record, Stretch
from hotline.domain.replay.settings import Changes, read_changes
from hotline.domain.replay.simulate import simulate
from tests.domain.replay.world import ChanceCentre


def recorded(stretch: Stretch) -> list[Result]:
    return results(stretch.fresh_state(), (decided for decided, _ in decide_again(stretch)))


def simulated(stretch: Stretch) -> list[Result]:
    return results(stretch.fresh_state(), simulate(stretch.fresh_state(), learn(stretch)))


@pytest.mark.parametrize("seed", range(6))
def test_with_the_same_settings_everybody_fares_as_in_the_record(seed: int) -> None:
    stretch = ChanceCentre(seed, calls=90 + 20 * seed).record()
    assert verify(stretch).different == 0
    before, after = recorded(stretch), simulated(stretch)
    assert len(before) > 60
    assert {result.outcome for result in before} >= {"served", "abandoned", "callback"}
    assert [(r.call_id, r.outcome, r.agent) for r in after] == [
        (r.call_id, r.outcome, r.agent) for r in before
    ]
    assert changes(before, after) == []
    assert max(abs(a.wait - b.wait) for a, b in zip(after, before, strict=True)) < 0.1
    assert figures(after, 20).keys() == figures(before, 20).keys()


def compared(stretch: Stretch, *queues: str, agents: tuple[str, ...] = ()) -> Comparison:
    return compare(Record((stretch,), 0), read_changes({}, queues, agents), within=20)


def test_more_agents_for_a_queue_shorten_its_waits() -> None:
    found = compared(ChanceCentre(3, calls=150).record(), 'systems.needs=[{"skill":"systems","min_level":1}]')
    assert found.changed
    assert found.after["systems"].mean_wait < found.before["systems"].mean_wait
    assert found.after["systems"].calls == found.before["systems"].calls


def test_a_shorter_limit_sends_callers_on() -> None:
    found = compared(ChanceCentre(3, calls=200).record(), "*.max_wait_seconds=30")
    assert found.before[""].away < found.after[""].away
    assert found.after[""].max_wait <= 60


def test_an_agent_who_comes_first_gets_more_calls() -> None:
    stretch = ChanceCentre(4, calls=60).record()
    people = learn(stretch)
    state = stretch.fresh_state()
    change = read_changes({}, (), ("8004.priority=1",))
    run = list(simulate(state, people, change.apply, change.begin(state)))
    after = results(stretch.fresh_state(), run)
    assert sum(r.agent == "8004" for r in after) > sum(r.agent == "8004" for r in recorded(stretch))


def test_nobody_is_served_by_who_was_not_there() -> None:
    found = compared(ChanceCentre(5).record(), 'systems.needs=[{"skill":"unheard of"}]')
    assert found.after["systems"].served == 0
    assert found.after["systems"].calls == found.before["systems"].calls


def test_how_far_it_is_is_told() -> None:
    told: list[float] = []
    compare(Record((ChanceCentre(1, calls=300).record(),), 0), Changes(), 20, told.append)
    assert told == sorted(told)
    assert told[-1] == 1.0
    assert len(told) > 2


def test_a_stretch_that_begins_in_the_midst_of_calls_is_simulated_as_well() -> None:
    whole = ChanceCentre(6, calls=400).record()
    state = whole.fresh_state()
    middle = len(whole.noted) // 2
    for noted in whole.noted[:middle]:
        handle(state, noted.event, now=noted.at)
    half = Stretch(whole.noted[middle - 1].at, pack_state(state), whole.noted[middle:])
    assert state.waiting
    assert changes(recorded(half), simulated(half)) == []
