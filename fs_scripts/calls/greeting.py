"""What is said between the agent's answer and the talk: to the agent who calls and for how long the caller has
waited, to the caller the agent's number (工号).

Both hear theirs at the same time and nothing of the other's. FreeSWITCH does it by itself from the instant of
the answer, so it costs the caller nothing but its own length, and no order of ours.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

from fs_scripts.calls.speaking import Speaker
from fs_scripts.configuration import QueueVoice
from hotline.domain.acd.effects import MakeOffer
from hotline.domain.ivr.commands import Prompt, Say

# A shorter wait is not worth the agent's time.
_WORTH_TELLING_SECONDS: Final = 10.0
_MINUTE: Final = 60


@dataclass(frozen=True, slots=True)
class Greeting:
    """What ``playback`` is given for each of them; empty for nothing."""

    agent: str = ""
    caller: str = ""


def greeting(
    voice: QueueVoice,
    offer: MakeOffer,
    waited_seconds: float,
    *,
    to_agents: Speaker,
    to_callers: Speaker,
    first: Sequence[Prompt] = (),
) -> Greeting:
    """What *offer*'s agent and caller are told, each in a language of their own; *first* is what an agent whom
    one whispers to hears before all else. Where only the caller is told something, the agent hears it too and
    knows by that when the caller listens.
    """
    to_caller: list[Prompt] = []
    if voice.announce_agent and offer.agent.isdigit():
        to_caller = ["agent_number_pre", Say("digits", offer.agent), "agent_number_post"]
    to_agent: list[Prompt] = []
    if voice.whisper:
        to_agent = [*first, *_queue(to_agents, offer.queue), *_waited(waited_seconds)]
    number = to_callers.target(to_caller) or ""
    return Greeting(agent=to_agents.target(to_agent) or number, caller=number)


def _queue(speaker: Speaker, queue: str) -> list[Prompt]:
    """The queue's name, where it has a recording."""
    prompt = f"whisper_queue_{queue}"
    return [prompt] if speaker.knows(prompt) else []


def _waited(seconds: float) -> list[Prompt]:
    """In tens of seconds below a minute, then in whole minutes."""
    if seconds < _WORTH_TELLING_SECONDS:
        return []
    if seconds < _MINUTE:
        return ["whisper_waited", Say("count", str(int(seconds) // 10 * 10)), "seconds"]
    return ["whisper_waited", Say("count", str(int(seconds) // _MINUTE)), "minutes"]
