"""What the IVR can do beyond menus, on a real FreeSWITCH: digits keyed early, a sub-flow, look-ups, languages."""

from __future__ import annotations

import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import gevent
import pytest
from gevent.pywsgi import WSGIServer

from hotline.domain import journal as kinds
from hotline.domain.ivr.flow import Flow, parse
from hotline.store.base import from_epoch
from hotline.store.queries.sources import replace_rows
from hotline.store.sources import DataSource
from tests.live import audio
from tests.live.callside import ENGLISH_TONE, PROMPT_TONE, LiveCallSide
from tests.live.carrier import Carrier
from tests.live.conftest import MUSIC_TONE

LIMIT_SECONDS = 3


def flow(code: str, start: str, nodes: dict[str, Any]) -> Flow:
    return parse({"id": code, "version": 1, "name": code, "start": start, "nodes": nodes})


def main() -> Flow:
    look_up = {"type": "look_up", "on_not_found": "sorry", "on_failed": "sorry"}
    return flow(
        "main",
        "greet",
        {
            "greet": {"type": "play", "prompts": ["greet"], "next": "identify"},
            "identify": {
                "type": "sub_flow",
                "flow": "identity",
                "outcomes": {"known": "area"},
                "on_other": "sorry",
                "on_failed": "sorry",
            },
            "area": {
                **look_up,
                "source": "areas",
                "parameters": {"key": "${taxpayer}"},
                "on_found": "english",
            },
            "english": {"type": "language", "language": "en", "next": "slow"},
            "slow": {
                **look_up,
                "source": "slow",
                "timeout_s": LIMIT_SECONDS,
                "prompts": ["please_wait"],
                "on_found": "sorry",
            },
            "sorry": {"type": "hangup", "prompts": ["sorry"]},
        },
    )


def identity() -> Flow:
    return flow(
        "identity",
        "ask",
        {
            "ask": {
                "type": "collect",
                "prompts": ["ask"],
                "key": "taxpayer",
                "min_digits": 4,
                "max_digits": 6,
                "wrong": ["wrong"],
                "confirm": ["is_it_right"],
                "on_collected": "known",
                "on_fail": "unknown",
            },
            "known": {"type": "return", "outcome": "known"},
            "unknown": {"type": "return", "outcome": "unknown"},
        },
    )


@pytest.fixture
def slow_service() -> Iterator[str]:
    """A service that answers only when everybody has gone."""

    def answer(environ: object, start: Any) -> list[bytes]:
        gevent.sleep(60)
        start("200 OK", [])
        return [b"{}"]

    server = WSGIServer(("127.0.0.1", 0), answer, log=None)
    server.start()
    yield f"http://127.0.0.1:{server.server_port}/"
    server.stop(0)


def define_sources(call_side: LiveCallSide, slow: str) -> None:
    now = from_epoch(time.time())
    common: dict[str, Any] = {"name": "test", "updated_by": "test", "updated_at": now}

    def work(db: Any) -> None:
        areas = DataSource(code="areas", kind="table", **common)
        db.add(areas)
        db.add(DataSource(code="slow", kind="http", address=slow, allow_private=True, timeout_s=10, **common))
        db.flush()
        replace_rows(db, areas, {"3205": {"area": "苏州"}}, by="test", at=now)

    call_side.database.write(work)


def test_digits_keyed_early_a_sub_flow_look_ups_and_a_language(
    call_side: LiveCallSide, carrier: Carrier, slow_service: str, tmp_path: Path
) -> None:
    define_sources(call_side, slow_service)
    call_side.prompts.lengthen("greet", PROMPT_TONE, 8.0)
    call_side.configure(flows={"main": main(), "identity": identity()})
    call = carrier.call()
    call.wait_answered()
    call.record(tmp_path / "heard.wav")
    greeted = call_side.wait_entered("greet")
    # While the greeting plays: its first key stops it, and all of them answer both questions that follow.
    call.key("3205#1", 80)
    collected = call_side.wait_for(kinds.IVR_COLLECTED, 15, digits="3205")
    assert (collected.data["terminator"], collected.data["outcome"]) == ("#", "digits")
    call_side.wait_for(kinds.IVR_COLLECTED, 15, digits="1")
    assert call_side.wait_for(kinds.IVR_ENTERED, 15, node="ask").data["flow"] == "identity"
    call_side.wait_for(kinds.CALL_DATA, 15, values={"taxpayer": "3205"})
    call_side.wait_for(kinds.CALL_DATA, 15, values={"area": "苏州", "language": "en"})
    asked = call_side.wait_entered("slow")
    sorry = call_side.wait_entered("sorry")
    call.wait_ended(20)

    assert LIMIT_SECONDS <= sorry.at - asked.at < LIMIT_SECONDS + 2
    # The greeting of eight seconds was cut short.
    assert asked.at - greeted.at < 6
    assert audio.heard(tmp_path / "heard.wav", ENGLISH_TONE)
    assert audio.heard(tmp_path / "heard.wav", MUSIC_TONE)
    assert call_side.wait_for(kinds.CALL_ENDED).data["outcome"] == "self_service"
