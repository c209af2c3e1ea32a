"""Queue for one agent: a given one, or the one in the attached data (指定座席)."""

from dataclasses import dataclass
from typing import Final

from hotline.domain.ivr.commands import Enqueue, FlowPrompt
from hotline.domain.ivr.fields import AgentSpec, FlagSpec, NumberSpec, TextSpec, declare
from hotline.domain.ivr.node import Do, Go, Turn, Visit
from hotline.domain.ivr.nodes.queueing import QueueingNode

_NUMBER_DIGITS: Final = 16


@dataclass(frozen=True, kw_only=True)
class AgentNode(QueueingNode):
    """`agent`, or without one the datum `agent_key`, gets the call within `wait_s`; then, with
    `then_anybody`, whoever serves the queue, else `on_timeout`. Without an agent: `on_no_agents`.
    """

    type = "agent"

    agent: str = declare(AgentSpec(required=False), "")
    agent_key: str = declare(TextSpec(pattern=r"[A-Za-z0-9_-]{1,40}", required=False), "agent")
    wait_s: int = declare(NumberSpec(low=5, high=600), 30)
    then_anybody: bool = declare(FlagSpec(), default=False)

    def enter(self, visit: Visit) -> Turn:
        return self._enqueue(visit, self.join)

    def resume(self, visit: Visit) -> Turn:
        return self.again_after_loss(visit) or self._enqueue(visit, ())

    def _enqueue(self, visit: Visit, join: tuple[FlowPrompt, ...]) -> Turn:
        agent = self.agent or visit.data.get(self.agent_key, "")
        if not (agent.isascii() and agent.isalnum() and len(agent) <= _NUMBER_DIGITS):
            return Go("no_agents", self.on_no_agents)
        announce = self.announce(visit, join)
        if self.then_anybody:
            return Do(Enqueue(self.queue, self.priority, self.max_wait_s, announce, agent, self.wait_s))
        return Do(Enqueue(self.queue, self.priority, self.wait_s, announce, agent))
