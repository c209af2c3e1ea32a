"""What is remembered of callers: who served them, and the place that they gave up.

For each queue the entries stand in the order in which they were made; those whose time is over are forgotten
when their time comes, and the oldest when there are too many.
"""

from __future__ import annotations

from typing import Final

from hotline.domain.acd.effects import Effect
from hotline.domain.acd.events import CallerRemembered
from hotline.domain.acd.model import AcdState, Queue, Remembered, Waiting
from hotline.domain.acd.moves import queue_of

CALLERS_OF_A_QUEUE: Final = 10_000
# How long a caller who came back waits for the old agent when the queue says nothing of its own.
OLD_AGENT_SECONDS: Final = 30


def note_served(state: AcdState, queue: Queue, caller: str, agent: str, at: float, now: float) -> None:
    """Remember who served the caller."""
    minutes = queue.spec.last_agent_minutes if queue.spec.last_agent_seconds else 0
    if caller and minutes:
        _put(state, queue, queue.served, caller, Remembered(at + minutes * 60, agent), now)


def note_given_up(state: AcdState, call: Waiting, now: float) -> None:
    """Remember the place of a caller who hung up while waiting, and the agent who was rung last."""
    queue = state.queues[call.queue]
    if call.caller and queue.spec.return_minutes:
        until = now + queue.spec.return_minutes * 60
        kept = Remembered(until, call.bound_to or call.last_offered, call.queued_at)
        _put(state, queue, queue.gave_up, call.caller, kept, now)


def caller_remembered(state: AcdState, event: CallerRemembered, now: float, _effects: list[Effect]) -> None:
    queue = queue_of(state, event.queue)
    if event.queued_at:
        if event.caller and queue.spec.return_minutes:
            until = event.at + queue.spec.return_minutes * 60
            kept = Remembered(until, event.agent, event.queued_at)
            _put(state, queue, queue.gave_up, event.caller, kept, now)
    else:
        note_served(state, queue, event.caller, event.agent, event.at, now)


def server_of(queue: Queue, caller: str, now: float) -> str:
    """Who served the caller, if that is remembered."""
    known = queue.served.get(caller)
    return known.agent if known is not None and known.until > now else ""


def take_given_up(state: AcdState, queue: Queue, caller: str, now: float) -> Remembered | None:
    """What the caller gave up not long ago, once."""
    known = queue.gave_up.pop(caller, None)
    if known is None:
        return None
    _forget(state, queue, now)
    return known if known.until > now else None


def _put(
    state: AcdState, queue: Queue, book: dict[str, Remembered], caller: str, what: Remembered, now: float
) -> None:
    if what.until <= now:
        return
    book.pop(caller, None)
    book[caller] = what
    if len(book) > CALLERS_OF_A_QUEUE:
        del book[next(iter(book))]
    _forget(state, queue, now)


def forget(state: AcdState, code: str, now: float, _effects: list[Effect]) -> None:
    """The time of some that are remembered is over."""
    queue = state.queues.get(code)
    if queue is not None:
        _forget(state, queue, now)


def _forget(state: AcdState, queue: Queue, now: float) -> None:
    oldest = []
    for book in (queue.gave_up, queue.served):
        while book and (first := next(iter(book.items())))[1].until <= now:
            del book[first[0]]
        if book:
            oldest.append(next(iter(book.values())).until)
    if oldest:
        state.wake("forget", queue.spec.code, min(oldest))
    else:
        state.hush("forget", queue.spec.code)
