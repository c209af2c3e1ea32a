"""A caller's wait for a data source: first silence, then a prompt and music, and never longer than allowed."""

from __future__ import annotations

from typing import Final, Protocol

import gevent
import structlog

from fs_scripts.calls.announcing import LOOK_SECONDS, WaitingSound
from fs_scripts.calls.deps import CallDeps
from fs_scripts.calls.phone_io import PhoneIO
from fs_scripts.esl.events import Event as EslEvent
from fs_scripts.esl.outbound import Channel, Completed
from hotline.domain.ivr.commands import Announce, LookUp
from hotline.domain.ivr.events import LookedUp

log = structlog.get_logger(__name__)

# Silence that is longer sounds like a broken line.
_SILENCE_SECONDS: Final = 1.0


class AskingCall(Protocol):
    """The call that looks something up: :class:`fs_scripts.calls.session.CallSession` in earnest."""

    channel: Channel
    deps: CallDeps
    io: PhoneIO


def look_up(call: AskingCall, command: LookUp) -> LookedUp:
    """Ask the source. Keys that are pressed meanwhile count for the next question. Raises
    :class:`~fs_scripts.esl.errors.ChannelGone`.
    """
    channel = call.channel
    asked: gevent.Greenlet[..., LookedUp] = gevent.spawn(
        gevent.with_timeout,
        command.timeout_s,
        call.deps.look_ups.find,
        command,
        timeout_value=LookedUp("failed"),
    )
    asked.link(channel.post)
    sound: WaitingSound | None = None
    try:
        while not asked.ready():
            item = channel.next(_SILENCE_SECONDS if sound is None else min(LOOK_SECONDS, sound.patience()))
            match item:
                case EslEvent() if item.name == "DTMF":
                    call.io.keep_key(item)
                case Completed() if sound is not None:
                    sound.ended(item)
                case None if sound is not None:
                    sound.look()
                case None:
                    sound = _begin_sound(call, command)
                case _:
                    pass
        if sound is not None:
            sound.stop()
    finally:
        asked.kill(block=False)
    if asked.value is None:
        log.error("a look-up failed", source=command.source, error=str(asked.exception))
        return LookedUp("failed")
    return asked.value


def _begin_sound(call: AskingCall, command: LookUp) -> WaitingSound:
    call.io.stop_on_no_key()
    announce = Announce(join=command.prompts)
    sound = WaitingSound(call.channel, call.io.speaker, call.deps.clock, announce, lambda: None)
    sound.begin()
    return sound
