"""Calling other parties and connecting them: ``bridge``, and what ``originate`` and ``uuid_bridge`` share with it."""

from __future__ import annotations

import math
import uuid as uuids
from collections.abc import Mapping

from fs_scripts.simulated.causes import NUMBERS, dial_status
from fs_scripts.simulated.channel import Channel, is_true
from fs_scripts.simulated.dialstring import DialString, Leg, parse_dial_string
from fs_scripts.simulated.engine import Application, Engine
from fs_scripts.simulated.waiting import Signal

_DEFAULT_TIMEOUT = 60.0
_ALWAYS_CONTINUE = frozenset({"NO_ANSWER", "NO_USER_RESPONSE", "ORIGINATOR_CANCEL"})


def originate(
    engine: Engine, caller: Channel | None, text: str, *, timeout: float | None = None
) -> tuple[Channel | None, str]:
    """Call what a dial string names and wait: the leg that answered and ``SUCCESS``, or None and the cause.

    With a ``caller`` the legs are cancelled when it hangs up or is taken away, and it learns the outcome as variables.
    """
    dial = parse_dial_string(text)
    calling_state = caller.call_state if caller else ""
    if caller is not None:
        caller.set("originate_disposition", "failure")
        caller.set("DIALSTATUS", None)
        engine.set_call_state(caller, "RING_WAIT")
    leg, cause = None, "DESTINATION_OUT_OF_ORDER"
    for group in dial.groups:
        leg, cause = _try_group(engine, caller, dial, group, timeout)
        if leg is not None or cause == "ORIGINATOR_CANCEL":
            break
    if caller is not None:
        if caller.up:
            engine.set_call_state(caller, calling_state)
        caller.set("originate_disposition", cause)
        caller.set("DIALSTATUS", dial_status(cause))
    return leg, cause


def _try_group(
    engine: Engine, caller: Channel | None, dial: DialString, group: tuple[Leg, ...], timeout: float | None
) -> tuple[Channel | None, str]:
    watcher = caller.signal if caller is not None else Signal(engine.clock)
    clock = engine.clock
    legs: list[tuple[Channel, float]] = []
    cause = "SUBSCRIBER_ABSENT"
    for wanted in group:
        variables = dial.variables | wanted.variables
        made = _make_leg(engine, caller, wanted.endpoint, variables, watcher)
        if isinstance(made, str):
            cause = made
            continue
        legs.append((made, clock.elapsed() + _leg_timeout(caller, variables, timeout)))
    cancelled = ""
    while True:
        legs = [(leg, _asked_to_confirm(engine, leg, deadline)) for leg, deadline in legs]
        answered = next((leg for leg, _ in legs if leg.answered and leg.up and not _confirms(leg)), None)
        if answered is not None:
            _drop(engine, [leg for leg, _ in legs if leg is not answered], "LOSE_RACE")
            _note_causes(caller, legs)
            return answered, "SUCCESS"
        if caller is not None and not caller.ready:
            cancelled = "ORIGINATOR_CANCEL"
            _drop(engine, [leg for leg, _ in legs], cancelled)
        ringing = [(leg, deadline) for leg, deadline in legs if leg.up]
        for leg, deadline in ringing:
            if clock.elapsed() >= deadline:
                engine.hangup(leg, "NO_ANSWER")
        ringing = [(leg, deadline) for leg, deadline in ringing if leg.up]
        if not ringing:
            break
        next_deadline = min(deadline for _, deadline in ringing)
        watcher.wait(None if math.isinf(next_deadline) else next_deadline - clock.elapsed())
    _note_causes(caller, legs)
    if legs:
        cause = cancelled or legs[-1][0].hangup_cause
        if caller is not None:
            caller.set("last_bridge_hangup_cause", legs[-1][0].hangup_cause)
    return None, cause


def _confirms(leg: Channel) -> bool:
    """Whether the leg still has to go through what ``group_confirm_file`` says before it is connected."""
    return leg.get("group_confirm_key") == "exec"


def _asked_to_confirm(engine: Engine, leg: Channel, deadline: float) -> float:
    """Begin that at the answer, once; ``group_confirm_timeout`` counts from there instead of the time to ring."""
    if not (leg.answered and leg.up and _confirms(leg)) or leg.confirming:
        return deadline
    leg.confirming = True
    engine.greenlets.spawn(_confirm, engine, leg)
    limit = leg.get("group_confirm_timeout")
    if not limit.isdigit():
        return deadline
    return engine.clock.elapsed() + float(limit) if int(limit) else math.inf


def _confirm(engine: Engine, leg: Channel) -> None:
    app, _, arg = leg.get("group_confirm_file").partition(" ")
    engine.execute(leg, app, arg)
    for name in ("group_confirm_key", "group_confirm_file"):
        leg.set(name, None)
    leg.wake()


def _leg_timeout(caller: Channel | None, variables: Mapping[str, str], timeout: float | None) -> float:
    """The shortest that is set: ``leg_timeout``, ``originate_timeout``, ``call_timeout`` of the caller."""
    words = [variables.get("leg_timeout"), variables.get("originate_timeout")]
    if caller is not None:
        words += [caller.get("originate_timeout"), caller.get("call_timeout")]
    found = [float(word) for word in words if word and word.isdigit() and int(word) > 0]
    return min(found, default=timeout or _DEFAULT_TIMEOUT)


def _drop(engine: Engine, legs: list[Channel], cause: str) -> None:
    for leg in legs:
        engine.hangup(leg, cause)


def _note_causes(caller: Channel | None, legs: list[tuple[Channel, float]]) -> None:
    if caller is None:
        return
    known = caller.get("originate_causes").removeprefix("ARRAY::")
    items = [item for item in known.split("|:") if item]
    items += [f"{leg.uuid};{leg.hangup_cause or 'NONE'}" for leg, _ in legs]
    if items:
        caller.set("originate_causes", items[0] if len(items) == 1 else "ARRAY::" + "|:".join(items))


def _make_leg(
    engine: Engine, caller: Channel | None, endpoint: str, variables: dict[str, str], watcher: Signal
) -> Channel | str:
    """A leg that starts to ring, or the cause why there is none."""
    line = engine.resolve(endpoint)
    if isinstance(line, str):
        return line
    number, name = _caller_id(caller, variables, line.destination)
    exported = {} if caller is None else _exported(caller)
    leg = Channel(
        clock=engine.clock,
        name=line.channel_name,
        direction="outbound",
        caller_number=number,
        caller_name=name,
        destination=line.destination,
        context=caller.context if caller else "default",
        session_number=engine.sessions_since_start + 1,
        uuid=variables.get("origination_uuid") or str(uuids.uuid4()),
        call_uuid=caller.call_uuid if caller else "",
        presence_id=line.presence_id,
        callee=line.destination if caller else "",
    )
    if leg.uuid in engine.channels:
        return "DESTINATION_OUT_OF_ORDER"
    leg.far_end = line.party
    leg.watcher = watcher
    leg.originator = caller
    leg.variables = exported | variables
    if line.user:
        leg.variables |= {"dialed_user": line.user, "dialed_domain": line.domain}
        if caller is not None:
            caller.variables |= {"dialed_user": line.user, "dialed_domain": line.domain}
    if caller is not None:
        leg.variables |= {
            "originator": caller.uuid,
            "originating_leg_uuid": caller.uuid,
            "signal_bond": caller.uuid,
        }
    leg.state = "CS_NONE"
    engine.create(leg, announce=False)
    leg.variables["is_outbound"] = "true"
    engine.fire("CHANNEL_OUTGOING", leg)
    engine.set_state(leg, "CS_INIT")
    engine.fire("CHANNEL_CREATE", leg)
    engine.fire("CHANNEL_ORIGINATE", leg)
    engine.set_state(leg, "CS_ROUTING")
    engine.set_state(leg, "CS_CONSUME_MEDIA")
    line.party.offered(leg)
    return leg


def _caller_id(caller: Channel | None, variables: Mapping[str, str], default: str) -> tuple[str, str]:
    number = variables.get("origination_caller_id_number") or ""
    name = variables.get("origination_caller_id_name") or ""
    if caller is None:
        return number or default, name or number or default
    return (
        number or caller.get("effective_caller_id_number") or caller.caller_number,
        name or caller.get("effective_caller_id_name") or caller.caller_name,
    )


def _exported(caller: Channel) -> dict[str, str]:
    found = {}
    for name in caller.get("export_vars").split(","):
        value = caller.get(name)
        if value:
            found[name.removeprefix("nolocal:")] = value
    return found


def bridge(engine: Engine, channel: Channel, arg: str) -> None:
    if not arg:
        return
    leg, cause = originate(engine, channel, arg)
    if leg is None:
        channel.set("originate_failed_cause", cause)
        _after_failure(engine, channel, cause)
        return
    engine.answer(channel)
    join(engine, channel, leg)


def _after_failure(engine: Engine, channel: Channel, cause: str) -> None:
    """``continue_on_fail`` (true, or a list of causes) lets the caller go on; otherwise it is hung up."""
    if not channel.up or channel.transfer is not None:
        return
    wanted = channel.get("continue_on_fail")
    if not wanted and cause in _ALWAYS_CONTINUE:
        return
    listed = {item.strip().upper() for item in wanted.split(",")}
    if is_true(wanted) or cause in listed or str(NUMBERS.get(cause, 0)) in listed:
        return
    engine.hangup(channel, cause)


def join(engine: Engine, channel: Channel, peer: Channel) -> None:
    """Connect two channels until one leaves; runs in ``channel``'s session.

    A peer that has a session of its own (it was transferred, or taken by ``uuid_bridge``) looks after itself afterwards.
    """
    _connect(engine, channel, peer)
    engine.run_hooks(channel, "pre_bridge")
    while channel.ready and peer.ready and channel.partner is peer:
        if channel.commands and not channel.event_lock:
            engine.run_commands(channel)
        elif channel.digits or peer.digits:
            _pass_digits(channel, peer)
            _pass_digits(peer, channel)
        else:
            channel.signal.wait()
    _disconnect(engine, channel, peer)
    engine.run_hooks(channel, "post_bridge")
    if not peer.up:
        channel.set("last_bridge_hangup_cause", peer.hangup_cause)
        channel.set("bridge_hangup_cause", peer.hangup_cause)
        if channel.is_true("hangup_after_bridge"):
            engine.hangup(channel, "NORMAL_CLEARING")
    elif not peer.has_session:
        engine.hangup(peer, channel.hangup_cause or "NORMAL_CLEARING")


def _connect(engine: Engine, channel: Channel, peer: Channel) -> None:
    now, elapsed = engine.clock.now(), engine.clock.elapsed()
    for one, other in ((channel, peer), (peer, channel)):
        one.partner, one.last_partner = other, other
        one.times.bridged = now
        one.bridged_since = elapsed
        one.set("bridge_uuid", other.uuid)
        one.set("bridge_channel", other.name)
        one.set("last_bridge_to", other.uuid)
        one.set("signal_bond", other.uuid)
    peer.watcher = channel.signal
    engine.fire(
        "CHANNEL_BRIDGE", channel, {"Bridge-A-Unique-ID": channel.uuid, "Bridge-B-Unique-ID": peer.uuid}
    )
    if not peer.has_session:
        engine.set_state(peer, "CS_EXCHANGE_MEDIA")
    channel.wake()
    peer.wake()


def _disconnect(engine: Engine, channel: Channel, peer: Channel) -> None:
    now = engine.clock.elapsed()
    for one, other in ((channel, peer), (peer, channel)):
        for recording in one.recordings.values():
            recording.bridged_seconds = recording.bridged(one.bridged_since, now)
        one.bridged_since = None
        if one.partner is other:
            one.partner = None
    engine.fire(
        "CHANNEL_UNBRIDGE", channel, {"Bridge-A-Unique-ID": channel.uuid, "Bridge-B-Unique-ID": peer.uuid}
    )
    channel.wake()
    peer.wake()


def _pass_digits(source: Channel, target: Channel) -> None:
    while source.digits:
        digit = source.digits.popleft()
        if target.far_end is not None:
            target.far_end.dtmf(target, digit)


APPS: dict[str, Application] = {"bridge": bridge}
