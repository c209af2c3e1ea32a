"""Routing scripts and tables at work: the decision, the way out when one fails, and that others go on."""

from __future__ import annotations

import time
from collections.abc import Iterator

import gevent
import pytest

from fs_scripts.routing import DECISION_SECONDS, ScriptRouter
from hotline.domain import journal as kinds
from hotline.domain.acd.spec import AgentSpec, QueueSpec, SkillNeed
from hotline.domain.ivr.commands import Facts
from hotline.domain.ivr.events import Decided
from hotline.domain.routing.facts import QueueFacts, RoutingFacts
from hotline.scripting.published import Published, prepare
from hotline.scripting.sandbox import Sandbox
from tests.fs_scripts.fakes.clock import NOW, FakeClock
from tests.fs_scripts.fakes.journal import FakeJournal
from tests.scripting.hostile import HOSTILE

SCRIPT = """\
def route(call):
    if call.region.startswith("江苏省苏州"):
        return Route("queue:policy", priority=30, data={"area": call.region})
    return None
"""
TABLE = {
    "rows": [
        {
            "conditions": [{"field": "caller", "operator": "starts_with", "value": "0512"}],
            "target": "queue:policy",
            "priority": 30,
        }
    ]
}
FROM_SUZHOU = Facts(now=NOW, caller="051253520000", called="12366", open=True)


class FakeConfiguration:
    """What the router reads of the configuration."""

    def __init__(self, *published: Published) -> None:
        self.routing = {one.code: one for one in published}
        self.queues = (QueueSpec("policy", "政策", (SkillNeed("policy"),)),)
        self.agents = (AgentSpec("8001", "甲", "1001", "a"),)


class FakeFinder:
    """Knows the region of the caller, and how long it takes to know."""

    def __init__(self) -> None:
        self.seconds = 0.0

    def find(self, interaction_id: str, facts: Facts, configuration: object) -> RoutingFacts:
        gevent.sleep(self.seconds)
        return RoutingFacts(
            caller=facts.caller, region="江苏省苏州市", queues={"policy": QueueFacts(waiting=3)}
        )


class FakePeople:
    def __init__(self) -> None:
        self.alarms: list[tuple[str, dict[str, str]]] = []

    def alarm(self, code: str, **params: str) -> None:
        self.alarms.append((code, params))


class Desk:
    """A router with all that it asks."""

    def __init__(self, *published: Published) -> None:
        self.clock = FakeClock()
        self.journal = FakeJournal(self.clock)
        self.people = FakePeople()
        self.finder = FakeFinder()
        self.configuration = FakeConfiguration(*published)
        self.router = ScriptRouter(
            lambda: self.configuration,
            self.finder,
            self.journal,
            self.people,
            self.clock,
            Sandbox(),
        )
        self.router.prepare(self.configuration)

    def decide(self, code: str = "main", call: str = "call-1") -> Decided:
        return self.router.decide(code, call, FROM_SUZHOU)


def script(text: str, code: str = "main", version: int = 1) -> Published:
    return prepare(code, version, "script", {"text": text})


@pytest.fixture
def desk(request: pytest.FixtureRequest) -> Iterator[Desk]:
    made = Desk(*request.param)
    yield made
    made.router.stop()


def with_scripts(*published: Published) -> pytest.MarkDecorator:
    return pytest.mark.parametrize("desk", [published], indirect=True, ids=[""])


@with_scripts(script(SCRIPT, version=4))
def test_a_script_decides_and_the_journal_says_why(desk):
    assert desk.decide() == Decided("decided", "queue:policy", 30, {"area": "江苏省苏州市"})
    data = desk.journal.one(kinds.ROUTING_SCRIPT).data
    assert (data["script"], data["version"], data["kind_of_script"]) == ("main", 4, "script")
    assert (data["outcome"], data["target"], data["priority"], data["line"]) == (
        "decided",
        "queue:policy",
        30,
        3,
    )
    assert data["used"] == {"data": {}, "region": "江苏省苏州市"}


@with_scripts(prepare("main", 2, "rules", TABLE))
def test_a_table_decides_without_a_worker(desk):
    assert desk.decide() == Decided("decided", "queue:policy", 30)
    data = desk.journal.one(kinds.ROUTING_SCRIPT).data
    assert (data["kind_of_script"], data["row"], data["used"]) == ("rules", 1, {"caller": "051253520000"})


@with_scripts()
def test_a_script_that_is_not_published_leaves_the_way_to_the_flow(desk):
    assert desk.decide() == Decided("failed")
    assert desk.journal.one(kinds.ROUTING_SCRIPT).data["outcome"] == "failed"


@with_scripts(script("def route(call):\n    return Route('queue:gone')\n"))
def test_a_target_that_is_gone_is_a_failure(desk):
    assert desk.decide() == Decided("failed")
    assert desk.journal.one(kinds.ROUTING_SCRIPT).data["error_kind"] == "bad_result"


@with_scripts(script("def route(call):\n    x = 1\n    return call.nothing\n"))
def test_a_failure_is_told_to_people_once_and_to_the_journal_each_time(desk):
    assert [desk.decide() for _ in range(3)] == [Decided("failed")] * 3
    assert [code for code, _ in desk.people.alarms] == ["routing_script_failed"]
    assert [entry.data["error_line"] for entry in desk.journal.of(kinds.ROUTING_SCRIPT)] == [3, 3, 3]
    desk.clock.advance(60)
    desk.decide()
    assert len(desk.people.alarms) == 2


@with_scripts(script(HOSTILE["endless loop"][0]))
def test_a_version_that_hangs_again_and_again_is_left_alone_until_a_new_one_comes(desk):
    for _ in range(4):
        assert desk.decide() == Decided("failed")
    kinds_of_error = [entry.data["error_kind"] for entry in desk.journal.of(kinds.ROUTING_SCRIPT)]
    assert kinds_of_error == ["time", "time", "time", "resting"]
    desk.configuration.routing["main"] = script(SCRIPT, version=2)
    assert desk.decide().outcome == "decided"


@with_scripts(script(SCRIPT))
def test_facts_that_do_not_come_cost_the_caller_no_more_than_the_limit(desk):
    desk.finder.seconds = 5.0
    begun = time.monotonic()
    assert desk.decide() == Decided("failed")
    assert time.monotonic() - begun < DECISION_SECONDS * 3


@with_scripts(script(HOSTILE["endless loop"][0], "bad"), script(SCRIPT, "good"))
def test_another_script_decides_while_one_hangs(desk):
    bad = [gevent.spawn(desk.decide, "bad", f"bad-{n}") for n in range(6)]
    gevent.sleep(0)
    good = [desk.decide("good", f"good-{n}") for n in range(10)]
    assert {decided.outcome for decided in good} == {"decided"}
    gevent.joinall(bad)
    assert [greenlet.value for greenlet in bad] == [Decided("failed")] * 6
