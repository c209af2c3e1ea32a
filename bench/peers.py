"""Callers and agents as SIP peers outside the switch, all in one process: ``python -m bench.peers``.

Two sockets each for callers and agents, and one thread, so that measuring costs little of the machine that is
measured. Orders come as lines of JSON on standard input, answers go to standard output; the other side of it
is :class:`bench.lab.PeersProcess`.
"""

from __future__ import annotations

import itertools
import json
import random
import struct
import sys
import time
from collections.abc import Callable
from dataclasses import asdict
from typing import Any, Final

from bench import sip
from bench.legs import ENOUGH_FRAMES, FRAME_SAMPLES, CallRecord, Leg, Load, words
from bench.wire import Address, Side, Wire, address

_FRAME_S: Final = 0.02
_REGISTER_AGAIN_S: Final = 60.0
_LISTEN_ON_S: Final = 0.2
_PATIENCE_S: Final = 10.0
# Who waits for the end of a load is told this often how far it is.
_PROGRESS_S: Final = 5.0


class Peers:
    """All callers and all agents."""

    def __init__(self, tell: Callable[[dict[str, Any]], None]) -> None:
        self.wire = Wire()
        self._tell = tell
        self._callers, self._agents = Side(self.wire, self._asked), Side(self.wire, self._asked)
        self._passwords: dict[str, str] = {}
        self._server = self._domain = ""
        self._registered: set[str] = set()
        self._numbers = itertools.count()
        self._load: Load | None = None
        self._calls: dict[str, CallRecord] = {}
        self._legs: dict[str, Leg] = {}
        self._by_number: dict[str, Leg] = {}
        self._by_rtp: dict[Address, Leg] = {}
        self._talks: dict[str, tuple[Leg, Leg]] = {}
        self._busy: set[str] = set()

    @property
    def phones_at(self) -> str:
        """Address and port of all desk phones."""
        return self._agents.host

    def obey(self, order: dict[str, Any]) -> None:
        match order.pop("do"):
            case "register":
                self._server, self._domain = order["server"], order["domain"]
                self._passwords = order["agents"]
                for extension in self._passwords:
                    self._register(extension)
            case "call":
                self._begin(Load(**order))
            case "hang up":
                for leg in list(self._legs.values()):
                    self._hang_up(leg)
            case unknown:
                raise ValueError(unknown)

    # --- phones ---------------------------------------------------------------------------------------------

    def _register(self, extension: str, challenge: str = "", cseq: int = 1) -> None:
        uri = f"sip:{self._domain}"
        who = f"<sip:{extension}@{self._domain}>"
        call_id = f"register-{extension}-{next(self._numbers)}"
        headers = [
            ("Via", f"SIP/2.0/UDP {self._agents.host};rport;branch=z9hG4bK{call_id}"),
            ("Max-Forwards", "70"),
            ("From", f"{who};tag={extension}"),
            ("To", who),
            ("Call-ID", call_id),
            ("CSeq", f"{cseq} REGISTER"),
            ("Contact", f"<sip:{extension}@{self._agents.host}>"),
            ("Expires", "300"),
        ]
        if challenge:
            password = self._passwords[extension]
            answer = sip.credentials(challenge, user=extension, password=password, method="REGISTER", uri=uri)
            headers.append(("Authorization", answer))
        self._agents.request(
            sip.write(f"REGISTER {uri} SIP/2.0", headers),
            f"{call_id} {cseq} REGISTER",
            address(self._server),
            lambda answer, _: self._registering(extension, answer, cseq),
        )

    def _registering(self, extension: str, answer: sip.Message, cseq: int) -> None:
        if answer.status == 401 and cseq < 4:
            self._register(extension, answer.headers.get("www-authenticate", ""), cseq + 1)
        elif answer.status == 200:
            self._registered.add(extension)
            self._tell({"registered": len(self._registered)})
            # Not all in the same instant for ever.
            later = _REGISTER_AGAIN_S * random.uniform(0.5, 1.0)
            self.wire.later(later, lambda: self._register(extension))
        else:
            self._tell({"error": f"{extension} cannot register: {answer.start}"})

    # --- a load ---------------------------------------------------------------------------------------------

    def _begin(self, load: Load) -> None:
        self._load = load
        load.began = time.time()
        load.open = load.count
        if load.audio:
            self._callers.listen(self._heard)
            self._agents.listen(self._heard)
            self._speak(load)
        self._call(load)
        self.wire.later(_PROGRESS_S, lambda: self._report(load))
        self.wire.later(load.longest, lambda: self._done(load))

    def _report(self, load: Load) -> None:
        if self._load is load:
            self._tell({"progress": {"dialled": len(load.calls), "over": load.count - load.open}})
            self.wire.later(_PROGRESS_S, lambda: self._report(load))

    def _settled(self, load: Load | None) -> None:
        if load is not None:
            load.open -= 1
            if not load.open:
                self._done(load)

    def _done(self, load: Load) -> None:
        if self._load is not load:
            return
        self._load = None
        self._callers.listen(None)
        self._agents.listen(None)
        self._calls.clear()
        self._tell({"calls": [asdict(call) for call in load.calls], "seconds": time.time() - load.began})

    # --- callers --------------------------------------------------------------------------------------------

    def _call(self, load: Load) -> None:
        if self._load is not load:
            return
        lasting = len(load.calls) - (load.count - load.open)
        if load.at_once and lasting >= load.at_once:
            self.wire.later(_FRAME_S, lambda: self._call(load))
            return
        call = CallRecord(f"139{next(self._numbers):08}", dialled=time.time())
        load.calls.append(call)
        self._calls[call.number] = call
        if len(load.calls) < load.count:
            due = load.began + len(load.calls) / load.rate - time.time()
            self.wire.later(max(0.0, due), lambda: self._call(load))
        side, call_id = self._callers, f"caller-{call.number}"
        who = f"sip:{call.number}@{side.host}"
        called = f"sip:{load.to}@{load.trunk}"
        leg = Leg(call_id, call, side, f"<{who}>;tag=c{call.number}", f"<{called}>", called)
        self._legs[call_id] = leg
        # Known before the answer is read: the agent's end of the call may come to be read first.
        self._by_number[call.number] = leg
        headers = [
            ("Via", f"SIP/2.0/UDP {side.host};rport;branch=z9hG4bK{call_id}"),
            ("Max-Forwards", "70"),
            ("From", leg.local),
            ("To", leg.remote),
            ("Call-ID", call_id),
            ("CSeq", "1 INVITE"),
            ("Contact", f"<{who}>"),
        ]
        side.request(
            sip.write(f"INVITE {called} SIP/2.0", headers, side.description),
            f"{call_id} 1 INVITE",
            address(load.trunk),
            lambda answer, at: self._answered(leg, answer, at),
            lambda: self._over(leg, time.time()),
        )

    def _answered(self, leg: Leg, answer: sip.Message, at: float) -> None:
        refused = answer.status != 200
        leg.remote = answer.headers["to"]
        leg.target = leg.target if refused else answer.contact
        leg.call.status = answer.status
        packet, _ = leg.request("ACK", branch=leg.call_id if refused else "")
        leg.side.acknowledge(f"{leg.call_id} 1 INVITE", packet, address(leg.target))
        if refused:
            self._over(leg, at)
            return
        leg.call.joined = at
        self._open_ear(leg, answer.rtp_port)
        if self._load is not None and self._load.stay:
            self._settled(self._load)

    # --- agents ---------------------------------------------------------------------------------------------

    def _asked(self, side: Side, message: sip.Message, peer: Address, at: float) -> None:
        leg = self._legs.get(message.call_id)
        match message.method:
            case "INVITE" if leg is not None:
                side.send(leg.answer, peer)
            case "INVITE":
                self._invited(side, message, peer, at)
            case "ACK":
                if leg is not None and not leg.call.talked:
                    self._talk(leg, at)
            case "BYE":
                side.send(sip.respond(message, "200 OK"), peer)
                if leg is not None:
                    self._over(leg, at)
            case _:
                # A CANCEL comes too late for phones that answer at once.
                side.send(sip.respond(message, "200 OK", tag="peer"), peer)

    def _invited(self, side: Side, message: sip.Message, peer: Address, at: float) -> None:
        call = self._calls.get(message.caller)
        if call is None or message.called in self._busy:
            side.send(sip.respond(message, "486 Busy Here", tag="busy"), peer)
            return
        call.invites += 1
        call.invited = call.invited or at
        call.agent = message.called
        self._busy.add(call.agent)
        tag = f"a{call.number}"
        local = f"{message.headers['to']};tag={tag}"
        leg = Leg(message.call_id, call, side, local, message.headers["from"], message.contact)
        self._legs[leg.call_id] = leg
        contact = f"sip:{call.agent}@{side.host}"
        leg.answer = sip.respond(message, "200 OK", tag=tag, contact=contact, body=side.description)
        side.send(leg.answer, peer)
        self._open_ear(leg, message.rtp_port)

    def _talk(self, leg: Leg, at: float) -> None:
        leg.call.talked = at
        caller = self._by_number.get(leg.call.number)
        if caller is not None:
            self._talks[leg.call.number] = (caller, leg)
        if self._load is not None:
            self.wire.later(self._load.talk, lambda: self._hang_up_if_heard(leg, at + _PATIENCE_S))

    def _hang_up_if_heard(self, leg: Leg, deadline: float) -> None:
        call = leg.call
        heard = min(call.heard_by_agent, call.heard_by_caller) >= ENOUGH_FRAMES
        if self._load is None or not self._load.audio or heard or time.time() > deadline:
            self._hang_up(leg)
        else:
            self.wire.later(_LISTEN_ON_S, lambda: self._hang_up_if_heard(leg, deadline))

    # --- the end --------------------------------------------------------------------------------------------

    def _hang_up(self, leg: Leg) -> None:
        if leg.over:
            return
        packet, key = leg.request("BYE")
        leg.side.request(packet, key, address(leg.target))
        self._over(leg, time.time())

    def _over(self, leg: Leg, at: float) -> None:
        if leg.over:
            return
        leg.over = True
        call = leg.call
        del self._legs[leg.call_id]
        self._talks.pop(call.number, None)
        if leg.rtp is not None:
            self._by_rtp.pop(leg.rtp, None)
        if leg.side is self._agents:
            self._busy.discard(call.agent)
            call.released = at
            return
        leg.side.forget(f"{leg.call_id} 1 INVITE")
        self._by_number.pop(call.number, None)
        call.ended = at
        if self._load is not None and not (self._load.stay and call.joined):
            self._settled(self._load)

    # --- audio ----------------------------------------------------------------------------------------------

    def _open_ear(self, leg: Leg, port: int) -> None:
        leg.rtp = ("127.0.0.1", port)
        leg.says = words(leg.call.number, by_agent=leg.side is self._agents)
        self._by_rtp[leg.rtp] = leg

    def _speak(self, load: Load) -> None:
        """Every 20 ms each end of each talk says its own words."""
        if self._load is not load:
            return
        load.frames += 1
        stamp = load.frames * FRAME_SAMPLES
        head = struct.pack("!BBHII", 0x80, 8, load.frames & 0xFFFF, stamp & 0xFFFFFFFF, 12366)
        for caller, agent in self._talks.values():
            caller.call.said += 1
            for leg in (caller, agent):
                if leg.rtp is not None:
                    leg.side.say(head + leg.says, leg.rtp)
        self.wire.later(load.began + load.frames * _FRAME_S - time.time(), lambda: self._speak(load))

    def _heard(self, packet: bytes, peer: Address) -> None:
        leg = self._by_rtp.get(peer)
        talk = self._talks.get(leg.call.number) if leg is not None else None
        if leg is None or talk is None:
            return
        caller, agent = talk
        if leg is caller:
            leg.call.heard_by_caller += packet.endswith(agent.says)
        else:
            leg.call.heard_by_agent += packet.endswith(caller.says)


def main() -> None:
    def tell(what: dict[str, Any]) -> None:
        print(json.dumps(what), flush=True)

    peers = Peers(tell)

    def order() -> None:
        line = sys.stdin.buffer.readline()
        if line:
            peers.obey(json.loads(line))
        else:
            peers.wire.ended = True

    tell({"phones_at": peers.phones_at})
    peers.wire.read(sys.stdin.buffer, order)
    peers.wire.run()


if __name__ == "__main__":
    main()
