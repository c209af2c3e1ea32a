"""Information codes (信息编码): the caller keys a code and hears the answer, as often as wanted."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Final

from hotline.domain.ivr.commands import Collect, FlowPrompt, Play
from hotline.domain.ivr.events import Collected, Event, Played
from hotline.domain.ivr.fields import FlagSpec, NumberSpec, PromptsSpec, TargetSpec, declare
from hotline.domain.ivr.node import Do, Go, Node, Turn, Visit
from hotline.domain.ivr.tables import CodesSpec

# The code that was last answered is attached to the call under this name.
DATA: Final = "info_code"

_BACK: Final = "*"
_OPERATOR: Final = "0"
_FAILED: Final = "failed"


@dataclass(frozen=True, kw_only=True)
class InfoCodeNode(Node):
    """Ask for a code and #, answer, then wait for another. * or silence leads back.

    # alone after an answer plays it once more. 0 leads to `on_operator`, if there is such a way and no such
    code. `attempts` unknown codes in a row lead to `on_fail`.
    """

    type = "info_code"

    ask: tuple[FlowPrompt, ...] = declare(PromptsSpec(), ())
    codes: Mapping[str, tuple[FlowPrompt, ...]] = declare(CodesSpec(), {})
    unknown: tuple[FlowPrompt, ...] = declare(PromptsSpec(), ())
    again: tuple[FlowPrompt, ...] = declare(PromptsSpec(), ())
    attempts: int = declare(NumberSpec(low=1, high=9), 3)
    timeout_s: int = declare(NumberSpec(low=1, high=60), 8)
    digit_timeout_s: int = declare(NumberSpec(low=1, high=20), 4)
    interruptible: bool = declare(FlagSpec(), default=True)
    type_ahead: bool = declare(FlagSpec(), default=True)
    on_back: str = declare(TargetSpec(needs="time"), "")
    on_operator: str = declare(TargetSpec(needs="caller", required=False), "")
    on_fail: str = declare(TargetSpec(needs="caller"), "")

    def enter(self, visit: Visit) -> Turn:
        return self._collect(visit, self.ask)

    def resume(self, visit: Visit) -> Turn:
        phase = visit.state.phase
        if phase == _FAILED:
            return Go("fail", self.on_fail)
        return self._collect(
            visit, self.again if phase in self.codes else self.ask, phase=phase, attempts=visit.state.attempts
        )

    def answer(self, visit: Visit, event: Event) -> Turn:
        phase = visit.state.phase
        match event:
            case Played() if phase == _FAILED:
                return Go("fail", self.on_fail)
            case Collected(outcome=outcome, terminator=terminator) if phase != _FAILED:
                if terminator == _BACK or outcome == "timeout":
                    return Go("back", self.on_back)
                return self._look_up(visit, event.digits or phase)
        raise self.unexpected(visit, event)

    def _look_up(self, visit: Visit, code: str) -> Turn:
        found = self.codes.get(code)
        if found is not None:
            return self._collect(visit, found, self.again, phase=code, data={DATA: code})
        if code == _OPERATOR and self.on_operator:
            return Go("operator", self.on_operator)
        failed = visit.state.attempts + 1
        if failed >= self.attempts:
            prompts = visit.prompts(self.unknown)
            return Do(Play(prompts), phase=_FAILED, attempts=failed) if prompts else Go("fail", self.on_fail)
        return self._collect(visit, self.unknown, self.ask, attempts=failed)

    def _collect(
        self,
        visit: Visit,
        *prompts: tuple[FlowPrompt, ...],
        phase: str = "",
        attempts: int = 0,
        data: Mapping[str, str] | None = None,
    ) -> Turn:
        command = Collect(
            prompts=visit.prompts(*prompts),
            min_digits=1,
            # One more than the longest code: else the digits would end before the # that callers are told to
            # press, and it would cut the answer short.
            max_digits=max(map(len, self.codes), default=1) + 1,
            terminators="#*",
            first_timeout_s=self.timeout_s,
            digit_timeout_s=self.digit_timeout_s,
            interruptible=self.interruptible,
            type_ahead=self.type_ahead,
        )
        return Do(command, phase=phase, attempts=attempts, data=data or {})
