from collections.abc import Callable, Iterator
from typing import Any

import pytest

from fs_scripts.esl.inbound import EventSocket
from fs_scripts.esl.outbound import CallServer, Channel
from tests.fs_scripts.esl.fakes import FakeCall, FakeEventSocket


@pytest.fixture
def serve() -> Iterator[Callable[..., CallServer]]:
    """Start a call server with a handler; stopped at the end."""
    servers: list[CallServer] = []

    def start(handler: Callable[[Channel], None], **settings: Any) -> CallServer:
        server = CallServer("127.0.0.1", 0, handler, **settings)
        server.start()
        servers.append(server)
        return server

    yield start
    for server in servers:
        server.stop(0.1)


@pytest.fixture
def call_to() -> Iterator[Callable[..., FakeCall]]:
    """Let FreeSWITCH connect a call to a server; closed at the end."""
    calls: list[FakeCall] = []

    def connect(server: CallServer, **settings: Any) -> FakeCall:
        calls.append(FakeCall(server.port, **settings))
        return calls[-1]

    yield connect
    for call in calls:
        call.close()


@pytest.fixture
def switch() -> Iterator[FakeEventSocket]:
    fake = FakeEventSocket()
    yield fake
    fake.stop()


@pytest.fixture
def connect(switch: FakeEventSocket) -> Iterator[Callable[..., EventSocket]]:
    """Start an event socket connection to the fake switch; stopped at the end."""
    sockets: list[EventSocket] = []

    def start(**settings: Any) -> EventSocket:
        settings.setdefault("events", ["CHANNEL_CREATE"])
        settings.setdefault("on_event", lambda _event: None)
        settings.setdefault("backoff", (0.01, 0.05))
        event_socket = EventSocket("127.0.0.1", switch.port, "secret", **settings)
        event_socket.start()
        sockets.append(event_socket)
        return event_socket

    yield start
    for event_socket in sockets:
        event_socket.stop()
