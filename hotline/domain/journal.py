"""The kinds of facts that the journal holds, and what each carries.

Everything that happens to calls and agents is one entry. Statistics, the agents' operation log, the
explanation of a routing decision and the recovery after a crash read these and nothing else.

Durations in ``data`` are milliseconds and end in ``_ms``; other times are seconds since the epoch.
"""

from __future__ import annotations

import hashlib
import uuid
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, Final

CALL_STARTED: Final = "call.started"  # channel, caller, caller_name, called, flow, version, direction
CALL_ANSWERED: Final = "call.answered"
CALL_RESUMED: Final = "call.resumed"  # node, handler: taken over after the first handler was lost
CALL_REFUSED: Final = "call.refused"  # list: the caller is on it
# list: the caller is on it; despite: what else would have refused the caller (black, or a limit at the queue's door)
CALL_ADMITTED: Final = "call.admitted"
# priority, position (1 is next), agent (asked for), ticket (called back), list (white, vip), bonus (of a VIP, in the priority)
CALL_QUEUED: Final = "call.queued"
CALL_CAME_BACK: Final = (
    "call.came_back"  # queued_at: the place of before is taken again; or agent: of before, waited for
)
CALL_MOVED: Final = "call.moved"  # before, after, rule: into another queue by an overflow rule
CALL_DEQUEUED: Final = "call.dequeued"  # outcome, wait_ms, target, rule
CALL_CONNECTED: Final = "call.connected"  # offer_id, extension, wait_ms
CALL_DISCONNECTED: Final = "call.disconnected"  # side, talk_ms
CALL_HELD: Final = "call.held"
CALL_RETRIEVED: Final = "call.retrieved"  # held_ms
CALL_DATA: Final = "call.data"  # values: attached data that was set
CALL_ENDED: Final = "call.ended"  # side, cause, outcome
IVR_ENTERED: Final = "ivr.entered"  # node, flow
IVR_COLLECTED: Final = "ivr.collected"  # node, digits, terminator, outcome
ROUTING_DECIDED: Final = "routing.decided"  # the explanation, see hotline.domain.acd.explain
# script, version, kind_of_script (script, rules), outcome (decided, failed), target, priority, values, row (of a table, from 1;
# 0: none fitted), line (of a script), used (the facts by name), error, error_kind, error_line, ms
ROUTING_SCRIPT: Final = "routing.script"
OFFER_MADE: Final = "offer.made"  # offer_id, extension, ring_seconds
OFFER_ENDED: Final = "offer.ended"  # offer_id, outcome, cause, ring_ms
RECORDING_STARTED: Final = "recording.started"  # path, caller, called, extension
RECORDING_ENDED: Final = "recording.ended"  # path, duration_ms
SURVEY_MARKED: Final = "survey.marked"  # mark
VOICEMAIL_LEFT: Final = "voicemail.left"  # path, duration_ms, box, caller
AGENT_STATE: Final = "agent.state"  # from, to, reason, by: who or what caused it
AGENT_WRAP_UP: Final = "agent.wrap_up"  # until, by: the after-call work was prolonged
AGENT_DND: Final = "agent.do_not_disturb"  # on, by
AGENT_REACHABLE: Final = "agent.reachable"  # reachable: the desk phone is registered
CALLBACK_ASKED: Final = (
    "callback.asked"  # ticket, number, caller, called, priority, queued_at, expires_at, flow
)
# The interaction of these is the call in which it was asked for, but for callback.reached, where it is the call back.
CALLBACK_DIALLED: Final = "callback.dialled"  # ticket, number, attempt, offer_id, decision
CALLBACK_FAILED: Final = "callback.failed"  # ticket, outcome, cause, offer_id
CALLBACK_REACHED: Final = "callback.reached"  # ticket
CALLBACK_POSTPONED: Final = "callback.postponed"  # ticket, until, attempts
CALLBACK_RENUMBERED: Final = "callback.renumbered"  # ticket, number, before, by
CALLBACK_HURRIED: Final = "callback.hurried"  # ticket, by: the pause before the next attempt is over
CALLBACK_SETTLED: Final = "callback.settled"  # ticket, outcome: served, expired, attempts, cancelled
SYSTEM_STARTED: Final = "system.started"  # handler, switch
SYSTEM_REPAIRED: Final = "system.repaired"  # what the snapshot of the switch corrected
SWITCH_LOST: Final = "switch.lost"
SWITCH_CONNECTED: Final = "switch.connected"  # version


_NAMESPACE: Final = uuid.NAMESPACE_OID.bytes


@dataclass(frozen=True, slots=True)
class Entry:
    """One fact. ``entry_id`` is unique for ever, so that writing the same batch twice changes nothing."""

    entry_id: str
    at: float
    kind: str
    interaction_id: str | None = None
    agent_number: str | None = None
    queue_code: str | None = None
    data: Mapping[str, Any] = field(default_factory=dict)


def fact_id(*parts: str) -> str:
    """The id of a fact that two may report, the same for both: the call that ended, whoever saw it."""
    # uuid.uuid5 of NAMESPACE_OID, in a fifth of its time.
    digest = hashlib.sha1(_NAMESPACE + "/".join(parts).encode(), usedforsecurity=False).hexdigest()
    return f"{digest[:12]}5{digest[13:16]}{'89ab'[int(digest[16], 16) & 3]}{digest[17:32]}"
