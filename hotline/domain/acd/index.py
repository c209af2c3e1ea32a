"""Who may serve which queue, and the idle agents in the order in which they are asked.

A decision must not look at every agent. For each queue it is therefore written down once, when settings change,
from which relaxation step on each agent may serve it; and whoever is idle stands, for each of these queues, on
a shelf with others of the same step. A shelf is sorted by priority, then by what the queue's strategy goes
by, then by the time since which the agents have been idle. All of these stay as they are while an agent is
idle, so that the first of a shelf is its best, and getting onto a shelf or off it costs a search by halves.

Agents whom another queue may have reserved stand on shelves of their own: a shelf may be used as a whole, or
not at all.
"""

from __future__ import annotations

from bisect import bisect_left, insort
from collections.abc import Callable, Iterable, Iterator, Mapping
from heapq import heapify, heappop, heapreplace
from typing import Final

from hotline.domain.acd.model import AcdState, Agent, Idle, Queue, Shelf
from hotline.domain.acd.spec import AgentSpec, QueueSpec, SkillNeed, Strategy

_ANY: Final = ""
# Step, priority, what the strategy goes by, idle since, serial, number: the smaller is asked first.
Rank = tuple[int, int, float, float, int, str]


def step_for(skills: Mapping[str, int], steps: Iterable[tuple[SkillNeed, ...]]) -> int | None:
    """The first relaxation step whose needs these skills meet."""
    for step, needs in enumerate(steps):
        if all(skills.get(need.skill, 0) >= need.min_level for need in needs):
            return step
    return None


# --- who may serve what -------------------------------------------------------------------------------------


def list_queue(state: AcdState, spec: QueueSpec) -> None:
    """Make the queue findable by the skills without which nobody can serve it."""
    for skill in _asked_first(spec):
        state.by_skill.setdefault(skill, []).append(spec.code)
    _mind_reserve(state, state.queues[spec.code])


def unlist_queue(state: AcdState, spec: QueueSpec) -> None:
    for skill in _asked_first(spec):
        state.by_skill[skill].remove(spec.code)
        if not state.by_skill[skill]:
            del state.by_skill[skill]
    state.tight.pop(spec.code, None)


def _asked_first(spec: QueueSpec) -> list[str]:
    return list(dict.fromkeys(needs[0].skill if needs else _ANY for needs in spec.steps))


def queues_for(state: AcdState, spec: AgentSpec) -> list[str]:
    """The queues that this agent might serve."""
    skills = (_ANY, *spec.skills)
    return list(dict.fromkeys(code for skill in skills for code in state.by_skill.get(skill, ())))


def may_ask(state: AcdState, spec: QueueSpec) -> Iterable[str]:
    """The agents who might serve this queue."""
    skills = _asked_first(spec)
    if _ANY in skills:
        return list(state.agents)
    return list(dict.fromkeys(number for skill in skills for number in state.holders.get(skill, ())))


def qualify(state: AcdState, agent: Agent, code: str) -> None:
    """Write down from which step on the agent may serve the queue. The agent must not be on a shelf."""
    disqualify(state, agent, code)
    queue = state.queues[code]
    step = step_for(agent.spec.skills, queue.spec.steps)
    if step is None:
        return
    agent.tiers[code] = step
    queue.able[agent.spec.number] = step
    _count(queue, step, agent, +1)
    if step == 0 and queue.spec.reserved_agents:
        agent.reserves = tuple(sorted((*agent.reserves, code)))


def disqualify(state: AcdState, agent: Agent, code: str) -> None:
    step = agent.tiers.pop(code, None)
    if step is None:
        return
    queue = state.queues[code]
    del queue.able[agent.spec.number]
    _count(queue, step, agent, -1)
    agent.reserves = tuple(other for other in agent.reserves if other != code)


def _count(queue: Queue, step: int, agent: Agent, change: int) -> None:
    queue.signed_in[step] += change * agent.signed_in
    queue.at_work += change * agent.at_work


def count_signed_in(state: AcdState, agent: Agent, change: int, now: float) -> None:
    """The agent has signed in (+1) or out (-1)."""
    for code, step in agent.tiers.items():
        queue = state.queues[code]
        before = queue.signed_in[step]
        queue.signed_in[step] += change
        if not before or not queue.signed_in[step]:
            mind_staffing(state, queue, now)


def count_at_work(state: AcdState, agent: Agent, change: int) -> None:
    for code in agent.tiers:
        state.queues[code].at_work += change


def new_day(state: AcdState, now: float) -> None:
    """Count the calls of the day, and the shares of the groups, from nothing again."""
    for agent in state.agents.values():
        agent.calls_today = 0
        if agent.indexed:
            unshelve(state, agent)
            shelve(state, agent, now)
    for queue in state.queues.values():
        queue.shares.clear()


def mind_staffing(state: AcdState, queue: Queue, now: float) -> None:
    """Who is signed in has changed: steps may be skipped now, and who waits in vain is to be told."""
    code = queue.spec.code
    state.stir_queue(code)
    _stir_asked_for(state, queue)
    if queue.staffed:
        queue.empty_since = None
        state.hush("empty", code)
    elif queue.empty_since is None:
        queue.empty_since = now
        wake_when_empty(state, queue, now)


def _stir_asked_for(state: AcdState, queue: Queue) -> None:
    """Have those of the queue's agents looked at for whom somebody waits in particular."""
    for number in state.bound:
        if number in queue.able:
            state.stir(state.agents[number])


def wake_when_empty(state: AcdState, queue: Queue, now: float) -> None:
    """Look at who waits when the next of the limits for a queue without agents is reached."""
    spec = queue.spec
    limits = {rule.limit for rule in spec.overflow if rule.when == "nobody_signed_in"}
    if spec.no_agents_seconds:
        limits.add(spec.no_agents_seconds)
    since = now if queue.empty_since is None else queue.empty_since
    ahead = [due for limit in limits if (due := since + limit) > now]
    if ahead and queue.line:
        state.wake("empty", spec.code, min(ahead))


# --- who is idle --------------------------------------------------------------------------------------------


def shelve(state: AcdState, agent: Agent, now: float) -> None:
    """The agent can have an offer: put it where each of its queues finds it."""
    agent.indexed = True
    number = agent.spec.number
    for code, step in agent.tiers.items():
        queue = state.queues[code]
        group = agent.spec.group if queue.spec.strategy is Strategy.PERCENTAGE else ""
        shelf = (step, group, agent.reserves)
        idle: Idle = (
            agent.spec.priority,
            _score(queue, agent, step, now),
            agent.idle_since,
            agent.idle_serial,
            number,
        )
        standing = queue.shelves.get(shelf)
        if standing is None:
            queue.shelves[shelf] = [idle]
            _note_sharing(state, code, shelf, +1)
        else:
            insort(standing, idle)
        agent.shelved.append((code, shelf, idle))
    for code in agent.reserves:
        queue = state.queues[code]
        queue.idle_able += 1
        if queue.idle_able == queue.spec.reserved_agents + 1:
            _mind_reserve(state, queue)
            # One more than are reserved: other queues may have one of these now.
            for other in queue.sharing:
                state.stir_queue(other)
            _stir_asked_for(state, queue)


def unshelve(state: AcdState, agent: Agent) -> None:
    """The agent can have no offer. Harmless when it could not before."""
    if not agent.indexed:
        return
    agent.indexed = False
    for code, shelf, idle in agent.shelved:
        standing = state.queues[code].shelves[shelf]
        del standing[bisect_left(standing, idle)]
        if not standing:
            del state.queues[code].shelves[shelf]
            _note_sharing(state, code, shelf, -1)
    agent.shelved.clear()
    for code in agent.reserves:
        queue = state.queues[code]
        queue.idle_able -= 1
        if queue.idle_able == queue.spec.reserved_agents:
            _mind_reserve(state, queue)


def _mind_reserve(state: AcdState, queue: Queue) -> None:
    """Note whether the queue leaves none of its idle agents to others."""
    if queue.idle_able <= queue.spec.reserved_agents and queue.spec.reserved_agents:
        state.tight[queue.spec.code] = None
    else:
        state.tight.pop(queue.spec.code, None)


def _note_sharing(state: AcdState, code: str, shelf: Shelf, change: int) -> None:
    for reserving in shelf[2]:
        sharing = state.queues[reserving].sharing
        sharing[code] = sharing.get(code, 0) + change
        if not sharing[code]:
            del sharing[code]


def _score(queue: Queue, agent: Agent, step: int, now: float) -> float:
    """What the strategy goes by, the smaller the sooner; it must not change while the agent is idle."""
    match queue.spec.strategy:
        case Strategy.FEWEST_CALLS:
            return agent.calls_today
        case Strategy.LEAST_OCCUPIED:
            # As it was when the agent became idle: the order of two shares that both shrink would change
            # with time.
            since = agent.signed_in_at if agent.signed_in_at is not None else now
            online = agent.idle_since - since
            return agent.work_seconds / online if online > 0 else 0.0
        case Strategy.ROUND_ROBIN:
            return queue.turns.get(agent.spec.number, 0)
        case Strategy.HIGHEST_SKILL:
            skills = agent.spec.skills
            return -sum(need.weight * skills[need.skill] for need in queue.spec.needs_at(step))
        case _:
            return 0.0


def permitted(state: AcdState, reserves: tuple[str, ...], code: str) -> bool:
    """Whether queue *code* may take an agent of this kind from those who reserve some."""
    return not state.tight or reserver(state, reserves, code) is None


def reserver(state: AcdState, reserves: tuple[str, ...], code: str) -> str | None:
    """The queue for which such an agent is kept from queue *code*."""
    return next((other for other in reserves if other in state.tight and other != code), None)


def open_shelves(state: AcdState, queue: Queue, step: int) -> list[tuple[Shelf, list[Idle]]]:
    """The shelves from which a caller with this relaxation step may have an agent."""
    code, tight = queue.spec.code, state.tight
    if not tight or (len(tight) == 1 and code in tight):
        return [each for each in queue.shelves.items() if each[0][0] <= step]
    return [
        each
        for each in queue.shelves.items()
        if each[0][0] <= step and (not each[0][2] or reserver(state, each[0][2], code) is None)
    ]


def lowest_open_step(state: AcdState, queue: Queue) -> int | None:
    """The first relaxation step at which there is an idle agent for the queue."""
    return min((shelf[0] for shelf, _ in open_shelves(state, queue, len(queue.signed_in))), default=None)


def best(state: AcdState, queue: Queue, step: int) -> Agent | None:
    """The agent who is asked first: relaxation step, priority, strategy, longest idle."""
    order = ranker(queue)
    heads = [order(shelf, standing[0]) for shelf, standing in open_shelves(state, queue, step)]
    return state.agents[min(heads)[-1]] if heads else None


def in_order(state: AcdState, queue: Queue, step: int) -> Iterator[tuple[Rank, Shelf, Idle]]:
    """The idle agents for a caller with this relaxation step, in the order in which they are asked."""
    order = ranker(queue)
    heads = [
        (order(shelf, standing[0]), shelf, standing, 0)
        for shelf, standing in open_shelves(state, queue, step)
    ]
    heapify(heads)
    while heads:
        rank, shelf, standing, place = heads[0]
        yield rank, shelf, standing[place]
        if place + 1 < len(standing):
            heapreplace(heads, (order(shelf, standing[place + 1]), shelf, standing, place + 1))
        else:
            heappop(heads)


def ranker(queue: Queue) -> Callable[[Shelf, Idle], Rank]:
    """What tells where an idle agent of a shelf comes among all of the queue's."""
    if queue.spec.strategy is Strategy.PERCENTAGE:
        return lambda shelf, idle: (shelf[0], idle[0], -deficit(queue, shelf[1]), *idle[2:])
    return lambda shelf, idle: (shelf[0], *idle)


def deficit(queue: Queue, group: str) -> float:
    """How many calls this group of agents is short of its share, with the call that is to be given away."""
    total = sum(queue.shares.values()) + 1
    return queue.spec.mix.get(group, 0) / 100 * total - queue.shares.get(group, 0)
