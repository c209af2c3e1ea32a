"""Play prompts and go on."""

from dataclasses import dataclass

from hotline.domain.ivr.commands import FlowPrompt, Play
from hotline.domain.ivr.events import Event, Played
from hotline.domain.ivr.fields import FlagSpec, PromptsSpec, TargetSpec, declare
from hotline.domain.ivr.node import Do, Go, Node, Turn, Visit


@dataclass(frozen=True, kw_only=True)
class PlayNode(Node):
    """`skip_on_resume`: a caller whose handler was lost does not hear it again, as with a welcome."""

    type = "play"

    prompts: tuple[FlowPrompt, ...] = declare(PromptsSpec(), ())
    interruptible: bool = declare(FlagSpec(), default=True)
    skip_on_resume: bool = declare(FlagSpec(), default=False)
    next: str = declare(TargetSpec(), "")

    def enter(self, visit: Visit) -> Turn:
        prompts = visit.prompts(self.prompts)
        return Do(Play(prompts, self.interruptible)) if prompts else Go("played", self.next)

    def answer(self, visit: Visit, event: Event) -> Turn:
        if isinstance(event, Played):
            return Go("played", self.next)
        raise self.unexpected(visit, event)

    def resume(self, visit: Visit) -> Turn:
        return Go("skipped", self.next) if self.skip_on_resume else self.enter(visit)
