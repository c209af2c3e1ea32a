"""Ask for a mark after the talk (满意度调查)."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Final

from hotline.domain.ivr.commands import Collect, FlowPrompt
from hotline.domain.ivr.events import Collected, Event
from hotline.domain.ivr.fields import FlagSpec, NumberSpec, PromptsSpec, TargetSpec, declare
from hotline.domain.ivr.node import Do, Go, Node, Turn, Visit
from hotline.domain.ivr.tables import MarksSpec

# The key that was pressed is attached to the call under this name.
DATA: Final = "survey"


@dataclass(frozen=True, kw_only=True)
class SurveyNode(Node):
    """`marks` gives what each key means. The caller is asked `attempts` times."""

    type = "survey"

    prompts: tuple[FlowPrompt, ...] = declare(PromptsSpec(), ())
    wrong: tuple[FlowPrompt, ...] = declare(PromptsSpec(), ())
    marks: Mapping[str, str] = declare(MarksSpec(), {})
    attempts: int = declare(NumberSpec(low=1, high=5), 2)
    timeout_s: int = declare(NumberSpec(low=1, high=60), 6)
    interruptible: bool = declare(FlagSpec(), default=True)
    on_marked: str = declare(TargetSpec(needs="caller"), "")
    on_none: str = declare(TargetSpec(needs="time"), "")

    def enter(self, visit: Visit) -> Turn:
        return self._ask(visit, attempts=0)

    def resume(self, visit: Visit) -> Turn:
        return self._ask(visit, attempts=visit.state.attempts)

    def answer(self, visit: Visit, event: Event) -> Turn:
        if not isinstance(event, Collected):
            raise self.unexpected(visit, event)
        key = event.digits
        if key in self.marks:
            return Go(key, self.on_marked, {DATA: key})
        failed = visit.state.attempts + 1
        if failed >= self.attempts:
            return Go("none", self.on_none)
        # Silence is asked again without a reproach.
        return self._ask(visit, *((self.wrong,) if key else ()), attempts=failed)

    def _ask(self, visit: Visit, *before: tuple[FlowPrompt, ...], attempts: int) -> Turn:
        return Do(
            Collect(
                prompts=visit.prompts(*before, self.prompts),
                min_digits=1,
                max_digits=1,
                terminators="",
                first_timeout_s=self.timeout_s,
                digit_timeout_s=self.timeout_s,
                interruptible=self.interruptible,
            ),
            attempts=attempts,
        )
