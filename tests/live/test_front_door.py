"""The whole platform as a user starts it: ``run.py serve`` with its own FreeSWITCH, REST, a carrier and a desk phone."""

from __future__ import annotations

import json
import os
import re
import signal
import subprocess
import sys
import urllib.request
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pytest

from fs_scripts.switch.settings import PROJECT
from tests.live import audio
from tests.live.carrier import CALLER_TONE, Carrier
from tests.live.deskphone import DeskPhone
from tests.live.waiting import free_ports, free_range, until

AGENT_TONE = 1000


class Platform:
    """A running ``run.py serve`` and its REST interface."""

    def __init__(self, home: Path, binary: Path) -> None:
        self.home = home
        http, event, sip, trunk, active, standby, proxy = free_ports(7)
        first, last = free_range(200)
        self.http = f"127.0.0.1:{http}"
        self.desk_server = f"127.0.0.1:{sip}"
        self.trunk = f"127.0.0.1:{trunk}"
        self.carrier_port = proxy
        self._token = ""
        self._log = home / "serve.log"
        environment = {k: v for k, v in os.environ.items() if not k.startswith("HOTLINE_")}
        environment |= {
            "HOTLINE_HOME": str(home / "var"),
            "HOTLINE_HTTP": self.http,
            "HOTLINE_SWITCH": "freeswitch",
            "HOTLINE_FREESWITCH": str(binary),
            "HOTLINE_FS_EVENT_SOCKET": f"127.0.0.1:{event}",
            "HOTLINE_ESL_LISTEN": f"127.0.0.1:{active}",
            "HOTLINE_ESL_STANDBY": f"127.0.0.1:{standby}",
            "HOTLINE_SIP_PORT": str(sip),
            "HOTLINE_TRUNK_PORT": str(trunk),
            "HOTLINE_RTP_START": str(first),
            "HOTLINE_RTP_END": str(last),
            "HOTLINE_TRUNK_PROXY": f"127.0.0.1:{proxy}",
        }
        with self._log.open("wb") as output:
            self._process = subprocess.Popen(
                [sys.executable, str(PROJECT / "run.py"), "serve"],
                env=environment,
                cwd=PROJECT,
                stdin=subprocess.DEVNULL,
                stdout=output,
                stderr=subprocess.STDOUT,
                start_new_session=True,
            )

    @property
    def story(self) -> str:
        return self._log.read_text(errors="replace")

    @property
    def password(self) -> str:
        found = re.search(r"shown only now: (?:\x1b\[\d+m)*(\w+)", self.story)
        assert found, self.story
        return found[1]

    def wait_ready(self) -> None:
        until(lambda: "Stop with Ctrl-C" in self.story or self._process.poll() is not None, 60, "it starts")
        assert self._process.poll() is None, self.story
        self._token = self.ask("POST", "/tokens", {"login": "admin", "password": self.password})["token"]

    def ask(self, method: str, path: str, body: dict[str, Any] | None = None) -> Any:
        with self._open(method, path, body) as answer:
            return json.load(answer)

    def fetch(self, path: str) -> bytes:
        with self._open("GET", path, None) as answer:
            return bytes(answer.read())

    def _open(self, method: str, path: str, body: dict[str, Any] | None) -> Any:
        request = urllib.request.Request(
            f"http://{self.http}/api/v1{path}",
            method=method,
            data=None if body is None else json.dumps(body).encode(),
            headers={"Content-Type": "application/json", "Authorization": f"Bearer {self._token}"},
        )
        return urllib.request.urlopen(request, timeout=10)

    def stop(self) -> int:
        """As Ctrl-C does; returns the exit code."""
        if self._process.poll() is None:
            self._process.send_signal(signal.SIGINT)
            try:
                self._process.wait(30)
            except subprocess.TimeoutExpired:
                self._process.kill()
        return self._process.wait()


@contextmanager
def platform_of(home: Path, binary: Path) -> Iterator[Platform]:
    platform = Platform(home, binary)
    try:
        platform.wait_ready()
        yield platform
    finally:
        platform.stop()


@pytest.mark.timeout(180)
def test_a_call_through_the_front_door(freeswitch: Path, tmp_path: Path) -> None:
    with platform_of(tmp_path, freeswitch) as platform:
        phone = DeskPhone(
            tmp_path / "phone",
            server=platform.desk_server,
            extension="1005",
            password=platform.password,
            tone=AGENT_TONE,
        )
        carrier = Carrier(
            freeswitch, tmp_path / "carrier", trunk=platform.trunk, sip_port=platform.carrier_port
        )
        with phone, carrier:
            platform.ask("PUT", "/agents/8005/state", {"state": "idle"})
            call = carrier.call(caller="13800138000", name="%0AEvent-Name: FORGED")
            call.wait_answered()
            call.record(tmp_path / "heard.wav")
            call.key("1")  # into the welcome: typed ahead
            phone.wait_for("CALL_ESTABLISHED", timeout=30)
            phone.wait_heard(3)
            assert platform.ask("GET", "/agents/8005/state")["state"] == "talking"
            phone.hang_up()
            until(lambda: phase_of(platform, "13800138000") == "survey", 15, "the survey")
            call.key("1")
            call.wait_ended(timeout=30)
            until(lambda: calls_of(platform)[0]["outcome"] != "open", 10, "the call is in the books")

            (row,) = calls_of(platform)
            assert row["queue"] == "policy"
            assert row["agent"] == "8005"
            assert row["extension"] == "1005"
            assert row["mark"] == 1
            assert row["outcome"] == "served"
            assert row["hangup_side"] == "agent"
            assert 0 <= row["wait_seconds"] < 10
            assert 2.5 <= row["talk_seconds"] < 30
            assert audio.heard(tmp_path / "heard.wav", AGENT_TONE)
            assert audio.heard(phone.recordings()[-1], CALLER_TONE)
            kept = tmp_path / "kept.wav"
            kept.write_bytes(platform.fetch(f"/recordings/{row['recording']['id']}"))
            assert audio.heard(kept, CALLER_TONE, channel=0)
            assert not audio.heard(kept, AGENT_TONE, channel=0)
            assert audio.heard(kept, AGENT_TONE, channel=1)
            assert not audio.heard(kept, CALLER_TONE, channel=1)
            timeline = platform.ask("GET", f"/calls/{row['interaction_id']}/timeline")
            assert "routing.decided" in json.dumps(timeline)
        assert platform.stop() == 0


def calls_of(platform: Platform) -> list[dict[str, Any]]:
    return list(platform.ask("GET", "/calls?number=13800138000")["calls"])


def phase_of(platform: Platform, caller: str) -> str:
    calls = platform.ask("GET", "/snapshot")["calls"]
    return next((call["phase"] for call in calls if call["caller"] == caller), "")
