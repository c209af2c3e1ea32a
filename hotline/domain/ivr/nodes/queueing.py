"""What nodes have in common that queue a caller for an agent (转人工): announcements, and ways out."""

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Final

from hotline.domain.ivr.commands import Announce, FlowPrompt, Hangup, Play, Transfer
from hotline.domain.ivr.events import Event, Played, QueueLeft, Transferred
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

_OUTSIDE: Final = "outside "
_TOLD: Final = "told"
_RING_SECONDS: Final = 30
# The ways that a node may leave out, and those that are taken in their place.
_INSTEAD: Final = {
    "voicemail": ("on_voicemail", "on_overflow"),
    "callback": ("on_callback", "on_overflow"),
    "closed": ("on_closed", "on_no_agents"),
    "emergency": ("on_emergency", "on_closed", "on_no_agents"),
}


@dataclass(frozen=True, kw_only=True)
class QueueingNode(Node):
    """A higher `priority` goes first. `on_served`: the agent hung up or sent the caller to the survey.

    Where the queue's own rules send a caller to an outside number, that is as if it were an agent; where
    they let it hear a prompt, it leaves as from a full queue.
    """

    queue: str = declare(QueueSpec(), "")
    priority: int = declare(NumberSpec(low=0, high=100), 0)
    max_wait_s: int = declare(NumberSpec(low=0, high=7200), 0)
    join: tuple[FlowPrompt, ...] = declare(PromptsSpec(required=False), ())
    again: tuple[FlowPrompt, ...] = declare(PromptsSpec(required=False), ())
    every_s: int = declare(NumberSpec(low=0, high=600), 0)
    position: bool = declare(FlagSpec(), default=False)
    expected_wait: bool = declare(FlagSpec(), default=False)
    voicemail_key: str = declare(KeySpec(required=False), "")
    callback_key: str = declare(KeySpec(required=False), "")
    on_served: str = declare(TargetSpec(needs="caller"), "")
    on_agent_gone: str = declare(TargetSpec(needs="caller"), "")
    # A caller who waits has chosen to: going round by way of a queue is no fault.
    on_timeout: str = declare(TargetSpec(needs="caller"), "")
    on_voicemail: str = declare(TargetSpec(required=False), "")
    on_callback: str = declare(TargetSpec(required=False), "")
    on_overflow: str = declare(TargetSpec(), "")
    on_no_agents: str = declare(TargetSpec(), "")
    on_closed: str = declare(TargetSpec(required=False), "")
    on_emergency: str = declare(TargetSpec(required=False), "")
    on_failed: str = declare(TargetSpec(), "")

    def answer(self, visit: Visit, event: Event) -> Turn:
        match event:
            case QueueLeft():
                return self._left(event)
            case Played() if visit.state.phase == _TOLD:
                return Go("prompt", self.on_overflow)
            case Transferred(outcome=outcome) if visit.state.phase.startswith(_OUTSIDE):
                connected = outcome == "connected"
                return Go(
                    "outside" if connected else "failed", self.on_served if connected else self.on_failed
                )
        raise self.unexpected(visit, event)

    def again_after_loss(self, visit: Visit) -> Turn | None:
        """What a next handler does for a caller whom the queue has sent away already; None: still queueing."""
        phase = visit.state.phase
        if phase == _TOLD:
            return Go("prompt", self.on_overflow)
        if phase.startswith(_OUTSIDE):
            return self._outside(phase.removeprefix(_OUTSIDE))
        return None

    def problems(self) -> Iterator[Problem]:
        if self.voicemail_key and not self.on_voicemail:
            yield Problem(self.id, "on_voicemail", "voicemail_key_without_target")
        if self.callback_key and not self.on_callback:
            yield Problem(self.id, "on_callback", "callback_key_without_target")
        if self.callback_key and self.callback_key == self.voicemail_key:
            yield Problem(self.id, "callback_key", "same_key", {"key": self.callback_key})

    def _left(self, left: QueueLeft) -> Turn:
        match left:
            case QueueLeft(outcome="served", ended_by=who) if who != "agent":
                return Do(Hangup())
            case QueueLeft(outcome="served" | "survey" as outcome):
                return Go(outcome, self.on_served)
            case QueueLeft(outcome="outside", target=number) if number:
                return self._outside(number)
            case QueueLeft(outcome="prompt", target=prompt) if prompt:
                return Do(Play((prompt,)), phase=_TOLD)
            case QueueLeft(outcome="outside" | "prompt" as outcome):
                return Go(outcome, self.on_overflow)
        fields = _INSTEAD.get(left.outcome, (f"on_{left.outcome}",))
        return Go(left.outcome, next(filter(None, (getattr(self, field) for field in fields)), ""))

    def _outside(self, number: str) -> Do:
        return Do(Transfer("outside", number, _RING_SECONDS), phase=_OUTSIDE + number)

    def announce(self, visit: Visit, join: tuple[FlowPrompt, ...]) -> Announce:
        """What the caller hears while waiting, beginning with `join`."""
        return Announce(
            join=visit.prompts(join),
            again=visit.prompts(self.again),
            every_s=self.every_s,
            position=self.position,
            expected_wait=self.expected_wait,
            voicemail_key=self.voicemail_key,
            callback_key=self.callback_key,
        )
