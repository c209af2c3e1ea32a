"""Who hears what: events are built only for those who asked, and go to them alone."""

from __future__ import annotations

import time
import uuid as uuids
from collections.abc import Mapping
from typing import Protocol

from fs_scripts.simulated import payload
from fs_scripts.simulated.channel import Channel
from fs_scripts.simulated.clock import Clock
from fs_scripts.simulated.event import Event


class Listener(Protocol):
    """Somebody who may want an event: an Event Socket connection."""

    def wants(self, name: str, subclass: str) -> bool: ...

    def take(self, event: Event) -> None: ...

    def end(self) -> None: ...


class EventHub:
    """Builds events and hands them to listeners."""

    def __init__(self, clock: Clock) -> None:
        self.clock = clock
        self.core_uuid = str(uuids.uuid4())
        self._listening: dict[str, list[Listener]] = {"": []}
        self._scopes: dict[Listener, str] = {}
        self._sequence = 0

    def fire(
        self,
        name: str,
        channel: Channel | None = None,
        extra: Mapping[str, str] | None = None,
        *,
        body: str = "",
        subclass: str = "",
    ) -> None:
        """Send an event to whoever subscribed to it; costs nearly nothing where nobody did."""
        self._sequence += 1
        about = channel.uuid if channel is not None else (extra or {}).get("Job-Owner-UUID", "")
        candidates = [*self._listening[""], *(self._listening.get(about, ()) if about else ())]
        takers = [listener for listener in candidates if listener.wants(name, subclass)]
        if not takers:
            return
        event = Event(name, self.headers(name, channel, extra, subclass), body, subclass)
        for listener in takers:
            listener.take(event)

    def listen(self, listener: Listener, uuid: str = "") -> None:
        """Let a listener hear everything, or one channel only, instead of what it heard before.

        There is a handler for each call that hears that call only: looking at all of them for each event would cost more
        than everything else.
        """
        self.ignore(listener)
        self._listening.setdefault(uuid, []).append(listener)
        self._scopes[listener] = uuid

    def ignore(self, listener: Listener) -> None:
        """Take a listener out."""
        uuid = self._scopes.pop(listener, None)
        if uuid is None:
            return
        self._listening[uuid].remove(listener)
        if uuid and not self._listening[uuid]:
            del self._listening[uuid]

    def listeners(self) -> tuple[Listener, ...]:
        return tuple(self._scopes)

    def headers(
        self, name: str, channel: Channel | None, extra: Mapping[str, str] | None = None, subclass: str = ""
    ) -> dict[str, str]:
        now = self.clock.now()
        headers = {"Event-Name": name}
        if subclass:
            headers = {"Event-Subclass": subclass, "Event-Name": name}
        headers |= {
            "Core-UUID": self.core_uuid,
            "FreeSWITCH-Hostname": "simulated",
            "FreeSWITCH-Switchname": "simulated switch",
            "FreeSWITCH-IPv4": "127.0.0.1",
            "FreeSWITCH-IPv6": "::1",
            "Event-Date-Local": time.strftime("%Y-%m-%d %H:%M:%S", time.localtime(now)),
            "Event-Date-GMT": time.strftime("%a, %d %b %Y %H:%M:%S GMT", time.gmtime(now)),
            "Event-Date-Timestamp": payload.micros(now),
            "Event-Calling-File": "simulated",
            "Event-Calling-Function": "fire",
            "Event-Calling-Line-Number": "1",
            "Event-Sequence": str(self._sequence),
        }
        if channel is not None:
            headers |= payload.channel_headers(channel, name)
        if extra:
            headers |= extra
        return headers
