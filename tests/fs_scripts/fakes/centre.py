"""A call centre in memory: a switch that holds one caller's channel, and everything behind it in earnest.

Only the wire is pretended: the channel, the ACD, the flow and the watcher's books are the real ones.
"""

from __future__ import annotations

import uuid
from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path

import gevent

from fs_scripts.callbacks import Callbacks
from fs_scripts.calls import variables as var
from fs_scripts.calls.deps import CallDeps
from fs_scripts.calls.session import CallSession
from fs_scripts.calls.speaking import Speaker
from fs_scripts.configuration import Configuration
from fs_scripts.dispatch import Dispatcher
from fs_scripts.live_view import LiveView
from fs_scripts.ownership import Ownerships
from hotline.domain import journal as kinds
from hotline.domain.acd.effects import Effect
from hotline.domain.acd.events import Event as AcdEvent
from hotline.domain.acd.events import PhoneReachable, StateRequested
from hotline.domain.acd.model import AcdState
from hotline.domain.acd.spec import AgentSpec, QueueSpec, SkillNeed
from hotline.domain.agent import AgentState
from hotline.domain.calendar import Calendar
from hotline.domain.ivr.demo import QUEUES, demo_flow
from hotline.domain.ivr.flow import Flow
from hotline.domain.ivr.state import State, dumps
from tests.fs_scripts.fakes.bus import FakeBus
from tests.fs_scripts.fakes.call import FakeCall
from tests.fs_scripts.fakes.clock import NOW, FakeClock
from tests.fs_scripts.fakes.dialling import FakeSwitch
from tests.fs_scripts.fakes.journal import FakeJournal
from tests.fs_scripts.fakes.prompts import FakePrompts


def configuration(flow: Flow | None = None) -> Configuration:
    """The demo's number plan, three agents and the four queues; always open."""
    everything = {"policy": 5, "systems": 5, "complaints": 5, "general": 5}
    return Configuration(
        agents=(
            AgentSpec("8001", "Li", "1001", "desk", skills=everything),
            AgentSpec("8002", "Wang", "1002", "desk", skills={"policy": 5}),
            AgentSpec("8003", "Zhao", "1003", "desk", skills={"systems": 5}),
        ),
        queues=tuple(QueueSpec(code, code, (SkillNeed(code),), no_agents_seconds=0) for code in QUEUES),
        flows={"main": flow or demo_flow()},
        old_flows={},
        numbers={"12366": "main"},
        calendar=Calendar(),
        always_open=True,
    )


class CallCentre:
    """One call side without a switch. Agents come to work by :meth:`ready`."""

    def __init__(self, recordings: Path) -> None:
        self.configuration = configuration()
        self.clock = FakeClock()
        self.journal = FakeJournal(self.clock)
        self.bus = FakeBus()
        self.view = LiveView(self.bus, self.clock, "freeswitch")
        self.effects: list[Effect] = []
        self.decided: list[tuple[float, AcdEvent, tuple[Effect, ...]]] = []
        self._handlers: list[gevent.Greenlet] = []
        self.dispatcher = Dispatcher("epoch", self.journal, self.clock, self._note, self._decided)
        self.view.attach(self.dispatcher)
        self.owned = Ownerships()
        self.switch = FakeSwitch()
        self.callbacks = Callbacks(
            self.dispatcher, self.journal, self.switch, lambda: self.configuration, self.clock
        )
        self.dispatcher.attach_callbacks(self.callbacks.carry_out)
        self.dispatcher.apply(self.configuration.acd())
        self.deps = CallDeps(
            configuration=lambda: self.configuration,
            dispatcher=self.dispatcher,
            journal=self.journal,
            speaker=Speaker(FakePrompts()),
            watcher=self.view,
            ownership=self.owned,
            recordings=recordings,
            clock=self.clock,
            handler="active",
            callbacks=self.callbacks,
        )

    def _decided(self, at: float, event: AcdEvent, effects: Sequence[Effect], _state: AcdState) -> None:
        self.decided.append((at, event, tuple(effects)))

    def _note(self, effect: Effect) -> None:
        self.effects.append(effect)
        self.view.effect(effect)

    def ready(self, *numbers: str) -> None:
        """Agents sign in at phones that are registered."""
        for number in numbers:
            self.dispatcher.apply(PhoneReachable(self.agent(number).spec.extension, True))
            self.dispatcher.apply(StateRequested(number, AgentState.IDLE, "", "test"))

    def agent(self, number: str):
        return self.dispatcher.state.agents[number]

    def states(self) -> dict[str, str]:
        return {number: str(agent.state) for number, agent in self.dispatcher.state.agents.items()}

    def set_queue(self, **changes: int) -> None:
        queues = tuple(replace(queue, **changes) for queue in self.configuration.queues)
        self.configuration = replace(self.configuration, queues=queues)
        self.dispatcher.apply(self.configuration.acd())

    def call(self, **script) -> FakeCall:
        return FakeCall(clock=self.clock, **script)

    def begin(self, call: FakeCall) -> gevent.Greenlet:
        """Hand the call to a handler."""
        self._handlers.append(gevent.spawn(CallSession(call.channel, self.deps).run))
        return self._handlers[-1]

    def close(self) -> None:
        """End the handlers that still hold a call."""
        gevent.killall(self._handlers)

    def serve(self, call: FakeCall) -> FakeCall:
        """Hand the call to a handler and wait until that is done with it."""
        handler = self.begin(call)
        handler.join(5.0)
        assert handler.ready(), f"the handler does not end; the last command was {call.commands[-1:]}"
        assert handler.exception is None
        return call

    def taken_over(self, node: str, script: dict[str, object] | None = None, **variables: str) -> FakeCall:
        """A call that another handler has lost at *node*, 90 seconds after it began."""
        known = {
            var.INTERACTION: str(uuid.uuid4()),
            var.STARTED_AT: f"{NOW - 90:.3f}",
            var.ROLE: "caller",
            var.STATE: dumps(State("main", 1, node)),
            "playback_terminators": "any",
        }
        return self.call(**(script or {}), **(known | variables))

    def assert_nothing_is_left(self) -> None:
        """Nobody waits, no phone is reserved, nobody is thought to talk, no handler holds a call."""
        state = self.dispatcher.state
        assert not state.waiting
        assert not state.offers
        assert not any(queue.line for queue in state.queues.values())
        assert not {"ringing", "talking"} & set(self.states().values())
        assert all(agent.offer_id is None for agent in state.agents.values())
        assert len(self.owned) == 0
        assert not self.view.call_ids()

    def outcome(self) -> str:
        return self.journal.one(kinds.CALL_ENDED).data["outcome"]

    def repaired(self) -> list[str]:
        """What was set right after the switch, in order."""
        return [entry.data["what"] for entry in self.journal.of(kinds.SYSTEM_REPAIRED)]
