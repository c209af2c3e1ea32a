"""The whole platform as a user starts it: ``run.py serve`` with its own FreeSWITCH, REST, a carrier and a desk phone."""

from __future__ import annotations

import json
import urllib.error
from contextlib import ExitStack
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest

from tests.live import audio
from tests.live.carrier import CALLER_TONE, Carrier
from tests.live.deskphone import DeskPhone
from tests.live.processes import Rest, RunPy
from tests.live.waiting import free_ports, free_range, until

AGENT_TONE = 1000


@dataclass(frozen=True)
class Places:
    """Free ports for everything, as settings."""

    http: str
    desk_server: str
    trunk: str
    carrier_port: int
    settings: dict[str, object]


def places(home: Path, binary: Path) -> Places:
    http, event, sip, trunk, active, standby, proxy = free_ports(7)
    first, last = free_range(200)
    settings: dict[str, object] = {
        "home": home,
        "http": f"127.0.0.1:{http}",
        "switch": "freeswitch",
        "freeswitch": binary,
        "fs_event_socket": f"127.0.0.1:{event}",
        "esl_listen": f"127.0.0.1:{active}",
        "esl_standby": f"127.0.0.1:{standby}",
        "sip_port": sip,
        "trunk_port": trunk,
        "rtp_start": first,
        "rtp_end": last,
        "trunk_proxy": f"127.0.0.1:{proxy}",
    }
    return Places(f"127.0.0.1:{http}", f"127.0.0.1:{sip}", f"127.0.0.1:{trunk}", proxy, settings)


@pytest.mark.timeout(180)
def test_a_call_through_the_front_door(freeswitch: Path, tmp_path: Path) -> None:
    here = places(tmp_path / "var", freeswitch)
    with RunPy(tmp_path / "serve.log", "serve", **here.settings) as server:
        server.wait_says("Stop with Ctrl-C")
        platform = Rest(here.http, server.password)
        phone = DeskPhone(
            tmp_path / "phone",
            server=here.desk_server,
            extension="1005",
            password=server.password,
            tone=AGENT_TONE,
        )
        carrier = Carrier(freeswitch, tmp_path / "carrier", trunk=here.trunk, sip_port=here.carrier_port)
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
        assert server.stop() == 0


@pytest.mark.timeout(180)
def test_several_processes_share_the_work_over_redis(
    freeswitch: Path, redis_server: str, tmp_path: Path
) -> None:
    here = places(tmp_path / "var", freeswitch)
    settings = {**here.settings, "redis_url": redis_server}
    standby = {**settings, "esl_listen": settings["esl_standby"]}
    with ExitStack() as processes:

        def start(name: str, command: str, ready: str, **told: object) -> RunPy:
            process = processes.enter_context(RunPy(tmp_path / f"{name}.log", command, **told))
            process.wait_says(ready)
            return process

        switch = start("switch", "switch", "FreeSWITCH runs", **settings)
        start("web", "web", "Stop with Ctrl-C", **settings)
        active = start("esl", "esl", "answering calls", **settings)
        start("standby", "esl", "waiting for the lease", **standby)
        platform = Rest(here.http, switch.password)
        until(lambda: platform.ask("GET", "/health")["call_side"], 15, "the console hears the call side")
        platform.ask("PUT", "/agents/8005/state", {"state": "busy", "reason": "training"})

        active.kill()
        until(lambda: state_of(platform) == ("busy", "training"), 15, "the standby knows the agent's state")
        platform.ask("PUT", "/agents/8005/state", {"state": "idle"})
        assert state_of(platform) == ("idle", "")


def state_of(platform: Rest) -> tuple[str, str]:
    try:
        agent = platform.ask("GET", "/agents/8005/state")
    except urllib.error.HTTPError as error:
        # 503 while nobody is the active call side.
        return str(error.code), ""
    return agent["state"], agent["reason"]


def calls_of(platform: Rest) -> list[dict[str, Any]]:
    return list(platform.ask("GET", "/calls?number=13800138000")["calls"])


def phase_of(platform: Rest, caller: str) -> str:
    calls = platform.ask("GET", "/snapshot")["calls"]
    return next((call["phase"] for call in calls if call["caller"] == caller), "")
