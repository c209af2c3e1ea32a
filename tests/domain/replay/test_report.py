"""A replay in text and figures."""

from __future__ import annotations

import json
from dataclasses import replace

from hotline.domain.replay.hour import check, compare
from hotline.domain.replay.outcome import Result, figures
from hotline.domain.replay.record import Record
from hotline.domain.replay.report import check_data, check_text, comparison_data, comparison_text
from hotline.domain.replay.settings import read_changes
from tests.domain.replay.world import ChanceCentre


def a_result(outcome: str, wait: float = 0.0, queue: str = "policy") -> Result:
    return Result("c", 0, "", queue, 0.0, outcome, "8001" if outcome == "served" else "", wait)


def test_figures_count_each_call_once() -> None:
    found = figures(
        [
            a_result("served", 10),
            a_result("served", 30),
            a_result("abandoned", 5),
            a_result("timeout", 60),
            a_result("waiting", 7),
            a_result("served", 1, "systems"),
        ],
        within=20,
    )
    policy = found["policy"]
    assert (policy.calls, policy.served, policy.abandoned, policy.away, policy.waiting) == (5, 2, 1, 1, 1)
    assert (policy.mean_wait, policy.p90_wait, policy.max_wait, policy.level) == (20, 30, 30, 0.25)
    assert found[""].calls == 6


def test_without_calls_there_are_no_figures() -> None:
    assert figures([], 20) == {}
    assert figures([a_result("waiting")], 20)[""].level is None


def test_the_same_decisions_are_told_in_one_line() -> None:
    record = Record((ChanceCentre(1).record(),), 0)
    assert check_text(check(record)) == f"{len(record.stretches[0].noted)} decisions, all the same"
    assert json.loads(json.dumps(check_data(check(record))))["different"] == 0


def test_a_difference_is_told_with_its_event() -> None:
    stretch = ChanceCentre(1).record()
    stretch.noted[3] = replace(stretch.noted[3], digest="0" * 12)
    text = check_text(check(Record((stretch,), 1)))
    assert "1 differ" in text
    assert "1 lines could not be used" in text
    assert str(stretch.noted[3].event) in text


def test_an_hour_without_a_record_says_so() -> None:
    assert check_text(check(Record((), 0))) == "nothing is on record for this hour"


def test_a_comparison_has_a_table_and_the_calls_that_went_otherwise() -> None:
    record = Record((ChanceCentre(3, calls=150).record(),), 0)
    found = compare(record, read_changes({}, ["*.max_wait_seconds=30"]), 20)
    text, data = comparison_text(found), comparison_data(found)
    assert text.splitlines()[0].split()[:3] == ["queue", "calls", "served"]
    assert f"{len(found.changed)} calls went otherwise:" in text
    assert json.loads(json.dumps(data))["changed"][0]["before"]["outcome"]
    assert data["before"][""]["calls"] == data["after"][""]["calls"]
