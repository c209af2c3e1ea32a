"""Random histories never break what the ACD promises."""

from __future__ import annotations

from hypothesis import settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, invariant, rule

from hotline.domain.acd.effects import CancelOffer, Effect, MakeOffer, SendAway
from hotline.domain.acd.engine import handle
from hotline.domain.acd.events import (
    CallLeft,
    CallQueued,
    Configured,
    OfferAnswered,
    OfferFailed,
    PhoneInUse,
    PhoneReachable,
    StateRequested,
    TalkAdopted,
    TalkEnded,
    Tick,
    WrapUpFinished,
)
from hotline.domain.acd.model import AcdState
from hotline.domain.acd.spec import AgentSpec, QueueSpec, SkillNeed
from hotline.domain.agent import AgentState, IllegalTransition

SKILLS = ("policy", "systems", "complaints")
AGENTS = tuple(f"80{n:02}" for n in range(1, 7))
QUEUES = (
    QueueSpec("policy", "", (SkillNeed("policy"),), max_wait_seconds=90, no_agents_seconds=30),
    QueueSpec(
        "systems",
        "",
        (SkillNeed("systems", 3),),
        ring_seconds=15,
        wrap_up_seconds=10,
        max_wait_seconds=0,
        no_agents_seconds=0,
        misses_until_busy=2,
    ),
    QueueSpec(
        "complaints",
        "",
        (SkillNeed("complaints"),),
        wrap_up_seconds=5,
        max_wait_seconds=60,
        no_agents_seconds=20,
        misses_until_busy=0,
    ),
    QueueSpec("hard", "", (SkillNeed("policy", 6),), max_wait_seconds=120, no_agents_seconds=30),
)
agents = st.sampled_from(AGENTS)
requests = st.sampled_from([AgentState.IDLE, AgentState.BUSY, AgentState.REST, AgentState.SIGNED_OUT])


def specs(levels: list[dict[str, int]], priorities: list[int]) -> tuple[AgentSpec, ...]:
    return tuple(
        AgentSpec(n, n, "1" + n[1:], "g", p, s) for n, s, p in zip(AGENTS, levels, priorities, strict=True)
    )


a_configuration = st.builds(
    specs,
    st.lists(
        st.dictionaries(st.sampled_from(SKILLS), st.integers(1, 9)),
        min_size=len(AGENTS),
        max_size=len(AGENTS),
    ),
    st.lists(st.integers(1, 3), min_size=len(AGENTS), max_size=len(AGENTS)),
)


class Histories(RuleBasedStateMachine):
    def __init__(self) -> None:
        super().__init__()
        self.state = AcdState("p")
        self.now = 0.0
        self.calls = 0
        self.open: dict[str, str] = {}  # call -> queue: queued and neither served, left nor sent away
        self.offers: dict[str, MakeOffer] = {}  # as a call side would know them from effects alone
        self.talking: dict[str, str] = {}  # agent -> call
        self.do(Configured(specs([dict.fromkeys(SKILLS, 5)] * len(AGENTS), [1] * len(AGENTS)), QUEUES))

    def do(self, event: object, after: float = 0.0) -> tuple[Effect, ...]:
        self.now += after
        heads = {q.code: self.state.first_in_line(q.code) for q in QUEUES}
        effects = handle(self.state, event, now=self.now)  # type: ignore[arg-type]
        for effect in effects:
            if isinstance(effect, MakeOffer):
                agent, queue = self.state.agents[effect.agent], self.state.queues[effect.queue]
                (need,) = queue.needs
                assert agent.spec.skills.get(need.skill, 0) >= need.min_level, "a call without the skill"
                assert agent.reachable
                assert not agent.own_calls
                assert all(o.agent != effect.agent for o in self.offers.values()), "two offers to one agent"
                assert all(o.call_id != effect.call_id for o in self.offers.values()), (
                    "one caller on offer twice"
                )
                assert effect.agent not in self.talking
                head = heads.get(effect.queue)
                if (
                    head is not None
                    and head.call_id in self.open
                    and not isinstance(event, CallQueued | OfferFailed)
                ):
                    assert head.key <= self.state.waiting[effect.call_id].key, "equal callers out of order"
                self.offers[effect.offer_id] = effect
            elif isinstance(effect, CancelOffer):
                self.offers.pop(effect.offer_id)
            elif isinstance(effect, SendAway):
                del self.open[effect.call_id]
        return effects

    @rule(config=a_configuration)
    def configure(self, config: tuple[AgentSpec, ...]) -> None:
        self.do(Configured(config, QUEUES))

    @rule(config=a_configuration, gone=agents)
    def remove_one(self, config: tuple[AgentSpec, ...], gone: str) -> None:
        self.do(Configured(tuple(s for s in config if s.number != gone), QUEUES))

    @rule(agent=agents, state=requests, after=st.floats(0, 30))
    def ask(self, agent: str, state: AgentState, after: float) -> None:
        if agent in self.state.agents:
            self.do(StateRequested(agent, state, "", agent), after)

    @rule(agent=agents)
    def finish_wrap_up(self, agent: str) -> None:
        if agent in self.state.agents and self.state.agents[agent].state is AgentState.WRAP_UP:
            self.do(WrapUpFinished(agent, agent))

    @rule(agent=agents, reachable=st.booleans())
    def register(self, agent: str, reachable: bool) -> None:
        self.do(PhoneReachable("1" + agent[1:], reachable))

    @rule(agent=agents, calls=st.integers(0, 2))
    def use_phone(self, agent: str, calls: int) -> None:
        self.do(PhoneInUse("1" + agent[1:], calls))

    @rule(queue=st.sampled_from(QUEUES), priority=st.integers(0, 2), after=st.floats(0, 5))
    def call(self, queue: QueueSpec, priority: int, after: float) -> None:
        self.calls += 1
        call = f"c{self.calls}"
        self.open[call] = queue.code
        self.now += after
        self.do(CallQueued(call, queue.code, priority, self.now))

    @rule(data=st.data())
    def leave(self, data: st.DataObject) -> None:
        if self.open:
            call = data.draw(st.sampled_from(sorted(self.open)))
            del self.open[call]
            self.do(CallLeft(call))

    @rule(data=st.data())
    def answer(self, data: st.DataObject) -> None:
        if self.offers:
            offer = self.offers.pop(data.draw(st.sampled_from(sorted(self.offers))))
            del self.open[offer.call_id]
            self.talking[offer.agent] = offer.call_id
            self.do(OfferAnswered(offer.offer_id), 1.0)

    @rule(data=st.data(), outcome=st.sampled_from(["no_answer", "busy", "refused", "unreachable", "failed"]))
    def fail(self, data: st.DataObject, outcome: str) -> None:
        if self.offers:
            offer = self.offers.pop(data.draw(st.sampled_from(sorted(self.offers))))
            self.do(OfferFailed(offer.offer_id, outcome), 1.0)

    @rule(data=st.data())
    def hang_up(self, data: st.DataObject) -> None:
        if self.talking:
            agent = data.draw(st.sampled_from(sorted(self.talking)))
            self.do(TalkEnded(agent, self.talking.pop(agent)), 1.0)

    @rule(agent=agents)
    def adopt(self, agent: str) -> None:
        if agent in self.state.agents and agent not in self.talking:
            self.calls += 1
            self.talking[agent] = f"c{self.calls}"
            self.do(TalkAdopted(agent, self.talking[agent], "policy"))

    @rule(after=st.floats(0, 60))
    def time_passes(self, after: float) -> None:
        self.do(Tick(), after)

    @rule(known=st.sampled_from(["x-1", "p-1", "p-2"]))
    def late_answers_change_nothing(self, known: str) -> None:
        if known not in self.offers:
            assert self.do(OfferAnswered(known)) == ()
            assert self.do(OfferFailed(known, "no_answer")) == ()

    @invariant()
    def an_agent_rings_exactly_while_an_offer_is_open(self) -> None:
        ringing = {n for n, a in self.state.agents.items() if a.state is AgentState.RINGING}
        assert ringing == {o.agent for o in self.state.offers.values()}
        assert set(self.state.offers) == set(self.offers)

    @invariant()
    def no_caller_is_forgotten(self) -> None:
        assert set(self.state.waiting) == set(self.open)
        in_line = {call for line in self.state.lines.values() for _, call in line}
        assert in_line | {o.call_id for o in self.state.offers.values()} == set(self.open)

    @invariant()
    def nobody_waits_while_somebody_is_free_for_them(self) -> None:
        if self.state.timers and self.state.timers[0][0] <= self.now:
            return  # an agent's rest after a failure may be over; the tick that says so is still to come
        for queue in self.state.queues.values():
            if self.state.first_in_line(queue.code) is not None:
                for agent in self.state.agents.values():
                    if agent.spec.skills.get(queue.needs[0].skill, 0) >= queue.needs[0].min_level:
                        assert agent.hindrance(self.now) is not None

    @invariant()
    def the_counts_of_those_signed_in_are_true(self) -> None:
        for skill in SKILLS:
            counted = {level: n for level, n in self.state.signed_in.get(skill, {}).items() if n}
            true: dict[int, int] = {}
            for agent in self.state.agents.values():
                if agent.signed_in and skill in agent.spec.skills:
                    level = agent.spec.skills[skill]
                    true[level] = true.get(level, 0) + 1
            assert counted == true

    @invariant()
    def those_who_talk_are_known_to(self) -> None:
        talking = {n: a.call_id for n, a in self.state.agents.items() if a.state is AgentState.TALKING}
        assert talking == self.talking


def test_a_state_that_nobody_can_ask_for_is_refused() -> None:
    state = AcdState("p")
    handle(state, Configured((AgentSpec("8001", "", "1001", "g"),), ()), now=0.0)
    try:
        handle(state, StateRequested("8001", AgentState.RINGING, "", "x"), now=0.0)
    except IllegalTransition:
        return
    raise AssertionError("ringing cannot be asked for")


TestHistories = Histories.TestCase
TestHistories.settings = settings(max_examples=300, stateful_step_count=60, deadline=None)
