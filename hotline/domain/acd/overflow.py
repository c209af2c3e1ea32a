"""What time brings for those who wait: relaxation, overflow, limits, closing time."""

from __future__ import annotations

from hotline.domain.acd import estimates, standing
from hotline.domain.acd.effects import Effect, NobodyFree, QueueMoved
from hotline.domain.acd.events import OpeningChanged
from hotline.domain.acd.explain import explain
from hotline.domain.acd.index import wake_when_empty
from hotline.domain.acd.leaving import line_up, send_away, withdraw
from hotline.domain.acd.matching import binding_holds, match
from hotline.domain.acd.model import AcdState, Queue, Waiting
from hotline.domain.acd.spec import OverflowRule


def review(state: AcdState, call: Waiting, now: float, effects: list[Effect]) -> None:
    """Do what is due for a caller who stands in line, until there is nothing more, and say when to look again.

    A caller whose agent's phone rings is let be, and reviewed when that has come to nothing.
    """
    while call.lined and not _looked_at(state, call, now, effects):
        pass


def _looked_at(state: AcdState, call: Waiting, now: float, effects: list[Effect]) -> bool:
    """Do one thing that is due; true when it was the last."""
    if _dismissed(state, call, now, effects):
        return True
    if _freed(state, call, now):
        return False
    relaxed = _relaxed(state, call, now)
    match(state, now, effects)
    if call.offer_id is not None:
        return True
    if _overflowed(state, call, now, effects):
        return False
    if _given_up(state, call, now, effects):
        return True
    if relaxed or not call.explained:
        call.explained = True
        effects.append(NobodyFree(call.call_id, explain(state, call, None, "strategy", now)))
    standing.set_alarm(state, call, now)
    return True


def call_due(state: AcdState, key: str, now: float, effects: list[Effect]) -> None:
    call = state.waiting.get(key)
    if call is not None:
        review(state, call, now, effects)


def queue_empty(state: AcdState, key: str, now: float, effects: list[Effect]) -> None:
    """Nobody has been signed in for a while: those who wait may have to go."""
    queue = state.queues.get(key)
    if queue is None or queue.staffed:
        return
    wake_when_empty(state, queue, now)
    for call in list(standing.calls_in(state, queue)):
        review(state, call, now, effects)


def mind_pushed_back(state: AcdState, queue: Queue, now: float) -> None:
    """Somebody has come into the line: have the one looked at who has thereby come beyond a place that
    matters. At the next tick, since that one may push back others elsewhere.
    """
    for rule in queue.spec.overflow:
        if rule.when == "position" and len(queue.line) > rule.limit:
            pushed = state.place(queue.line[rule.limit])
            if pushed.call_id:
                state.wake("call", pushed.call_id, now)


def opening_changed(state: AcdState, event: OpeningChanged, now: float, effects: list[Effect]) -> None:
    closes = state.open and not event.open
    state.open, state.emergency = event.open, event.emergency
    for call in list(state.waiting.values()):
        call.closing = event.emergency or (call.closing and not event.open) or closes
        if event.emergency:
            send_away(state, call, now, effects, "emergency", rule="emergency")
        elif call.lined:
            _dismissed(state, call, now, effects)
    for ticket in list(state.tickets.values()):
        if event.emergency and ticket.place.offer_id is not None:
            withdraw(state, ticket.place.offer_id, now, effects, "emergency")
        line_up(state, ticket, now)


def _dismissed(state: AcdState, call: Waiting, now: float, effects: list[Effect]) -> bool:
    """Whether the hotline closed while the call waited, and the queue does not serve on."""
    if not call.closing:
        return False
    closing = state.queues[call.queue].spec.closing
    if closing not in {"voicemail", "callback", "prompt"}:
        return False
    outcome = "closed" if closing == "prompt" else closing
    send_away(state, call, now, effects, outcome, rule="closing")
    return True


def _freed(state: AcdState, call: Waiting, now: float) -> bool:
    """Whether the call has waited long enough for its agent."""
    if not call.bound_to or binding_holds(state, call, now):
        return False
    standing.unbind(state, call, now)
    return True


def _relaxed(state: AcdState, call: Waiting, now: float) -> bool:
    step = standing.step_by_time(state.queues[call.queue], call.joined_at, now)
    if step <= call.step:
        return False
    standing.relax(state, call, step)
    return True


def _overflowed(state: AcdState, call: Waiting, now: float, effects: list[Effect]) -> bool:
    """Whether a rule of the queue has taken the caller elsewhere."""
    for rule in state.queues[call.queue].spec.overflow:
        if not _applies(state, rule, call, now):
            continue
        if rule.action != "queue":
            send_away(state, call, now, effects, rule.action, target=rule.target, rule=rule.when)
            return True
        if _has_room(state, rule.target, call):
            _move_to(state, call, rule, now, effects)
            return True
    return False


def _applies(state: AcdState, rule: OverflowRule, call: Waiting, now: float) -> bool:
    match rule.when:
        case "wait":
            return now >= call.entered_at + rule.limit
        case "position":
            return state.position_of(call) > rule.limit
        case "expected_wait":
            expected = estimates.expected_wait(state, call.call_id)
            return expected is not None and expected > rule.limit
        case "nobody_signed_in":
            staffed = state.queues[call.queue].staffed
            return not staffed and now >= standing.nobody_since(state, call) + rule.limit
        case _:
            return False


def _has_room(state: AcdState, code: str, call: Waiting) -> bool:
    """Whether the caller may be moved there: the queue exists, is not full, and was not tried before; and it
    is not one agent alone that the call is for.
    """
    queue = state.queues.get(code)
    if (
        queue is None
        or code in state.leaving_queues
        or call.only
        or code == call.queue
        or code in call.visited
    ):
        return False
    return call.exempt or not is_full(queue)


def is_full(queue: Queue) -> bool:
    """Whether as many callers wait as the queue takes."""
    return 0 < queue.spec.max_waiting <= len(queue.line) - queue.callbacks


def _move_to(state: AcdState, call: Waiting, rule: OverflowRule, now: float, effects: list[Effect]) -> None:
    before = call.queue
    standing.leave_line(state, call)
    queue = state.queues[rule.target]
    call.visited = (*call.visited, before)
    call.queue, call.entered_at, call.step = rule.target, now, 0
    call.bound_to, call.bound_until, call.only, call.explained = "", 0.0, False, False
    call.key = standing.place_in(queue, call.priority, call.queued_at, call.key[2])
    standing.stand(state, call, now)
    effects.append(QueueMoved(call.call_id, before, rule.target, rule.when))
    match(state, now, effects)
    mind_pushed_back(state, queue, now)


def _given_up(state: AcdState, call: Waiting, now: float, effects: list[Effect]) -> bool:
    """Whether one of the queue's limits has been reached."""
    spec = state.queues[call.queue].spec
    limit = call.max_wait_seconds or spec.max_wait_seconds
    if limit and now >= call.joined_at + limit:
        send_away(state, call, now, effects, "timeout")
        return True
    nobody = spec.no_agents_seconds and standing.nobody_for(state, call)
    if nobody and now >= standing.nobody_since(state, call) + spec.no_agents_seconds:
        send_away(state, call, now, effects, "no_agents")
        return True
    return False
