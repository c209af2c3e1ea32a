"""Callers as scripts: what a taxpayer does with the telephone, step by step.

A step ends early when the call is over. ``Key`` waits until the hotline listens for keys (as a caller does who has heard
the prompt), then keys after a moment; with ``at_once`` it keys whatever is happening, and is lost where FreeSWITCH would
lose it.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field

from gevent.event import Event as Done

from fs_scripts.simulated.channel import Channel
from fs_scripts.simulated.engine import Engine

_DIGIT_MS = 260
_LISTENING_WITHIN = 60.0
_AGENT_WITHIN = 1800.0


@dataclass(frozen=True)
class Wait:
    """Do nothing for a time."""

    seconds: float


@dataclass(frozen=True)
class Key:
    """Key digits, ``after`` seconds from the moment when the hotline listens for them."""

    digits: str
    after: float = 0.3
    at_once: bool = False


@dataclass(frozen=True)
class AwaitAgent:
    """Wait in the queue until connected; a caller who runs out of ``patience`` seconds hangs up."""

    patience: float = _AGENT_WITHIN


@dataclass(frozen=True)
class AwaitAgentGone:
    """Talk until the agent ends the conversation, ``at_most`` seconds."""

    at_most: float = _AGENT_WITHIN


@dataclass(frozen=True)
class Speak:
    """Speak into the telephone (a voice message) for a time, from when the hotline records."""

    seconds: float


@dataclass(frozen=True)
class HangUpAfter:
    """Hang up after a time."""

    seconds: float = 0.0


Step = Wait | Key | AwaitAgent | AwaitAgentGone | Speak | HangUpAfter


@dataclass(frozen=True)
class Caller:
    """Who calls and what they do. ``patience`` bounds the whole call until an agent speaks, in seconds.

    After the last step the caller listens until the hotline hangs up.
    """

    number: str
    called: str = "12366"
    script: Sequence[Step] = ()
    patience: float = 3600.0
    name: str = ""
    context: str = "trunk"
    variables: dict[str, str] = field(default_factory=dict)


class CallerLine:
    """One call of a :class:`Caller`: the running script and its channel."""

    def __init__(self, engine: Engine, caller: Caller, channel: Channel) -> None:
        self.caller = caller
        self.channel = channel
        self.heard: list[str] = []
        self.done = Done()
        self.reached_agent = False
        self._engine = engine
        self._speaks_until = 0.0
        self._gave_up_at = engine.clock.elapsed() + caller.patience

    # -- what the switch asks of a far end -------------------------------------------------------------------------
    def dtmf(self, _: Channel, digits: str) -> None:
        self.heard.append(digits)

    def talking(self, _: Channel) -> float:
        return self._speaks_until

    # -- what a caller does ----------------------------------------------------------------------------------------
    def key(self, digits: str) -> None:
        """Press keys; the switch takes them one after the other, at once."""
        for digit in digits:
            if not self.channel.up:
                return
            self.channel.digits.append(digit)
            self.channel.digits_dialed += digit
            about = {"DTMF-Digit": digit, "DTMF-Duration": str(_DIGIT_MS * 8), "DTMF-Source": "RTP"}
            self._engine.fire("DTMF", self.channel, about)
            self.channel.wake()

    def hang_up(self) -> None:
        self._engine.hangup(
            self.channel, "NORMAL_CLEARING" if self.channel.answered else "ORIGINATOR_CANCEL", by_far_end=True
        )

    def run(self) -> None:
        """Follow the script to its end and stay on the line until the call is over."""
        try:
            for step in self.caller.script:
                if not self.channel.up:
                    break
                self._do(step)
            self._until(lambda: not self.channel.up, self._left_of(float(24 * 3600)))
            if self.channel.up:
                self.hang_up()
        finally:
            self.done.set()

    def _do(self, step: Step) -> None:
        match step:
            case Wait(seconds):
                self._until(lambda: False, seconds)
            case Key(digits, _, True):
                self.key(digits)
            case Key(digits, after, _):
                if self._until(lambda: self.channel.collecting, self._left_of(_LISTENING_WITHIN)):
                    self._until(lambda: False, after)
                    self.key(digits)
            case AwaitAgent(patience):
                self._await_agent(patience)
            case AwaitAgentGone(at_most):
                self._until(lambda: self.channel.partner is None, at_most)
            case Speak(seconds):
                if self._until(lambda: self.channel.collecting, self._left_of(_LISTENING_WITHIN)):
                    self._speaks_until = self._engine.clock.elapsed() + seconds
                    self._until(lambda: False, seconds)
            case HangUpAfter(seconds):
                self._until(lambda: False, seconds)
                self.hang_up()

    def _await_agent(self, patience: float) -> None:
        if self._until(lambda: self.channel.partner is not None, self._left_of(patience)):
            self.reached_agent = True
        elif self.channel.up:
            self.hang_up()

    def _left_of(self, seconds: float) -> float:
        """``seconds``, but no longer than the caller's patience lasts before an agent has spoken."""
        if self.reached_agent:
            return seconds
        return max(0.0, min(seconds, self._gave_up_at - self._engine.clock.elapsed()))

    def _until(self, condition: Callable[[], bool], seconds: float) -> bool:
        """Wait for ``condition``; False when the time is over or the call is."""
        self.channel.signal.wait_until(lambda: not self.channel.up or condition(), seconds)
        return self.channel.up and condition()
