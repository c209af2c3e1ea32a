"""The other side of the wire, made of what FreeSWITCH 1.10.12 really sent (payloads/)."""

from __future__ import annotations

import contextlib
from collections.abc import Callable
from pathlib import Path
from urllib.parse import quote

import gevent
from gevent import socket
from gevent.event import Event as Signal
from gevent.server import StreamServer

PAYLOADS = Path(__file__).parent / "payloads"

#: The channel of the captured call.
CALL = "b601e616-471e-4c19-a4d4-39d92830a25a"


def payload(name: str) -> bytes:
    return (PAYLOADS / f"{name}.txt").read_bytes()


def event_frame(captured: str, **changed: str) -> bytes:
    """A captured event with some headers changed (underscores in the names stand for hyphens)."""
    content = payload(captured).partition(b"\n\n")[2]
    lines = content.split(b"\n\n", 1)[0].split(b"\n")
    for name, value in changed.items():
        key = name.replace("_", "-").encode() + b": "
        lines = [each for each in lines if not each.startswith(key)] + [key + quote(value).encode()]
    content = b"\n".join(lines) + b"\n\n"
    return b"Content-Length: %d\nContent-Type: text/event-plain\n\n%b" % (len(content), content)


def reply(text: str) -> bytes:
    return f"Content-Type: command/reply\nReply-Text: {text}\n\n".encode()


def api_response(text: str) -> bytes:
    return b"Content-Type: api/response\nContent-Length: %d\n\n%b" % (len(text.encode()), text.encode())


def wait_for(condition: Callable[[], object], timeout: float = 2.0) -> None:
    """Wait until something is so; an error when it does not become so."""
    with gevent.Timeout(timeout):
        while not condition():
            gevent.sleep(0.005)


class Peer:
    """Reads commands and answers them; what it does not know gets +OK. Set an answer to None for silence."""

    def __init__(self, sock: socket.socket) -> None:
        self.sock = sock
        self.commands: list[str] = []
        self.answers: dict[str, bytes | None] = {}
        self.closed = Signal()
        self._reader = gevent.spawn(self._read)

    def _read(self) -> None:
        buffer = b""
        with contextlib.suppress(OSError):
            while data := self.sock.recv(65536):
                buffer += data
                while b"\n\n" in buffer:
                    command, _, buffer = buffer.partition(b"\n\n")
                    if b"\ncontent-length: " in command:
                        # The tests' packets come whole.
                        body, _, buffer = buffer.partition(b"\n\n")
                        command += b"\n\n" + body
                    self._take(command.decode())
        self.closed.set()

    def _take(self, command: str) -> None:
        self.commands.append(command)
        usual = api_response("+OK\n") if command.startswith("api ") else reply("+OK")
        known = next((each for each in self.answers if command.startswith(each)), None)
        answer = usual if known is None else self.answers[known]
        if answer is not None:
            self.send(answer)

    def send(self, data: bytes) -> None:
        self.sock.sendall(data)

    def sent(self, start: str) -> str:
        """Wait for a command that begins so; returns the last one."""
        wait_for(lambda: any(each.startswith(start) for each in self.commands))
        return [each for each in self.commands if each.startswith(start)][-1]

    def close(self) -> None:
        self._reader.kill()
        self.sock.close()
        self.closed.set()


class FakeCall(Peer):
    """FreeSWITCH's end of one outbound connection, for the captured call."""

    def __init__(self, port: int, connect_reply: bytes | None = None) -> None:
        super().__init__(socket.create_connection(("127.0.0.1", port)))
        self.answers["connect"] = payload("reply_connect") if connect_reply is None else connect_reply

    def executions(self) -> list[tuple[str, str]]:
        """Application and Event-UUID of what was executed so far; what runs beside another has none."""
        found = []
        for command in self.commands:
            if command.startswith("sendmsg"):
                head = command.partition("\n\n")[0]
                headers = dict(each.split(": ", 1) for each in head.splitlines()[1:])
                found.append((headers["execute-app-name"], headers.get("Event-UUID", "")))
        return found

    def executed(self, app: str) -> str:
        """Wait for an application; returns its Event-UUID."""
        wait_for(lambda: any(name == app for name, _ in self.executions()))
        return [uuid for name, uuid in self.executions() if name == app][-1]

    def complete(self, uuid: str, captured: str = "channel_execute_complete_playback") -> None:
        self.send(event_frame(captured, Application_UUID=uuid))

    def hang_up(self, cause: str = "NORMAL_CLEARING") -> None:
        self.send(event_frame("channel_hangup", Hangup_Cause=cause) + payload("disconnect_notice_linger"))


class FakeEventSocket:
    """FreeSWITCH's event socket."""

    def __init__(self, port: int = 0) -> None:
        self.peers: list[Peer] = []
        self.greeting = payload("auth_request")
        self.answers: dict[str, bytes | None] = {"auth": payload("reply_auth")}
        self._server = StreamServer(("127.0.0.1", port), self._serve)
        self._server.start()

    @property
    def port(self) -> int:
        return self._server.server_port

    def _serve(self, sock: socket.socket, _address: object) -> None:
        peer = Peer(sock)
        peer.answers = self.answers
        self.peers.append(peer)
        with contextlib.suppress(OSError):
            peer.send(self.greeting)
        peer.closed.wait(30)

    def peer(self, number: int = 1) -> Peer:
        """Wait for the connection of that number."""
        wait_for(lambda: len(self.peers) >= number, timeout=5)
        return self.peers[number - 1]

    def subscribed(self, number: int = 1) -> Peer:
        peer = self.peer(number)
        peer.sent("event plain")
        return peer

    def stop(self) -> None:
        for peer in self.peers:
            peer.close()
        self._server.stop(1)
