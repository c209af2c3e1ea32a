"""Take a voice message (语音留言)."""

from dataclasses import dataclass

from hotline.domain.ivr.commands import FlowPrompt, RecordMessage
from hotline.domain.ivr.events import Event, Recorded
from hotline.domain.ivr.fields import FlagSpec, NumberSpec, PromptsSpec, TargetSpec, TextSpec, declare
from hotline.domain.ivr.node import Do, Go, Node, Turn, Visit


@dataclass(frozen=True, kw_only=True)
class VoicemailNode(Node):
    """Record into `box` until a key, `silence_s` of silence or `longest_s`."""

    type = "voicemail"

    box: str = declare(TextSpec(pattern=r"[A-Za-z0-9_-]{1,40}"), "")
    prompts: tuple[FlowPrompt, ...] = declare(PromptsSpec(), ())
    longest_s: int = declare(NumberSpec(low=5, high=600), 120)
    silence_s: int = declare(NumberSpec(low=1, high=30), 5)
    beep: bool = declare(FlagSpec(), default=True)
    on_recorded: str = declare(TargetSpec(needs="caller"), "")
    on_empty: str = declare(TargetSpec(needs="time"), "")
    on_failed: str = declare(TargetSpec(), "")

    def enter(self, visit: Visit) -> Turn:
        prompts = visit.prompts(self.prompts)
        return Do(RecordMessage(self.box, prompts, self.longest_s, self.silence_s, self.beep))

    def answer(self, visit: Visit, event: Event) -> Turn:
        match event:
            case Recorded(outcome="recorded"):
                return Go("recorded", self.on_recorded)
            case Recorded(outcome="empty"):
                return Go("empty", self.on_empty)
            case Recorded(outcome="failed"):
                return Go("failed", self.on_failed)
        raise self.unexpected(visit, event)
