"""Recording: ``record_session`` of a conversation, ``record`` of a voice message."""

from __future__ import annotations

from pathlib import Path

from fs_scripts.simulated import wav
from fs_scripts.simulated.apps.media import terminator_check
from fs_scripts.simulated.channel import Channel, Recording
from fs_scripts.simulated.engine import Application, Engine

_DEFAULT_SILENCE_HITS = 3


def start_recording(engine: Engine, channel: Channel, path: str, limit: float | None = None) -> bool:
    """Begin a session recording; False when this path is recorded already or the channel is gone."""
    if path in channel.recordings or not channel.up:
        return False
    channel.recordings[path] = Recording(
        path=Path(path),
        started=engine.clock.elapsed(),
        bridge_only=channel.is_true("RECORD_BRIDGE_REQ"),
        stereo=channel.is_true("RECORD_STEREO"),
        limit=limit,
    )
    engine.fire("RECORD_START", channel, {"Record-File-Path": path})
    return True


def stop_recording(engine: Engine, channel: Channel, path: str) -> bool:
    """End a session recording and write its file; ``all`` ends every one."""
    paths = list(channel.recordings) if path == "all" else [path] if path in channel.recordings else []
    for item in paths:
        _write(engine, channel, item, channel.recordings.pop(item))
    return bool(paths)


def _write(engine: Engine, channel: Channel, path: str, recording: Recording) -> None:
    now = engine.clock.elapsed()
    seconds = (
        recording.bridged(channel.bridged_since, now) if recording.bridge_only else now - recording.started
    )
    if recording.limit is not None:
        seconds = min(seconds, recording.limit)
    written = min(seconds, engine.config.recording_limit or seconds)
    wav.write_recording(recording.path, written, channels=2 if recording.stereo else 1)
    _report(engine, channel, path, seconds, "success-maxtime")


def _report(engine: Engine, channel: Channel, path: str, seconds: float, cause: str) -> None:
    about = {
        "record_file_size": str(Path(path).stat().st_size),
        "record_samples": str(int(seconds * wav.RATE)),
        "record_seconds": str(int(seconds)),
        "record_ms": str(int(seconds * 1000)),
        "record_completion_cause": cause,
    }
    channel.variables |= about
    engine.fire("RECORD_STOP", channel, {"Record-File-Path": path, "Record-Completion-Cause": cause})


def record_session(engine: Engine, channel: Channel, arg: str) -> None:
    """``<path> [+<seconds>]``"""
    path, _, limit = arg.partition(" ")
    if not path:
        return
    seconds = float(limit.strip().lstrip("+")) if limit.strip() else None
    if start_recording(engine, channel, path, seconds) and seconds is not None:
        engine.after(seconds, lambda: stop_recording(engine, channel, path))


def stop_record_session(engine: Engine, channel: Channel, arg: str) -> None:
    stop_recording(engine, channel, arg.strip())


def record(engine: Engine, channel: Channel, arg: str) -> None:
    """``<path> [<limit seconds>] [<energy threshold>] [<seconds of silence that end it>]``

    How long the caller speaks is the far end's business; silence counts from there.
    """
    words = arg.split()
    if not words:
        return
    path = words[0]
    limit = float(words[1].lstrip("+")) if len(words) > 1 and words[1].lstrip("+").isdigit() else 0.0
    threshold = int(words[2]) if len(words) > 2 and words[2].isdigit() else 0
    silence = int(words[3]) if len(words) > 3 and words[3].isdigit() else _DEFAULT_SILENCE_HITS
    channel.set("playback_terminator_used", None)
    if not engine.pre_answer(channel):
        return
    engine.fire("RECORD_START", channel, {"Record-File-Path": path})
    began = engine.clock.elapsed()
    channel.collecting = True
    channel.prompts_heard += 1
    channel.wake()
    try:
        result = _listen(engine, channel, limit or wav.ENDLESS, silence if threshold else 0)
    finally:
        channel.collecting = False
    seconds = engine.clock.elapsed() - began
    wav.write_recording(Path(path), min(seconds, engine.config.recording_limit or seconds), channels=1)
    _report(
        engine,
        channel,
        path,
        seconds,
        {"silence": "success-silence", "done": "success-maxtime"}.get(result, "success"),
    )


def _listen(engine: Engine, channel: Channel, limit: float, silence: int) -> str:
    """Wait for the end of a message: ``done`` at the limit, ``silence``, a key, a break, or the caller is gone."""
    stops = terminator_check(channel)
    began = engine.clock.elapsed()
    while True:
        now = engine.clock.elapsed()
        left = began + limit - now
        if silence and channel.far_end is not None:
            quiet_at = max(began, channel.far_end.talking(channel)) + silence
            if now >= quiet_at:
                return "silence"
            left = min(left, quiet_at - now)
        if left <= 0:
            return "done"
        # Looked at once a second, because the caller may go on speaking.
        result = engine.hold_for(channel, min(left, 1.0), stops)
        if result != "done":
            return result


APPS: dict[str, Application] = {
    "record_session": record_session,
    "stop_record_session": stop_record_session,
    "record": record,
}
