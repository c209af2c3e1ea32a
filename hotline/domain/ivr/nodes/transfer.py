"""Connect the caller to an extension or an outside number, past the queues."""

from dataclasses import dataclass
from typing import cast

from hotline.domain.ivr.commands import Transfer, TransferKind
from hotline.domain.ivr.events import Event, Transferred
from hotline.domain.ivr.fields import NumberSpec, OneOfSpec, TargetSpec, TextSpec, declare
from hotline.domain.ivr.node import Do, Go, Node, Turn, Visit


@dataclass(frozen=True, kw_only=True)
class TransferNode(Node):
    """`on_connected` is for after the talk, when the other side has left."""

    type = "transfer"

    kind: str = declare(OneOfSpec(options=("extension", "outside")), "extension")
    number: str = declare(TextSpec(pattern=r"\+?[0-9]{2,20}"), "")
    ring_s: int = declare(NumberSpec(low=5, high=120), 30)
    on_connected: str = declare(TargetSpec(needs="caller"), "")
    on_no_answer: str = declare(TargetSpec(needs="time"), "")
    on_busy: str = declare(TargetSpec(), "")
    on_failed: str = declare(TargetSpec(), "")

    def enter(self, visit: Visit) -> Turn:  # noqa: ARG002 - the same for every call
        return Do(Transfer(cast("TransferKind", self.kind), self.number, self.ring_s))

    def answer(self, visit: Visit, event: Event) -> Turn:
        if not isinstance(event, Transferred):
            raise self.unexpected(visit, event)
        target: str = getattr(self, f"on_{event.outcome}")
        return Go(event.outcome, target)
