"""A switch that dials customers."""

from __future__ import annotations

import gevent

from fs_scripts.esl.errors import CommandFailed


class FakeSwitch:
    """The event socket, as far as customers are dialled over it. Each ``originate`` is answered by the next of
    *answers*: a uuid for somebody who picks up, or the cause why nobody does; beyond them it rings for ever.
    *legs* are those that a handler of before has dialled, with the tickets on them.
    """

    def __init__(self) -> None:
        self.answers: list[str] = []
        self.dialled: list[str] = []
        self.killed: list[str] = []
        self.legs: dict[str, str] = {}
        self.asked: list[str] = []

    def channels(self) -> list[dict[str, str]]:
        desk = {"uuid": "desk", "direction": "outbound", "presence_id": "1001@hotline"}
        return [desk, *({"uuid": leg, "direction": "outbound", "presence_id": ""} for leg in self.legs)]

    def api(self, command: str, timeout: float = 10.0) -> str:
        self.asked.append(command)
        name, leg, *_ = command.split()
        if name == "uuid_exists":
            return str(leg in self.legs).lower()
        if leg not in self.legs:
            raise CommandFailed(command, "-ERR No such channel!")
        return self.legs[leg] or "_undef_"

    def bgapi(self, command: str, timeout: float = 30.0) -> str:
        if command.startswith("uuid_kill"):
            self.killed.append(command.split()[1])
            return "+OK"
        self.dialled.append(command)
        if not self.answers:
            gevent.sleep(timeout)
        answer = self.answers.pop(0)
        if answer.isupper():
            raise CommandFailed(command, f"-ERR {answer}")
        return f"+OK {answer}"

    def variables(self) -> dict[str, str]:
        """What the last customer's channel was given."""
        inside = self.dialled[-1].partition("{")[2].partition("}")[0]
        return dict(pair.split("=", 1) for pair in inside.split(","))
