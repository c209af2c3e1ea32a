"""baresip as a desk phone: it signs in by digest, rings, answers, speaks a tone and keeps what it hears."""

from __future__ import annotations

import json
import re
import shutil
import subprocess
from collections.abc import Iterable
from pathlib import Path
from typing import Self

import gevent
from gevent import socket
from gevent.event import Event as Signal

from tests.live import audio
from tests.live.waiting import TookTooLong, free_ports, free_range, until

MODULES_FOLDER = "/usr/lib/baresip/modules"

CONFIG = """\
poll_method epoll
call_local_timeout 120
call_max_calls 4
sip_listen 127.0.0.1:{sip_port}
audio_source aufile,{tone}
audio_level no
ausrc_srate 8000
auplay_srate 8000
ausrc_channels 1
auplay_channels 1
rtp_tos 184
rtp_ports {rtp_first}-{rtp_last}
jitter_buffer_delay 1-5
module_path {modules}
module g711.so
module g722.so
module opus.so
module aufile.so
module sndfile.so
module_app account.so
module_app menu.so
module_app ctrl_tcp.so
ctrl_tcp_listen 127.0.0.1:{control_port}
snd_path {heard}
"""

ACCOUNT = (
    '<sip:{extension}@hotline>;auth_user={extension};auth_pass={password};outbound="sip:{server};transport=udp"'
    ";answermode={answer};audio_codecs={codecs};regint=60\n"
)


class DeskPhone:
    """One phone, one account. Use it as a context manager: it is signed in inside and gone afterwards.

    *answers* by itself or waits for :meth:`answer`. *tone* is the frequency in Hz that it speaks with.
    """

    def __init__(
        self,
        folder: Path,
        *,
        server: str,
        extension: str,
        password: str,
        tone: float = 1000,
        answers: bool = True,
        codecs: str = "PCMA",
    ) -> None:
        self.extension = extension
        self.events: list[dict[str, str]] = []
        self._folder = folder
        self._happened = Signal()
        self._server = server
        self._password = password
        self._tone = tone
        self._answers = answers
        self._codecs = codecs
        self._process: subprocess.Popen[bytes] | None = None
        self._control: socket.socket | None = None
        self._reader: gevent.Greenlet | None = None

    def __enter__(self) -> Self:
        self.start()
        try:
            answer = self.wait_registration()
            if not answer.startswith("200"):
                raise AssertionError(f"{self.extension} cannot sign in: {answer}")
        except BaseException:
            self.stop()
            raise
        return self

    def __exit__(self, *_: object) -> None:
        self.stop()

    def start(self) -> None:
        """Start it without waiting for its sign-in."""
        program = shutil.which("baresip")
        if program is None:
            raise FileNotFoundError("baresip is not installed (make packages-test)")
        # baresip listens for TLS on the port after the one for SIP, wanted or not.
        sip_port, _, control_port = free_ports(3)
        rtp_first, rtp_last = free_range(20)
        (self._folder / "heard").mkdir(parents=True)
        tone = audio.write_tone(self._folder / "tone.wav", self._tone, seconds=60)
        (self._folder / "config").write_text(
            CONFIG.format(
                sip_port=sip_port,
                control_port=control_port,
                rtp_first=rtp_first,
                rtp_last=rtp_last,
                tone=tone,
                modules=MODULES_FOLDER,
                heard=self._folder / "heard",
            )
        )
        (self._folder / "contacts").write_text("")
        (self._folder / "accounts").write_text(
            ACCOUNT.format(
                extension=self.extension,
                password=self._password,
                server=self._server,
                answer="auto" if self._answers else "manual",
                codecs=self._codecs,
            )
        )
        with (self._folder / "output").open("wb") as output:
            self._process = subprocess.Popen(
                [program, "-f", str(self._folder)],
                stdin=subprocess.PIPE,
                stdout=output,
                stderr=subprocess.STDOUT,
                start_new_session=True,
            )
        self._control = self._connect(control_port)
        self._reader = gevent.spawn(self._read)

    def stop(self) -> None:
        """End it as a power cut would: it signs out of nothing."""
        if self._reader is not None:
            self._reader.kill()
        if self._control is not None:
            self._control.close()
        if self._process is not None:
            self._process.kill()
            self._process.wait()
            if self._process.stdin is not None:
                self._process.stdin.close()

    def wait_registration(self, timeout: float = 15.0) -> str:
        """Wait for the registrar's last word on the sign-in and return it, such as ``200 OK``.

        baresip tells it to its remote control too, but often before anybody is there to hear it.
        """
        said = until(self._registration, timeout, f"{self.extension} is let in or refused; {self._story()}")
        return said.group(1)

    def dial(self, number: str) -> None:
        self._command("dial", f"sip:{number}@hotline")

    def answer(self) -> None:
        self._command("accept")

    def hang_up(self) -> None:
        self._command("hangup")

    def wait_for(self, *kinds: str, timeout: float = 10.0) -> dict[str, str]:
        """Wait for the next event of one of *kinds* (baresip's names) and take it and all before it."""
        with gevent.Timeout(
            timeout, TookTooLong(f"{self.extension}: no {kinds} in {timeout:g} s; {self._story()}")
        ):
            while True:
                for index, event in enumerate(self.events):
                    if event["type"] in kinds:
                        del self.events[: index + 1]
                        return event
                self._happened.clear()
                self._happened.wait()

    def recordings(self) -> list[Path]:
        """What it heard: one file for each call, in order. Complete once the call has ended."""
        return sorted((self._folder / "heard").glob("*-dec.wav"))

    def wait_heard(self, seconds: float, timeout: float = 15.0) -> None:
        """Wait until the last call has brought *seconds* of audio."""
        wanted = seconds * audio.RATE * 2
        until(
            lambda: any(path.stat().st_size > wanted for path in self.recordings()[-1:]),
            timeout,
            f"{seconds:g} s of audio at {self.extension}; {self._story()}",
        )

    def _registration(self) -> re.Match[str] | None:
        output = (self._folder / "output").read_text(errors="replace")
        return re.search(rf"{self.extension}@hotline: (?:\{{.*?\}} )?([2-6]\d\d [^\n]*)", output)

    def _connect(self, port: int) -> socket.socket:
        def attempt() -> socket.socket | None:
            try:
                return socket.create_connection(("127.0.0.1", port), timeout=1)
            except OSError:
                return None

        try:
            return until(attempt, 10, f"baresip of {self.extension} takes commands")
        except TookTooLong as late:
            raise TookTooLong(f"{late}; {self._story()}") from None

    def _command(self, command: str, params: str = "") -> None:
        assert self._control is not None
        message = json.dumps({"command": command, "params": params, "token": command}).encode()
        self._control.sendall(b"%d:%s," % (len(message), message))

    def _read(self) -> None:
        assert self._control is not None
        self._control.settimeout(None)
        buffer = b""
        while data := self._control.recv(65536):
            buffer += data
            for message in self._messages(buffer):
                if message.get("event"):
                    self.events.append(message)
                    self._happened.set()
            buffer = self._rest

    def _messages(self, buffer: bytes) -> Iterable[dict[str, str]]:
        """The netstrings in *buffer*; what is incomplete is left in ``_rest``."""
        while True:
            length, colon, rest = buffer.partition(b":")
            if not colon or len(rest) <= int(length):
                self._rest = buffer
                return
            yield json.loads(rest[: int(length)])
            buffer = rest[int(length) + 1 :]

    def _story(self) -> str:
        events = [event["type"] for event in self.events]
        output = (self._folder / "output").read_text(errors="replace").splitlines()[-5:]
        return f"events {events}; last output {output}"
