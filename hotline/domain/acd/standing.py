"""Standing in line: the place of a caller, or of a callback, and the time at which to look at it again."""

from __future__ import annotations

from bisect import bisect_left, insort
from collections.abc import Iterator
from typing import Final

from hotline.domain.acd.model import AcdState, Entry, Key, Line, Queue, Ticket, Waiting

# How often an expected wait is worked out again while the caller waits, and an overflow that could not be
# done is tried again.
RECHECK_SECONDS: Final = 10.0


def place_in(queue: Queue, priority: int, queued_at: float, serial: int) -> Key:
    """The place in line: virtual arrival, so that a point of priority is worth so many seconds of waiting.

    It does not change with time, and nobody who comes later by more than the worth of the priorities between
    them is served sooner: nobody starves.
    """
    return queued_at - priority * queue.spec.ageing_seconds, queued_at, serial


def stand(state: AcdState, call: Waiting, now: float) -> None:
    """Take the place in line. Whoever can serve the call is stirred."""
    queue = state.queues[call.queue]
    entry = call.entry
    call.lined = True
    call.step = max(call.step, step_by_time(queue, call.joined_at, now))
    insort(queue.line, entry)
    if not call.call_id:
        queue.callbacks += 1
    if call.bound_to:
        insort(state.bound.setdefault(call.bound_to, []), entry)
        agent = state.agents.get(call.bound_to)
        if agent is not None:
            state.stir(agent)
    else:
        _insert(state, queue, call, entry)


def leave_line(state: AcdState, call: Waiting) -> None:
    """Give up the place. Harmless when it has been given up."""
    if not call.lined:
        return
    queue = state.queues[call.queue]
    entry = call.entry
    call.lined = False
    _remove(queue.line, entry)
    if not call.call_id:
        queue.callbacks -= 1
    if call.bound_to:
        _remove(state.bound[call.bound_to], entry)
        if not state.bound[call.bound_to]:
            del state.bound[call.bound_to]
    else:
        _take_out(state, queue, call, entry)
    if not queue.line:
        state.hush("empty", call.queue)
    if call.call_id:
        state.hush("call", call.call_id)


def unbind(state: AcdState, call: Waiting, now: float) -> None:
    """The call takes any agent from now on."""
    lined = call.lined
    leave_line(state, call)
    call.bound_to, call.bound_until, call.only = "", 0.0, False
    if lined:
        stand(state, call, now)


def relax(state: AcdState, call: Waiting, step: int) -> None:
    """The call has reached another relaxation step."""
    queue = state.queues[call.queue]
    general = call.lined and not call.bound_to
    if general:
        _take_out(state, queue, call, call.entry)
    call.step = step
    if general:
        _insert(state, queue, call, call.entry)
    elif call.bound_to in state.agents:
        state.stir(state.agents[call.bound_to])


def step_by_time(queue: Queue, joined_at: float, now: float) -> int:
    """The relaxation step that the waiting time allows."""
    # Here as everywhere the sum is compared, not the difference: an alarm rings at the sum, and rounded the
    # difference may be the smaller.
    reached = [n for n, step in enumerate(queue.spec.relaxation, 1) if now >= joined_at + step.after_seconds]
    return max(reached, default=0)


def next_step_at(queue: Queue, call: Waiting) -> list[float]:
    """When the call's waiting time allows the next steps."""
    return [call.joined_at + step.after_seconds for step in queue.spec.relaxation[call.step :]]


def step_in_force(queue: Queue, call: Waiting) -> int:
    """The relaxation step whose agents are asked: steps for which nobody is signed in are skipped."""
    return max(call.step, queue.floor)


def first_for(queue: Queue, lowest: int) -> Entry | None:
    """The first in line who takes an agent of relaxation step *lowest*."""
    skipped = 0 if lowest <= queue.floor else lowest
    heads = [line[0] for line in queue.steps[skipped:] if line]
    return min(heads, default=None)


def calls_in(state: AcdState, queue: Queue) -> Iterator[Waiting]:
    """Those who stand in line, without the callbacks."""
    return (state.waiting[call_id] for _, call_id, _ in list(queue.line) if call_id)


# --- when to look again -------------------------------------------------------------------------------------


def set_alarm(state: AcdState, call: Waiting, now: float) -> None:
    """Look at a caller who stands in line when the next of its limits is reached."""
    ahead = [due for due in limits_of(state, call, now) if due > now]
    if ahead:
        state.wake("call", call.call_id, min(ahead))
    else:
        state.hush("call", call.call_id)


def limits_of(state: AcdState, call: Waiting, now: float) -> Iterator[float]:
    queue = state.queues[call.queue]
    yield from next_step_at(queue, call)
    if call.bound_until:
        yield call.bound_until
    for rule in queue.spec.overflow:
        if rule.when == "wait":
            due = call.entered_at + rule.limit
            # What is due and has not been done (the other queue is full) is tried again.
            yield due if due > now else now + RECHECK_SECONDS
        elif rule.when == "expected_wait":
            yield now + RECHECK_SECONDS
        elif rule.when == "nobody_signed_in" and not queue.staffed:
            due = nobody_since(state, call) + rule.limit
            yield due if due > now else now + RECHECK_SECONDS
    limit = call.max_wait_seconds or queue.spec.max_wait_seconds
    if limit:
        yield call.joined_at + limit
    if queue.spec.no_agents_seconds and nobody_for(state, call):
        yield nobody_since(state, call) + queue.spec.no_agents_seconds


def nobody_for(state: AcdState, call: Waiting) -> bool:
    """Whether nobody is signed in who could ever serve this call."""
    if call.only:
        agent = state.agents.get(call.bound_to)
        return agent is None or not agent.signed_in
    return not state.queues[call.queue].staffed


def nobody_since(state: AcdState, call: Waiting) -> float:
    """Since when the call has waited with nobody signed in for it."""
    if call.only:
        agent = state.agents.get(call.bound_to)
        return max(call.entered_at, agent.since if agent is not None else 0.0)
    return max(call.entered_at, state.queues[call.queue].empty_since or 0.0)


def set_ticket_alarm(state: AcdState, ticket: Ticket, now: float) -> None:
    """Look at a callback when it expires, may be called, or reaches the next relaxation step."""
    queue = state.queues[ticket.place.queue]
    dues = [ticket.expires_at, ticket.not_before, *next_step_at(queue, ticket.place)]
    ahead = [due for due in dues if due > now]
    if ahead:
        state.wake("ticket", ticket.ticket, min(ahead))


# --- lines --------------------------------------------------------------------------------------------------


def _insert(state: AcdState, queue: Queue, call: Waiting, entry: Entry) -> None:
    insort(queue.steps[call.step], entry)
    state.crowded[call.queue] = None
    state.stir_queue(call.queue)


def _take_out(state: AcdState, queue: Queue, call: Waiting, entry: Entry) -> None:
    _remove(queue.steps[call.step], entry)
    if not any(queue.steps):
        state.crowded.pop(call.queue, None)
        state.stirred_queues.pop(call.queue, None)


def _remove(line: Line, entry: Entry) -> None:
    del line[bisect_left(line, entry)]
