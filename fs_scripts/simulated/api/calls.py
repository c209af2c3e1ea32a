"""``originate``, ``hupall`` and ``show``: commands about all calls."""

from __future__ import annotations

import json
import re
import time

from fs_scripts.simulated.api.kinds import Command, usage
from fs_scripts.simulated.apps.bridging import originate as call_out
from fs_scripts.simulated.causes import parse_cause
from fs_scripts.simulated.channel import Channel, Transfer
from fs_scripts.simulated.engine import Engine

_ORIGINATE_USAGE = "<call url> <exten>|&<application_name>(<app_args>) [<dialplan>] [<context>] [<cid_name>] [<cid_num>] [<timeout_sec>]"
_SHOW_USAGE = (
    "codec|endpoint|application|api|dialplan|file|timer|calls [count]|channels [count|like <match string>]|calls|"
    "detailed_calls|bridged_calls|detailed_bridged_calls|aliases|complete|chat|management|modules|nat_map|say|"
    "interfaces|interface_types|tasks|limits|status"
)
_INLINE_APP = re.compile(r"^&([A-Za-z_0-9]+)(?:\((.*)\))?$", re.DOTALL)


def split_call(arg: str) -> tuple[str, list[str]]:
    """The dial string, whose brackets and quotes may hold spaces, and the words after it."""
    depth, quoted = 0, False
    for index, letter in enumerate(arg):
        if letter == "'":
            quoted = not quoted
        elif not quoted and letter in "[{":
            depth += 1
        elif not quoted and letter in "]}":
            depth -= 1
        elif letter == " " and depth <= 0 and not quoted:
            return arg[:index], _words(arg[index + 1 :])
    return arg, []


def _words(text: str) -> list[str]:
    """Words; an ``&app(...)`` keeps the spaces inside its brackets."""
    text = text.strip()
    if text.startswith("&") and "(" in text and ")" in text:
        end = text.rindex(")") + 1
        return [text[:end], *text[end:].split()]
    return text.split()


def originate(engine: Engine, arg: str) -> str:
    dial, words = split_call(arg)
    if not dial or not words:
        return usage(_ORIGINATE_USAGE)
    timeout = float(words[5]) if len(words) > 5 and words[5].isdigit() else None
    leg, cause = call_out(engine, None, dial, timeout=timeout)
    if leg is None:
        return f"-ERR {cause}\n"
    leg.watcher = None
    inline = _INLINE_APP.match(words[0])
    if inline:
        engine.start_session(leg, ((inline.group(1), inline.group(2) or ""),))
    else:
        dialplan = words[1] if len(words) > 1 else "XML"
        context = words[2] if len(words) > 2 else "default"
        leg.transfer = Transfer(words[0], context, inline=dialplan.lower() == "inline")
        engine.start_session(leg, ())
    return f"+OK {leg.uuid}\n"


def hupall(engine: Engine, arg: str) -> str:
    """``[<cause> [<variable> <value>]]``"""
    words = arg.split()
    cause = parse_cause(words[0]) if words else "MANAGER_REQUEST"
    for channel in list(engine.channels.values()):
        if len(words) < 3 or channel.get(words[1]) == words[2]:
            engine.hangup(channel, cause)
    if len(words) < 3:
        return f"+OK hangup all channels with cause {cause}\n"
    return f"+OK hangup all channels matching [{words[1]}]=[{words[2]}] with cause: {cause}\n"


def _stamp(seconds: float) -> str:
    return time.strftime("%Y-%m-%d %H:%M:%S", time.localtime(seconds))


def channel_row(channel: Channel) -> dict[str, str]:
    """A row of ``show channels``; every value is text, as the switch's own database gives it."""
    created = channel.times.created
    outbound = channel.direction == "outbound"
    return {
        "uuid": channel.uuid,
        "direction": channel.direction,
        "created": _stamp(created),
        "created_epoch": str(int(created)),
        "name": channel.name,
        "state": channel.listed_state,
        "cid_name": channel.caller_name,
        "cid_num": channel.caller_number,
        "ip_addr": "" if outbound else "127.0.0.1",
        "dest": channel.destination,
        "application": channel.get("current_application") if channel.has_session else "",
        "application_data": channel.get("current_application_data") if channel.has_session else "",
        "dialplan": "" if outbound else "XML",
        "context": channel.context,
        "read_codec": "PCMA",
        "read_rate": "8000",
        "read_bit_rate": "64000",
        "write_codec": "PCMA",
        "write_rate": "8000",
        "write_bit_rate": "64000",
        "secure": "",
        "hostname": "simulated",
        "presence_id": channel.presence_id,
        "presence_data": "",
        "accountcode": channel.get("accountcode"),
        "callstate": channel.listed_call_state,
        "callee_name": channel.callee,
        "callee_num": channel.callee,
        "callee_direction": "",
        "call_uuid": channel.call_uuid if channel.partner or channel.originator else "",
        "sent_callee_name": "",
        "sent_callee_num": "",
        "initial_cid_name": channel.caller_name,
        "initial_cid_num": channel.caller_number,
        "initial_ip_addr": "" if outbound else "127.0.0.1",
        "initial_dest": channel.destination,
        "initial_dialplan": "" if outbound else "XML",
        "initial_context": channel.context,
    }


_CALL_FIELDS = (
    "uuid", "direction", "created", "created_epoch", "name", "state", "cid_name", "cid_num", "ip_addr", "dest",
    "presence_id", "presence_data", "accountcode", "callstate", "callee_name", "callee_num", "callee_direction",
    "call_uuid", "hostname", "sent_callee_name", "sent_callee_num",
)  # fmt: skip
_OTHER_FIELDS = tuple(name for name in _CALL_FIELDS if name not in ("call_uuid", "hostname"))


def _call_rows(engine: Engine, *, bridged_only: bool) -> list[dict[str, str]]:
    rows = []
    for channel in engine.channels.values():
        peer = channel.partner
        if peer is not None and channel.direction == "outbound" and peer.direction == "inbound":
            continue
        if peer is None and (bridged_only or channel.originator is not None):
            continue
        own = channel_row(channel)
        row = {name: own[name] for name in _CALL_FIELDS}
        other = channel_row(peer) if peer is not None else {}
        row |= {f"b_{name}": other.get(name, "") for name in _OTHER_FIELDS}
        row["call_created_epoch"] = str(int(channel.times.bridged)) if peer is not None else ""
        rows.append(row)
    return rows


def registration_rows(engine: Engine) -> list[dict[str, str]]:
    return [
        {
            "reg_user": entry.user,
            "realm": entry.domain,
            "token": entry.call_id,
            "url": entry.contact,
            "expires": str(int(entry.expires)),
            "network_ip": "127.0.0.1",
            "network_port": str(entry.port),
            "network_proto": "udp",
            "hostname": "simulated",
            "metadata": "",
        }
        for entry in engine.registrations()
    ]


def show(engine: Engine, arg: str) -> str:
    words = arg.split()
    if not words:
        return usage(_SHOW_USAGE)
    what = words[0]
    if what == "channels":
        rows = [channel_row(channel) for channel in engine.channels.values()]
        if len(words) > 2 and words[1] == "like":
            rows = [row for row in rows if any(words[2] in value for value in row.values())]
    elif what in ("calls", "bridged_calls"):
        rows = _call_rows(engine, bridged_only=what == "bridged_calls")
    elif what == "registrations":
        rows = registration_rows(engine)
    else:
        return usage(_SHOW_USAGE)
    if "count" in words:
        return json.dumps({"row_count": len(rows)}) if "json" in words else f"\n{len(rows)} total.\n"
    if "json" in words:
        if not rows:
            return '{"row_count": 0}\n'
        return json.dumps({"row_count": len(rows), "rows": rows}, ensure_ascii=False, separators=(",", ":"))
    lines = [",".join(rows[0])] if rows else []
    lines += [",".join(row.values()) for row in rows]
    return "\n".join([*lines, f"\n{len(rows)} total.\n"])


COMMANDS: dict[str, Command] = {"originate": originate, "hupall": hupall, "show": show}
