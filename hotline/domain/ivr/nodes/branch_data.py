"""Go different ways by attached data (随路数据)."""

from dataclasses import dataclass

from hotline.domain.ivr.fields import TargetSpec, declare
from hotline.domain.ivr.node import Go, Node, Turn, Visit
from hotline.domain.ivr.rules import Rule
from hotline.domain.ivr.tables import RulesSpec


@dataclass(frozen=True, kw_only=True)
class BranchDataNode(Node):
    """The first rule that holds decides; `on_other` is for calls for which none does."""

    type = "branch_data"

    rules: tuple[Rule, ...] = declare(RulesSpec(), ())
    on_other: str = declare(TargetSpec(), "")

    def enter(self, visit: Visit) -> Turn:
        for rule in self.rules:
            if rule.holds(visit.data):
                return Go(rule.name, rule.to)
        return Go("other", self.on_other)
