"""What the journal means for a callback: one function a kind.

Entries of one ticket are applied in any order, each once. What a later entry has settled, an earlier one that
comes late does not open again.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any, Final

from hotline.domain import journal as kinds
from hotline.domain.journal import Entry
from hotline.store.base import from_epoch
from hotline.store.callbacks import Callback

_SETTLED: Final = {"served": "served", "expired": "expired", "attempts": "failed", "cancelled": "cancelled"}


def ticket_of(entry: Entry) -> str | None:
    """The ticket that *entry* is about, if it is about one."""
    ticket = entry.data.get("ticket")
    return ticket[:36] if entry.kind in ON_CALLBACK and isinstance(ticket, str) else None


def blank_callback(ticket: str, at: float) -> Callback:
    """A ticket of which nothing is known but that it is there."""
    moment = from_epoch(at)
    return Callback(
        ticket=ticket,
        interaction_id="",
        state="waiting",
        queue_code="",
        caller="",
        called="",
        number="",
        priority=0,
        queued_at=moment,
        asked_at=moment,
        expires_at=moment,
        attempts=0,
        last_outcome="",
        place="",
    )


def apply_to_callback(callback: Callback, entry: Entry) -> None:
    """Let *entry* change its ticket."""
    ON_CALLBACK[entry.kind](callback, entry)


def _asked(callback: Callback, entry: Entry) -> None:
    data = entry.data
    callback.interaction_id = entry.interaction_id or ""
    callback.asked_at = from_epoch(entry.at)
    callback.queue_code = entry.queue_code or ""
    for name in ("caller", "called", "place"):
        setattr(callback, name, str(data.get(name) or ""))
    callback.number = callback.number or str(data.get("number") or "")
    callback.priority = int(data.get("priority") or 0)
    callback.queued_at = _moment(data, "queued_at", entry.at)
    callback.expires_at = _moment(data, "expires_at", entry.at)
    if callback.next_at is None and data.get("not_before"):
        callback.next_at = _moment(data, "not_before", entry.at)


def _dialled(callback: Callback, entry: Entry) -> None:
    callback.attempts = max(callback.attempts, int(entry.data.get("attempt") or 0))
    callback.agent_number = entry.agent_number or callback.agent_number
    if callback.settled_at is None:
        callback.state = "dialling"


def _failed(callback: Callback, entry: Entry) -> None:
    callback.last_outcome = str(entry.data.get("outcome") or "")[:16]
    if callback.settled_at is None:
        callback.state = "waiting"


def _reached(callback: Callback, entry: Entry) -> None:
    callback.reached_interaction_id = entry.interaction_id or callback.reached_interaction_id
    callback.last_outcome = "reached"


def _postponed(callback: Callback, entry: Entry) -> None:
    callback.next_at = _moment(entry.data, "until", entry.at)
    callback.attempts = max(callback.attempts, int(entry.data.get("attempts") or 0))
    if callback.settled_at is None:
        callback.state = "waiting"


def _renumbered(callback: Callback, entry: Entry) -> None:
    callback.number = str(entry.data.get("number") or "")


def _hurried(callback: Callback, entry: Entry) -> None:
    callback.next_at = from_epoch(entry.at)


def _settled(callback: Callback, entry: Entry) -> None:
    callback.state = _SETTLED.get(str(entry.data.get("outcome")), "cancelled")
    callback.settled_at = from_epoch(entry.at)


def _moment(data: Mapping[str, Any], key: str, otherwise: float) -> Any:
    value = data.get(key)
    return from_epoch(value if isinstance(value, int | float) else otherwise)


ON_CALLBACK: Final[Mapping[str, Callable[[Callback, Entry], None]]] = {
    kinds.CALLBACK_ASKED: _asked,
    kinds.CALLBACK_DIALLED: _dialled,
    kinds.CALLBACK_FAILED: _failed,
    kinds.CALLBACK_REACHED: _reached,
    kinds.CALLBACK_POSTPONED: _postponed,
    kinds.CALLBACK_RENUMBERED: _renumbered,
    kinds.CALLBACK_HURRIED: _hurried,
    kinds.CALLBACK_SETTLED: _settled,
}
