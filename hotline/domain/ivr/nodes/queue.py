"""Queue for an agent (转人工), and go on by how that ended."""

from collections.abc import Iterator
from dataclasses import dataclass

from hotline.domain.ivr.commands import Announce, Enqueue, FlowPrompt, Hangup
from hotline.domain.ivr.events import Event, QueueLeft
from hotline.domain.ivr.fields import (
    FlagSpec,
    KeySpec,
    NumberSpec,
    PromptsSpec,
    QueueSpec,
    TargetSpec,
    declare,
)
from hotline.domain.ivr.node import Do, Go, Node, Turn, Visit
from hotline.domain.ivr.problems import Problem


@dataclass(frozen=True, kw_only=True)
class QueueNode(Node):
    """A higher `priority` goes first. `on_served`: the agent hung up or sent the caller to the survey."""

    type = "queue"

    queue: str = declare(QueueSpec(), "")
    priority: int = declare(NumberSpec(low=0, high=100), 0)
    max_wait_s: int = declare(NumberSpec(low=0, high=7200), 0)
    join: tuple[FlowPrompt, ...] = declare(PromptsSpec(required=False), ())
    again: tuple[FlowPrompt, ...] = declare(PromptsSpec(required=False), ())
    every_s: int = declare(NumberSpec(low=0, high=600), 0)
    position: bool = declare(FlagSpec(), default=False)
    expected_wait: bool = declare(FlagSpec(), default=False)
    voicemail_key: str = declare(KeySpec(required=False), "")
    on_served: str = declare(TargetSpec(needs="caller"), "")
    on_agent_gone: str = declare(TargetSpec(needs="caller"), "")
    # A caller who waits has chosen to: going round by way of a queue is no fault.
    on_timeout: str = declare(TargetSpec(needs="caller"), "")
    on_voicemail: str = declare(TargetSpec(needs="caller", required=False), "")
    on_overflow: str = declare(TargetSpec(), "")
    on_no_agents: str = declare(TargetSpec(), "")
    on_failed: str = declare(TargetSpec(), "")

    def enter(self, visit: Visit) -> Turn:
        return self._enqueue(visit, self.join)

    def resume(self, visit: Visit) -> Turn:
        return self._enqueue(visit, ())

    def answer(self, visit: Visit, event: Event) -> Turn:
        match event:
            case QueueLeft(outcome="served", ended_by=who) if who != "agent":
                return Do(Hangup())
            case QueueLeft(outcome="served" | "survey" as outcome):
                return Go(outcome, self.on_served)
            case QueueLeft(outcome="voicemail") if not self.on_voicemail:
                raise self.unexpected(visit, event)
            case QueueLeft(outcome=outcome):
                target: str = getattr(self, f"on_{outcome}")
                return Go(outcome, target)
        raise self.unexpected(visit, event)

    def problems(self) -> Iterator[Problem]:
        if self.voicemail_key and not self.on_voicemail:
            yield Problem(self.id, "on_voicemail", "voicemail_key_without_target")

    def _enqueue(self, visit: Visit, join: tuple[FlowPrompt, ...]) -> Turn:
        announce = Announce(
            join=visit.prompts(join),
            again=visit.prompts(self.again),
            every_s=self.every_s,
            position=self.position,
            expected_wait=self.expected_wait,
            voicemail_key=self.voicemail_key,
        )
        return Do(Enqueue(self.queue, self.priority, self.max_wait_s, announce))
