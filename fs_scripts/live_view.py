"""The centre as people see it right now, kept from the effects of the ACD and the steps of the calls, and
published as events.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import replace
from typing import Final

import gevent

from fs_scripts.dispatch import Dispatcher
from hotline.domain.acd.effects import (
    AgentMoved,
    Effect,
    MakeOffer,
    NextStateKept,
    NobodyFree,
    QueueMoved,
    SendAway,
    WrapUpProlonged,
)
from hotline.domain.acd.estimates import figures
from hotline.domain.acd.model import AcdState, Agent
from hotline.domain.agent import MISSED, AgentState
from hotline.live.bus import LiveBus
from hotline.live.messages import (
    AgentChanged,
    AgentView,
    CallChanged,
    CallView,
    Notice,
    QueueChanged,
    QueueView,
    Snapshot,
    SwitchChanged,
)

QUEUE_REFRESH_SECONDS: Final = 0.2


class LiveView:
    """Publishes what changes and answers with the whole when asked.

    The calls and the missed offers of each agent are counted since local midnight; they are set when the call
    side starts and at midnight.
    """

    def __init__(self, bus: LiveBus, clock: Callable[[], float], switch_kind: str) -> None:
        self._bus = bus
        self._clock = clock
        self._dispatcher: Dispatcher | None = None
        self._calls: dict[str, CallView] = {}
        self._served: dict[str, int] = {}
        self._missed: dict[str, int] = {}
        self._version = 0
        self._stale_queues: set[str] = set()
        self._switch = (switch_kind, "", False)

    def attach(self, dispatcher: Dispatcher) -> None:
        """Show this dispatcher's agents and queues."""
        self._dispatcher = dispatcher

    def set_today(self, served: Mapping[str, int], missed: Mapping[str, int]) -> None:
        """The calls that agents took today, and the offers that they missed."""
        self._served, self._missed = dict(served), dict(missed)

    # --- told by others -------------------------------------------------------------------------------------

    def effect(self, effect: Effect) -> None:
        """Show what the ACD did."""
        match effect:
            case AgentMoved():
                if effect.after is AgentState.TALKING:
                    self._served[effect.agent] = self._served.get(effect.agent, 0) + 1
                elif effect.before is AgentState.RINGING and effect.call_id and effect.reason in MISSED:
                    self._missed[effect.agent] = self._missed.get(effect.agent, 0) + 1
                self.agent_changed(effect.agent)
                if effect.after is AgentState.BUSY and effect.by == "acd":
                    self._notice("warning", "agent_missed_offer", agent=effect.agent, reason=effect.reason)
                self._queues_of(effect.agent)
            case NextStateKept() | WrapUpProlonged():
                self.agent_changed(effect.agent)
            case QueueMoved():
                self._queue_changed(effect.before)
                self._queue_changed(effect.after)
            case MakeOffer():
                self._queue_changed(effect.queue)
            case NobodyFree():
                self._queue_changed(effect.decision.queue)
            case SendAway():
                self._queue_changed(effect.queue)
            case _:
                pass

    def call_changed(self, view: CallView) -> None:
        before = self._calls.get(view.interaction_id)
        self._calls[view.interaction_id] = view
        self._bus.publish(CallChanged(self._clock(), self._next(), view))
        for queue in {view.queue, before.queue if before else None} - {None}:
            self._queue_changed(str(queue))

    def call_ended(self, interaction_id: str) -> None:
        view = self._calls.pop(interaction_id, None)
        if view is not None:
            now = self._clock()
            self._bus.publish(CallChanged(now, self._next(), replace(view, phase="ended", since=now)))
            if view.queue:
                self._queue_changed(view.queue)

    def agent_changed(self, number: str) -> None:
        agent = self._state.agents.get(number)
        if agent is not None:
            self._bus.publish(AgentChanged(self._clock(), self._next(), self._agent_view(agent)))

    def switch_changed(self, version: str, connected: bool) -> None:
        kind = self._switch[0]
        self._switch = (kind, version or self._switch[1], connected)
        self._bus.publish(SwitchChanged(self._clock(), self._next(), kind, self._switch[1], connected))
        if not connected:
            self._notice("alarm", "switch_lost")

    # --- asked by people ------------------------------------------------------------------------------------

    def call_ids(self) -> frozenset[str]:
        return frozenset(self._calls)

    def call(self, interaction_id: str) -> CallView | None:
        return self._calls.get(interaction_id)

    def snapshot(self) -> Snapshot:
        kind, version, connected = self._switch
        return Snapshot(
            at=self._clock(),
            switch=kind,
            switch_version=version,
            switch_connected=connected,
            agents=tuple(self._agent_view(a) for _, a in sorted(self._state.agents.items())),
            queues=tuple(self._queue_view(code) for code in self._state.queues),
            calls=tuple(self._calls.values()),
            version=self._version,
        )

    # --- views ----------------------------------------------------------------------------------------------

    @property
    def _state(self) -> AcdState:
        if self._dispatcher is None:
            raise RuntimeError("the live view has no dispatcher yet")
        return self._dispatcher.state

    def _agent_view(self, agent: Agent) -> AgentView:
        spec = agent.spec
        wraps_up = agent.state is AgentState.WRAP_UP
        queue = self._state.queues.get(agent.queue or "") if wraps_up else None
        return AgentView(
            number=spec.number,
            name=spec.name,
            extension=spec.extension,
            group=spec.group,
            state=str(agent.state),
            reason=agent.reason,
            since=agent.since,
            reachable=agent.reachable,
            signed_in_at=agent.signed_in_at,
            next_state=str(agent.next_state) if agent.next_state else None,
            interaction_id=agent.call_id,
            caller=agent.caller or None,
            queue=agent.queue,
            calls_today=self._served.get(spec.number, 0),
            do_not_disturb=agent.do_not_disturb,
            wrap_up_until=agent.wrap_up_until if wraps_up else None,
            prolonged=agent.extensions if wraps_up else 0,
            prolongations=queue.spec.wrap_up_extensions if queue else 0,
            missed_today=self._missed.get(spec.number, 0),
        )

    def _queue_view(self, code: str) -> QueueView:
        found = figures(self._state, code)
        return QueueView(
            code=code,
            name=self._state.queues[code].spec.name,
            waiting=found.waiting,
            longest_wait_since=found.longest_wait_since,
            agents_signed_in=found.agents_signed_in,
            agents_idle=found.agents_idle,
            offered=found.offered,
            talking=found.talking,
        )

    def _queue_changed(self, code: str) -> None:
        # One call moves several queues several times within milliseconds; people need the result.
        if not self._stale_queues:
            gevent.spawn_later(QUEUE_REFRESH_SECONDS, self._publish_queues)
        self._stale_queues.add(code)

    def _publish_queues(self) -> None:
        codes, self._stale_queues = self._stale_queues, set()
        for code in sorted(codes & self._state.queues.keys()):
            self._bus.publish(QueueChanged(self._clock(), self._next(), self._queue_view(code)))

    def _queues_of(self, number: str) -> None:
        agent = self._state.agents.get(number)
        if agent is None:
            return
        for code in agent.tiers:
            self._queue_changed(code)

    def queues(self) -> list[QueueView]:
        """The queues as they are."""
        return [self._queue_view(code) for code in sorted(self._state.queues)]

    def alarm(self, code: str, /, **params: str) -> None:
        """Tell people that something is wrong which callers do not notice yet."""
        self._notice("alarm", code, **params)

    def _notice(self, level: str, code: str, /, **params: str) -> None:
        self._bus.publish(Notice(self._clock(), self._next(), level, code, params))

    def _next(self) -> int:
        self._version += 1
        return self._version
