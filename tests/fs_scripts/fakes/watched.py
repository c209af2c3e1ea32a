"""A switch that tells what it has when it is asked."""

from __future__ import annotations

import json

from fs_scripts.calls import variables as var
from fs_scripts.esl.errors import CommandFailed, ConnectionLost
from hotline.domain.acd.effects import MakeOffer
from hotline.domain.acd.events import CallQueued, OfferAnswered
from tests.fs_scripts.fakes.centre import CallCentre

LEG, CALL = "leg-1", "call-1"


class WatchedSwitch:
    """The event socket, as far as the switch is watched over it: *phones* are registered, *rows* its channels."""

    def __init__(self) -> None:
        self.connected = True
        self.phones: set[str] = set()
        self.rows: list[dict[str, str]] = []
        self.dumps: dict[str, dict[str, str]] = {}
        self.killed: list[str] = []
        self.contacts: set[str] = set()

    def leg(self, uuid: str, extension: str, callstate: str = "ACTIVE", **marks: str) -> None:
        """A channel at a desk phone."""
        self.rows.append({"uuid": uuid, "presence_id": f"{extension}@hotline", "callstate": callstate})
        self.dumps[uuid] = {f"variable_{name}": value for name, value in marks.items()}

    def api(self, command: str, timeout: float = 10.0) -> str:
        if not self.connected:
            raise ConnectionLost("closed")
        name, _, rest = command.partition(" ")
        if name == "version":
            return "FreeSWITCH Version 1.10.12\nmore"
        if name == "uuid_dump":
            uuid = rest.split(" ")[0]
            if uuid not in self.dumps:
                raise CommandFailed(command, "-ERR No such channel!")
            return json.dumps(self.dumps[uuid])
        if name == "uuid_exists":
            return str(rest in self.dumps).lower()
        if name == "sofia_contact":
            extension = rest.partition("/")[2].partition("@")[0]
            return (
                f"sofia/internal/sip:{extension}"
                if extension in self.contacts
                else "error/user_not_registered"
            )
        if name == "uuid_kill":
            self.killed.append(rest.split(" ")[0])
        return "+OK"

    def channels(self) -> list[dict[str, str]]:
        return self.rows

    def registrations(self) -> list[dict[str, str]]:
        if not self.connected:
            raise ConnectionLost("closed")
        return [{"reg_user": extension} for extension in self.phones]


def agent_marks(**more: str) -> dict[str, str]:
    return {var.ROLE: "agent", var.AGENT: "8001", var.INTERACTION: CALL, var.QUEUE: "policy", **more}


def talking(centre: CallCentre) -> None:
    """8001 talks in CALL, as far as the ACD knows."""
    centre.ready("8001")
    centre.dispatcher.enqueue(CallQueued(CALL, "policy", 0, centre.clock()), lambda order: None)
    (offer,) = [effect for effect in centre.effects if isinstance(effect, MakeOffer)]
    centre.dispatcher.apply(OfferAnswered(offer.offer_id))
    centre.dispatcher.leave(CALL)
    assert centre.states()["8001"] == "talking"
