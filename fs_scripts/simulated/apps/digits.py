"""Collecting keys: ``read`` and ``play_and_get_digits``, after switch_ivr_read and switch_play_and_get_digits."""

from __future__ import annotations

import re

from fs_scripts.simulated.apps import media
from fs_scripts.simulated.channel import Channel
from fs_scripts.simulated.engine import Application, Engine

_SHORTEST_TIMEOUT_MS = 1000


class _Reader:
    """One attempt to read digits into ``text``."""

    def __init__(self, engine: Engine, channel: Channel, most: int, terminators: str) -> None:
        self.engine = engine
        self.channel = channel
        self.most = most
        self.terminators = terminators
        self.text = ""
        self.terminator = ""

    def _interrupt(self, digit: str) -> bool:
        """The first key during the prompt stops it and counts."""
        self.text = digit
        return True

    def prompt(self, source: str) -> str:
        return media.play(self.engine, self.channel, source, self._interrupt)

    def collect(self, first_timeout: float, digit_timeout: float) -> str:
        """``success``, ``timeout`` or ``failure``; seconds."""
        if self.text and self.text in self.terminators:
            self.terminator, self.text = self.text, ""
            return "success"
        clock, channel = self.engine.clock, self.channel
        deadline = clock.elapsed() + first_timeout
        while channel.ready:
            if channel.commands and not channel.event_lock:
                self.engine.run_commands(channel)
            elif channel.digits:
                deadline = clock.elapsed() + digit_timeout
                digit = channel.digits.popleft()
                if digit in self.terminators:
                    self.terminator = digit
                    return "success"
                self.text += digit
                if len(self.text) >= self.most:
                    return "success"
            else:
                left = deadline - clock.elapsed()
                if left <= 0:
                    return "timeout"
                channel.signal.wait(left)
        return "failure"


def _read(
    engine: Engine,
    channel: Channel,
    least: int,
    most: int,
    prompt: str,
    variable: str,
    timeout: float,
    terminators: str,
    digit_timeout: float,
) -> tuple[str, str]:
    """One reading: what ``read_result`` says (or ``too_small``) and the digits."""
    digit_timeout = digit_timeout or timeout
    channel.set("read_result", None)
    if variable:
        channel.set(variable, None)
    if not engine.pre_answer(channel):
        return "failure", ""
    reader = _Reader(engine, channel, most, terminators)
    played = "done" if media.silent(prompt) else reader.prompt(prompt)
    if played in ("gone", "notfound"):
        return "failure", ""
    result = "success"
    if len(reader.text) < most:
        result = reader.collect(digit_timeout if reader.text else timeout, digit_timeout)
    if reader.terminator:
        channel.set("read_terminator_used", reader.terminator)
    if len(reader.text) < least:
        result = "too_small"
    channel.set("read_result", result if result in ("success", "timeout") else "failure")
    text = reader.text
    if most == 1 and len(text) == 1 and text in terminators:
        text = ""
    if variable and text:
        channel.set(variable, text)
    return result, text


def _seconds(words: list[str], index: int, shortest: int = 0) -> float:
    value = int(words[index]) if len(words) > index and words[index].isdigit() else 0
    return max(value, shortest) / 1000


def _word(words: list[str], index: int, default: str = "") -> str:
    return words[index] if len(words) > index else default


def read(engine: Engine, channel: Channel, arg: str) -> None:
    """``<min> <max> <file> <variable> <timeout> <terminators> [<digit timeout>]``"""
    words = arg.split()
    if not words:
        return
    least = max(1, int(words[0]))
    most = max(least, int(_word(words, 1, "0")))
    with _Collecting(channel):
        _read(
            engine,
            channel,
            least,
            most,
            _word(words, 2),
            _word(words, 3),
            _seconds(words, 4, _SHORTEST_TIMEOUT_MS),
            _word(words, 5, "#"),
            _seconds(words, 6),
        )


def play_and_get_digits(engine: Engine, channel: Channel, arg: str) -> None:
    """``<min> <max> <tries> <timeout> <terminators> <file> <invalid file> <variable> <regex> [<digit timeout>] [<on failure>]``"""
    words = arg.split()
    if not words:
        return
    least = max(0, int(words[0]))
    most = max(least, int(_word(words, 1, "0")))
    variable, pattern = _word(words, 7), _word(words, 8)
    if variable and pattern:
        channel.set(f"{variable}_invalid", None)
    for _ in range(int(_word(words, 2, "0"))):
        if not channel.ready:
            return
        with _Collecting(channel):
            result, text = _read(
                engine,
                channel,
                least,
                most,
                _word(words, 5),
                variable,
                _seconds(words, 3, _SHORTEST_TIMEOUT_MS),
                _word(words, 4, "#"),
                _seconds(words, 9),
            )
        if result == "timeout" and len(text) >= least:
            result = "success"
        if least == 0 and not text and channel.get("read_terminator_used"):
            return
        if result == "success" and text:
            if not pattern or re.search(pattern, text):
                return
            channel.set(variable, None)
            channel.set(f"{variable}_invalid", text)
        if not media.silent(_word(words, 6)):
            media.play(engine, channel, words[6])


class _Collecting:
    """Marks the channel while a script may key with effect."""

    def __init__(self, channel: Channel) -> None:
        self._channel = channel

    def __enter__(self) -> None:
        self._channel.collecting = True
        self._channel.wake()

    def __exit__(self, *_: object) -> None:
        self._channel.collecting = False


APPS: dict[str, Application] = {"read": read, "play_and_get_digits": play_and_get_digits}
