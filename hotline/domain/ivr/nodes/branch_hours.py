"""Go different ways by the hour: open, closed, on a holiday, in an emergency."""

from dataclasses import dataclass

from hotline.domain.ivr.fields import TargetSpec, declare
from hotline.domain.ivr.node import Go, Node, Turn, Visit


@dataclass(frozen=True, kw_only=True)
class BranchHoursNode(Node):
    """`on_emergency` goes before all others; without it, or without `on_holiday`, the plain hours decide."""

    type = "branch_hours"

    on_open: str = declare(TargetSpec(), "")
    on_closed: str = declare(TargetSpec(), "")
    on_holiday: str = declare(TargetSpec(required=False), "")
    on_emergency: str = declare(TargetSpec(required=False), "")

    def enter(self, visit: Visit) -> Turn:
        facts = visit.facts
        if facts.emergency and self.on_emergency:
            return Go("emergency", self.on_emergency)
        if facts.open:
            return Go("open", self.on_open)
        if facts.holiday is not None and self.on_holiday:
            return Go("holiday", self.on_holiday)
        return Go("closed", self.on_closed)
