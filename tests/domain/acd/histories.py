"""Random histories of a small centre, with a call side that knows only what the ACD orders."""

from __future__ import annotations

from dataclasses import replace

from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, invariant, precondition, rule

from hotline.domain.acd.effects import (
    CallbackPostponed,
    CallbackSettled,
    CancelOffer,
    DialCallback,
    Effect,
    MakeOffer,
    QueueMoved,
    SendAway,
)
from hotline.domain.acd.engine import handle, next_due
from hotline.domain.acd.events import (
    AgentRestored,
    CallableHours,
    CallbackAsked,
    CallbackCancelled,
    CallbackDialled,
    CallbackHurried,
    CallbackNumberChanged,
    CallbackRestored,
    CallLeft,
    CallQueued,
    Configured,
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
    Tick,
    WrapUpExtended,
    WrapUpFinished,
)
from hotline.domain.acd.model import AcdState, Entry
from hotline.domain.acd.spec import AgentSpec, OverflowRule, QueueSpec, RelaxStep, SkillNeed, Strategy
from hotline.domain.agent import AgentState, IllegalTransition
from tests.domain.acd import books

SKILLS = ("policy", "systems", "complaints")
AGENTS = tuple(f"80{n:02}" for n in range(1, 7))
QUEUES = (
    QueueSpec(
        "policy",
        "",
        (SkillNeed("policy"),),
        max_wait_seconds=90,
        no_agents_seconds=30,
        wrap_up_seconds=5,
        wrap_up_extension_seconds=5,
        wrap_up_extensions=1,
        overflow=(OverflowRule("wait", 40, "queue", "hard"), OverflowRule("position", 2, "queue", "mixed")),
        last_agent_seconds=15,
        last_agent_minutes=10,
        return_minutes=2,
    ),
    QueueSpec(
        "hard",
        "",
        (SkillNeed("policy", 4, 3), SkillNeed("systems", 3)),
        Strategy.HIGHEST_SKILL,
        relaxation=(
            RelaxStep(10, (SkillNeed("systems", 3),)),
            RelaxStep(25, (SkillNeed("policy", 2),)),
        ),
        overflow=(OverflowRule("wait", 60, "queue", "policy"), OverflowRule("expected_wait", 90, "callback")),
        max_wait_seconds=0,
        no_agents_seconds=0,
        misses_until_busy=2,
        no_answer_delay_seconds=3,
        closing="voicemail",
        callback_attempts=2,
        callback_retry_seconds=20,
        callback_expiry_seconds=300,
    ),
    QueueSpec(
        "kept",
        "",
        (SkillNeed("complaints"),),
        Strategy.LEAST_OCCUPIED,
        ageing_seconds=20,
        reserved_agents=1,
        max_waiting=2,
        wrap_up_seconds=5,
        misses_until_busy=0,
        overflow=(OverflowRule("nobody_signed_in", 20, "voicemail"),),
        closing="prompt",
        return_minutes=2,
        return_to="agent",
    ),
    QueueSpec(
        "mixed",
        "",
        (SkillNeed("policy"),),
        Strategy.PERCENTAGE,
        {"east": 70, "west": 30},
        relaxation=(RelaxStep(15, ()),),
        max_wait_seconds=120,
        max_expected_wait_seconds=300,
    ),
    QueueSpec(
        "turns", "", (SkillNeed("systems"),), Strategy.ROUND_ROBIN, reserved_agents=2, ageing_seconds=0
    ),
)
CODES = tuple(queue.code for queue in QUEUES)
agents = st.sampled_from(AGENTS)
requests = st.sampled_from([AgentState.IDLE, AgentState.BUSY, AgentState.REST, AgentState.SIGNED_OUT])
failures = st.sampled_from(["no_answer", "busy", "refused", "unreachable", "failed"])
moments = st.sampled_from([0.0, 0.5, 1.0, 4.0, 12.0])


def spec_of(number: str, levels: tuple[int, ...], priority: int) -> AgentSpec:
    held = {skill: level for skill, level in zip(SKILLS, levels, strict=True) if level}
    return AgentSpec(number, number, "1" + number[1:], "east" if number < "8004" else "west", priority, held)


class Histories(RuleBasedStateMachine):
    def __init__(self) -> None:
        super().__init__()
        self.state = AcdState("p")
        self.now = 0.0
        self.serial = 0
        self.open: dict[str, str] = {}  # call -> queue: queued and neither served, left nor sent away
        self.offers: dict[str, MakeOffer | DialCallback] = {}
        self.talking: dict[str, str] = {}  # agent -> call
        self.tickets: set[str] = set()
        self.floors: dict[str, int] = {}
        self.specs = {n: spec_of(n, (5, 5, 5), 1) for n in AGENTS}
        self.do(Configured(tuple(self.specs.values()), QUEUES))
        for number in AGENTS:
            self.do(PhoneReachable("1" + number[1:], True))

    # --- a call side ----------------------------------------------------------------------------------------

    def do(self, event: Event, after: float = 0.0) -> tuple[Effect, ...]:
        """Let time pass, with the ticks that are asked for, then tell the ACD."""
        until = self.now + after
        while (due := next_due(self.state)) is not None and due <= until:
            self.now = max(self.now, due)
            self.tell(Tick())
        self.now = until
        return self.tell(event)

    def tell(self, event: Event) -> tuple[Effect, ...]:
        before = {place.entry: place.step for place in books.in_line(self.state) if not place.bound_to}
        self.floors = {code: queue.floor for code, queue in self.state.queues.items()}
        waiting_before = {code: len(q.line) - q.callbacks for code, q in self.state.queues.items()}
        effects = handle(self.state, event, now=self.now)
        made = [effect for effect in effects if isinstance(effect, MakeOffer | DialCallback)]
        for effect in effects:
            match effect:
                case MakeOffer() | DialCallback():
                    self.takes(effect, made, before)
                case CancelOffer():
                    del self.offers[effect.offer_id]
                case SendAway():
                    assert self.open.pop(effect.call_id, effect.queue) == effect.queue
                case QueueMoved():
                    assert self.open[effect.call_id] == effect.before
                    assert effect.after in self.state.queues
                    self.open[effect.call_id] = effect.after
                case CallbackSettled():
                    self.tickets.remove(effect.ticket)
                case CallbackPostponed():
                    assert effect.ticket in self.tickets
                case _:
                    pass
        if isinstance(event, CallQueued) and not event.exempt:
            call = self.state.waiting.get(event.call_id)
            if call is not None and call.lined and not call.exempt:
                limit = self.state.queues[call.queue].spec.max_waiting
                assert not limit or waiting_before[call.queue] < limit, "more wait than are to"
        return effects

    def takes(
        self, order: MakeOffer | DialCallback, made: list[MakeOffer | DialCallback], before: dict[Entry, int]
    ) -> None:
        state, agent, rule = self.state, self.state.agents[order.agent], order.decision.rule
        queue = state.queues[order.queue]
        assert agent.reachable
        assert not agent.own_calls
        assert not agent.do_not_disturb
        assert all(o.agent != order.agent for o in self.offers.values()), "two offers to one agent"
        assert order.agent not in self.talking
        assert order.decision.chosen == order.agent
        if isinstance(order, MakeOffer):
            assert all(getattr(o, "call_id", "") != order.call_id for o in self.offers.values())
            place = state.waiting[order.call_id]
        else:
            place = state.tickets[order.ticket].place
        self.offers[order.offer_id] = order
        if rule == "only_agent":
            assert place.bound_to == order.agent
            return
        view = books.View(state, self.now)
        step, floor = view.steps[order.queue].get(order.agent), view.floor(order.queue)
        in_force = max(place.step, floor)
        assert step is not None, "a call without the skill"
        if rule == "callback":
            # The agent has been kept since the step was in force.
            return
        assert step <= in_force, "a call before its relaxation"
        if place.step and not place.ticket:
            assert self.now - place.joined_at >= queue.spec.relaxation[place.step - 1].after_seconds
        if len(made) == 1:
            assert not view.kept_for_others(order.agent, order.queue, taken=1), "taken from those kept"
        for other in books.in_line(state):
            if other.queue != order.queue or other.bound_to or other.entry not in before:
                continue
            could_have = max(before[other.entry], min(floor, self.floors.get(order.queue, 0)))
            if step <= could_have:
                assert other.key > place.key, "equal callers out of order"
                # Nobody is passed by who came later by more than the priorities between them are worth.
                worth = queue.spec.ageing_seconds * (place.priority - other.priority)
                assert place.queued_at <= other.queued_at + worth

    # --- settings -------------------------------------------------------------------------------------------

    @rule(agent=agents, levels=st.tuples(*[st.integers(0, 9)] * 3), priority=st.integers(1, 2))
    def an_agent_is_changed(self, agent: str, levels: tuple[int, ...], priority: int) -> None:
        self.specs[agent] = spec_of(agent, levels, priority)
        self.do(Configured(tuple(self.specs.values()), QUEUES))

    @rule(gone=agents, code=st.sampled_from(CODES), back=st.booleans())
    def an_agent_and_a_queue_are_removed(self, gone: str, code: str, back: bool) -> None:
        self.do(
            Configured(
                tuple(spec for number, spec in self.specs.items() if number != gone),
                tuple(queue for queue in QUEUES if queue.code != code),
            )
        )
        if back:
            self.do(Configured(tuple(self.specs.values()), QUEUES))

    @rule(code=st.sampled_from(CODES), kept=st.integers(0, 2), ageing=st.sampled_from([0, 60]))
    def a_queue_is_changed(self, code: str, kept: int, ageing: int) -> None:
        queues = tuple(
            replace(q, reserved_agents=kept, ageing_seconds=ageing, relaxation=q.relaxation[:1])
            if q.code == code
            else q
            for q in QUEUES
        )
        self.do(Configured(tuple(self.specs.values()), queues))

    # --- agents ---------------------------------------------------------------------------------------------

    @rule(wanted=st.dictionaries(agents, requests, min_size=1), after=moments)
    def ask(self, wanted: dict[str, AgentState], after: float) -> None:
        for agent, state in wanted.items():
            if agent in self.state.agents:
                self.do(StateRequested(agent, state, "", agent), after)
                after = 0.0

    @rule(agent=agents)
    def everybody_comes_to_work(self, agent: str) -> None:
        for number in AGENTS:
            if number != agent and number in self.state.agents:
                self.do(StateRequested(number, AgentState.IDLE, "", number))

    @rule(agent=agents, longer=st.booleans())
    def wrap_up(self, agent: str, longer: bool) -> None:
        if agent in self.state.agents:
            try:
                self.do(WrapUpExtended(agent, agent) if longer else WrapUpFinished(agent, agent))
            except IllegalTransition:
                known = self.state.agents[agent]
                refused_prolongation = longer and known.extensions <= 1
                assert known.state is not AgentState.WRAP_UP or refused_prolongation

    @rule(agent=agents, what=st.sampled_from(["reachable", "gone", "in_use", "free", "disturb", "take"]))
    def phone(self, agent: str, what: str) -> None:
        extension = "1" + agent[1:]
        if what in {"reachable", "gone"}:
            self.do(PhoneReachable(extension, what == "reachable"))
        elif what in {"in_use", "free"}:
            self.do(PhoneInUse(extension, int(what == "in_use")))
        else:
            self.do(DoNotDisturb(extension, what == "disturb"))

    # --- callers --------------------------------------------------------------------------------------------

    @rule(
        queue=st.sampled_from(CODES),
        priorities=st.lists(st.integers(0, 2), min_size=1, max_size=3),
        after=moments,
        caller=st.sampled_from(["", "1", "2"]),
        exempt=st.booleans(),
    )
    def call(self, queue: str, priorities: list[int], after: float, caller: str, exempt: bool) -> None:
        for priority in priorities:
            self.queue(queue, after, priority=priority, caller=caller, exempt=exempt)
            after = 0.0

    @rule(queue=st.sampled_from(CODES), agent=agents, seconds=st.sampled_from([0, 8]))
    def call_for_one(self, queue: str, agent: str, seconds: int) -> None:
        self.queue(queue, agent=agent, agent_seconds=seconds)

    @rule(queue=st.sampled_from(CODES), agent=agents)
    def call_of_one_who_was_served(self, queue: str, agent: str) -> None:
        self.queue(queue, last_agent=agent)

    def queue(self, queue: str, after: float = 0.0, *, priority: int = 0, **more: object) -> None:
        if queue in self.state.queues:
            self.serial += 1
            call = f"c{self.serial}"
            self.do(Tick(), after)
            if queue in self.state.queues:
                self.open[call] = queue
                self.do(CallQueued(call, queue, priority, self.now, **more))  # type: ignore[arg-type]

    @precondition(lambda self: self.open)
    @rule(data=st.data(), after=moments)
    def leave(self, data: st.DataObject, after: float) -> None:
        call = data.draw(st.sampled_from(sorted(self.open)))
        self.do(Tick(), after)
        if self.open.pop(call, None) is not None:
            self.do(CallLeft(call))

    @precondition(lambda self: self.offers)
    @rule(data=st.data(), answered=st.booleans(), outcome=failures, after=moments)
    def an_offer_ends(self, data: st.DataObject, answered: bool, outcome: str, after: float) -> None:
        offer_id = data.draw(st.sampled_from(sorted(self.offers)))
        self.do(Tick(), after)
        order = self.offers.pop(offer_id, None)
        if isinstance(order, MakeOffer):
            if answered:
                del self.open[order.call_id]
                self.talking[order.agent] = order.call_id
            self.do(OfferAnswered(offer_id) if answered else OfferFailed(offer_id, outcome))
        elif isinstance(order, DialCallback):
            if answered:
                self.serial += 1
                call = f"c{self.serial}"
                self.open[call] = order.queue
                kept = self.state.agents[order.agent]
                able = order.queue in kept.tiers and kept.phone_hindrance is None
                if not able:
                    # It is taken back, not taken up.
                    self.offers[offer_id] = order
                self.do(CallQueued(call, order.queue, 0, self.now, callback=order.ticket))
                if able:
                    offered = [o for o in self.offers.values() if getattr(o, "call_id", "") == call]
                    assert [o.agent for o in offered] == [order.agent]
            else:
                self.do(CallbackDialled(offer_id, order.ticket, outcome))

    @precondition(lambda self: self.talking)
    @rule(data=st.data(), after=moments)
    def hang_up(self, data: st.DataObject, after: float) -> None:
        agent = data.draw(st.sampled_from(sorted(self.talking)))
        self.do(TalkEnded(agent, self.talking.pop(agent)), after)

    @rule(agent=agents)
    def adopt(self, agent: str) -> None:
        if agent in self.state.agents and agent not in self.talking:
            self.serial += 1
            self.talking[agent] = f"c{self.serial}"
            self.do(TalkAdopted(agent, self.talking[agent], "policy"))

    # --- callbacks, hours -----------------------------------------------------------------------------------

    @rule(data=st.data(), queue=st.sampled_from(CODES), later=st.sampled_from([0.0, 15.0]))
    def ask_for_a_callback(self, data: st.DataObject, queue: str, later: float) -> None:
        self.serial += 1
        ticket = f"t{self.serial}"
        not_before = self.now + later if later else 0.0
        self.do(Tick())
        if self.open:
            call = data.draw(st.sampled_from(sorted(self.open)))
            key = self.state.waiting[call].key
            del self.open[call]
            self.tickets.add(ticket)
            self.do(CallbackAsked(ticket, call, "139", not_before=not_before))
            assert self.state.tickets[ticket].place.key == key
        elif queue in self.state.queues:
            self.tickets.add(ticket)
            self.do(CallbackAsked(ticket, "gone", "139", not_before=not_before, queue=queue))

    @precondition(lambda self: self.tickets)
    @rule(data=st.data())
    def cancel_a_callback(self, data: st.DataObject) -> None:
        self.do(CallbackCancelled(data.draw(st.sampled_from(sorted(self.tickets))), "x"))

    @precondition(lambda self: self.tickets)
    @rule(data=st.data(), after=moments)
    def hurry_a_callback(self, data: st.DataObject, after: float) -> None:
        ticket = data.draw(st.sampled_from(sorted(self.tickets)))
        self.do(Tick(), after)
        self.do(CallbackHurried(ticket, "x"))
        known = self.state.tickets.get(ticket)
        if known is not None and not known.under_way:
            assert known.place.lined == (self.state.callable and not self.state.emergency)

    @precondition(lambda self: self.tickets)
    @rule(data=st.data(), number=st.sampled_from(["138", "137"]))
    def a_callback_gets_another_number(self, data: st.DataObject, number: str) -> None:
        ticket = data.draw(st.sampled_from(sorted(self.tickets)))
        key = self.state.tickets[ticket].place.key
        assert self.tell(CallbackNumberChanged(ticket, number, "x")) == ()
        assert (self.state.tickets[ticket].number, self.state.tickets[ticket].place.key) == (number, key)

    @rule(queue=st.sampled_from(CODES), expires=st.sampled_from([-1.0, 0.0, 30.0]))
    def restore(self, queue: str, expires: float) -> None:
        if queue in self.state.queues:
            self.serial += 1
            self.tickets.add(f"t{self.serial}")
            at = self.now + expires if expires else 0.0
            self.do(CallbackRestored(f"t{self.serial}", queue, "139", 1, self.now - 50, max(at, 0.0)))

    @rule(agent=agents, state=st.sampled_from(AgentState))
    def restore_agent(self, agent: str, state: AgentState) -> None:
        known = self.state.agents.get(agent)
        if known is not None and known.state is AgentState.SIGNED_OUT:
            self.do(AgentRestored(agent, state, "", self.now - 5, self.now - 9))

    @rule(can=st.booleans())
    def hours(self, can: bool) -> None:
        self.do(CallableHours(can))

    @rule(opens=st.booleans(), emergency=st.sampled_from([False, False, True]))
    def opening(self, opens: bool, emergency: bool) -> None:
        self.do(OpeningChanged(opens, emergency))
        if emergency:
            assert not self.open

    @rule(after=st.sampled_from([3.0, 10.0, 30.0]))
    def time_passes(self, after: float) -> None:
        self.do(Tick(), after)

    @rule(known=st.sampled_from(["x-1", "p-1", "p-9"]))
    def late_answers_change_nothing(self, known: str) -> None:
        if known not in self.offers:
            assert self.do(OfferAnswered(known)) == ()
            assert self.do(OfferFailed(known, "no_answer")) == ()
            assert self.do(CallbackDialled(known, "t1", "no_answer")) == ()

    # --- promises -------------------------------------------------------------------------------------------

    @invariant()
    def the_books_are_right(self) -> None:
        books.check(self.state, self.now)

    @invariant()
    def nobody_and_nothing_is_forgotten(self) -> None:
        assert {call.call_id: call.queue for call in self.state.waiting.values()} == self.open
        assert set(self.state.tickets) == self.tickets
        assert set(self.state.offers) == set(self.offers)
        talking = {n: a.call_id for n, a in self.state.agents.items() if a.state is AgentState.TALKING}
        assert talking == self.talking

    def teardown(self) -> None:
        """Everybody goes home, and nothing is left."""
        for call in list(self.open):
            self.do(Tick())
            if self.open.pop(call, None) is not None:
                self.do(CallLeft(call))
        for ticket in sorted(self.tickets):
            self.do(CallbackCancelled(ticket, "x"))
        for agent, call in self.talking.items():
            self.do(TalkEnded(agent, call))
        for agent in list(self.state.agents):
            self.do(StateRequested(agent, AgentState.SIGNED_OUT, "", agent))
        self.do(Tick(), 86_400.0)
        state = self.state
        assert not state.waiting
        assert not state.tickets
        assert not state.offers
        assert not state.bound
        assert not state.crowded
        assert not state.timers
        assert not state.alarm_count
        for queue in state.queues.values():
            assert not any([queue.line, queue.shelves, queue.served, queue.gave_up, queue.sharing])
