"""Queue for any agent with the skill, and go on by how that ended."""

from dataclasses import dataclass
from typing import Final

from hotline.domain.ivr.commands import Enqueue, FlowPrompt
from hotline.domain.ivr.fields import FlagSpec, declare
from hotline.domain.ivr.node import Do, Turn, Visit
from hotline.domain.ivr.nodes.queueing import QueueingNode

# Where a routing script leaves its choice.
ROUTE_QUEUE: Final = "route_queue"
ROUTE_PRIORITY: Final = "route_priority"

_HIGHEST_PRIORITY: Final = 100


@dataclass(frozen=True, kw_only=True)
class QueueNode(QueueingNode):
    """`routed`: queue and priority are what a routing script chose before, where it did."""

    type = "queue"

    routed: bool = declare(FlagSpec(), default=False)

    def enter(self, visit: Visit) -> Turn:
        return self._enqueue(visit, self.join)

    def resume(self, visit: Visit) -> Turn:
        return self.again_after_loss(visit) or self._enqueue(visit, ())

    def _enqueue(self, visit: Visit, join: tuple[FlowPrompt, ...]) -> Turn:
        queue, priority = self.queue, self.priority
        if self.routed:
            queue = visit.data.get(ROUTE_QUEUE) or queue
            chosen = visit.data.get(ROUTE_PRIORITY, "")
            if chosen.isascii() and chosen.isdigit():
                priority = min(int(chosen[:4]), _HIGHEST_PRIORITY)
        return Do(Enqueue(queue, priority, self.max_wait_s, self.announce(visit, join)))
