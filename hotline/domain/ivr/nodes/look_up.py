"""Ask a data source (数据查询) and attach what it says to the call."""

from collections.abc import Mapping
from dataclasses import dataclass

from hotline.domain.ivr.commands import FlowPrompt, LookUp
from hotline.domain.ivr.events import Event, LookedUp
from hotline.domain.ivr.fields import FlagSpec, NumberSpec, PromptsSpec, SourceSpec, TargetSpec, declare
from hotline.domain.ivr.node import Do, Go, Node, Turn, Visit
from hotline.domain.ivr.tables import ValuesSpec
from hotline.domain.ivr.templates import fill


@dataclass(frozen=True, kw_only=True)
class LookUpNode(Node):
    """The caller never waits longer than `timeout_s`, and hears `prompts` and music after a second.

    `sensitive`: what is found is masked in the journal and on screens.
    """

    type = "look_up"

    source: str = declare(SourceSpec(), "")
    parameters: Mapping[str, str] = declare(ValuesSpec(required=False), {})
    timeout_s: int = declare(NumberSpec(low=1, high=10), 3)
    prompts: tuple[FlowPrompt, ...] = declare(PromptsSpec(required=False), ())
    sensitive: bool = declare(FlagSpec(), default=False)
    on_found: str = declare(TargetSpec(), "")
    on_not_found: str = declare(TargetSpec(), "")
    on_failed: str = declare(TargetSpec(), "")

    def enter(self, visit: Visit) -> Turn:
        parameters = {name: fill(value, visit.data) for name, value in self.parameters.items()}
        return Do(LookUp(self.source, parameters, self.timeout_s, visit.prompts(self.prompts)))

    def answer(self, visit: Visit, event: Event) -> Turn:
        match event:
            case LookedUp(outcome="found", values=values):
                return Go("found", self.on_found, values, self.sensitive)
            case LookedUp(outcome="not_found"):
                return Go("not_found", self.on_not_found)
            case LookedUp(outcome="failed"):
                return Go("failed", self.on_failed)
        raise self.unexpected(visit, event)
