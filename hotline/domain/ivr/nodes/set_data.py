"""Attach data to the call (随路数据), for the agent's screen and for nodes further on."""

from collections.abc import Mapping
from dataclasses import dataclass

from hotline.domain.ivr.fields import TargetSpec, ValuesSpec, declare
from hotline.domain.ivr.node import Go, Node, Turn, Visit


@dataclass(frozen=True, kw_only=True)
class SetDataNode(Node):
    type = "set_data"

    values: Mapping[str, str] = declare(ValuesSpec(), {})
    next: str = declare(TargetSpec(), "")

    def enter(self, visit: Visit) -> Turn:  # noqa: ARG002 - the same for every call
        return Go("set", self.next, self.values)
