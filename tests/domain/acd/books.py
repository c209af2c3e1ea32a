"""What must be true of the ACD's state after every event, worked out the long way: by looking at everybody."""

from __future__ import annotations

from collections import Counter

from hotline.domain.acd.model import AcdState, Agent, Queue, Waiting
from hotline.domain.agent import AgentState


def check(state: AcdState, now: float) -> None:
    """Raise an AssertionError when a promise is broken or a book is wrong."""
    nothing_is_left_to_be_looked_at(state)
    an_agent_rings_exactly_while_an_offer_is_open(state)
    the_lines_hold_everybody_who_waits(state)
    who_may_serve_what_is_right(state)
    the_shelves_hold_exactly_the_idle(state, now)
    nobody_waits_while_somebody_is_free(state, now)
    every_alarm_is_for_something(state)


def first_step(agent: Agent, queue: Queue) -> int | None:
    for step, needs in enumerate(queue.spec.steps):
        if all(agent.spec.skills.get(need.skill, 0) >= need.min_level for need in needs):
            return step
    return None


def floor(state: AcdState, queue: Queue) -> int:
    """The first step for which somebody is signed in."""
    steps = [first_step(a, queue) for a in state.agents.values() if a.state is not AgentState.SIGNED_OUT]
    return min((step for step in steps if step is not None), default=0)


def kept_for_others(state: AcdState, agent: Agent, code: str, now: float, taken: int = 0) -> bool:
    """Whether a queue that has reserved agents would have too few without this one."""
    for other, queue in state.queues.items():
        reserved = queue.spec.reserved_agents
        if other == code or not reserved or first_step(agent, queue) != 0:
            continue
        idle = sum(a.hindrance(now) is None and first_step(a, queue) == 0 for a in state.agents.values())
        if idle + taken - 1 < reserved:
            return True
    return False


def may_have(state: AcdState, call: Waiting, agent: Agent, now: float) -> bool:
    """Whether an idle agent may be offered this call."""
    if agent.hindrance(now) is not None or call.bound_to not in {"", agent.spec.number}:
        return False
    if call.only:
        return True
    queue = state.queues[call.queue]
    step = first_step(agent, queue)
    if step is None or step > max(call.step, floor(state, queue)):
        return False
    return not kept_for_others(state, agent, call.queue, now)


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


def who_may_serve_what_is_right(state: AcdState) -> None:
    for code, queue in state.queues.items():
        able = {n: step for n, a in state.agents.items() if (step := first_step(a, queue)) is not None}
        assert queue.able == able
        steps = Counter(
            step for n, step in able.items() if state.agents[n].state is not AgentState.SIGNED_OUT
        )
        assert queue.signed_in == [steps[n] for n in range(len(queue.spec.steps))]
        assert queue.at_work == sum(state.agents[n].at_work for n in able)
        assert queue.staffed == (queue.empty_since is None)
        assert queue.talking == sum(a.talking_in == code for a in state.agents.values())
    for agent in state.agents.values():
        tiers = {c: step for c, q in state.queues.items() if (step := first_step(agent, q)) is not None}
        assert agent.tiers == tiers
        kept = {c for c, step in tiers.items() if step == 0 and state.queues[c].spec.reserved_agents}
        assert set(agent.reserves) == kept


def the_shelves_hold_exactly_the_idle(state: AcdState, now: float) -> None:
    free = {n for n, a in state.agents.items() if a.hindrance(now) is None}
    assert {n for n, a in state.agents.items() if a.indexed} == free
    for code, queue in state.queues.items():
        found = [idle[-1] for shelf in queue.shelves.values() for idle in shelf]
        assert sorted(found) == sorted(free & queue.able.keys())
        assert all(shelf == sorted(shelf) and shelf for shelf in queue.shelves.values())
        for (step, _, reserves), shelf in queue.shelves.items():
            for idle in shelf:
                agent = state.agents[idle[-1]]
                assert (agent.tiers[code], agent.reserves, agent.spec.priority) == (step, reserves, idle[0])
        if queue.spec.reserved_agents:
            assert queue.idle_able == sum(queue.able.get(n) == 0 for n in free)
        sharing = Counter(
            other for other, q in state.queues.items() for (_, _, reserves) in q.shelves if code in reserves
        )
        assert queue.sharing == sharing


def nobody_waits_while_somebody_is_free(state: AcdState, now: float) -> None:
    free = [a for a in state.agents.values() if a.hindrance(now) is None]
    if free:
        for call in in_line(state):
            assert not any(may_have(state, call, agent, now) for agent in free)


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
