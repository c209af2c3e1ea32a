"""Offer to call back (回拨): number confirmed or changed by keys, the place in the queue kept."""

from dataclasses import dataclass
from typing import Final

from hotline.domain.ivr.commands import Collect, FlowPrompt, Play, Prompt, RequestCallback, Say
from hotline.domain.ivr.events import CallbackTaken, Collected, Event, Played
from hotline.domain.ivr.fields import FlagSpec, NumberSpec, PromptsSpec, QueueSpec, TargetSpec, declare
from hotline.domain.ivr.node import Do, Go, Node, Turn, Visit
from hotline.domain.ivr.nodes.queue import ROUTE_QUEUE

# The number that was noted is attached to the call under this name.
DATA: Final = "callback_number"

_ASK: Final = "ask "
_CHANGE: Final = "change"
_NOTE: Final = "note "
_TAKEN: Final = "taken"
_YES: Final = "1"
_OTHER: Final = "2"
_CANCEL: Final = "*"
_SHORTEST: Final = 5
_LONGEST: Final = 15


@dataclass(frozen=True, kw_only=True)
class CallbackNode(Node):
    """The caller hears `ask`, the number, `confirm` and `hours` (when we call back), and presses 1 to accept,
    2 to key another number, * to cancel. A caller without a number is asked for one at once.
    """

    type = "callback"

    queue: str = declare(QueueSpec(), "")
    priority: int = declare(NumberSpec(low=0, high=100), 0)
    routed: bool = declare(FlagSpec(), default=False)
    ask: tuple[FlowPrompt, ...] = declare(PromptsSpec(), ())
    confirm: tuple[FlowPrompt, ...] = declare(PromptsSpec(), ())
    hours: tuple[FlowPrompt, ...] = declare(PromptsSpec(required=False), ())
    change: tuple[FlowPrompt, ...] = declare(PromptsSpec(), ())
    wrong: tuple[FlowPrompt, ...] = declare(PromptsSpec(), ())
    taken: tuple[FlowPrompt, ...] = declare(PromptsSpec(), ())
    attempts: int = declare(NumberSpec(low=1, high=9), 3)
    timeout_s: int = declare(NumberSpec(low=1, high=60), 8)
    digit_timeout_s: int = declare(NumberSpec(low=1, high=20), 4)
    on_taken: str = declare(TargetSpec(needs="caller"), "")
    on_refused: str = declare(TargetSpec(needs="caller"), "")
    on_cancelled: str = declare(TargetSpec(needs="caller"), "")
    on_fail: str = declare(TargetSpec(needs="time"), "")

    def enter(self, visit: Visit) -> Turn:
        caller = visit.facts.caller.removeprefix("+")
        return self._ask(visit, caller, attempts=0) if _is_number(caller) else self._change(visit, attempts=0)

    def resume(self, visit: Visit) -> Turn:
        phase, attempts = visit.state.phase, visit.state.attempts
        if phase == _TAKEN:
            return Go("taken", self.on_taken)
        if phase.startswith(_NOTE):
            return self._note(visit, phase.removeprefix(_NOTE))
        if phase.startswith(_ASK):
            return self._ask(visit, phase.removeprefix(_ASK), attempts=attempts)
        return self._change(visit, attempts=attempts)

    def answer(self, visit: Visit, event: Event) -> Turn:
        phase = visit.state.phase
        match event:
            case Collected() if phase.startswith(_ASK):
                return self._answered(visit, phase.removeprefix(_ASK), event)
            case Collected() if phase == _CHANGE:
                return self._changed(visit, event)
            case CallbackTaken(outcome="taken") if phase.startswith(_NOTE):
                data, prompts = {DATA: phase.removeprefix(_NOTE)}, visit.prompts(self.taken)
                if not prompts:
                    return Go("taken", self.on_taken, data)
                return Do(Play(prompts, interruptible=False), phase=_TAKEN, data=data)
            case CallbackTaken() if phase.startswith(_NOTE):
                return Go("refused", self.on_refused)
            case Played() if phase == _TAKEN:
                return Go("taken", self.on_taken)
        raise self.unexpected(visit, event)

    def _answered(self, visit: Visit, number: str, keyed: Collected) -> Turn:
        if keyed.digits == _YES:
            return self._note(visit, number)
        if keyed.digits == _OTHER:
            return self._change(visit, attempts=0)
        if keyed.digits == _CANCEL:
            return Go("cancelled", self.on_cancelled)
        failed = visit.state.attempts + 1
        if failed >= self.attempts:
            return Go("fail", self.on_fail)
        return self._ask(visit, number, *((self.wrong,) if keyed.digits else ()), attempts=failed)

    def _changed(self, visit: Visit, keyed: Collected) -> Turn:
        if keyed.terminator == _CANCEL:
            return Go("cancelled", self.on_cancelled)
        if _is_number(keyed.digits):
            return self._ask(visit, keyed.digits, attempts=0)
        failed = visit.state.attempts + 1
        if failed >= self.attempts:
            return Go("fail", self.on_fail)
        return self._change(visit, *((self.wrong,) if keyed.digits else ()), attempts=failed)

    def _note(self, visit: Visit, number: str) -> Do:
        queue = visit.data.get(ROUTE_QUEUE, "") if self.routed else ""
        return Do(RequestCallback(queue or self.queue, number, self.priority), phase=_NOTE + number)

    def _ask(self, visit: Visit, number: str, *before: tuple[FlowPrompt, ...], attempts: int) -> Do:
        prompts: tuple[Prompt, ...] = (
            *visit.prompts(*before, self.ask),
            Say("digits", number),
            *visit.prompts(self.hours, self.confirm),
        )
        return Do(self._collect(prompts, 1, ""), phase=_ASK + number, attempts=attempts)

    def _change(self, visit: Visit, *before: tuple[FlowPrompt, ...], attempts: int) -> Do:
        command = self._collect(visit.prompts(*before, self.change), _LONGEST + 1, "#*")
        return Do(command, phase=_CHANGE, attempts=attempts)

    def _collect(self, prompts: tuple[Prompt, ...], most: int, terminators: str) -> Collect:
        return Collect(
            prompts=prompts,
            min_digits=1,
            max_digits=most,
            terminators=terminators,
            first_timeout_s=self.timeout_s,
            digit_timeout_s=self.digit_timeout_s,
            # What a caller presses to come here is no answer to a question not yet heard.
            type_ahead=False,
        )


def _is_number(text: str) -> bool:
    return text.isascii() and text.isdigit() and _SHORTEST <= len(text) <= _LONGEST
