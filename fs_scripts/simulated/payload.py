"""Event headers of a channel, in FreeSWITCH's words and order (see the captured payloads in the contract suite)."""

from __future__ import annotations

import time

from fs_scripts.simulated.causes import NUMBERS
from fs_scripts.simulated.channel import STATE_NUMBERS, Channel

# Events that carry every channel variable; the others tell the channel's state only.
WITH_VARIABLES = frozenset(
    {
        "CALL_UPDATE",
        "CHANNEL_ANSWER",
        "CHANNEL_BRIDGE",
        "CHANNEL_CREATE",
        "CHANNEL_DATA",
        "CHANNEL_DESTROY",
        "CHANNEL_EXECUTE",
        "CHANNEL_EXECUTE_COMPLETE",
        "CHANNEL_HANGUP",
        "CHANNEL_HANGUP_COMPLETE",
        "CHANNEL_HOLD",
        "CHANNEL_ORIGINATE",
        "CHANNEL_PARK",
        "CHANNEL_PROGRESS",
        "CHANNEL_PROGRESS_MEDIA",
        "CHANNEL_UNBRIDGE",
        "CHANNEL_UNHOLD",
        "CHANNEL_UNPARK",
        "PLAYBACK_START",
        "PLAYBACK_STOP",
        "RECORD_START",
        "RECORD_STOP",
    }
)


def micros(seconds: float) -> str:
    return str(int(seconds * 1_000_000))


def profile(channel: Channel, prefix: str) -> dict[str, str]:
    """The caller profile under ``Channel-``, ``Caller-`` or ``Other-Leg-``."""
    times = channel.times
    headers = {
        "Direction": channel.direction,
        "Logical-Direction": channel.direction,
        "Username": channel.caller_number,
        "Dialplan": "XML",
        "Caller-ID-Name": channel.caller_name,
        "Caller-ID-Number": channel.caller_number,
        "Orig-Caller-ID-Name": channel.caller_name,
        "Orig-Caller-ID-Number": channel.caller_number,
    }
    if channel.callee:
        headers["Callee-ID-Name"] = channel.callee
        headers["Callee-ID-Number"] = channel.callee
    headers |= {
        "Network-Addr": "127.0.0.1",
        "ANI": channel.caller_number,
        "Destination-Number": channel.destination,
        "Unique-ID": channel.uuid,
        "Source": "mod_sofia",
        "Context": channel.context,
        "Channel-Name": channel.name,
        "Profile-Index": str(channel.profile_index),
        "Profile-Created-Time": micros(times.created),
        "Channel-Created-Time": micros(times.created),
        "Channel-Answered-Time": micros(times.answered),
        "Channel-Progress-Time": micros(times.progress),
        "Channel-Progress-Media-Time": micros(times.progress_media),
        "Channel-Hangup-Time": micros(times.hungup),
        "Channel-Transfer-Time": micros(times.transferred),
        "Channel-Resurrect-Time": "0",
        "Channel-Bridged-Time": micros(times.bridged),
        "Channel-Last-Hold": micros(times.last_hold),
        "Channel-Hold-Accum": micros(times.hold_accum),
        "Screen-Bit": "true",
        "Privacy-Hide-Name": "false",
        "Privacy-Hide-Number": "false",
    }
    return {prefix + name: value for name, value in headers.items()}


def channel_headers(channel: Channel, event_name: str) -> dict[str, str]:
    """What every event about a channel carries."""
    headers = {
        "Channel-State": channel.state,
        "Channel-Call-State": channel.call_state,
        "Channel-State-Number": str(STATE_NUMBERS[channel.state]),
        "Channel-Name": channel.name,
        "Unique-ID": channel.uuid,
        "Call-Direction": channel.direction,
        "Presence-Call-Direction": channel.direction,
        "Channel-HIT-Dialplan": "true" if channel.direction == "inbound" else "false",
    }
    if channel.presence_id:
        headers["Channel-Presence-ID"] = channel.presence_id
    headers |= {"Channel-Call-UUID": channel.call_uuid, "Answer-State": channel.answer_state}
    if channel.hangup_cause:
        headers["Hangup-Cause"] = channel.hangup_cause
    headers |= {
        "Channel-Read-Codec-Name": "PCMA",
        "Channel-Read-Codec-Rate": "8000",
        "Channel-Read-Codec-Bit-Rate": "64000",
        "Channel-Write-Codec-Name": "PCMA",
        "Channel-Write-Codec-Rate": "8000",
        "Channel-Write-Codec-Bit-Rate": "64000",
    }
    headers |= profile(channel, "Caller-")
    other = channel.originator or channel.last_partner
    if other is not None:
        headers["Other-Type"] = "originator" if channel.originator else "originatee"
        headers |= profile(other, "Other-Leg-")
    if event_name in WITH_VARIABLES:
        headers |= variable_headers(channel)
    return headers


def own_variables(channel: Channel) -> dict[str, str]:
    """Variables that the switch itself sets at the channel's beginning."""
    return {
        "direction": channel.direction,
        "uuid": channel.uuid,
        "session_id": str(channel.session_number),
        "sip_from_user": channel.caller_number,
        "sip_from_display": channel.caller_name,
        "sip_to_user": channel.destination,
        "sip_req_user": channel.destination,
        "sip_call_id": f"{channel.uuid}@simulated",
        "sip_network_ip": "127.0.0.1",
        "sip_received_ip": "127.0.0.1",
        "sip_user_agent": "simulated switch",
        "channel_name": channel.name,
        "read_codec": "PCMA",
        "read_rate": "8000",
        "write_codec": "PCMA",
        "write_rate": "8000",
        "dtmf_type": "rfc2833",
        "call_uuid": channel.call_uuid,
    }


def variable_headers(channel: Channel) -> dict[str, str]:
    return {f"variable_{name}": value for name, value in channel.variables.items()}


def _stamp(seconds: float) -> str:
    return time.strftime("%Y-%m-%d %H:%M:%S", time.localtime(seconds))


def closing_variables(channel: Channel) -> dict[str, str]:
    """What CHANNEL_HANGUP_COMPLETE and the call record add to a channel's variables."""
    times = channel.times
    moments = {
        "start": times.created,
        "profile_start": times.created,
        "answer": times.answered,
        "bridge": times.bridged,
        "progress": times.progress,
        "progress_media": times.progress_media,
        "end": times.hungup,
    }
    found = {
        "hangup_cause": channel.hangup_cause,
        "hangup_cause_q850": str(NUMBERS.get(channel.hangup_cause, 16)),
        "digits_dialed": channel.digits_dialed or "none",
        "caller_id": f'"{channel.caller_name}" <{channel.caller_number}>',
        "last_hold_epoch": str(int(times.last_hold)),
        "hold_accum_seconds": str(int(times.hold_accum)),
        "hold_accum_ms": str(int(times.hold_accum * 1000)),
    }
    for name, moment in moments.items():
        if moment:
            found[f"{name}_stamp"] = _stamp(moment)
        found[f"{name}_epoch"] = str(int(moment))
        found[f"{name}_uepoch"] = micros(moment)
    if channel.app_log:
        found["last_app"], found["last_arg"] = channel.app_log[-1][:2]
    spans = {
        "duration": times.hungup - times.created,
        "billsec": times.hungup - times.answered if times.answered else 0.0,
        "progresssec": times.progress - times.created if times.progress else 0.0,
        "answersec": times.answered - times.created if times.answered else 0.0,
        "waitsec": times.bridged - times.created if times.bridged else 0.0,
        "flow_billsec": times.hungup - times.created,
    }
    for name, span in spans.items():
        found[name] = str(int(span))
        stem = name.removesuffix("sec") if name != "duration" else name
        found["mduration" if name == "duration" else f"{stem}msec"] = str(int(span * 1000))
        found["uduration" if name == "duration" else f"{stem}usec"] = micros(span)
    return found
