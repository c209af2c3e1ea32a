"""``uuid_...``: commands about one channel."""

from __future__ import annotations

from fs_scripts.simulated.api.kinds import DONE, FAILED, NO_CHANNEL, OK, Command, locate, usage
from fs_scripts.simulated.apps.media import seconds_of
from fs_scripts.simulated.apps.recording import start_recording, stop_recording
from fs_scripts.simulated.causes import parse_cause
from fs_scripts.simulated.channel import Channel, Transfer
from fs_scripts.simulated.engine import Engine
from fs_scripts.simulated.event import Event, serialise
from fs_scripts.simulated.expand import lookup


def uuid_kill(engine: Engine, arg: str) -> str:
    uuid, _, cause = arg.partition(" ")
    if not uuid:
        return usage("<uuid> [cause]")
    channel = locate(engine, uuid)
    if channel is None:
        return NO_CHANNEL
    engine.hangup(channel, parse_cause(cause) if cause else "NORMAL_CLEARING")
    return OK


def uuid_break(engine: Engine, arg: str) -> str:
    uuid, _, flag = arg.partition(" ")
    if not uuid:
        return usage("<uuid> [all]")
    channel = locate(engine, uuid)
    if channel is None:
        return NO_CHANNEL
    both = [channel, channel.partner] if "both" in flag else [channel]
    for one in both:
        if one is None:
            continue
        if "all" in flag:
            one.commands.clear()
        one.break_flag = 2 if "all" in flag else 1
        one.wake()
    return OK


def uuid_setvar(engine: Engine, arg: str) -> str:
    words = arg.split(" ", 2)
    if len(words) < 2:
        return usage("<uuid> <var> [value]")
    channel = locate(engine, words[0])
    if channel is None:
        return NO_CHANNEL
    channel.set(words[1], words[2] if len(words) > 2 else None)
    return OK


def uuid_setvar_multi(engine: Engine, arg: str) -> str:
    uuid, _, pairs = arg.partition(" ")
    how = usage("<uuid> <var>=<value>;<var>=<value>...")
    if not pairs:
        return how
    channel = locate(engine, uuid)
    if channel is None:
        return NO_CHANNEL + how
    for pair in pairs.split(";"):
        name, _, value = pair.partition("=")
        if not name:
            return "-ERR No variable specified\n"
        channel.set(name, value or None)
    return OK


def uuid_getvar(engine: Engine, arg: str) -> str:
    """Unlike most replies this one ends without a line feed, and what is not set is ``_undef_``."""
    words = arg.split()
    if len(words) < 2:
        return usage("<uuid> <var>")
    channel = locate(engine, words[0])
    if channel is None:
        return NO_CHANNEL
    value = lookup(channel, words[1], engine.globals)
    return "_undef_" if value is None else value


def uuid_exists(engine: Engine, arg: str) -> str:
    return "true" if locate(engine, arg) is not None else "false"


def uuid_dump(engine: Engine, arg: str) -> str:
    uuid, _, form = arg.partition(" ")
    if not uuid:
        return usage("<uuid> [format]")
    channel = locate(engine, uuid)
    if channel is None:
        return NO_CHANNEL
    headers = engine.headers("CHANNEL_DATA", channel)
    if form.strip() == "json":
        return Event("CHANNEL_DATA", headers).json().decode("utf-8", "surrogateescape")
    return serialise(headers).decode("utf-8", "surrogateescape")


def uuid_transfer(engine: Engine, arg: str) -> str:
    words = arg.split()
    if len(words) < 2:
        return usage("<uuid> [-bleg|-both] <dest-exten> [<dialplan>] [<context>]")
    channel = locate(engine, words[0])
    if channel is None:
        return NO_CHANNEL
    legs: list[Channel | None] = [channel]
    rest = words[1:]
    if rest[0] in ("-bleg", "-both"):
        legs = [channel.partner] if rest[0] == "-bleg" else [channel.partner, channel]
        rest = rest[1:]
    if not rest:
        return usage("<uuid> [-bleg|-both] <dest-exten> [<dialplan>] [<context>]")
    inline = len(rest) > 1 and rest[1].lower() == "inline"
    target = Transfer(rest[0], rest[2] if len(rest) > 2 else "", inline=inline)
    for leg in legs:
        if leg is None:
            return "-ERR No such channel!\n"
        redirect(engine, leg, target)
    return OK


def redirect(engine: Engine, channel: Channel, target: Transfer) -> None:
    """Take a channel out of whatever it does; a leg without a session gets one."""
    channel.transfer = target
    if not channel.has_session:
        engine.start_session(channel, ())
    channel.wake()
    if channel.partner is not None:
        channel.partner.wake()


def uuid_bridge(engine: Engine, arg: str) -> str:
    words = arg.split()
    if len(words) != 2:
        return usage("<uuid> <other_uuid>")
    one, other = (locate(engine, uuid) for uuid in words)
    if one is None or other is None:
        return "-ERR Invalid uuid\n"
    redirect(engine, other, Transfer(awaits_peer=True))
    if not other.signal.wait_until(lambda: other.transfer is None or not other.up, timeout=2.0):
        return "-ERR Invalid uuid\n"
    redirect(engine, one, Transfer(to_channel=other.uuid))
    return f"+OK {other.uuid}\n"


def uuid_broadcast(engine: Engine, arg: str) -> str:
    """``<uuid> <file>|<app>[!<cause>]::<arguments> [aleg|bleg|both]``"""
    words = arg.split()
    if len(words) < 2:
        return usage("<uuid> <path> [aleg|bleg|holdb|both]")
    channel = locate(engine, words[0])
    if channel is None:
        return "-ERR invalid uuid\n"
    which = words[2] if len(words) > 2 else "aleg"
    choices: dict[str, list[Channel | None]] = {
        "bleg": [channel.partner],
        "both": [channel, channel.partner],
    }
    legs = choices.get(which, [channel])
    app, marked, data = words[1].partition("::")
    if not marked:
        app, data = "playback", words[1]
    for leg in legs:
        if leg is not None:
            engine.queue_command(
                leg, {"call-command": "execute", "execute-app-name": app, "execute-app-arg": data}
            )
    return "+OK Message sent\n"


def uuid_displace(engine: Engine, arg: str) -> str:
    """Nobody listens to the simulated switch's audio, so what is played in place of it only has to exist."""
    words = arg.split()
    if len(words) < 3:
        return usage("<uuid> [start|stop] <path> [<limit>] [mux]")
    if locate(engine, words[0]) is None:
        return "-ERR Cannot locate session!\n"
    if words[1] == "start":
        return DONE if seconds_of(engine, words[2]) is not None else "-ERR Cannot displace session!\n"
    return "-ERR Cannot stop displace session!\n"


def uuid_record(engine: Engine, arg: str) -> str:
    words = arg.split()
    if len(words) < 3:
        return usage("<uuid> [start|stop|mask|unmask] <path> [<limit>] [<recording_vars>]")
    channel = locate(engine, words[0])
    if channel is None:
        return "-ERR Cannot locate session!\n"
    if words[1] == "start":
        limit = float(words[3]) if len(words) > 3 and words[3].isdigit() else None
        if not start_recording(engine, channel, words[2], limit):
            return "-ERR Cannot record session!\n"
        if limit:
            engine.after(limit, lambda: stop_recording(engine, channel, words[2]))
        return DONE
    if words[1] == "stop":
        return DONE if stop_recording(engine, channel, words[2]) else "-ERR Cannot stop record session!\n"
    return DONE if words[1] in ("mask", "unmask") and words[2] in channel.recordings else FAILED


def uuid_send_dtmf(engine: Engine, arg: str) -> str:
    words = arg.split()
    if len(words) < 2:
        return usage("<uuid> <dtmf_data>")
    channel = locate(engine, words[0])
    if channel is None:
        return "-ERR Cannot locate session!\n"
    if channel.far_end is not None:
        channel.far_end.dtmf(channel, words[1].partition("@")[0])
    return f"+OK {channel.uuid} sent DTMF {words[1]}.\n"


def uuid_hold(engine: Engine, arg: str) -> str:
    words = arg.split()
    if not words:
        return usage("[off|toggle] <uuid> [<display>]")
    off = words[0] == "off"
    toggle = words[0] == "toggle"
    channel = locate(engine, words[-1] if off or toggle else words[0])
    # FreeSWITCH calls it a success whether there is such a channel or not.
    if channel is not None:
        set_hold(engine, channel, not channel.held if toggle else not off)
    return DONE


def set_hold(engine: Engine, channel: Channel, hold: bool) -> None:
    """Put a channel on hold or take it back; told once."""
    if channel.held == hold or not channel.answered:
        return
    channel.held = hold
    if hold:
        channel.times.last_hold = engine.clock.now()
        engine.fire("CHANNEL_HOLD", channel)
        engine.set_call_state(channel, "HELD")
    else:
        channel.times.hold_accum += engine.clock.now() - channel.times.last_hold
        engine.fire("CHANNEL_UNHOLD", channel)
        engine.set_call_state(channel, "UNHELD")
        engine.set_call_state(channel, "ACTIVE")


def uuid_phone_event(engine: Engine, arg: str) -> str:
    """``<uuid> talk|hold``: ask the telephone itself to answer or to hold."""
    words = arg.split()
    channel = locate(engine, words[0]) if words else None
    if channel is None:
        return FAILED
    event = words[1].lower() if len(words) > 1 else "talk"
    if event == "hold":
        set_hold(engine, channel, True)
    elif channel.held:
        set_hold(engine, channel, False)
    elif channel.direction == "outbound":
        engine.answer(channel)
    return DONE


COMMANDS: dict[str, Command] = {
    "uuid_kill": uuid_kill,
    "uuid_break": uuid_break,
    "uuid_setvar": uuid_setvar,
    "uuid_setvar_multi": uuid_setvar_multi,
    "uuid_getvar": uuid_getvar,
    "uuid_exists": uuid_exists,
    "uuid_dump": uuid_dump,
    "uuid_transfer": uuid_transfer,
    "uuid_bridge": uuid_bridge,
    "uuid_broadcast": uuid_broadcast,
    "uuid_displace": uuid_displace,
    "uuid_record": uuid_record,
    "uuid_send_dtmf": uuid_send_dtmf,
    "uuid_hold": uuid_hold,
    "uuid_phone_event": uuid_phone_event,
}
