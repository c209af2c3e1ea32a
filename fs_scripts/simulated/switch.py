"""The simulated switch as a whole: engine, event socket, telephones, callers."""

from __future__ import annotations

import logging
import random
import uuid as uuids
from collections.abc import Iterable, Sequence

import gevent
from gevent import socket
from gevent.server import StreamServer

from fs_scripts.simulated import api, cdr, outbound
from fs_scripts.simulated.api.system import heartbeat
from fs_scripts.simulated.apps import table
from fs_scripts.simulated.apps.bridging import join
from fs_scripts.simulated.apps.recording import stop_recording
from fs_scripts.simulated.callers import Caller, CallerLine
from fs_scripts.simulated.causes import parse_cause
from fs_scripts.simulated.channel import Channel
from fs_scripts.simulated.clock import Clock
from fs_scripts.simulated.commands import obey
from fs_scripts.simulated.config import SimConfig
from fs_scripts.simulated.engine import VERSION, Engine
from fs_scripts.simulated.lines import Line, Registration
from fs_scripts.simulated.listener import Connection
from fs_scripts.simulated.phones import Phone, PhoneLine

log = logging.getLogger(__name__)

_SIP_PORT = 5060
_OUTSIDE = Phone("outside", answers_after=4.0, talks_for=30.0)


class SimulatedSwitch:
    """Start it, give it telephones, let callers call. One process may hold several.

    ``seed`` makes the telephones' drawn times the same in every run.
    """

    def __init__(self, config: SimConfig, clock: Clock | None = None, *, seed: int = 0) -> None:
        self.config = config
        self.clock = clock or Clock()
        self.engine = Engine(config, self.clock, table() | outbound.APPS, join)
        self.engine.api = lambda name, arg: api.execute(self.engine, name, arg)
        self.engine.resolve = self._resolve
        self.engine.registrations = self.registrations
        self.engine.on_finished += [self._close_recordings, self._report]
        self._random = random.Random(seed)
        self._phones: dict[str, PhoneLine] = {}
        self._registered: dict[str, Registration] = {}
        self._server = StreamServer((config.host, config.port), self._serve)

    # -- life ------------------------------------------------------------------------------------------------------
    def start(self) -> None:
        self._server.start()
        self.engine.greenlets.spawn(self._beat)
        log.warning(
            "simulated switch %s on %s:%d; no real telephone is connected",
            VERSION,
            self.config.host,
            self.port,
        )

    def stop(self, timeout: float = 5.0) -> None:
        """Hang everybody up, close every connection and wait until nothing of it runs any more."""
        self._server.stop(timeout=1.0)
        for channel in list(self.engine.channels.values()):
            self.engine.hangup(channel, "MANAGER_REQUEST")
        gevent.sleep(0)
        for listener in self.engine.listeners():
            listener.end()
        gevent.sleep(0)
        self.engine.greenlets.kill(timeout=timeout)

    @property
    def port(self) -> int:
        """Where the event socket listens, once started."""
        return int(self._server.address[1])

    @property
    def channels(self) -> Sequence[Channel]:
        return tuple(self.engine.channels.values())

    def _serve(self, sock: socket.socket, _: object) -> None:
        Connection(self.engine, sock, obey).run()

    def _beat(self) -> None:
        while True:
            self.clock.sleep(self.config.heartbeat)
            self.engine.fire("HEARTBEAT", None, heartbeat(self.engine))

    # -- telephones ------------------------------------------------------------------------------------------------
    def add_phones(self, phones: Iterable[Phone]) -> None:
        """Connect telephones; those that are ``registered`` sign in at once."""
        for phone in phones:
            self._phones[phone.extension] = PhoneLine(
                phone, self.engine, random.Random(self._random.random())
            )
            if phone.registered:
                self.register(phone.extension)

    def phone(self, extension: str) -> PhoneLine:
        return self._phones[extension]

    def register(self, extension: str) -> None:
        """Let a telephone sign in, as far as the switch can tell."""
        port = _SIP_PORT + 1
        self._registered[extension] = Registration(
            user=extension,
            domain=self.config.domain,
            contact=f"sip:{extension}@127.0.0.1:{port}",
            call_id=str(uuids.uuid4()),
            expires=self.clock.now() + 3600,
            port=port,
        )
        self._tell_registration("sofia::register", extension, self._registered[extension])

    def unregister(self, extension: str) -> None:
        entry = self._registered.pop(extension, None)
        if entry is not None:
            self._tell_registration("sofia::unregister", extension, entry)

    def registrations(self) -> Sequence[Registration]:
        return tuple(self._registered.values())

    def _tell_registration(self, subclass: str, extension: str, entry: Registration) -> None:
        about = {
            "profile-name": "internal",
            "from-user": extension,
            "from-host": entry.domain,
            "presence-hosts": "n/a",
            "contact": f'"" <{entry.contact}>',
            "call-id": entry.call_id,
            "rpid": "unknown",
            "status": "Registered(UDP)",
            "expires": "3600",
            "to-user": extension,
            "to-host": entry.domain,
            "network-ip": "127.0.0.1",
            "network-port": str(entry.port),
            "username": extension,
            "realm": entry.domain,
            "user-agent": "simulated phone",
        }
        self.engine.fire("CUSTOM", None, about, subclass=subclass)

    def _resolve(self, endpoint: str) -> Line | str:
        """``user/1001@domain``, ``sofia/<profile>/1001@...``, ``sofia/gateway/<name>/<number>``, ``error/<cause>``."""
        kind, _, rest = endpoint.partition("/")
        if kind == "error":
            return parse_cause(rest)
        if kind == "user":
            user, _, domain = rest.partition("@")
            if user not in self._phones:
                return "SUBSCRIBER_ABSENT"
            if user not in self._registered:
                return "USER_NOT_REGISTERED"
            return self._line(user, domain or self.config.domain)
        if kind == "sofia":
            profile, _, target = rest.partition("/")
            if profile == "gateway":
                number = target.partition("/")[2]
                line = self._phones.get(number) or PhoneLine(_OUTSIDE, self.engine, self._random)
                return Line(line, f"sofia/external/{number}", number)
            user = target.removeprefix("sip:").partition("@")[0]
            return self._line(user, self.config.domain) if user in self._phones else "NO_ROUTE_DESTINATION"
        return "DESTINATION_OUT_OF_ORDER"

    def _line(self, user: str, domain: str) -> Line:
        return Line(
            party=self._phones[user],
            channel_name=f"sofia/internal/{user}@127.0.0.1:{_SIP_PORT + 1}",
            destination=user,
            presence_id=f"{user}@{domain}",
            user=user,
            domain=domain,
        )

    # -- calls -----------------------------------------------------------------------------------------------------
    def place_call(self, caller: Caller) -> CallerLine:
        """Let somebody call now; the script runs in the background (``CallerLine.done`` tells its end)."""
        profile = "external" if caller.context == "trunk" else "internal"
        channel = Channel(
            clock=self.clock,
            name=f"sofia/{profile}/{caller.number}@127.0.0.1",
            direction="inbound",
            caller_number=caller.number,
            caller_name=caller.name or caller.number,
            destination=caller.called,
            context=caller.context,
            session_number=self.engine.sessions_since_start + 1,
            variables=dict(caller.variables),
        )
        line = CallerLine(self.engine, caller, channel)
        channel.far_end = line
        self.engine.create(channel)
        if self.engine.paused:
            channel.has_session = True
            self.engine.hangup(channel, "SWITCH_CONGESTION")
            self.engine.finish(channel)
        else:
            self.engine.start_session(channel)
        self.engine.greenlets.spawn(line.run)
        return line

    def _close_recordings(self, channel: Channel) -> None:
        stop_recording(self.engine, channel, "all")

    def _report(self, channel: Channel) -> None:
        """Send the call record in the background, as mod_json_cdr's own thread does."""
        target = self.config.cdr
        if target is not None:
            body = cdr.as_bytes(cdr.record(channel, self.engine.core_uuid))
            self.engine.greenlets.spawn(cdr.deliver, target, channel.uuid, body)
