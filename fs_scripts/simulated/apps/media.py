"""Playing: files by their real length, generated streams, music on hold."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

from fs_scripts.simulated import wav
from fs_scripts.simulated.channel import Channel
from fs_scripts.simulated.engine import Application, Engine

_SILENCE = "silence"
_ANY_KEY = "1234567890*#"


def seconds_of(engine: Engine, source: str) -> float | None:
    """Length of one source; None where there is nothing to play."""
    if "://" in source:
        scheme, _, rest = source.partition("://")
        if scheme == "file_string":
            parts = [seconds_of(engine, part) for part in rest.split("!")]
            known = [part for part in parts if part is not None]
            return sum(known) if known else None
        return wav.stream_seconds(source)
    path = Path(source)
    places = [path] if path.is_absolute() else [place / path for place in engine.config.sound_dirs]
    lengths = (wav.file_seconds(place) for place in places)
    return next((length for length in lengths if length is not None), None)


def play(engine: Engine, channel: Channel, source: str, on_digit: Callable[[str], bool] | None = None) -> str:
    """Play what ``source`` names; returns ``hold_for``'s words or ``notfound``.

    ``playback_delimiter`` splits several sources; a missing one is passed over and the last one's word counts.
    """
    delimiter = channel.get("playback_delimiter")
    result = "notfound"
    for part in source.split(delimiter) if delimiter else [source]:
        result = _play_one(engine, channel, part, on_digit)
        if result in ("digit", "gone"):
            break
    return result


def _play_one(engine: Engine, channel: Channel, source: str, on_digit: Callable[[str], bool] | None) -> str:
    if not engine.pre_answer(channel):
        return "gone"
    if source.startswith("{"):
        source = source.partition("}")[2]
    source = source.partition("@@")[0]
    length = seconds_of(engine, source)
    if length is None:
        return "notfound"
    about = {"Playback-File-Path": source}
    kind = source.partition("://")[0]
    if kind in ("local_stream", "tone_stream"):
        about = {"Playback-File-Type": kind} | about
    engine.fire("PLAYBACK_START", channel, about)
    if kind not in ("local_stream", "silence_stream"):
        channel.prompts_heard += 1
        channel.wake()
    began = engine.clock.elapsed()
    result = engine.hold_for(channel, length, on_digit)
    played = min(length, engine.clock.elapsed() - began)
    channel.set("playback_seconds", str(int(played)))
    channel.set("playback_ms", str(int(played * 1000)))
    channel.set("playback_samples", str(int(played * wav.RATE)))
    engine.fire(
        "PLAYBACK_STOP",
        channel,
        about | {"Playback-Status": "break" if result in ("break", "digit") else "done"},
    )
    return result


def terminator_check(channel: Channel) -> Callable[[str], bool]:
    """Whether a key ends a playback or a recording: ``playback_terminators``, which is ``*`` unless set."""
    wanted = channel.get("playback_terminators") or "*"
    keys = {"any": _ANY_KEY, "none": ""}.get(wanted.lower(), wanted)

    def stops(digit: str) -> bool:
        if digit in keys:
            channel.set("playback_terminator_used", digit)
            return True
        return False

    return stops


def playback(engine: Engine, channel: Channel, arg: str) -> None:
    channel.set("playback_terminator_used", None)
    # What a key ends is a question, or may be skipped: a script may key with effect.
    channel.collecting = channel.get("playback_terminators").lower() not in ("", "none")
    try:
        result = play(engine, channel, arg, terminator_check(channel))
    finally:
        channel.collecting = False
    response = {"notfound": "FILE NOT FOUND", "gone": "PLAYBACK ERROR"}.get(result, "FILE PLAYED")
    channel.set("current_application_response", response)


def endless_playback(engine: Engine, channel: Channel, arg: str) -> None:
    while channel.ready and play(engine, channel, arg) == "done":
        continue


def sleep(engine: Engine, channel: Channel, arg: str) -> None:
    """Milliseconds. A key ends it and stays queued, unless ``sleep_eat_digits`` is set."""
    deadline = engine.clock.elapsed() + int(arg or 0) / 1000
    eats = channel.is_true("sleep_eat_digits")
    stops = terminator_check(channel)
    while channel.ready and not channel.take_break():
        left = deadline - engine.clock.elapsed()
        if left <= 0:
            return
        if channel.commands and not channel.event_lock:
            engine.run_commands(channel)
        elif channel.digits:
            if not eats or stops(channel.digits.popleft()):
                return
        else:
            channel.signal.wait(left)


def silent(source: str) -> bool:
    """Whether a prompt argument means that nothing is to be played."""
    return not source or source.lower() == _SILENCE


APPS: dict[str, Application] = {"playback": playback, "endless_playback": endless_playback, "sleep": sleep}
