"""Offer choices by key; say so when a key is wrong or none comes, and give up after some attempts."""

from collections.abc import Mapping
from dataclasses import dataclass

from hotline.domain.ivr.commands import Collect, FlowPrompt, Play
from hotline.domain.ivr.events import Collected, Event, Played
from hotline.domain.ivr.fields import FlagSpec, NumberSpec, PromptsSpec, TargetSpec, declare
from hotline.domain.ivr.node import Do, Go, Node, Turn, Visit
from hotline.domain.ivr.tables import ChoicesSpec

_FAILED = "failed"


@dataclass(frozen=True, kw_only=True)
class MenuNode(Node):
    """`attempts` times the caller is asked, and told each time that it went wrong; then `on_fail`."""

    type = "menu"

    prompts: tuple[FlowPrompt, ...] = declare(PromptsSpec(), ())
    choices: Mapping[str, str] = declare(ChoicesSpec(), {})
    wrong_key: tuple[FlowPrompt, ...] = declare(PromptsSpec(), ())
    no_key: tuple[FlowPrompt, ...] = declare(PromptsSpec(), ())
    attempts: int = declare(NumberSpec(low=1, high=9), 3)
    timeout_s: int = declare(NumberSpec(low=1, high=60), 5)
    interruptible: bool = declare(FlagSpec(), default=True)
    type_ahead: bool = declare(FlagSpec(), default=True)
    on_fail: str = declare(TargetSpec(needs="time"), "")

    def enter(self, visit: Visit) -> Turn:
        return self._ask(visit, attempts=0)

    def resume(self, visit: Visit) -> Turn:
        if visit.state.phase == _FAILED:
            return Go("fail", self.on_fail)
        return self._ask(visit, attempts=visit.state.attempts)

    def answer(self, visit: Visit, event: Event) -> Turn:
        match event:
            case Played() if visit.state.phase == _FAILED:
                return Go("fail", self.on_fail)
            case Collected(digits=key) if visit.state.phase != _FAILED:
                target = self.choices.get(key)
                if target is not None:
                    return Go(key, target)
                return self._told(visit, self.wrong_key if key else self.no_key)
        raise self.unexpected(visit, event)

    def _told(self, visit: Visit, what: tuple[FlowPrompt, ...]) -> Turn:
        failed = visit.state.attempts + 1
        if failed >= self.attempts:
            prompts = visit.prompts(what)
            return Do(Play(prompts), phase=_FAILED, attempts=failed) if prompts else Go("fail", self.on_fail)
        return self._ask(visit, what, attempts=failed)

    def _ask(self, visit: Visit, *before: tuple[FlowPrompt, ...], attempts: int) -> Turn:
        return Do(
            Collect(
                prompts=visit.prompts(*before, self.prompts),
                min_digits=1,
                max_digits=1,
                terminators="",  # star and hash are choices like the others
                first_timeout_s=self.timeout_s,
                digit_timeout_s=self.timeout_s,
                interruptible=self.interruptible,
                type_ahead=self.type_ahead,
            ),
            attempts=attempts,
        )
