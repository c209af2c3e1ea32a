"""Calls as the call side writes them into the journal, for tests of the console."""

from __future__ import annotations

import itertools
import wave
from array import array
from math import pi, sin
from pathlib import Path

from hotline.domain import journal as kinds
from hotline.domain.journal import Entry

_ids = itertools.count(1)


def served_call(
    interaction: str,
    at: float,
    *,
    caller: str = "13812345678",
    called: str = "12366",
    queue: str = "policy",
    agent: str = "8018",
    extension: str = "1018",
    wait: float = 8.0,
    talk: float = 95.0,
    mark: int | None = 1,
    path: str | None = None,
    caller_name: str = "",
) -> list[Entry]:
    """A caller who pressed 1, waited, was missed by one agent, talked with another and was content."""
    story = _Story(interaction, at)
    story.tell(
        0,
        kinds.CALL_STARTED,
        channel=f"channel-{interaction}",
        caller=caller,
        caller_name=caller_name or caller,
        called=called,
        flow="main",
        version=1,
        direction="inbound",
    )
    story.tell(0.1, kinds.CALL_ANSWERED)
    story.tell(0.1, kinds.IVR_ENTERED, node="menu")
    story.tell(6, kinds.IVR_COLLECTED, node="menu", digits="1", outcome="digits")
    story.tell(6, kinds.CALL_QUEUED, queue=queue, priority=0, position=1)
    decision = {
        "strategy": "longest_idle",
        "step": 0,
        "needs": [{"skill": queue, "min_level": 1, "weight": 1}],
        "rule": "strategy",
        "chosen": agent,
        "waited_seconds": 0.2,
        "position": 1,
        "candidates": [{"agent": agent, "level": 6, "priority": 5, "idle_seconds": 240.5}],
        "excluded": [
            {"agent": "8002", "reason": "talking"},
            {"agent": "8001", "reason": "phone_unregistered"},
        ],
        "excluded_counts": {"talking": 1, "phone_unregistered": 1},
    }
    story.tell(6.2, kinds.ROUTING_DECIDED, agent=agent, queue=queue, **decision)
    story.tell(
        6.2, kinds.OFFER_MADE, agent=agent, queue=queue, offer_id="o-1", extension=extension, ring_seconds=20
    )
    story.tell(
        6 + wait,
        kinds.OFFER_ENDED,
        agent=agent,
        queue=queue,
        offer_id="o-1",
        outcome="answered",
        ring_ms=1800,
    )
    story.tell(
        6 + wait,
        kinds.CALL_CONNECTED,
        agent=agent,
        queue=queue,
        offer_id="o-1",
        extension=extension,
        wait_ms=round(wait * 1000),
    )
    if path:
        story.tell(
            6 + wait,
            kinds.RECORDING_STARTED,
            agent=agent,
            queue=queue,
            path=path,
            caller=caller,
            called=called,
            extension=extension,
        )
    story.tell(
        6 + wait + talk,
        kinds.CALL_DISCONNECTED,
        agent=agent,
        queue=queue,
        side="agent",
        talk_ms=round(talk * 1000),
    )
    if path:
        story.tell(6 + wait + talk, kinds.RECORDING_ENDED, path=path, duration_ms=round(talk * 1000))
    if mark is not None:
        story.tell(10 + wait + talk, kinds.SURVEY_MARKED, mark=mark)
    story.tell(12 + wait + talk, kinds.CALL_ENDED, side="caller", cause="NORMAL_CLEARING", outcome="served")
    return story.entries


def long_wait(interaction: str, at: float, *, caller: str = "13600000000") -> list[Entry]:
    """A caller who waited through two steps of relaxation and two offers, in a queue that goes by calls."""
    story = _Story(interaction, at)
    story.tell(
        0,
        kinds.CALL_STARTED,
        channel=f"channel-{interaction}",
        caller=caller,
        caller_name=caller,
        called="12366",
        flow="main",
        version=1,
        direction="inbound",
    )
    story.tell(2, kinds.CALL_QUEUED, queue="policy", priority=0, position=3)
    asked = [
        {"skill": "policy", "min_level": 5, "weight": 1},
        {"skill": "systems", "min_level": 2, "weight": 1},
    ]
    decision = {"strategy": "fewest_calls", "rule": "strategy", "waited_seconds": 0.0, "position": 3}
    story.tell(
        2,
        kinds.ROUTING_DECIDED,
        queue="policy",
        step=0,
        needs=asked,
        chosen=None,
        candidates=[],
        excluded=[
            {"agent": "8001", "reason": "talking"},
            {"agent": "8002", "reason": "level_too_low"},
            {"agent": "8018", "reason": "reserved_for:systems"},
        ],
        excluded_counts={"talking": 9, "level_too_low": 3, "reserved_for:systems": 1},
        **decision,
    )
    for after, agent, others, step, outcome in (
        (64, "8002", ("8001",), 1, "no_answer"),
        (92, "8001", (), 1, "answered"),
    ):
        names = (agent, *others)
        story.tell(
            after,
            kinds.ROUTING_DECIDED,
            agent=agent,
            queue="policy",
            chosen=agent,
            step=step,
            needs=asked[:1],
            candidates=[
                {
                    "agent": name,
                    "level": 6 - n,
                    "priority": 3,
                    "idle_seconds": 30.0 + n,
                    "step": step,
                    "score": 4.0 + n,
                }
                for n, name in enumerate(names)
            ],
            excluded=[{"agent": "8018", "reason": "do_not_disturb"}],
            excluded_counts={"do_not_disturb": 1},
            **(decision | {"waited_seconds": after - 2.0, "position": 1}),
        )
        offer = f"o-{after}"
        story.tell(
            after,
            kinds.OFFER_MADE,
            agent=agent,
            queue="policy",
            offer_id=offer,
            extension="1001",
            ring_seconds=20,
        )
        story.tell(
            after + 20,
            kinds.OFFER_ENDED,
            agent=agent,
            queue="policy",
            offer_id=offer,
            outcome=outcome,
            ring_ms=20_000,
        )
    story.tell(
        112,
        kinds.CALL_CONNECTED,
        agent="8001",
        queue="policy",
        offer_id="o-92",
        extension="1001",
        wait_ms=110_000,
    )
    story.tell(300, kinds.CALL_DISCONNECTED, agent="8001", queue="policy", side="caller", talk_ms=188_000)
    story.tell(300, kinds.CALL_ENDED, side="caller", cause="NORMAL_CLEARING", outcome="served")
    return story.entries


def short_call(
    interaction: str,
    at: float,
    *,
    outcome: str,
    caller: str = "13900000000",
    queue: str | None = None,
    wait: float = 30.0,
) -> list[Entry]:
    """A caller who reached no agent: content with the menu, tired of waiting, or speaking after the beep."""
    story = _Story(interaction, at)
    story.tell(
        0,
        kinds.CALL_STARTED,
        channel=f"channel-{interaction}",
        caller=caller,
        caller_name=caller,
        called="12366",
        flow="main",
        version=1,
        direction="inbound",
    )
    story.tell(0.1, kinds.CALL_ANSWERED)
    if queue:
        story.tell(5, kinds.CALL_QUEUED, queue=queue, priority=0, position=2)
        story.tell(
            5 + wait, kinds.CALL_DEQUEUED, queue=queue, outcome="abandoned", wait_ms=round(wait * 1000)
        )
    if outcome == "voicemail":
        story.tell(
            30,
            kinds.VOICEMAIL_LEFT,
            path=f"messages/{interaction}.wav",
            duration_ms=9000,
            box="general",
            caller=caller,
        )
    story.tell(6 + wait, kinds.CALL_ENDED, side="caller", cause="NORMAL_CLEARING", outcome=outcome)
    return story.entries


def sound(path: Path, seconds: float = 2.0) -> None:
    """A stereo recording: 440 Hz from the caller on the left, 1000 Hz from the agent on the right."""
    path.parent.mkdir(parents=True, exist_ok=True)
    rate = 8000
    samples = array("h")
    for n in range(int(rate * seconds)):
        loud = 9000 * (0.4 + 0.6 * abs(sin(n / rate * 2.1)))
        left_talks = (n // rate) % 2 == 0
        samples.append(int(loud * sin(2 * pi * 440 * n / rate)) if left_talks else 0)
        samples.append(0 if left_talks else int(loud * sin(2 * pi * 1000 * n / rate)))
    with wave.open(str(path), "wb") as file:
        file.setnchannels(2)
        file.setsampwidth(2)
        file.setframerate(rate)
        file.writeframes(samples.tobytes())


class _Story:
    def __init__(self, interaction: str, at: float) -> None:
        self._interaction = interaction
        self._at = at
        self.entries: list[Entry] = []

    def tell(
        self, after: float, kind: str, *, agent: str | None = None, queue: str | None = None, **data: object
    ) -> None:
        if kind == kinds.ROUTING_DECIDED:
            data["queue"] = queue
        self.entries.append(
            Entry(f"story-{next(_ids)}", self._at + after, kind, self._interaction, agent, queue, data)
        )
