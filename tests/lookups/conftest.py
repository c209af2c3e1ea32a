"""A real HTTP service on this machine, and a real database file."""

import json
import sqlite3
import threading
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

import pytest


class Service:
    """Answers each path as the test says: status, body, and whether it dawdles."""

    def __init__(self, server: ThreadingHTTPServer) -> None:
        self.port = server.server_address[1]
        self.answers: dict[str, tuple[int, bytes]] = {}
        self.headers: dict[str, str] = {}
        self.asked: list[tuple[str, str, str, dict[str, str]]] = []
        self.stalls = threading.Event()
        self.stalls.set()

    @property
    def address(self) -> str:
        return f"http://127.0.0.1:{self.port}"

    def says(self, path: str, answer: object, status: int = 200) -> None:
        body = answer if isinstance(answer, bytes) else json.dumps(answer).encode()
        self.answers[path] = (status, body)


@pytest.fixture
def service():
    """The service; it is stopped at the end, whatever it was doing."""

    class Handler(BaseHTTPRequestHandler):
        def answer(self) -> None:
            length = int(self.headers.get("Content-Length") or 0)
            body = self.rfile.read(length).decode()
            found.asked.append((self.command, self.path, body, dict(self.headers)))
            status, answer = found.answers.get(self.path, (404, b""))
            self.send_response(status)
            for name, value in found.headers.items():
                self.send_header(name, value)
            self.send_header("Content-Length", str(len(answer)))
            self.end_headers()
            self.wfile.write(answer[:1])
            self.wfile.flush()
            found.stalls.wait(10)
            self.wfile.write(answer[1:])

        do_GET = do_POST = answer  # noqa: N815 - the names of http.server

        def log_message(self, *args: object) -> None:
            """Nothing is said."""

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    found = Service(server)
    running = threading.Thread(target=server.serve_forever, daemon=True)
    running.start()
    yield found
    found.stalls.set()
    server.shutdown()
    server.server_close()


@pytest.fixture
def register(tmp_path):
    """A database of taxpayers in a file."""
    path = tmp_path / "register.db"
    with sqlite3.connect(path) as database:
        database.execute("CREATE TABLE taxpayers (number TEXT, name TEXT, balance REAL, since TEXT)")
        database.execute("INSERT INTO taxpayers VALUES ('3205', '李', 12.5, NULL)")
    database.close()
    return path
