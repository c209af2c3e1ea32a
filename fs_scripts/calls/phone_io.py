"""What a caller hears and keys: prompts, digits, voice messages, plain transfers.

Keys pressed during a prompt must not be lost. FreeSWITCH's ``playback`` keeps only the key that stopped it,
so that key is kept here and counts as the
first of the digits that are collected next; keys after it are in FreeSWITCH's own buffer, which
``play_and_get_digits`` reads first.
"""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Final

import structlog

from fs_scripts.calls import variables as var
from fs_scripts.calls.speaking import Speaker
from fs_scripts.esl import commands as esl
from fs_scripts.esl.errors import ChannelGone, CommandTimeout
from fs_scripts.esl.outbound import Channel
from hotline.domain.ivr.commands import Collect, Play, RecordMessage, Transfer
from hotline.domain.ivr.events import Collected, Played, Recorded, Transferred

log = structlog.get_logger(__name__)

# No prompt is longer; one that is has lost its end.
LONGEST_PROMPT_SECONDS: Final = 600.0
SHORTEST_MESSAGE_SECONDS: Final = 1.0
_BEEP: Final = "tone_stream://%(300,0,800)"
_NOTHING: Final = "silence_stream://10"
# Below this level (of 32767) a frame counts as silence.
_SILENCE_LEVEL: Final = 200


class PhoneIO:
    """Speaks to one caller and listens to its keys."""

    def __init__(self, channel: Channel, speaker: Speaker, clock: Callable[[], float]) -> None:
        self._channel = channel
        self._speaker = speaker
        self._clock = clock
        self._ahead = ""
        self._terminators = "none"

    def play(self, command: Play) -> Played:
        """Play prompts to their end, or until a key where that is allowed. Raises :class:`ChannelGone`."""
        target = self._speaker.target(command.prompts)
        if target is None or (command.interruptible and self._ahead):
            return Played()
        self._stop_on("any" if command.interruptible else "none")
        done = self._channel.execute("playback", target, timeout=LONGEST_PROMPT_SECONDS)
        if command.interruptible:
            self._ahead += done.var("playback_terminator_used") or ""
        return Played()

    def collect(self, command: Collect) -> Collected:
        """Play prompts and take digits; keys already pressed come first. Raises :class:`ChannelGone`."""
        ahead, self._ahead = self._ahead, ""
        digits, terminator = _split(ahead, command.terminators, command.max_digits)
        if terminator:
            return Collected(digits, "digits", terminator)
        if len(digits) >= command.max_digits:
            return Collected(digits, "digits")
        target = _NOTHING if digits else self._speaker.target(command.prompts) or _NOTHING
        wait = command.digit_timeout_s if digits else command.first_timeout_s
        done = self._channel.execute(
            "play_and_get_digits",
            " ".join(
                (
                    "1",
                    str(command.max_digits - len(digits)),
                    "1",
                    str(wait * 1000),
                    command.terminators or "none",
                    esl.quote(target),
                    _NOTHING,
                    var.DIGITS,
                    ".+",
                    str(command.digit_timeout_s * 1000),
                )
            ),
            timeout=LONGEST_PROMPT_SECONDS,
        )
        more = done.var(var.DIGITS) or ""
        digits += more
        terminator = (done.var("read_terminator_used") or "") if command.terminators else ""
        if terminator or len(digits) >= command.max_digits:
            return Collected(digits, "digits", terminator)
        return Collected(digits, "partial" if digits else "timeout")

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
        self._ahead = ""
        target = self._speaker.target(command.prompts)
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
        seconds = _seconds(done.var("record_ms"), self._clock() - begun)
        if seconds < SHORTEST_MESSAGE_SECONDS:
            return Recorded("empty")
        left(seconds)
        return Recorded("recorded", ref, seconds)

    def transfer(self, command: Transfer) -> Transferred:
        """Connect to an extension or an outside number, past the queues. Raises :class:`ChannelGone`."""
        endpoint = (
            f"user/{command.target}"
            if command.kind == "extension"
            else f"sofia/gateway/carrier/{command.target}"
        )
        execution = self._channel.start("bridge", f"[leg_timeout={command.ring_seconds}]{endpoint}")
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

    def forget_keys(self) -> None:
        """Drop keys that were pressed while nobody asked, such as in the talk with the agent."""
        self._ahead = ""
        self._channel.execute("flush_dtmf", timeout=5.0)

    def stop_on_no_key(self) -> None:
        """Let what plays next go on whatever is pressed; the keys still come as events."""
        self._stop_on("none")

    def _stop_on(self, keys: str) -> None:
        if keys != self._terminators:
            self._channel.set_many({"playback_terminators": keys})
            self._terminators = keys


def _split(keys: str, terminators: str, most: int) -> tuple[str, str]:
    """The digits and the terminator in keys that were pressed ahead."""
    for at, key in enumerate(keys):
        if key in terminators:
            return keys[:at], key
        if at + 1 == most:
            return keys[:most], ""
    return keys, ""


def _seconds(milliseconds: str | None, otherwise: float) -> float:
    return int(milliseconds) / 1000 if milliseconds and milliseconds.isdigit() else otherwise
