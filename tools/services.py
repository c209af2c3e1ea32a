"""Throw-away MariaDB and Redis servers for tests: own directory, own free port, loopback only.

As a program it starts the named servers, runs a command with their addresses in the environment
(HOTLINE_TEST_DATABASE_URL, HOTLINE_TEST_REDIS_URL), stops them and ends with the command's exit code:

    python -m tools.services --mariadb --redis -- COMMAND ...
"""

import argparse
import contextlib
import os
import shutil
import socket
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterator
from pathlib import Path

# A cold MariaDB on a busy two-core machine was seen to need 6 s.
START_TIMEOUT_S = 60
STOP_TIMEOUT_S = 20

MARIADB_DATABASE = "hotline_test"
MARIADB_USER = "hotline"
MARIADB_PASSWORD = "hotline-test"  # noqa: S105 - of a throw-away server on loopback


class ServiceError(Exception):
    """A server did not start; the message ends with the last lines of its log."""


def mariadb_found() -> bool:
    return _program("mariadbd") is not None and _program("mariadb-install-db") is not None


def redis_found() -> bool:
    return _program("redis-server") is not None


@contextlib.contextmanager
def mariadb(folder: Path) -> Iterator[str]:
    """Run MariaDB with its data in `folder`; yield the SQLAlchemy URL of a user that may do everything."""
    folder.mkdir(parents=True, exist_ok=True)
    data = folder / "data"
    log = folder / "mariadb.log"
    init = folder / "init.sql"
    init.write_text(
        f"CREATE DATABASE IF NOT EXISTS {MARIADB_DATABASE} CHARACTER SET utf8mb4;\n"
        f"CREATE USER '{MARIADB_USER}'@'%' IDENTIFIED BY '{MARIADB_PASSWORD}';\n"
        f"GRANT ALL ON *.* TO '{MARIADB_USER}'@'%' WITH GRANT OPTION;\n"
    )
    user = ["--user=root"] if os.geteuid() == 0 else []
    with log.open("ab") as output:
        subprocess.run(
            [
                _found("mariadb-install-db"),
                "--no-defaults",
                *user,
                f"--datadir={data}",
                "--auth-root-authentication-method=normal",
                "--skip-test-db",
                "--skip-name-resolve",
            ],
            stdout=output,
            stderr=output,
            check=True,
            timeout=START_TIMEOUT_S,
        )
    port = free_port()
    command = [
        _found("mariadbd"),
        "--no-defaults",
        *user,
        f"--datadir={data}",
        f"--socket={folder / 'mariadb.sock'}",
        f"--pid-file={folder / 'mariadb.pid'}",
        "--bind-address=127.0.0.1",
        f"--port={port}",
        f"--init-file={init}",
        "--character-set-server=utf8mb4",
        "--skip-name-resolve",
        "--skip-log-bin",
        "--max-connections=300",
        # Nothing here has to survive a power cut.
        "--innodb-flush-log-at-trx-commit=0",
        "--innodb-doublewrite=0",
        "--innodb-flush-method=nosync",
        "--innodb-fast-shutdown=2",
        "--innodb-buffer-pool-size=128M",
    ]
    with _running(command, log, lambda: _mariadb_answers(port)):
        yield f"mysql+pymysql://{MARIADB_USER}:{MARIADB_PASSWORD}@127.0.0.1:{port}/{MARIADB_DATABASE}"


@contextlib.contextmanager
def redis(folder: Path) -> Iterator[str]:
    """Run Redis without persistence; yield its URL."""
    folder.mkdir(parents=True, exist_ok=True)
    port = free_port()
    command = [
        _found("redis-server"),
        *("--bind", "127.0.0.1"),
        *("--port", str(port)),
        *("--dir", str(folder)),
        *("--save", ""),
        *("--appendonly", "no"),
    ]
    with _running(command, folder / "redis.log", lambda: _redis_answers(port)):
        yield f"redis://127.0.0.1:{port}/0"


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port: int = probe.getsockname()[1]
        return port


def _mariadb_answers(port: int) -> bool:
    """Tell whether the server greets: it listens only after the init file has run."""
    with contextlib.suppress(OSError), socket.create_connection(("127.0.0.1", port), timeout=1) as connection:
        connection.settimeout(1)
        return bool(connection.recv(1))
    return False


def _redis_answers(port: int) -> bool:
    with contextlib.suppress(OSError), socket.create_connection(("127.0.0.1", port), timeout=1) as connection:
        connection.settimeout(1)
        connection.sendall(b"PING\r\n")
        return connection.recv(5) == b"+PONG"
    return False


@contextlib.contextmanager
def _running(command: list[str], log: Path, answers: Callable[[], bool]) -> Iterator[None]:
    with log.open("ab") as output:
        process = subprocess.Popen(command, stdin=subprocess.DEVNULL, stdout=output, stderr=output)
    try:
        deadline = time.monotonic() + START_TIMEOUT_S
        while not answers():
            if process.poll() is not None or time.monotonic() > deadline:
                lines = log.read_text(errors="replace").splitlines()[-15:]
                raise ServiceError("\n".join([f"{command[0]} did not start:", *lines]))
            time.sleep(0.05)
        yield
    finally:
        process.terminate()
        try:
            process.wait(STOP_TIMEOUT_S)
        except subprocess.TimeoutExpired:
            process.kill()
            process.wait(STOP_TIMEOUT_S)


def _program(name: str) -> str | None:
    """Find a program; servers live in sbin, which is not on everybody's path."""
    places = [os.environ.get("PATH", ""), "/usr/sbin", "/usr/local/sbin"]
    return shutil.which(name, path=os.pathsep.join(places))


def _found(name: str) -> str:
    path = _program(name)
    if path is None:
        raise ServiceError(f"{name} is not installed (make packages-test)")
    return path


def main() -> int:
    parser = argparse.ArgumentParser(description="Run a command beside throw-away servers.")
    parser.add_argument("--mariadb", action="store_true")
    parser.add_argument("--redis", action="store_true")
    parser.add_argument("command", nargs="+")
    options = parser.parse_args()
    with contextlib.ExitStack() as stack:
        folder = Path(stack.enter_context(tempfile.TemporaryDirectory(prefix="hotline-services-")))
        environment = dict(os.environ)
        if options.mariadb:
            environment["HOTLINE_TEST_DATABASE_URL"] = stack.enter_context(mariadb(folder / "mariadb"))
        if options.redis:
            environment["HOTLINE_TEST_REDIS_URL"] = stack.enter_context(redis(folder / "redis"))
        return subprocess.run(options.command, env=environment, check=False).returncode


if __name__ == "__main__":
    sys.exit(main())
