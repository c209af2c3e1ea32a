"""Speak a value: a number, an amount, a date, a code (语音播报), out of attached data or as it stands."""

from dataclasses import dataclass
from typing import cast, get_args

from hotline.domain.ivr.commands import FlowPrompt, Play, Say, SayKind
from hotline.domain.ivr.events import Event, Played
from hotline.domain.ivr.fields import FlagSpec, OneOfSpec, PromptsSpec, TargetSpec, TemplateSpec, declare
from hotline.domain.ivr.node import Do, Go, Node, Turn, Visit, can_say
from hotline.domain.ivr.templates import fill


@dataclass(frozen=True, kw_only=True)
class SayNode(Node):
    """`value` may be data ("${balance}"). One that cannot be spoken leads to `on_missing`, or without that
    way on, and nothing is said.
    """

    type = "say"

    before: tuple[FlowPrompt, ...] = declare(PromptsSpec(required=False), ())
    say_as: str = declare(OneOfSpec(options=get_args(SayKind)), "number")
    value: str = declare(TemplateSpec(), "")
    after: tuple[FlowPrompt, ...] = declare(PromptsSpec(required=False), ())
    interruptible: bool = declare(FlagSpec(), default=True)
    next: str = declare(TargetSpec(), "")
    on_missing: str = declare(TargetSpec(required=False), "")

    def enter(self, visit: Visit) -> Turn:
        kind, value = cast("SayKind", self.say_as), fill(self.value, visit.data).strip()
        if not can_say(kind, value):
            return Go("missing", self.on_missing or self.next)
        prompts = (*visit.prompts(self.before), Say(kind, value), *visit.prompts(self.after))
        return Do(Play(prompts, self.interruptible))

    def answer(self, visit: Visit, event: Event) -> Turn:
        if isinstance(event, Played):
            return Go("played", self.next)
        raise self.unexpected(visit, event)
