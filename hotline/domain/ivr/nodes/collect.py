"""Take digits of the caller (收号): an identity number, a date, a code, confirmed if wanted."""

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Final

from hotline.domain.ivr.commands import Collect, FlowPrompt, Play, Prompt, Say
from hotline.domain.ivr.events import Collected, Event, Played
from hotline.domain.ivr.fields import (
    FlagSpec,
    KeysSpec,
    NumberSpec,
    PromptsSpec,
    TargetSpec,
    TextSpec,
    declare,
)
from hotline.domain.ivr.node import Do, Go, Node, Turn, Visit
from hotline.domain.ivr.problems import Problem

_FAILED: Final = "failed"
_CONFIRM: Final = "confirm "
_YES: Final = "1"


@dataclass(frozen=True, kw_only=True)
class CollectNode(Node):
    """The digits are attached to the call as `key`.

    With `confirm`, the caller hears the digits and those prompts: 1 keeps them, anything else asks anew.
    Each question that brings no usable answer is an attempt; after the last, `on_fail`. `sensitive` digits
    are masked in the journal and on screens.
    """

    type = "collect"

    prompts: tuple[FlowPrompt, ...] = declare(PromptsSpec(), ())
    key: str = declare(TextSpec(pattern=r"[A-Za-z0-9_-]{1,40}"), "")
    min_digits: int = declare(NumberSpec(low=1, high=30), 1)
    max_digits: int = declare(NumberSpec(low=1, high=30), 18)
    terminators: str = declare(KeysSpec(required=False), "#")
    wrong: tuple[FlowPrompt, ...] = declare(PromptsSpec(), ())
    no_key: tuple[FlowPrompt, ...] = declare(PromptsSpec(required=False), ())
    read_back: tuple[FlowPrompt, ...] = declare(PromptsSpec(required=False), ())
    confirm: tuple[FlowPrompt, ...] = declare(PromptsSpec(required=False), ())
    sensitive: bool = declare(FlagSpec(), default=False)
    attempts: int = declare(NumberSpec(low=1, high=9), 3)
    timeout_s: int = declare(NumberSpec(low=1, high=60), 8)
    digit_timeout_s: int = declare(NumberSpec(low=1, high=20), 4)
    interruptible: bool = declare(FlagSpec(), default=True)
    type_ahead: bool = declare(FlagSpec(), default=True)
    on_collected: str = declare(TargetSpec(needs="caller"), "")
    on_fail: str = declare(TargetSpec(needs="time"), "")

    def enter(self, visit: Visit) -> Turn:
        return self._ask(visit, attempts=0)

    def resume(self, visit: Visit) -> Turn:
        phase = visit.state.phase
        if phase == _FAILED:
            return Go("fail", self.on_fail)
        if phase.startswith(_CONFIRM):
            return self._confirm(visit, phase.removeprefix(_CONFIRM))
        return self._ask(visit, attempts=visit.state.attempts)

    def answer(self, visit: Visit, event: Event) -> Turn:
        phase = visit.state.phase
        match event:
            case Played() if phase == _FAILED:
                return Go("fail", self.on_fail)
            case Collected(digits=key) if phase.startswith(_CONFIRM):
                if key == _YES:
                    return self._keep(phase.removeprefix(_CONFIRM))
                return self._again(visit, ())
            case Collected(digits=digits) if phase != _FAILED:
                usable = digits.isascii() and digits.isdigit()
                if usable and self.min_digits <= len(digits) <= self.max_digits:
                    return self._confirm(visit, digits) if self.confirm else self._keep(digits)
                return self._again(visit, self.wrong if digits else self.no_key)
        raise self.unexpected(visit, event)

    def problems(self) -> Iterator[Problem]:
        if self.min_digits > self.max_digits:
            yield Problem(self.id, "max_digits", "out_of_range", {"low": self.min_digits, "high": 30})

    def _keep(self, digits: str) -> Go:
        return Go("collected", self.on_collected, {self.key: digits}, self.sensitive)

    def _again(self, visit: Visit, told: tuple[FlowPrompt, ...]) -> Turn:
        failed = visit.state.attempts + 1
        if failed < self.attempts:
            return self._ask(visit, told, attempts=failed)
        prompts = visit.prompts(told)
        return Do(Play(prompts), phase=_FAILED, attempts=failed) if prompts else Go("fail", self.on_fail)

    def _ask(self, visit: Visit, *before: tuple[FlowPrompt, ...], attempts: int) -> Do:
        command = Collect(
            prompts=visit.prompts(*before, self.prompts),
            min_digits=self.min_digits,
            # Room for the terminator: else the last digit would end it, and the key be left for what follows.
            max_digits=self.max_digits + bool(self.terminators),
            terminators=self.terminators,
            first_timeout_s=self.timeout_s,
            digit_timeout_s=self.digit_timeout_s,
            interruptible=self.interruptible,
            type_ahead=self.type_ahead,
            sensitive=self.sensitive,
        )
        return Do(command, attempts=attempts)

    def _confirm(self, visit: Visit, digits: str) -> Do:
        prompts: tuple[Prompt, ...] = (
            *visit.prompts(self.read_back),
            Say("digits", digits),
            *visit.prompts(self.confirm),
        )
        command = Collect(
            prompts=prompts,
            min_digits=1,
            max_digits=1,
            terminators="",
            first_timeout_s=self.timeout_s,
            digit_timeout_s=self.timeout_s,
        )
        return Do(command, phase=_CONFIRM + digits, attempts=visit.state.attempts)
