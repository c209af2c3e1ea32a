"""Starting and stopping a switch, with a stand-in that behaves as a FreeSWITCH that starts well or badly."""

import os
import signal
import subprocess
import sys
from collections.abc import Iterator
from contextlib import ExitStack
from pathlib import Path

import pytest
from gevent import socket

from fs_scripts.switch.process import SwitchProcess, SwitchStartError
from fs_scripts.switch.settings import PROJECT, SwitchSettings

# Takes FreeSWITCH's arguments and answers at the event socket as it does. BEHAVIOUR decides how well.
STAND_IN = """\
#!{python}
import os, pathlib, signal, socketserver, sys, time
home = pathlib.Path(os.environ["HOTLINE_HOME"])
host, port = os.environ["HOTLINE_FS_EVENT_SOCKET"].split(":")
(home / "arguments").write_text("\\n".join(sys.argv[1:]))
behaviour = {behaviour!r}
print("the last words", flush=True)
if behaviour == "ends":
    sys.exit(3)
if behaviour == "stubborn":
    signal.signal(signal.SIGTERM, signal.SIG_IGN)
if behaviour == "silent":
    time.sleep(60)
ROW = "%17s\\tprofile\\tsip:mod_sofia@127.0.0.1\\t%s\\n"
class Handler(socketserver.StreamRequestHandler):
    def command(self):
        return b"".join(iter(self.rfile.readline, b"\\n"))
    def handle(self):
        self.wfile.write(b"Content-Type: auth/request\\n\\n")
        right = self.command() == b"auth secret\\n"
        reply = b"+OK accepted" if right else b"-ERR invalid"
        self.wfile.write(b"Content-Type: command/reply\\nReply-Text: " + reply + b"\\n\\n")
        if right and self.command():
            external = "DOWN" if behaviour == "one profile" else "RUNNING (0)"
            body = (ROW % ("internal", "RUNNING (0)") + ROW % ("external", external)).encode()
            self.wfile.write(b"Content-Type: api/response\\nContent-Length: %d\\n\\n" % len(body) + body)
socketserver.TCPServer.allow_reuse_address = True
socketserver.ThreadingTCPServer((host, int(port)), Handler).serve_forever()
"""


@pytest.fixture
def settings(home: Path) -> SwitchSettings:
    with ExitStack() as stack:
        ports = []
        for _ in range(3):
            listener = stack.enter_context(socket.socket())
            listener.bind(("127.0.0.1", 0))
            ports.append(listener.getsockname()[1])
    return SwitchSettings(
        home=home,
        event_password="secret",
        switch_token="token",
        event_port=ports[0],
        sip_port=ports[1],
        trunk_port=ports[2],
    )


@pytest.fixture
def stack() -> Iterator[ExitStack]:
    with ExitStack() as stack:
        yield stack


def stand_in(folder: Path, behaviour: str = "well") -> Path:
    path = folder / "freeswitch"
    path.write_text(STAND_IN.format(python=sys.executable, behaviour=behaviour))
    path.chmod(0o755)
    return path


def is_alive(pid: int) -> bool:
    try:
        os.kill(pid, 0)
    except ProcessLookupError:
        return False
    return "State:\tZ" not in Path(f"/proc/{pid}/status").read_text()


def test_a_switch_that_starts_is_ready_and_stops(tmp_path: Path, settings: SwitchSettings) -> None:
    switch = SwitchProcess(stand_in(tmp_path), settings)

    switch.start(timeout=20)
    pid = switch.pid
    assert pid is not None
    assert switch.running
    switch.stop()

    assert not switch.running
    assert not is_alive(pid)


def test_it_gets_the_tree_and_folders_of_its_own(
    tmp_path: Path, settings: SwitchSettings, stack: ExitStack
) -> None:
    switch = SwitchProcess(stand_in(tmp_path), settings)
    stack.callback(switch.stop)

    switch.start(timeout=20)

    arguments = (settings.home / "arguments").read_text().splitlines()
    assert arguments[:5] == ["-nf", "-nc", "-nonat", "-conf", str(PROJECT / "freeswitch-conf")]
    for folder in ("log", "run", "spool/cdr", "freeswitch/directory"):
        assert (settings.home / folder).is_dir()


def test_a_switch_that_ends_at_once_is_said_with_its_last_words(
    tmp_path: Path, settings: SwitchSettings
) -> None:
    with pytest.raises(SwitchStartError, match=r"(?s)ended by itself.*the last words"):
        SwitchProcess(stand_in(tmp_path, "ends"), settings).start(timeout=20)


def test_a_switch_that_never_answers_is_said_and_ended(tmp_path: Path, settings: SwitchSettings) -> None:
    switch = SwitchProcess(stand_in(tmp_path, "silent"), settings)

    with pytest.raises(SwitchStartError, match=r"not ready after 0\.5 s"):
        switch.start(timeout=0.5)

    assert not switch.running


def test_a_profile_that_does_not_come_up_is_named(tmp_path: Path, settings: SwitchSettings) -> None:
    with pytest.raises(SwitchStartError, match="the SIP profile external does not come up"):
        SwitchProcess(stand_in(tmp_path, "one profile"), settings).start(timeout=2)


def test_a_port_that_is_taken_is_named_with_its_setting(tmp_path: Path, settings: SwitchSettings) -> None:
    with socket.socket(type=socket.SOCK_DGRAM) as taken:
        taken.bind((settings.sip_ip, settings.trunk_port))
        with pytest.raises(SwitchStartError, match=f"{settings.trunk_port}.*HOTLINE_TRUNK_PORT"):
            SwitchProcess(stand_in(tmp_path), settings).start()


def test_a_switch_that_does_not_stop_by_itself_is_killed(tmp_path: Path, settings: SwitchSettings) -> None:
    switch = SwitchProcess(stand_in(tmp_path, "stubborn"), settings)
    switch.start(timeout=20)
    pid = switch.pid
    assert pid is not None

    switch.stop(grace=0.3)

    assert not is_alive(pid)


def test_stopping_what_does_not_run_does_nothing(tmp_path: Path, settings: SwitchSettings) -> None:
    SwitchProcess(stand_in(tmp_path), settings).stop()


PARENT = """\
import sys, time
from pathlib import Path
from fs_scripts.switch.process import SwitchProcess
from fs_scripts.switch.settings import SwitchSettings
home, binary, event, sip, trunk, dies = sys.argv[1:]
settings = SwitchSettings(home=Path(home), event_password="secret", switch_token="t",
                          event_port=int(event), sip_port=int(sip), trunk_port=int(trunk))
switch = SwitchProcess(Path(binary), settings, die_with_parent=dies == "yes")
switch.start(timeout=20)
print(switch.pid, flush=True)
time.sleep(60)
"""


@pytest.mark.parametrize("dies", ["yes", "no"])
def test_when_its_parent_is_killed_it_ends_if_it_was_told_so(
    tmp_path: Path, settings: SwitchSettings, dies: str
) -> None:
    ports = [str(port) for port in (settings.event_port, settings.sip_port, settings.trunk_port)]
    parent = subprocess.Popen(
        [sys.executable, "-c", PARENT, str(settings.home), str(stand_in(tmp_path)), *ports, dies],
        cwd=PROJECT,
        stdout=subprocess.PIPE,
        text=True,
    )
    assert parent.stdout is not None
    with parent.stdout:
        pid = int(parent.stdout.readline())
    handle = os.pidfd_open(pid)
    try:
        parent.kill()
        parent.wait(10)
        # A handle of a process can be read from when the process has ended.
        ended = _ends_within(handle, 5.0 if dies == "yes" else 0.5)
    finally:
        os.close(handle)
        if is_alive(pid):
            os.kill(pid, signal.SIGKILL)

    assert ended == (dies == "yes")


def _ends_within(handle: int, seconds: float) -> bool:
    try:
        socket.wait_read(handle, timeout=seconds)
    except TimeoutError:
        return False
    return True
