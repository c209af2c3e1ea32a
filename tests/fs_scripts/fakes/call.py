"""One caller: what is on the line, and what the caller makes of it."""

from __future__ import annotations

import re
from collections.abc import Iterable
from dataclasses import dataclass

from fs_scripts.calls import variables as var
from fs_scripts.calls.speaking import MUSIC
from tests.fs_scripts.fakes.clock import FakeClock
from tests.fs_scripts.fakes.line import FakeLine


@dataclass(frozen=True)
class Bridge:
    """What comes of an offer to an agent's phone.

    *disposition* ``SUCCESS`` is a talk; ``""`` rings until something else happens. A talk ends by itself when
    *ends*, by the agent's hand.
    """

    disposition: str = "SUCCESS"
    ends: bool = True


RINGS = Bridge("")
TALKS = Bridge(ends=False)


class FakeCall(FakeLine):
    """A line with a caller's mind, and with agents.

    *keys* answers each question in turn (``""``: none, until it is given up); a question beyond them waits for
    ever. *ahead* maps a prompt to the keys that are pressed while it plays; *bridges* are what comes of each
    offer; *speaks* is how long a message lasts. The rest is of the line.
    """

    def __init__(
        self,
        *,
        keys: Iterable[str] = (),
        ahead: dict[str, str] | None = None,
        bridges: Iterable[Bridge] = (),
        speaks: float = 10.0,
        music: bool = True,
        clock: FakeClock | None = None,
        **line,
    ) -> None:
        super().__init__(**line)
        self.keys, self.bridges = list(keys), list(bridges)
        self.ahead = ahead or {}
        self.speaks, self.music = speaks, music
        self._clock = clock or FakeClock()

    # --- what happens on the line -------------------------------------------------------------------------------

    def press(self, key: str) -> None:
        """Press a key; it stops what plays where that is allowed."""
        self._tell("DTMF", {"DTMF-Digit": key})
        if self.variables.get("playback_terminators") == "any":
            for execution, app in list(self._running.items()):
                if app == "playback":
                    self._complete(execution, playback_terminator_used=key)

    def agent_answers(self) -> None:
        self._tell("CHANNEL_BRIDGE", {"Other-Leg-Unique-ID": self.variables[var.LEG]})

    def bridge_ends(self, disposition: str = "SUCCESS") -> None:
        """The agent hangs up, or the ringing ends otherwise."""
        self._complete(self.running("bridge"), originate_disposition=disposition)

    def played(self) -> list[str]:
        """What the caller has heard, in order: the names of prompts, or the whole of other targets."""
        targets = [arg for app, arg in self.executed if app == "playback"]
        return [name for target in targets for name in _prompts(target)]

    # --- applications -------------------------------------------------------------------------------------------

    def _do_playback(self, execution: str, target: str) -> None:
        if target == MUSIC and self.music:
            return
        if "silence_stream://" in target:
            self._answer_question(execution)
            return
        for key in self.ahead.pop(_prompts(target)[-1], ""):
            self.press(key)
        if execution in self._running:
            self._complete(execution, playback_terminator_used="")

    def _answer_question(self, execution: str) -> None:
        if not self.keys:
            return
        keyed = self.keys.pop(0)
        for key in keyed:
            self.press(key)
        if not keyed:
            self._complete(execution, playback_terminator_used="")

    def _do_record(self, execution: str, arg: str) -> None:
        self._clock.advance(self.speaks)
        if self.speaks:
            self._complete(execution, record_ms=str(round(self.speaks * 1000)))

    def _do_bridge(self, execution: str, arg: str) -> None:
        bridge = self.bridges.pop(0)
        if bridge.disposition == "SUCCESS":
            self.agent_answers()
            if bridge.ends:
                self._complete(execution, originate_disposition="SUCCESS")
        elif bridge.disposition:
            self._complete(execution, originate_disposition=bridge.disposition)


def _prompts(target: str) -> list[str]:
    found = re.findall(r"/prompts/([a-z0-9_]+)\.wav", target)
    return found or [target]
