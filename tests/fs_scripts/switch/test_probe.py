"""One question to an event socket, asked of listeners that answer well, badly, late or not at all."""

import time
from collections.abc import Callable, Iterator
from contextlib import closing

import gevent
import pytest
from gevent import socket
from gevent.server import StreamServer

from fs_scripts.switch import probe

Serve = Callable[[Callable[[socket.socket, object], None]], int]

GREETING = b"Content-Type: auth/request\n\n"
ACCEPTED = b"Content-Type: command/reply\nReply-Text: +OK accepted\n\n"
REFUSED = b"Content-Type: command/reply\nReply-Text: -ERR invalid\n\n"
RUDE = b"Content-Type: text/rude-rejection\nContent-Length: 24\n\nAccess Denied, go away.\n"


@pytest.fixture
def serve() -> Iterator[Serve]:
    servers: list[StreamServer] = []

    def start(handle: Callable[[socket.socket, object], None]) -> int:
        server = StreamServer(("127.0.0.1", 0), handle)
        server.start()
        servers.append(server)
        return int(server.server_port)

    yield start
    for server in servers:
        server.stop()


def closed_port() -> int:
    with closing(socket.socket()) as listener:
        listener.bind(("127.0.0.1", 0))
        return int(listener.getsockname()[1])


def switch(password: str, answer: bytes) -> Callable[[socket.socket, object], None]:
    def handle(connection: socket.socket, _address: object) -> None:
        connection.sendall(GREETING)
        said = connection.recv(1024)
        connection.sendall(ACCEPTED if said == f"auth {password}\n\n".encode() else REFUSED)
        connection.recv(1024)
        body = b"Content-Type: api/response\nContent-Length: %d\n\n%s" % (len(answer), answer)
        for start in range(0, len(body), 7):
            connection.sendall(body[start : start + 7])
            gevent.sleep(0)

    return handle


def test_an_answer_comes_whole_however_it_is_cut(serve: Serve) -> None:
    port = serve(switch("secret", "状态\n\nready\n".encode()))

    assert probe.api("127.0.0.1", port, "secret", "status") == "状态\n\nready"


def test_a_wrong_password_is_said(serve: Serve) -> None:
    port = serve(switch("secret", b""))

    with pytest.raises(probe.Refused, match="does not take the password"):
        probe.api("127.0.0.1", port, "guess", "status")


def test_a_listener_that_does_not_let_us_in_is_said(serve: Serve) -> None:
    port = serve(lambda connection, _: connection.sendall(RUDE))

    with pytest.raises(probe.Refused, match="rude-rejection"):
        probe.api("127.0.0.1", port, "secret", "status")
    assert not probe.answers("127.0.0.1", port)


def test_a_greeting_is_enough_to_be_there(serve: Serve) -> None:
    assert probe.answers("127.0.0.1", serve(lambda connection, _: connection.sendall(GREETING)))


def test_nobody_there_is_no_answer() -> None:
    port = closed_port()

    assert not probe.answers("127.0.0.1", port)
    with pytest.raises(probe.NoAnswer, match=str(port)):
        probe.api("127.0.0.1", port, "secret", "status")


def test_a_listener_that_says_nothing_costs_no_more_than_the_time_out(serve: Serve) -> None:
    port = serve(lambda connection, _: gevent.sleep(30))
    started = time.monotonic()

    assert not probe.answers("127.0.0.1", port, timeout=0.2)

    assert time.monotonic() - started < 2


def test_a_listener_that_drips_costs_no_more_than_the_time_out(serve: Serve) -> None:
    def drip(connection: socket.socket, _address: object) -> None:
        for _ in range(100):
            connection.sendall(b"x")
            gevent.sleep(0.05)

    port = serve(drip)
    started = time.monotonic()

    assert not probe.answers("127.0.0.1", port, timeout=0.3)

    assert time.monotonic() - started < 2


def test_a_line_feed_cannot_make_a_second_command(serve: Serve) -> None:
    port = serve(switch("secret", b"ok"))

    with pytest.raises(ValueError, match="one line"):
        probe.api("127.0.0.1", port, "secret", "status\n\napi shutdown")
