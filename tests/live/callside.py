"""The call side on the live switch, with a database of its own, and what tests ask of it."""

from __future__ import annotations

import time
from collections.abc import Callable, Mapping
from dataclasses import replace
from pathlib import Path
from typing import Self

import gevent
from sqlalchemy import select
from sqlalchemy.orm import Session

from fs_scripts.decision_log import DecisionLog
from fs_scripts.lookups import SourceLookUps
from fs_scripts.service import CallSide, CallSideConfig
from hotline.config import Address
from hotline.domain import journal as kinds
from hotline.domain.acd.events import StateRequested
from hotline.domain.agent import AgentState
from hotline.domain.ivr.flow import dump, parse
from hotline.domain.journal import Entry
from hotline.live.messages import Command, LiveEvent, Reply
from hotline.store.db import open_database
from hotline.store.migrate import upgrade
from hotline.store.models import Queue
from hotline.store.seed import seed
from hotline.store.vault import Vault
from tests.live import audio
from tests.live.waiting import until

PROMPT_TONE = 620
WHISPER_TONE = 1700
AGENT_NUMBER_TONE = 2300
ENGLISH_TONE = 1350


class TonePrompts:
    """Prompts that are tones of a quarter of a second, so that tests do not wait for speech. What is said
    before a talk is longer and has tones of its own.
    """

    def __init__(self, folder: Path) -> None:
        self._path = audio.write_tone(folder / "prompt.wav", PROMPT_TONE, seconds=0.25)
        whisper = audio.write_tone(folder / "whisper.wav", WHISPER_TONE, seconds=1.5)
        number = audio.write_tone(folder / "number.wav", AGENT_NUMBER_TONE, seconds=1.0)
        self._folder = folder
        self._english = audio.write_tone(folder / "english.wav", ENGLISH_TONE, seconds=0.5)
        self._own = {"whisper_queue_policy": whisper, "agent_number_pre": number}

    def in_language(self, lang: str) -> TonePrompts:
        """All prompts of another language are one tone."""
        other = TonePrompts(self._folder)
        other._path, other._own = self._english, {}
        return other

    def lengthen(self, prompt_id: str, tone: float, seconds: float) -> None:
        """Give one prompt a tone of its own that lasts."""
        self._own[prompt_id] = audio.write_tone(self._folder / f"{prompt_id}.wav", tone, seconds=seconds)

    def path(self, prompt_id: str) -> Path:
        return self._own.get(prompt_id, self._path)


class MemoryJournal:
    """Keeps what was written, newest last."""

    def __init__(self) -> None:
        self.entries: list[Entry] = []

    def prepare(self) -> None:
        """Nothing is to be had at hand."""

    def start(self) -> None:
        """There is nothing to start."""

    def flush(self, timeout: float) -> bool:
        """All is written already."""
        return timeout > 0

    def stop(self, timeout: float) -> None:
        """There is nothing to write out."""

    def write(
        self, kind, *, interaction_id=None, agent=None, queue=None, at=None, entry_id=None, **data
    ) -> None:  # type: ignore[no-untyped-def]
        when = time.time() if at is None else at
        entry = Entry(entry_id or str(len(self.entries)), when, kind, interaction_id, agent, queue, data)
        self.entries.append(entry)


class TestsAsk:
    """A live seam whose console is the test."""

    def __init__(self) -> None:
        self._handler: Callable[[Command], Reply] | None = None

    def request(self, command: Command, timeout: float = 5.0) -> Reply:
        assert self._handler is not None, f"nobody answers {command} within {timeout} s"
        return self._handler(command)

    def serve(self, handler: Callable[[Command], Reply]) -> Callable[[], None]:
        self._handler = handler
        return lambda: None

    def publish(self, event: LiveEvent) -> None:
        """Nobody hears it."""

    def listen(self, listener):  # type: ignore[no-untyped-def]
        del listener
        return lambda: None

    def close(self) -> None:
        """There is nothing to give back."""


class LiveCallSide:
    """A call side as tests see it."""

    def __init__(
        self,
        home: Path,
        listen: str,
        event_socket: tuple[str, int, str],
        recordings: Path,
        name: str = "active",
    ) -> None:
        self.recordings = recordings
        self.journal = MemoryJournal()
        url = f"sqlite:///{home / 'hotline.db'}"
        upgrade(url)
        self.database = open_database(url)
        vault = Vault(bytes(32))
        self.database.write(lambda s: seed(s, vault, now=time.time(), password="live-test-only"))
        self.prompts = TonePrompts(home)
        self.bus = TestsAsk()
        host, port = listen.rsplit(":", 1)
        config = CallSideConfig(
            name=name,
            listen=Address(host, int(port)),
            event_socket=Address(event_socket[0], event_socket[1]),
            event_socket_password=event_socket[2],
            switch_kind="freeswitch",
            home=home,
            recordings=recordings,
        )
        self.side = CallSide(
            config,
            self.database,
            self.bus,
            self.prompts,
            time.time,
            self.journal,
            lambda: False,
            DecisionLog(home / "decisions", 1),
            SourceLookUps(self.database, vault),
        )

    def __enter__(self) -> Self:
        self.side.start()
        assert self.side.wait_active(15), "the call side does not become active"
        return self

    def __exit__(self, *_: object) -> None:
        self.side.stop(5)
        self.database.close()

    # --- agents ---------------------------------------------------------------------------------------------

    def agent(self, number: str):  # type: ignore[no-untyped-def]
        return self.side.dispatcher.state.agents[number]

    def state_of(self, number: str) -> AgentState:
        return self.agent(number).state

    def own_calls(self, number: str) -> int:
        return self.agent(number).own_calls

    def make_idle(self, number: str) -> None:
        until(lambda: self.agent(number).reachable, 10, f"the phone of {number} is registered")
        self.side.dispatcher.apply(StateRequested(number, AgentState.IDLE, "", "test"))

    # --- settings -------------------------------------------------------------------------------------------

    def configure(self, *, queues: Mapping[str, object] | None = None, **changes: object) -> None:
        """Change the configuration as if an administrator had: *queues* in every queue, the rest in itself."""
        before = self.side.deps.configuration()
        specs = tuple(replace(queue, **(queues or {})) for queue in before.queues)  # type: ignore[arg-type]
        configuration = replace(before, queues=specs, **changes)  # type: ignore[arg-type]
        self.side.work_by(configuration)

    def add_node(self, node: str, body: Mapping[str, object]) -> None:
        """Put one more node into the published flow; nothing leads there yet."""
        content = dump(self.side.deps.configuration().flows["main"])
        content["nodes"][node] = dict(body)
        self.configure(flows={"main": parse(content)})

    def change_node(self, node: str, **fields: object) -> None:
        """Change a node of the published flow."""
        flow = self.side.deps.configuration().flows["main"]
        content = dump(flow)
        content["nodes"][node] |= fields
        self.configure(flows={"main": parse(content)})

    def set_ring_seconds(self, seconds: int) -> None:
        self.configure(queues={"ring_seconds": seconds})

    def set_voice(self, *, whisper: bool, announce_agent: bool) -> None:
        """What every queue says before a talk."""

        def change(session: Session) -> None:
            for queue in session.scalars(select(Queue)):
                queue.whisper, queue.announce_agent = whisper, announce_agent

        self.database.write(change)
        self.side.reload()

    # --- the journal ----------------------------------------------------------------------------------------

    def forget(self) -> None:
        """Begin anew to wait for things that happen."""
        self.journal.entries.clear()

    def wait_until(self, moment: float) -> None:
        """Let time pass that nothing tells of."""
        gevent.sleep(max(0.0, moment - time.time()))

    def find(self, kind: str, **data: object) -> Entry | None:
        for entry in self.journal.entries:
            if entry.kind == kind and all(entry.data.get(k) == v for k, v in data.items()):
                return entry
        return None

    def wait_for(self, kind: str, timeout: float = 15.0, **data: object) -> Entry:
        return until(lambda: self.find(kind, **data), timeout, f"{kind} {data}")  # type: ignore[return-value]

    def wait_entered(self, node: str) -> Entry:
        return self.wait_for(kinds.IVR_ENTERED, node=node)

    def seconds_since_entered(self, node: str) -> float:
        return time.time() - self.wait_entered(node).at

    def recording_now(self, folder: str) -> bool:
        return any((self.recordings / folder).rglob("*.wav"))
