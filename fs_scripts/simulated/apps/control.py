"""Answering, hanging up, waiting, going elsewhere."""

from __future__ import annotations

import time

from fs_scripts.simulated.causes import from_sip, parse_cause
from fs_scripts.simulated.channel import Channel, Transfer
from fs_scripts.simulated.engine import Application, Engine


def answer(engine: Engine, channel: Channel, _: str) -> None:
    engine.answer(channel)


def pre_answer(engine: Engine, channel: Channel, _: str) -> None:
    engine.pre_answer(channel)


def ring_ready(engine: Engine, channel: Channel, _: str) -> None:
    engine.ring_ready(channel)


def hangup(engine: Engine, channel: Channel, arg: str) -> None:
    engine.hangup(channel, parse_cause(arg or "NORMAL_CLEARING"))


def respond(engine: Engine, channel: Channel, arg: str) -> None:
    """A SIP status before the answer ends the call with the cause that belongs to it."""
    status = arg.split()[0] if arg.split() else ""
    if status.isdigit() and int(status) >= 300 and not channel.answered:
        channel.set("proto_specific_hangup_cause", f"sip:{status}")
        engine.hangup(channel, from_sip(int(status)))


def wait_parked(engine: Engine, channel: Channel) -> None:
    """Execute what handlers send until the channel is gone or nobody controls it any more. Keys are eaten.

    A channel that is controlled already is not parked a second time: FreeSWITCH refuses that, so ``park`` sent by a
    handler returns at once.
    """
    if channel.controlled:
        return
    channel.controlled = True
    engine.fire("CHANNEL_PARK", channel)
    while channel.ready and channel.controlled:
        if channel.commands and not channel.event_lock:
            engine.run_commands(channel)
        elif channel.digits:
            channel.digits.clear()
        else:
            channel.signal.wait()
    channel.controlled = False
    engine.fire("CHANNEL_UNPARK", channel)


def park(engine: Engine, channel: Channel, _: str) -> None:
    """``park_timeout`` (``<seconds>[:<cause>]``) bounds it."""
    seconds, _, cause = channel.get("park_timeout").partition(":")
    if not seconds:
        wait_parked(engine, channel)
        return
    channel.set("park_timeout", None)
    timer = engine.after(float(seconds), lambda: engine.hangup(channel, parse_cause(cause or "16")))
    try:
        wait_parked(engine, channel)
    finally:
        timer.kill(block=False)


def break_(_: Engine, channel: Channel, __: str) -> None:
    channel.break_flag = 1


def sched_hangup(engine: Engine, channel: Channel, arg: str) -> None:
    """``[+]<seconds> [<cause>]``; without a plus the time is an epoch."""
    words = arg.split()
    if not words:
        return
    moment = words[0]
    delay = float(moment) if moment.startswith("+") else float(moment) - time.time()
    cause = parse_cause(words[1]) if len(words) > 1 else "ALLOTTED_TIMEOUT"
    if delay <= 0:
        engine.hangup(channel, cause)
        return
    engine.after(delay, lambda: engine.hangup(channel, cause))


def transfer(_: Engine, channel: Channel, arg: str) -> None:
    """``<number> [<dialplan> <context>]``"""
    words = arg.split()
    if not words:
        return
    dialplan = words[1] if len(words) > 1 else "XML"
    context = words[2] if len(words) > 2 else ""
    channel.transfer = Transfer(words[0], context, inline=dialplan.lower() == "inline")


def execute_extension(engine: Engine, channel: Channel, arg: str) -> None:
    """Run another extension's actions and come back."""
    words = arg.split()
    context = words[2] if len(words) > 2 else channel.context
    for route in engine.config.routes:
        actions = route.match(context, words[0]) if words else None
        if actions is not None:
            for app, app_arg in actions:
                if not channel.ready:
                    return
                engine.execute(channel, app, app_arg)
            return


def flush_dtmf(_: Engine, channel: Channel, __: str) -> None:
    channel.digits.clear()


def send_dtmf(_: Engine, channel: Channel, arg: str) -> None:
    if channel.far_end is not None:
        channel.far_end.dtmf(channel, arg.partition("@")[0])


APPS: dict[str, Application] = {
    "answer": answer,
    "pre_answer": pre_answer,
    "ring_ready": ring_ready,
    "hangup": hangup,
    "respond": respond,
    "park": park,
    "break": break_,
    "sched_hangup": sched_hangup,
    "transfer": transfer,
    "execute_extension": execute_extension,
    "flush_dtmf": flush_dtmf,
    "send_dtmf": send_dtmf,
}
