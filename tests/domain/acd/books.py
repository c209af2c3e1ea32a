"""What must be true of the ACD's state after every event, worked out the long way: by looking at everybody."""

from __future__ import annotations

from collections import Counter

from hotline.domain.acd.model import AcdState, Agent, Queue, Waiting
from hotline.domain.agent import AgentState


def check(state: AcdState, now: float) -> None:
    """Raise an AssertionError when a promise is broken or a book is wrong."""
    view = View(state, now)
    nothing_is_left_to_be_looked_at(state)
    an_agent_rings_exactly_while_an_offer_is_open(state)
    the_lines_hold_everybody_who_waits(state)
    who_may_serve_what_is_right(view)
    the_shelves_hold_exactly_the_idle(view)
    nobody_waits_while_somebody_is_free(view)
    every_alarm_is_for_something(state)


def first_step(agent: Agent, queue: Queue) -> int | None:
    for step, needs in enumerate(queue.spec.steps):
        if all(agent.spec.skills.get(need.skill, 0) >= need.min_level for need in needs):
            return step
    return None


class View:
    """A state looked at by somebody who trusts none of its indexes: who is free, and from which step on who
    may serve what.
    """

    def __init__(self, state: AcdState, now: float) -> None:
        self.state = state
        self.free = {n: a for n, a in state.agents.items() if a.hindrance(now) is None}
        self.steps = {
            code: {n: step for n, a in state.agents.items() if (step := first_step(a, queue)) is not None}
            for code, queue in state.queues.items()
        }

    def floor(self, code: str) -> int:
        """The first step for which somebody is signed in."""
        signed_in = self.state.agents
        steps = [s for n, s in self.steps[code].items() if signed_in[n].state is not AgentState.SIGNED_OUT]
        return min(steps, default=0)

    def kept_for_others(self, agent: str, code: str, taken: int = 0) -> bool:
        """Whether a queue that has reserved agents would have too few without this one."""
        for other, queue in self.state.queues.items():
            reserved = queue.spec.reserved_agents
            if other == code or not reserved or self.steps[other].get(agent) != 0:
                continue
            idle = sum(self.steps[other].get(number) == 0 for number in self.free)
            if idle + taken - 1 < reserved:
                return True
        return False

    def may_have(self, call: Waiting, agent: str) -> bool:
        """Whether an agent who is free may be offered this call."""
        if call.bound_to not in {"", agent}:
            return False
        if call.only:
            return True
        step = self.steps[call.queue].get(agent)
        if step is None or step > max(call.step, self.floor(call.queue)):
            return False
        return not self.kept_for_others(agent, call.queue)


def in_line(state: AcdState) -> list[Waiting]:
    places = [*state.waiting.values(), *(ticket.place for ticket in state.tickets.values())]
    return [place for place in places if place.lined]


def nothing_is_left_to_be_looked_at(state: AcdState) -> None:
    assert not state.upset
    assert not state.stirred_agents
    assert not state.stirred_queues


def an_agent_rings_exactly_while_an_offer_is_open(state: AcdState) -> None:
    ringing = {n: a.offer_id for n, a in state.agents.items() if a.state is AgentState.RINGING}
    assert ringing == {o.agent: o.offer_id for o in state.offers.values()}
    assert all(a.offer_id is None for n, a in state.agents.items() if n not in ringing)
    held = {c.offer_id for c in state.waiting.values() if c.offer_id}
    held |= {t.place.offer_id for t in state.tickets.values() if t.place.offer_id}
    assert held == set(state.offers)
    assert {c: q.offered for c, q in state.queues.items() if q.offered} == Counter(
        o.queue for o in state.offers.values()
    )


def the_lines_hold_everybody_who_waits(state: AcdState) -> None:
    for call in state.waiting.values():
        assert call.lined != (call.offer_id is not None), "in line, or on offer"
    lines: dict[str, list[object]] = {}
    for place in in_line(state):
        lines.setdefault(place.queue, []).append(place.entry)
    assert {c: q.line for c, q in state.queues.items() if q.line} == {c: sorted(v) for c, v in lines.items()}  # type: ignore[type-var]
    bound: dict[str, list[object]] = {}
    general: dict[tuple[str, int], list[object]] = {}
    for place in in_line(state):
        if place.bound_to:
            bound.setdefault(place.bound_to, []).append(place.entry)
        else:
            general.setdefault((place.queue, place.step), []).append(place.entry)
    assert state.bound == {n: sorted(v) for n, v in bound.items()}  # type: ignore[type-var]
    steps = {(c, n): line for c, q in state.queues.items() for n, line in enumerate(q.steps) if line}
    assert steps == {k: sorted(v) for k, v in general.items()}  # type: ignore[type-var]
    assert set(state.crowded) == {code for code, _ in general}
    for queue in state.queues.values():
        assert queue.callbacks == sum(not call_id for _, call_id, _ in queue.line)


def who_may_serve_what_is_right(view: View) -> None:
    agents = view.state.agents
    for code, queue in view.state.queues.items():
        able = view.steps[code]
        assert queue.able == able
        steps = Counter(step for n, step in able.items() if agents[n].state is not AgentState.SIGNED_OUT)
        assert queue.signed_in == [steps[n] for n in range(len(queue.spec.steps))]
        assert queue.at_work == sum(agents[n].at_work for n in able)
        assert queue.staffed == (queue.empty_since is None)
        assert queue.talking == sum(a.talking_in == code for a in agents.values())
    reserving = {code for code, queue in view.state.queues.items() if queue.spec.reserved_agents}
    for number, agent in agents.items():
        assert agent.tiers == {code: steps[number] for code, steps in view.steps.items() if number in steps}
        assert set(agent.reserves) == {code for code in reserving if view.steps[code].get(number) == 0}


def the_shelves_hold_exactly_the_idle(view: View) -> None:
    state, free = view.state, view.free
    assert {n for n, a in state.agents.items() if a.indexed} == free.keys()
    for code, queue in state.queues.items():
        found = [idle[-1] for shelf in queue.shelves.values() for idle in shelf]
        assert sorted(found) == sorted(free.keys() & queue.able.keys())
        assert all(shelf == sorted(shelf) and shelf for shelf in queue.shelves.values())
        for (step, _, reserves), shelf in queue.shelves.items():
            for idle in shelf:
                agent = state.agents[idle[-1]]
                assert (agent.tiers[code], agent.reserves, agent.spec.priority) == (step, reserves, idle[0])
        if queue.spec.reserved_agents:
            assert queue.idle_able == sum(queue.able.get(n) == 0 for n in free)
        assert (code in state.tight) == (0 < queue.spec.reserved_agents >= queue.idle_able)
        shelves = [(other, kept) for other, q in state.queues.items() for (_, _, kept) in q.shelves]
        assert queue.sharing == Counter(other for other, kept in shelves if code in kept)


def nobody_waits_while_somebody_is_free(view: View) -> None:
    if view.free:
        for call in in_line(view.state):
            assert not any(view.may_have(call, agent) for agent in view.free)


def every_alarm_is_for_something(state: AcdState) -> None:
    alive = {
        "call": {c.call_id for c in state.waiting.values() if c.lined},
        "ticket": {t.ticket for t in state.tickets.values() if not t.call_id},
        "offer": set(state.offers),
        "wrap_up": {n for n, a in state.agents.items() if a.state is AgentState.WRAP_UP},
        "rested": set(state.agents),
        "empty": {c for c, q in state.queues.items() if not q.staffed and q.line},
        "forget": {c for c, q in state.queues.items() if q.served or q.gave_up},
    }
    for kind, alarms in state.alarms.items():
        assert alarms.keys() <= alive[kind], kind
    assert set(state.alarms.get("offer", ())) == alive["offer"]
    assert set(state.alarms.get("wrap_up", ())) == alive["wrap_up"]
    assert state.alarm_count == sum(map(len, state.alarms.values()))
    assert len(state.timers) <= 2 * state.alarm_count + 33
    assert state.alarm_count or not state.timers
