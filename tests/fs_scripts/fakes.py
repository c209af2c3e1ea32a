"""A call centre in memory: a switch that holds one caller's channel, and everything behind it in earnest.

Only the wire is pretended: the channel, the ACD, the flow and the watcher's books are the real ones.
"""

from __future__ import annotations

import re
import uuid
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from urllib.parse import quote

import gevent

from fs_scripts.callbacks import Callbacks
from fs_scripts.calls import variables as var
from fs_scripts.calls.deps import CallDeps
from fs_scripts.calls.session import CallSession
from fs_scripts.calls.speaking import MUSIC, Speaker
from fs_scripts.configuration import Configuration
from fs_scripts.dispatch import Dispatcher
from fs_scripts.esl.channel import Channel
from fs_scripts.esl.errors import CommandFailed, ConnectionLost
from fs_scripts.esl.events import Event
from fs_scripts.esl.framing import Block
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
from hotline.domain.journal import Entry
from hotline.live.messages import Command, LiveEvent, Reply

NOW = 1_790_000_000.0
CALLER = "13800138000"


def event(name: str, headers: dict[str, str] | None = None, **variables: str) -> Event:
    """An event of the switch; underscores in *variables* are the channel variables' own."""
    lines = {"Event-Name": name, **(headers or {})}
    lines |= {f"variable_{key}": value for key, value in variables.items()}
    return Event(Block("\n".join(f"{key}: {quote(value)}" for key, value in lines.items()).encode()))


def until(condition: Callable[[], object], timeout: float = 5.0) -> None:
    """Wait until something is so; an error when it does not become so."""
    with gevent.Timeout(timeout, AssertionError("it did not become so")):
        while not condition():
            gevent.sleep(0.001)


class FakeClock:
    """Time that passes only when it is told to."""

    def __init__(self, now: float = NOW) -> None:
        self.now = now

    def __call__(self) -> float:
        return self.now

    def advance(self, seconds: float) -> None:
        self.now += seconds


class FakeJournal:
    """Keeps what was written, each entry id once, as the database does."""

    def __init__(self, clock: Callable[[], float]) -> None:
        self._clock = clock
        self.entries: dict[str, Entry] = {}

    def prepare(self) -> None:
        """Nothing is to be had at hand."""

    def start(self) -> None:
        """There is nothing to start."""

    def flush(self, timeout: float) -> bool:
        """There is nothing to write out."""
        return True

    def stop(self, timeout: float) -> None:
        """There is nothing to stop."""

    def write(self, kind, *, interaction_id=None, agent=None, queue=None, at=None, entry_id=None, **data):
        key = entry_id or f"entry {len(self.entries)}"
        when = self._clock() if at is None else at
        self.entries.setdefault(key, Entry(key, when, kind, interaction_id, agent, queue, data))

    def of(self, kind: str) -> list[Entry]:
        return [entry for entry in self.entries.values() if entry.kind == kind]

    def one(self, kind: str) -> Entry:
        (entry,) = self.of(kind)
        return entry


class FakeBus:
    """A live seam whose events are kept and whose commands come from the test."""

    def __init__(self) -> None:
        self.events: list[LiveEvent] = []
        self.handler: Callable[[Command], Reply] | None = None

    def publish(self, event: LiveEvent) -> None:
        self.events.append(event)

    def serve(self, handler: Callable[[Command], Reply]) -> Callable[[], None]:
        self.handler = handler
        return lambda: setattr(self, "handler", None)

    def of(self, kind: type) -> list:
        return [event for event in self.events if isinstance(event, kind)]


class FakePrompts:
    """Every prompt there is, as a file of its name; in other languages than Chinese with that in front."""

    def __init__(self, prefix: str = "") -> None:
        self._prefix = prefix

    def in_language(self, lang: str) -> FakePrompts:
        return FakePrompts(f"{lang}_")

    def path(self, prompt_id: str) -> Path:
        return Path(f"/prompts/{self._prefix}{prompt_id}.wav")


@dataclass(frozen=True)
class Bridge:
    """What comes of an offer to an agent's phone.

    *disposition* ``SUCCESS`` is a talk; ``""`` rings until something else happens. A talk ends by itself when
    *ends*, by the agent's hand.
    """

    disposition: str = "SUCCESS"
    ends: bool = True


RINGS = Bridge("")
TALKS = Bridge(ends=False)


class FakeCall:
    """The switch's end of one caller's connection, and the caller's mind.

    *keys* answers each question in turn (``""``: none, until it is given up); a question beyond them waits for
    ever. *ahead* maps a prompt to the keys that are pressed while it plays; *bridges* are what comes of each offer; *speaks* is how long a
    message lasts. *dies_at* is the number of the command at which the caller hangs up, *before* or after it is
    carried out; with *lost* the connection breaks there instead.
    """

    def __init__(
        self,
        *,
        keys: Iterable[str] = (),
        ahead: dict[str, str] | None = None,
        bridges: Iterable[Bridge] = (),
        speaks: float = 10.0,
        music: bool = True,
        dies_at: int = 0,
        before: bool = False,
        lost: bool = False,
        clock: FakeClock | None = None,
        headers: dict[str, str] | None = None,
        **variables: str,
    ) -> None:
        self.uuid = str(uuid.uuid4())
        self.keys, self.bridges = list(keys), list(bridges)
        self.ahead = ahead or {}
        self.speaks, self.music = speaks, music
        self.variables: dict[str, str] = {"uuid": self.uuid, **variables}
        self.commands: list[str] = []
        self.executed: list[tuple[str, str]] = []
        self.killed_legs: list[str] = []
        self.leg_is_there = True
        self.gone = False
        self.connected = True
        self._clock = clock or FakeClock()
        self._dies_at, self._before, self._lost = dies_at, before, lost
        self._running: dict[str, str] = {}
        told = {
            "Unique-ID": self.uuid,
            "Caller-Caller-ID-Number": CALLER,
            "Caller-Caller-ID-Name": "taxpayer",
            "Caller-Destination-Number": "12366",
        }
        self.channel = Channel(self, event("CHANNEL_DATA", told | (headers or {}), **self.variables))

    # --- what happens on the line -------------------------------------------------------------------------------

    def hang_up(self, cause: str = "NORMAL_CLEARING") -> None:
        if not self.gone:
            self.gone = True
            self._tell("CHANNEL_HANGUP", {"Hangup-Cause": cause})

    def lose(self) -> None:
        """The connection breaks, the caller stays."""
        self.connected = False
        self.channel.ended(None)

    def press(self, key: str) -> None:
        """Press a key; it stops what plays where that is allowed."""
        self._tell("DTMF", {"DTMF-Digit": key})
        if self.variables.get("playback_terminators") == "any":
            for execution, app in list(self._running.items()):
                if app == "playback":
                    self._complete(execution, playback_terminator_used=key)

    def agent_answers(self) -> None:
        self._tell("CHANNEL_BRIDGE", {"Other-Leg-Unique-ID": self.variables[var.LEG]})

    def bridge_ends(self, disposition: str = "SUCCESS") -> None:
        """The agent hangs up, or the ringing ends otherwise."""
        self._complete(self.running("bridge"), originate_disposition=disposition)

    def running(self, app: str) -> str:
        """The id of what runs now; an error when it is something else."""
        (found,) = [each for each, name in self._running.items() if name == app]
        return found

    def runs(self, app: str) -> bool:
        return app in self._running.values()

    def played(self) -> list[str]:
        """What the caller has heard, in order: the names of prompts, or the whole of other targets."""
        targets = [arg for app, arg in self.executed if app == "playback"]
        return [name for target in targets for name in _prompts(target)]

    # --- the connection, as a channel uses it -------------------------------------------------------------------

    def send(self, command: str, timeout: float = 10.0) -> Event | str:
        return self._obey(command, self._message if command.startswith("sendmsg") else self._reply)

    def send_all(self, data: list[str], timeout: float = 10.0) -> list[Event | str]:
        answers: list[Event | str] = []
        for each in data:
            # What follows the caller's end in a packet is not obeyed.
            if answers and self.gone:
                break
            answers.append(
                self.api(each.removeprefix("api ")) if each.startswith("api ") else self.send(each)
            )
        return answers

    def api(self, command: str, timeout: float = 10.0) -> str:
        return self._obey(f"api {command}", self._api)

    def stop(self) -> None:
        self.connected = False
        self.channel.ended(None)

    def _obey(self, command: str, carry_out: Callable[[str], Event | str]) -> Event | str:
        if not self.connected:
            raise ConnectionLost("closed")
        self.commands.append(command)
        dies = len(self.commands) == self._dies_at
        if dies and self._lost:
            self.lose()
            raise ConnectionLost("closed")
        if dies and self._before:
            self.hang_up()
        answer = carry_out(command)
        if dies and not self._before:
            self.hang_up()
        return answer

    def _reply(self, command: str) -> Event:
        return event("", {"Reply-Text": "+OK"})

    def _message(self, command: str) -> Event:
        head, _, body = command.partition("\n\n")
        fields = dict(line.split(": ", 1) for line in head.splitlines()[1:])
        app, arg = fields["execute-app-name"], fields.get("execute-app-arg", body)
        if not self.gone:
            self.executed.append((app, arg))
            self._running[fields["Event-UUID"]] = app
            getattr(self, f"_do_{app}", self._do_at_once)(fields["Event-UUID"], arg)
        return self._reply(command)

    def _api(self, command: str) -> str:
        name, _, rest = command.removeprefix("api ").partition(" ")
        target, _, arg = rest.partition(" ")
        if target == self.uuid and self.gone:
            raise CommandFailed(command, "-ERR No such channel!")
        if name == "uuid_setvar_multi":
            self._set(arg)
        elif name == "uuid_break":
            for running, app in list(self._running.items()):
                if app == "playback":
                    self._complete(running)
        elif name == "uuid_kill" and target == self.uuid:
            self.hang_up(arg)
        elif name == "uuid_kill":
            self.killed_legs.append(target)
            if not self.leg_is_there:
                raise CommandFailed(command, "-ERR No such channel!")
            self._complete(self.running("bridge"), originate_disposition="ORIGINATOR_CANCEL")
        return "+OK"

    def _set(self, pairs: str) -> None:
        for pair in re.split(r"(?<!\\);", pairs):
            name, _, value = pair.partition("=")
            self.variables[name] = re.sub(r"\\(.)", r"\1", value.replace("\\s", " "))

    # --- applications -------------------------------------------------------------------------------------------

    def _do_at_once(self, execution: str, arg: str) -> None:
        self._complete(execution)

    def _do_playback(self, execution: str, target: str) -> None:
        if target == MUSIC and self.music:
            return
        if "silence_stream://" in target:
            self._answer_question(execution)
            return
        for key in self.ahead.pop(_prompts(target)[-1], ""):
            self.press(key)
        if execution in self._running:
            self._complete(execution, playback_terminator_used="")

    def _answer_question(self, execution: str) -> None:
        if not self.keys:
            return
        keyed = self.keys.pop(0)
        for key in keyed:
            self.press(key)
        if not keyed:
            self._complete(execution, playback_terminator_used="")

    def _do_record(self, execution: str, arg: str) -> None:
        self._clock.advance(self.speaks)
        if self.speaks:
            self._complete(execution, record_ms=str(round(self.speaks * 1000)))

    def _do_bridge(self, execution: str, arg: str) -> None:
        bridge = self.bridges.pop(0)
        if bridge.disposition == "SUCCESS":
            self.agent_answers()
            if bridge.ends:
                self._complete(execution, originate_disposition="SUCCESS")
        elif bridge.disposition:
            self._complete(execution, originate_disposition=bridge.disposition)

    def _complete(self, execution: str, **variables: str) -> None:
        self._running.pop(execution, None)
        self.variables |= variables
        self._tell("CHANNEL_EXECUTE_COMPLETE", {"Application-UUID": execution})

    def _tell(self, name: str, headers: dict[str, str]) -> None:
        known = {key: value for key, value in self.variables.items() if value}
        self.channel.took(event(name, {"Unique-ID": self.uuid, **headers}, **known))


def _prompts(target: str) -> list[str]:
    found = re.findall(r"/prompts/([a-z0-9_]+)\.wav", target)
    return found or [target]


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


class FakeSwitch:
    """The event socket, as far as customers are dialled over it. Each ``originate`` is answered by the next of
    *answers*: a uuid for somebody who picks up, or the cause why nobody does; beyond them it rings for ever.
    *legs* are those that a handler of before has dialled, with the tickets on them.
    """

    def __init__(self) -> None:
        self.answers: list[str] = []
        self.dialled: list[str] = []
        self.killed: list[str] = []
        self.legs: dict[str, str] = {}
        self.asked: list[str] = []

    def channels(self) -> list[dict[str, str]]:
        desk = {"uuid": "desk", "direction": "outbound", "presence_id": "1001@hotline"}
        return [desk, *({"uuid": leg, "direction": "outbound", "presence_id": ""} for leg in self.legs)]

    def api(self, command: str, timeout: float = 10.0) -> str:
        self.asked.append(command)
        name, leg, *_ = command.split()
        if name == "uuid_exists":
            return str(leg in self.legs).lower()
        if leg not in self.legs:
            raise CommandFailed(command, "-ERR No such channel!")
        return self.legs[leg] or "_undef_"

    def bgapi(self, command: str, timeout: float = 30.0) -> str:
        if command.startswith("uuid_kill"):
            self.killed.append(command.split()[1])
            return "+OK"
        self.dialled.append(command)
        if not self.answers:
            gevent.sleep(timeout)
        answer = self.answers.pop(0)
        if answer.isupper():
            raise CommandFailed(command, f"-ERR {answer}")
        return f"+OK {answer}"

    def variables(self) -> dict[str, str]:
        """What the last customer's channel was given."""
        inside = self.dialled[-1].partition("{")[2].partition("}")[0]
        return dict(pair.split("=", 1) for pair in inside.split(","))


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
