"""What a script is told of a call: from the calendar, the lists, the queues and the caller's history."""

from __future__ import annotations

import pytest

from fs_scripts.configuration import Configuration
from fs_scripts.routing_facts import FactFinder
from hotline.domain.acd import engine
from hotline.domain.acd.events import Configured, PhoneReachable, StateRequested
from hotline.domain.acd.model import AcdState
from hotline.domain.acd.spec import AgentSpec, QueueSpec, SkillNeed
from hotline.domain.agent import AgentState
from hotline.domain.calendar import Calendar, SpecialDay
from hotline.domain.callers import CallerLists, ListEntry, ListKind
from hotline.domain.ivr.commands import Facts
from hotline.live.messages import QueueView
from hotline.regions import regions
from hotline.store.base import from_epoch
from hotline.store.db import DatabaseAway, open_database
from hotline.store.migrate import upgrade
from hotline.store.models import Call
from tests.fs_scripts.fakes.clock import NOW

CALLER = "051253520000"


class OneQueue:
    def queues(self) -> list[QueueView]:
        return [QueueView("policy", "政策", 3, NOW - 40, 2, 1)]


class Away:
    def read(self):
        raise DatabaseAway("nobody is there")


@pytest.fixture
def state() -> AcdState:
    made = AcdState("epoch")
    agents = (
        AgentSpec("8001", "甲", "1001", "a", skills={"policy": 5}),
        AgentSpec("8002", "乙", "1002", "a"),
    )
    queues = (QueueSpec("policy", "政策", (SkillNeed("policy"),)),)
    for event in (
        Configured(agents, queues),
        PhoneReachable("1001", True),
        StateRequested("8001", AgentState.IDLE, "", "test"),
    ):
        engine.handle(made, event, now=NOW)
    return made


@pytest.fixture
def configuration() -> Configuration:
    today = from_epoch(NOW + 8 * 3600).date()
    return Configuration(
        agents=(),
        queues=(),
        flows={},
        old_flows={},
        numbers={},
        calendar=Calendar(days=[SpecialDay(today, "workday", "调休")]),
        always_open=False,
        callers=CallerLists([ListEntry(ListKind.VIP, CALLER, bonus=20)]),
    )


def asked(caller: str = CALLER) -> Facts:
    return Facts(now=NOW, caller=caller, called="12366", open=True, data={"business": "invoice"})


def test_the_facts_of_a_call_come_together(database_url, state, configuration):
    upgrade(database_url)
    database = open_database(database_url)
    try:
        database.write(_earlier_calls)
        finder = FactFinder(database, OneQueue(), lambda: state, regions(), history_seconds=10.0)
        facts = finder.find("this-call", asked(), configuration)
    finally:
        database.close()
    assert (facts.region, facts.make_up_workday, facts.vip, facts.black) == ("江苏省苏州市", True, 20, False)
    assert (facts.calls_30_days, facts.last_agent, facts.last_queue, facts.last_outcome, facts.last_mark) == (
        2,
        "8001",
        "systems",
        "abandoned",
        2,
    )
    assert facts.agents == {"8001": "idle"}
    queue = facts.queues["policy"]
    assert (queue.waiting, queue.longest_wait, queue.expected_wait, queue.idle) == (3, 40, 0, 1)
    assert facts.data == {"business": "invoice"}


def test_without_the_database_there_is_no_history_and_the_rest_is_told(state, configuration):
    finder = FactFinder(Away(), OneQueue(), lambda: state, regions())
    facts = finder.find("this-call", asked(), configuration)
    assert (facts.calls_30_days, facts.last_agent, facts.region) == (0, "", "江苏省苏州市")


def _earlier_calls(session) -> None:
    def call(name: str, days: float, **more: object) -> Call:
        return Call(
            interaction_id=name,
            channel_uuid=name,
            caller=CALLER,
            called="12366",
            started_at=from_epoch(NOW - days * 86_400),
            **more,
        )

    session.add_all(
        [
            call("long-ago", 31, outcome="served", agent_number="8009"),
            call("first", 9, outcome="served", agent_number="8001", queue_code="policy", mark=2),
            call("second", 2, outcome="abandoned", queue_code="systems"),
            call("this-call", 0, outcome="open"),
        ]
    )
