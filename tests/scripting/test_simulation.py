"""Calls that scripts and tables route, and that the ACD gives to agents with mixed skills: none to a wrong one."""

from __future__ import annotations

from random import Random

import pytest

from hotline.domain.acd.effects import Effect, MakeOffer
from hotline.domain.acd.estimates import figures
from hotline.domain.acd.events import OfferAnswered, TalkEnded
from hotline.domain.acd.spec import AgentSpec, QueueSpec, SkillNeed
from hotline.domain.routing.facts import QueueFacts, RoutingFacts
from hotline.domain.routing.route import Known, Route, checked
from hotline.domain.routing.rules import Condition, Rule, RuleTable
from hotline.scripting.sandbox import Sandbox, Script
from tests.domain.acd.centre import Centre, only

SKILLS = ("policy", "systems", "complaints")
QUEUES = (
    QueueSpec("policy", "", (SkillNeed("policy", 3),), max_wait_seconds=0, no_agents_seconds=0),
    QueueSpec("systems", "", (SkillNeed("systems", 5),), max_wait_seconds=0, no_agents_seconds=0),
    QueueSpec(
        "both", "", (SkillNeed("policy", 4), SkillNeed("systems", 2)), max_wait_seconds=0, no_agents_seconds=0
    ),
    QueueSpec("complaints", "", (SkillNeed("complaints", 7),), max_wait_seconds=0, no_agents_seconds=0),
)
KNOWN = Known(queues=[queue.code for queue in QUEUES], agents=())
SCRIPT = Script(
    "main",
    1,
    """\
def route(call):
    wanted = call.data.get("business", "")
    if call.vip and call.queue("both").idle:
        return Route("queue:both", priority=50 + call.vip)
    if wanted == "complaint":
        return Route("queue:complaints")
    if wanted == "system" and call.queue("systems").waiting < 20:
        return Route("queue:systems", priority=10)
    return Route("queue:policy")
""",
)
TABLE = RuleTable(
    (
        Rule(
            (Condition("vip", "at_least", "1"), Condition("queue.idle", "at_least", "1", "both")),
            "queue:both",
            50,
        ),
        Rule((Condition("data", "is", "complaint", "business"),), "queue:complaints"),
        Rule(
            (
                Condition("data", "is", "system", "business"),
                Condition("queue.waiting", "at_most", "19", "systems"),
            ),
            "queue:systems",
            10,
        ),
        Rule((), "queue:policy"),
    )
)


class Hotline:
    """A centre whose callers are routed before they queue."""

    def __init__(self, seed: int, sandbox: Sandbox) -> None:
        self.random = Random(seed)
        self.sandbox = sandbox
        agents = [self._agent(number) for number in range(40)]
        self.centre = Centre(*agents, queues=QUEUES)
        self.centre.idle(*(agent.number for agent in agents))
        self.needs = {queue.code: queue.needs for queue in QUEUES}
        self.talks: list[tuple[str, str]] = []
        self.offers = self.wrong = 0

    def _agent(self, number: int) -> AgentSpec:
        held = self.random.sample(SKILLS, self.random.randint(1, 3))
        return AgentSpec(
            f"8{number:03}",
            "",
            f"1{number:03}",
            "g",
            skills={skill: self.random.randint(1, 9) for skill in held},
        )

    def call(self, number: int, *, by_script: bool) -> None:
        route = checked(self._route(by_script=by_script), KNOWN)
        self._look(self.centre.queue(f"call {number}", route.name, route.priority or 0, after=1.0))
        while len(self.talks) > 30 or (self.talks and self.random.random() < 0.5):
            agent, call = self.talks.pop(self.random.randrange(len(self.talks)))
            self._look(self.centre.do(TalkEnded(agent, call), after=1.0))

    def _route(self, *, by_script: bool) -> Route:
        facts = RoutingFacts(
            vip=self.random.choice((0, 0, 0, 20)),
            data={"business": self.random.choice(("complaint", "system", "policy"))},
            queues={queue.code: self._facts(queue.code) for queue in QUEUES},
        )
        if by_script:
            return self.sandbox.run(SCRIPT, facts, self.centre.now).route
        return TABLE.decide(facts).route

    def _facts(self, code: str) -> QueueFacts:
        found = figures(self.centre.state, code)
        return QueueFacts(waiting=found.waiting, idle=found.agents_idle, signed_in=found.agents_signed_in)

    def _look(self, effects: tuple[Effect, ...]) -> None:
        for offer in only(effects, MakeOffer):
            skills = self.centre.state.agents[offer.agent].spec.skills
            self.offers += 1
            self.wrong += any(skills.get(need.skill, 0) < need.min_level for need in self.needs[offer.queue])
            self.talks.append((offer.agent, offer.call_id))
            self._look(self.centre.do(OfferAnswered(offer.offer_id)))


def test_no_call_that_was_routed_reaches_an_agent_without_the_skill() -> None:
    with Sandbox(time_limit_ms=1000) as sandbox:
        hotline = Hotline(1, sandbox)
        for number in range(2_000):
            hotline.call(number, by_script=number % 10 == 0)
    assert hotline.offers > 1_000
    assert hotline.wrong == 0


@pytest.mark.slow
@pytest.mark.timeout(1800)  # a hundred thousand calls, half of them by a script
def test_a_hundred_thousand_routed_calls_and_none_to_a_wrong_skill() -> None:
    with Sandbox(time_limit_ms=1000) as sandbox:
        hotline = Hotline(2, sandbox)
        for number in range(110_000):
            hotline.call(number, by_script=number % 2 == 0)
    assert hotline.offers >= 100_000
    assert hotline.wrong == 0
