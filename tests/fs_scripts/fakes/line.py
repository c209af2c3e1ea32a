"""The switch's end of one channel's connection: commands are obeyed, and what comes of them is told."""

from __future__ import annotations

import re
import uuid
from collections.abc import Callable

from fs_scripts.esl.channel import Channel
from fs_scripts.esl.connection import OnFailure
from fs_scripts.esl.errors import CommandFailed, ConnectionLost, EslError
from fs_scripts.esl.events import Event
from tests.fs_scripts.fakes.events import event

CALLER = "13800138000"


class FakeLine:
    """A channel whose applications end at once; ``_do_<application>`` of a subclass lets one do otherwise.

    *dies_at* is the number of the command at which the caller hangs up, *before* or after it is carried out; with
    *lost* the connection breaks there instead.
    """

    def __init__(
        self,
        *,
        dies_at: int = 0,
        before: bool = False,
        lost: bool = False,
        headers: dict[str, str] | None = None,
        **variables: str,
    ) -> None:
        self.uuid = str(uuid.uuid4())
        self.variables: dict[str, str] = {"uuid": self.uuid, **variables}
        self.commands: list[str] = []
        self.executed: list[tuple[str, str]] = []
        self.killed_legs: list[str] = []
        self.leg_is_there = True
        self.gone = False
        self.connected = True
        self._dies_at, self._before, self._lost = dies_at, before, lost
        self._running: dict[str, str] = {}
        told = {
            "Unique-ID": self.uuid,
            "Caller-Caller-ID-Number": CALLER,
            "Caller-Caller-ID-Name": "taxpayer",
            "Caller-Destination-Number": "12366",
        }
        self.channel = Channel(self, event("CHANNEL_DATA", told | (headers or {}), **self.variables))

    # --- what happens on the line -------------------------------------------------------------------------------

    def hang_up(self, cause: str = "NORMAL_CLEARING") -> None:
        if not self.gone:
            self.gone = True
            self._tell("CHANNEL_HANGUP", {"Hangup-Cause": cause})

    def lose(self) -> None:
        """The connection breaks, the caller stays."""
        self.connected = False
        self.channel.ended(None)

    def running(self, app: str) -> str:
        """The id of what runs now; an error when it is something else."""
        (found,) = [each for each, name in self._running.items() if name == app]
        return found

    def runs(self, app: str) -> bool:
        return app in self._running.values()

    # --- the connection, as a channel uses it -------------------------------------------------------------------

    def send(self, command: str, timeout: float = 10.0) -> Event | str:
        return self._obey(command, self._message if command.startswith("sendmsg") else self._reply)

    def post(self, data: list[str], on_failure: OnFailure) -> None:
        if not self.connected:
            raise ConnectionLost("closed")
        for count, each in enumerate(data):
            # What follows the caller's end in a packet is not obeyed.
            if count and self.gone:
                break
            try:
                if each.startswith("api "):
                    self.api(each.removeprefix("api "))
                else:
                    self.send(each)
            except EslError as error:
                on_failure(error)

    def api(self, command: str, timeout: float = 10.0) -> str:
        return self._obey(f"api {command}", self._api)

    def stop(self) -> None:
        self.connected = False
        self.channel.ended(None)

    def _obey(self, command: str, carry_out: Callable[[str], Event | str]) -> Event | str:
        if not self.connected:
            raise ConnectionLost("closed")
        self.commands.append(command)
        dies = len(self.commands) == self._dies_at
        if dies and self._lost:
            self.lose()
            raise ConnectionLost("closed")
        if dies and self._before:
            self.hang_up()
        answer = carry_out(command)
        if dies and not self._before:
            self.hang_up()
        return answer

    # --- commands -----------------------------------------------------------------------------------------------

    def _reply(self, command: str) -> Event:
        return event("", {"Reply-Text": "+OK"})

    def _message(self, command: str) -> Event:
        head, _, body = command.partition("\n\n")
        fields = dict(line.split(": ", 1) for line in head.splitlines()[1:])
        app, arg = fields["execute-app-name"], fields.get("execute-app-arg", body)
        if not self.gone:
            self.executed.append((app, arg))
            # What runs beside another has no name of its own.
            named = fields.get("Event-UUID", "")
            self._running[named] = app
            getattr(self, f"_do_{app}", self._do_at_once)(named, arg)
        return self._reply(command)

    def _api(self, command: str) -> str:
        name, _, rest = command.removeprefix("api ").partition(" ")
        target, _, arg = rest.partition(" ")
        if target == self.uuid and self.gone:
            raise CommandFailed(command, "-ERR No such channel!")
        if name == "uuid_setvar_multi":
            self._set(arg)
        elif name == "uuid_break":
            for running, app in list(self._running.items()):
                if app == "playback":
                    self._complete(running)
        elif name == "uuid_kill" and target == self.uuid:
            self.hang_up(arg)
        elif name == "uuid_kill":
            self.killed_legs.append(target)
            if not self.leg_is_there:
                raise CommandFailed(command, "-ERR No such channel!")
            self._complete(self.running("bridge"), originate_disposition="ORIGINATOR_CANCEL")
        return "+OK"

    def _set(self, pairs: str) -> None:
        for pair in re.split(r"(?<!\\);", pairs):
            name, _, value = pair.partition("=")
            self.variables[name] = re.sub(r"\\(.)", r"\1", value.replace("\\s", " "))

    def _do_at_once(self, execution: str, arg: str) -> None:
        self._complete(execution)

    def _complete(self, execution: str, **variables: str) -> None:
        self._running.pop(execution, None)
        self.variables |= variables
        self._tell("CHANNEL_EXECUTE_COMPLETE", {"Application-UUID": execution})

    def _tell(self, name: str, headers: dict[str, str]) -> None:
        known = {key: value for key, value in self.variables.items() if value}
        self.channel.took(event(name, {"Unique-ID": self.uuid, **headers}, **known))
