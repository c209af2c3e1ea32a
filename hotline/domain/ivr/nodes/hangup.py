"""Say good-bye, if wanted, and end the call."""

from dataclasses import dataclass

from hotline.domain.ivr.commands import FlowPrompt, Hangup, Play
from hotline.domain.ivr.events import Event, Played
from hotline.domain.ivr.fields import OneOfSpec, PromptsSpec, declare
from hotline.domain.ivr.node import Do, Node, Turn, Visit

CAUSES = ("NORMAL_CLEARING", "USER_BUSY", "CALL_REJECTED", "NORMAL_TEMPORARY_FAILURE")


@dataclass(frozen=True, kw_only=True)
class HangupNode(Node):
    type = "hangup"
    ends = True

    prompts: tuple[FlowPrompt, ...] = declare(PromptsSpec(required=False), ())
    cause: str = declare(OneOfSpec(options=CAUSES), "NORMAL_CLEARING")

    def enter(self, visit: Visit) -> Turn:
        prompts = visit.prompts(self.prompts)
        return Do(Play(prompts)) if prompts else Do(Hangup(self.cause))

    def answer(self, visit: Visit, event: Event) -> Turn:
        if isinstance(event, Played):
            return Do(Hangup(self.cause))
        raise self.unexpected(visit, event)
