"""How long a caller will wait, and a queue in figures. Neither looks at every agent or caller."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

from hotline.domain.acd.model import AcdState, Queue
from hotline.domain.acd.moves import queue_of

# What a call takes (talk and wrap-up) in a queue that has not served any yet.
FIRST_GUESS_SECONDS: Final = 180.0
# How much the newest call counts in the mean.
_NEWEST: Final = 0.1


@dataclass(frozen=True, slots=True)
class QueueFigures:
    """A queue as people see it: ``waiting`` are callers who are not being offered to an agent, ``callbacks``
    those in line who are to be called back. ``idle`` agents can have an offer now.
    """

    waiting: int
    callbacks: int
    longest_wait_since: float | None
    agents_signed_in: int
    agents_idle: int
    offered: int
    talking: int


def figures(state: AcdState, code: str) -> QueueFigures:
    """Raises :class:`~hotline.domain.acd.moves.UnknownQueue`."""
    queue = queue_of(state, code)
    return QueueFigures(
        waiting=len(queue.line) - queue.callbacks,
        callbacks=queue.callbacks,
        longest_wait_since=min((key[1] for key, call_id, _ in queue.line if call_id), default=None),
        agents_signed_in=sum(queue.signed_in),
        agents_idle=sum(map(len, queue.shelves.values())),
        offered=queue.offered,
        talking=queue.talking,
    )


def expected_wait(state: AcdState, call_id: str) -> float | None:
    """In how many seconds from now a waiting call will be offered to an agent; None when nobody is at work,
    or the call does not wait.

    Place in line times what a call takes, shared by the agents who are at work (idle, ringing, talking or in
    wrap-up). An agent who serves other queues too counts in full, so that a queue that shares its agents with
    busy ones waits longer than this.
    """
    call = state.waiting.get(call_id)
    return None if call is None else _wait_at(state.queues[call.queue], state.position_of(call))


def expected_wait_of_newcomer(state: AcdState, queue: str, priority: int, queued_at: float) -> float | None:
    """The same for a call that would be queued now. Raises :class:`~hotline.domain.acd.moves.UnknownQueue`."""
    found = queue_of(state, queue)
    if not found.line and found.shelves:
        return 0.0
    return _wait_at(found, state.place_of_newcomer(queue, priority, queued_at))


def _wait_at(queue: Queue, place: int) -> float | None:
    if not queue.at_work:
        return None
    return place * (queue.handling_seconds or FIRST_GUESS_SECONDS) / queue.at_work


def note_handling(queue: Queue, seconds: float) -> None:
    """A call has been served, and took so long."""
    before = queue.handling_seconds or seconds
    queue.handling_seconds = before + _NEWEST * (seconds - before)
