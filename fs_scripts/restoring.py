"""What a call side takes up again when it starts: agents, callers who may come back, open callbacks."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from sqlalchemy.orm import Session

from fs_scripts.callbacks import Callbacks
from fs_scripts.configuration import Configuration
from fs_scripts.dispatch import Dispatcher
from hotline.domain.acd.events import AgentRestored, CallerRemembered, DoNotDisturb
from hotline.domain.agent import AgentState
from hotline.store.base import to_epoch
from hotline.store.models import AgentPresence, Callback
from hotline.store.queries import callbacks, calls


@dataclass(frozen=True, slots=True)
class Memory:
    """As the store has it at *now*. *served* counts the calls of each agent since midnight, *missed* the offers
    that were not taken.
    """

    now: float
    presence: Sequence[AgentPresence]
    callers: Sequence[CallerRemembered]
    tickets: Sequence[Callback]
    served: Mapping[str, int]
    missed: Mapping[str, int]


def read(session: Session, configuration: Configuration, now: float, midnight: float) -> Memory:
    """Read it; of callers only what a queue still wants to know."""
    queues = configuration.queues
    minutes = max((max(q.last_agent_minutes, q.return_minutes) for q in queues), default=0)
    return Memory(
        now=now,
        presence=calls.presence(session),
        callers=calls.recent_callers(session, since=now - 60.0 * minutes) if minutes else (),
        tickets=callbacks.open_callbacks(session),
        served=calls.served_today(session, midnight),
        missed=calls.missed_today(session, midnight),
    )


def restore(memory: Memory, dispatcher: Dispatcher, desk: Callbacks) -> None:
    """Tell the ACD, which has its configuration already."""
    for row in memory.presence:
        if row.agent_number in dispatcher.state.agents:
            _restore_agent(row, dispatcher, memory.served.get(row.agent_number, 0), memory.now)
    for caller in memory.callers:
        if caller.queue in dispatcher.state.queues:
            dispatcher.apply(caller)
    desk.restore(memory.tickets)


def _restore_agent(row: AgentPresence, dispatcher: Dispatcher, calls_today: int, now: float) -> None:
    signed_in_at = to_epoch(row.signed_in_at) if row.signed_in_at else None
    worked = row.work_ms / 1000
    if row.state == AgentState.WRAP_UP:
        # It ends here, while a talk goes on and is counted whole at its end.
        worked += now - to_epoch(row.since)
    dispatcher.apply(
        AgentRestored(
            row.agent_number,
            AgentState(row.state),
            row.reason,
            to_epoch(row.since),
            signed_in_at,
            row.interaction_id,
            calls_today,
            worked,
        )
    )
    if row.do_not_disturb:
        extension = dispatcher.state.agents[row.agent_number].spec.extension
        dispatcher.apply(DoNotDisturb(extension, True))
