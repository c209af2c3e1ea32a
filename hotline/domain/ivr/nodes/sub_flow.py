"""Call another flow (子流程) and go on by what it returns; and the return itself."""

from collections.abc import Mapping
from dataclasses import dataclass

from hotline.domain.ivr.fields import FlowSpec, TargetSpec, TextSpec, declare
from hotline.domain.ivr.node import CallFlow, Go, Node, Return, Turn, Visit
from hotline.domain.ivr.tables import OutcomesSpec


@dataclass(frozen=True, kw_only=True)
class SubFlowNode(Node):
    """`on_other` is for what the flow returns and `outcomes` does not have; `on_failed` for a flow that is
    not published any more. Attached data are shared with the flow that is called.
    """

    type = "sub_flow"

    flow: str = declare(FlowSpec(), "")
    outcomes: Mapping[str, str] = declare(OutcomesSpec(required=False), {})
    on_other: str = declare(TargetSpec(), "")
    on_failed: str = declare(TargetSpec(), "")

    def enter(self, visit: Visit) -> Turn:  # noqa: ARG002 - the same for every call
        return CallFlow(self.flow)

    def returned(self, outcome: str) -> Turn:
        if not outcome:
            return Go("failed", self.on_failed)
        return Go(outcome, self.outcomes.get(outcome, self.on_other))


@dataclass(frozen=True, kw_only=True)
class ReturnNode(Node):
    """Where no flow has called this one, the call ends here."""

    type = "return"
    ends = True

    outcome: str = declare(TextSpec(pattern=r"[A-Za-z0-9_-]{1,40}"), "done")

    def enter(self, visit: Visit) -> Turn:  # noqa: ARG002 - the same for every call
        return Return(self.outcome)
