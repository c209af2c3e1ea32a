"""Attach data to the call (随路数据), for the agent's screen and for nodes further on."""

from collections.abc import Mapping
from dataclasses import dataclass

from hotline.domain.ivr.fields import TargetSpec, declare
from hotline.domain.ivr.node import Go, Node, Turn, Visit
from hotline.domain.ivr.tables import ValuesSpec
from hotline.domain.ivr.templates import fill


@dataclass(frozen=True, kw_only=True)
class SetDataNode(Node):
    """A value may speak of other data ("${area}-${number}"), as they were before. What is made of sensitive
    data is sensitive.
    """

    type = "set_data"

    values: Mapping[str, str] = declare(ValuesSpec(), {})
    next: str = declare(TargetSpec(), "")

    def enter(self, visit: Visit) -> Turn:
        values = {key: fill(value, visit.data) for key, value in self.values.items()}
        sensitive = any(visit.speaks_of_sensitive(value) for value in self.values.values())
        return Go("set", self.next, values, sensitive)
