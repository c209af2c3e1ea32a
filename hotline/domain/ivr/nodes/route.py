"""Let a routing script or rule table decide where the call goes (智能路由)."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Final

from hotline.domain.ivr.commands import Decide, Hangup, Transfer
from hotline.domain.ivr.events import Decided, Event, Transferred
from hotline.domain.ivr.fields import ScriptSpec, TargetSpec, declare
from hotline.domain.ivr.node import Do, Go, Node, Turn, Visit
from hotline.domain.ivr.nodes.queue import ROUTE_PRIORITY, ROUTE_QUEUE
from hotline.domain.ivr.tables import OutcomesSpec

# Where an agent node finds the agent that was chosen: its `agent_key`.
ROUTE_AGENT: Final = "route_agent"

_OUTSIDE: Final = "outside "
_RING_SECONDS: Final = 30


@dataclass(frozen=True, kw_only=True)
class RouteNode(Node):
    """`on_queue` and `on_agent` lead to a queue node that is `routed` and to an agent node with the key
    `route_agent`; `labels` are exits that the script may name. An outside number is called from here, and
    `on_connected` is for after that talk. Everything else, and a script that fails, takes `on_default`.
    """

    type = "route"

    script: str = declare(ScriptSpec(), "")
    labels: Mapping[str, str] = declare(OutcomesSpec(required=False), {})
    on_queue: str = declare(TargetSpec(), "")
    on_agent: str = declare(TargetSpec(required=False), "")
    on_connected: str = declare(TargetSpec(needs="caller", required=False), "")
    on_default: str = declare(TargetSpec(), "")

    def enter(self, visit: Visit) -> Turn:  # noqa: ARG002 - the script is asked for every call
        return Do(Decide(self.script))

    def resume(self, visit: Visit) -> Turn:
        if visit.state.phase.startswith(_OUTSIDE):
            return self._outside(visit.state.phase.removeprefix(_OUTSIDE), {})
        return self.enter(visit)

    def answer(self, visit: Visit, event: Event) -> Turn:
        match event:
            case Decided():
                return self._decided(visit, event)
            case Transferred(outcome=outcome) if visit.state.phase.startswith(_OUTSIDE):
                if outcome != "connected":
                    return Go("failed", self.on_default)
                return Go("connected", self.on_connected) if self.on_connected else Do(Hangup())
        raise self.unexpected(visit, event)

    def _decided(self, visit: Visit, decided: Decided) -> Turn:
        kind, _, name = decided.target.partition(":")
        # An earlier decision of this call is over.
        chosen = {key: "" for key in (ROUTE_QUEUE, ROUTE_PRIORITY, ROUTE_AGENT) if visit.data.get(key)}
        if decided.outcome != "decided":
            return Go("failed", self.on_default, chosen)
        chosen |= decided.values
        if decided.priority is not None:
            chosen[ROUTE_PRIORITY] = str(decided.priority)
        match kind:
            case "queue":
                return Go("queue", self.on_queue, {**chosen, ROUTE_QUEUE: name})
            case "agent" if self.on_agent:
                return Go("agent", self.on_agent, {**chosen, ROUTE_AGENT: name})
            case "number":
                return self._outside(name, chosen)
            case "label" if name in self.labels:
                return Go(name, self.labels[name], chosen)
        return Go("default", self.on_default, chosen)

    def _outside(self, number: str, data: Mapping[str, str]) -> Do:
        return Do(Transfer("outside", number, _RING_SECONDS), phase=_OUTSIDE + number, data=data)
