"""What a caller hears and keys: prompts, digits, voice messages, plain transfers.

No key may be lost, whenever it is pressed. FreeSWITCH tells every key that it takes as a DTMF event, whoever
takes it: an application, or between two applications the parked channel, which drops it. So keys are read
from those events alone, in their order, and none of the collecting applications is used.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Final

import structlog

from fs_scripts.calls.speaking import Speaker
from fs_scripts.esl import commands as esl
from fs_scripts.esl.errors import ChannelGone, CommandTimeout
from fs_scripts.esl.events import Event as EslEvent
from fs_scripts.esl.outbound import Channel, Completed, Execution
from hotline.domain.ivr.commands import Collect, Play, RecordMessage, Transfer
from hotline.domain.ivr.events import Collected, Played, Recorded, Transferred

log = structlog.get_logger(__name__)

# No prompt is longer; one that is has lost its end.
LONGEST_PROMPT_SECONDS: Final = 600.0
SHORTEST_MESSAGE_SECONDS: Final = 1.0
_BEEP: Final = "tone_stream://%(300,0,800)"
# A key ends what plays; whether it has is known this much later at most.
_BROKEN_WITHIN_SECONDS: Final = 0.1
# Below this level (of 32767) a frame counts as silence.
_SILENCE_LEVEL: Final = 200


class PhoneIO:
    """Speaks to one caller and listens to its keys."""

    def __init__(self, channel: Channel, speaker: Speaker, clock: Callable[[], float]) -> None:
        self._channel = channel
        self._default = self.speaker = speaker
        self._clock = clock
        self._ahead = ""
        self._terminators = "none"

    def speak(self, language: str) -> None:
        """Speak *language* from now on; "" is the hotline's own."""
        self.speaker = self._default.in_language(language)

    def play(self, command: Play) -> Played:
        """Play prompts to their end, or until a key where that is allowed. Raises :class:`ChannelGone`."""
        target = self.speaker.target(command.prompts)
        if target is None or (command.interruptible and self._keys_ahead()):
            return Played()
        self._stop_on("any" if command.interruptible else "none")
        self._channel.execute("playback", target, timeout=LONGEST_PROMPT_SECONDS)
        if not command.interruptible:
            self._drop_keys()
        return Played()

    def collect(self, command: Collect) -> Collected:
        """Play prompts and take digits; keys already pressed come first where that is allowed. Raises
        :class:`ChannelGone`.
        """
        if not command.type_ahead:
            self._drop_keys()
        answer = _Answer(command)
        ahead = self._keys_ahead()
        taken = answer.take_all(ahead)
        self._ahead = ahead[taken:]
        asking = None if answer.begun else self._ask(command)
        while not answer.complete:
            item = self._channel.next(
                LONGEST_PROMPT_SECONDS if asking is not None else float(command.digit_timeout_s)
            )
            match item:
                case EslEvent() if item.name == "DTMF":
                    answer.take(item.get("DTMF-Digit") or "")
                    if asking is not None:
                        _end(asking)
                        asking = None
                case Completed() if item.execution is asking:
                    if not item.event.var("playback_terminator_used"):
                        return Collected("", "timeout")
                    asking = None
                case None:
                    return Collected(answer.digits, "partial" if answer.digits else "timeout")
                case _:
                    pass
        return Collected(answer.digits, "digits", answer.terminator)

    def _ask(self, command: Collect) -> Execution:
        """Play the prompts, and after them silence for as long as the first key may take."""
        silence = f"silence_stream://{command.first_timeout_s * 1000}"
        prompts = command.prompts
        if not command.interruptible:
            self.play(Play(prompts, interruptible=False))
            prompts = ()
        self._stop_on("any")
        return self._channel.start("playback", self.speaker.target(prompts, then=silence))

    def record(
        self,
        command: RecordMessage,
        path: Path,
        ref: str,
        left: Callable[[float], None],
    ) -> Recorded:
        """Ask for a message, beep, record. *left* is called with its length as soon as there is one.

        Most callers hang up when they have spoken; what they said counts all the same. Raises
        :class:`ChannelGone`.
        """
        target = self.speaker.target(command.prompts)
        if target is not None:
            self._stop_on("any")
            self._channel.execute("playback", target, timeout=LONGEST_PROMPT_SECONDS)
        if command.beep:
            self._channel.execute("playback", _BEEP, timeout=10.0)
        self._stop_on("any")
        # FreeSWITCH makes folders for the recording of a call, and none for a message.
        path.parent.mkdir(parents=True, exist_ok=True)
        begun = self._clock()
        arguments = f"{esl.quote(str(path))} {command.max_seconds} {_SILENCE_LEVEL} {command.silence_seconds}"
        try:
            done = self._channel.execute("record", arguments, timeout=command.max_seconds + 30.0)
        except ChannelGone:
            seconds = self._clock() - begun
            if seconds >= SHORTEST_MESSAGE_SECONDS:
                left(min(seconds, command.max_seconds))
            raise
        except CommandTimeout:
            log.warning("a voice message did not end", path=str(path))
            return Recorded("failed")
        # The key that ended the message is no answer to what comes next.
        self._drop_keys()
        seconds = _seconds(done.var("record_ms"), self._clock() - begun)
        if seconds < SHORTEST_MESSAGE_SECONDS:
            return Recorded("empty")
        left(seconds)
        return Recorded("recorded", ref, seconds)

    def transfer(self, command: Transfer, leg: Mapping[str, str] | None = None) -> Transferred:
        """Connect to an extension or an outside number, past the queues; *leg* are variables that its leg
        carries. Raises :class:`ChannelGone`.
        """
        endpoint = (
            f"user/{command.target}"
            if command.kind == "extension"
            else f"sofia/gateway/carrier/{command.target}"
        )
        variables = {"leg_timeout": str(command.ring_seconds), **(leg or {})}
        execution = self._channel.start("bridge", esl.channel_vars(variables, kind="[") + endpoint)
        # A talk has no end that could be waited for; the channel's own end is reported in any case.
        while not execution.done:
            self._channel.next(60.0)
        done = execution.wait(1.0)
        disposition = done.var("originate_disposition") or ""
        if disposition in {"SUCCESS", ""} and done.var("bridge_uuid"):
            return Transferred("connected")
        if disposition == "USER_BUSY":
            return Transferred("busy")
        return Transferred("no_answer" if disposition in {"NO_ANSWER", "NO_USER_RESPONSE"} else "failed")

    def keep_key(self, event: EslEvent) -> None:
        """Count a key that came while something else was done, as one pressed before the next question."""
        self._ahead += event.get("DTMF-Digit") or ""

    def forget_keys(self) -> None:
        """Drop keys that were pressed while nobody asked, such as in the talk with the agent."""
        self._drop_keys()

    def stop_on_no_key(self) -> None:
        """Let what plays next go on whatever is pressed; the keys still come as events."""
        self._stop_on("none")

    def _stop_on(self, keys: str) -> None:
        if keys != self._terminators:
            self._channel.set_with_next({"playback_terminators": keys})
            self._terminators = keys

    def _keys_ahead(self) -> str:
        """The keys that were pressed and not asked for yet, oldest first."""
        while (item := self._channel.next(0.0)) is not None:
            if isinstance(item, EslEvent) and item.name == "DTMF":
                self._ahead += item.get("DTMF-Digit") or ""
        return self._ahead

    def _drop_keys(self) -> None:
        self._ahead = ""
        self._channel.discard("DTMF")


class _Answer:
    """The digits of one question, key by key."""

    def __init__(self, command: Collect) -> None:
        self._command = command
        self.digits = ""
        self.terminator = ""

    @property
    def begun(self) -> bool:
        return bool(self.digits or self.terminator)

    @property
    def complete(self) -> bool:
        return bool(self.terminator) or len(self.digits) >= self._command.max_digits

    def take(self, key: str) -> None:
        if key in self._command.terminators:
            self.terminator = key
        else:
            self.digits += key

    def take_all(self, keys: str) -> int:
        """Take keys until the answer is complete; how many were taken."""
        for count, key in enumerate(keys):
            if self.complete:
                return count
            self.take(key)
        return len(keys)


def _end(asking: Execution) -> None:
    """Wait for the end of what a key ends. A key that came just before it began does not end it: we do."""
    try:
        asking.wait(_BROKEN_WITHIN_SECONDS)
    except CommandTimeout:
        asking.stop(2.0)


def _seconds(milliseconds: str | None, otherwise: float) -> float:
    return int(milliseconds) / 1000 if milliseconds and milliseconds.isdigit() else otherwise
