"""Call records in the shape of mod_json_cdr: posted to the receiver, and put into the spool folder when that fails."""

from __future__ import annotations

import base64
import http.client
import json
import logging
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

from fs_scripts.simulated.channel import STATE_NUMBERS, Channel
from fs_scripts.simulated.config import CdrTarget
from fs_scripts.simulated.payload import micros

log = logging.getLogger(__name__)


def record(channel: Channel, core_uuid: str) -> dict[str, Any]:
    """One channel's record; every value is text."""
    times = channel.times
    caller_profile = {
        "username": channel.caller_number,
        "dialplan": "XML",
        "caller_id_name": channel.caller_name,
        "caller_id_number": channel.caller_number,
        "callee_id_name": channel.callee,
        "callee_id_number": channel.callee,
        "ani": channel.caller_number,
        "aniii": "",
        "network_addr": "127.0.0.1",
        "rdnis": "",
        "destination_number": channel.destination,
        "uuid": channel.uuid,
        "source": "mod_sofia",
        "context": channel.context,
        "chan_name": channel.name,
    }
    return {
        "core-uuid": core_uuid,
        "switchname": "simulated switch",
        "channel_data": {
            "state": channel.state,
            "direction": channel.direction,
            "state_number": str(STATE_NUMBERS[channel.state]),
        },
        "callStats": {},
        "variables": dict(channel.variables),
        "app_log": {
            "applications": [
                {"app_name": app, "app_data": data, "app_stamp": micros(at)}
                for app, data, at in channel.app_log
            ]
        },
        "callflow": [
            {
                "dialplan": "XML",
                "profile_index": str(channel.profile_index),
                "caller_profile": caller_profile,
                "times": {
                    "created_time": micros(times.created),
                    "profile_created_time": micros(times.created),
                    "progress_time": micros(times.progress),
                    "progress_media_time": micros(times.progress_media),
                    "answered_time": micros(times.answered),
                    "bridged_time": micros(times.bridged),
                    "last_hold_time": micros(times.last_hold),
                    "hold_accum_time": micros(times.hold_accum),
                    "hangup_time": micros(times.hungup),
                    "resurrect_time": "0",
                    "transfer_time": micros(times.transferred),
                },
            }
        ],
    }


def as_bytes(content: dict[str, Any]) -> bytes:
    return json.dumps(content, ensure_ascii=False, separators=(",", ":")).encode("utf-8", "surrogateescape")


def deliver(target: CdrTarget, uuid: str, body: bytes) -> bool:
    """Post a record; False when it went into the spool folder instead."""
    if target.url and _post(target, uuid, body):
        return True
    target.spool.mkdir(parents=True, exist_ok=True)
    path = target.spool / f"{uuid}.cdr.json"
    unfinished = Path(f"{path}.part")
    unfinished.write_bytes(body)
    unfinished.replace(path)
    return False


def _post(target: CdrTarget, uuid: str, body: bytes) -> bool:
    headers = {"Content-Type": "application/json"}
    if target.user:
        secret = base64.b64encode(f"{target.user}:{target.password}".encode()).decode()
        headers["Authorization"] = f"Basic {secret}"
    address = urlsplit(target.url)
    connection = http.client.HTTPConnection(address.hostname or "", address.port, timeout=target.timeout)
    try:
        connection.request("POST", f"{address.path}?uuid={uuid}", body, headers)
        status = connection.getresponse().status
    except (OSError, http.client.HTTPException) as error:
        log.warning("simulated switch: call record %s was not taken: %s", uuid, error)
        return False
    finally:
        connection.close()
    if status // 100 != 2:
        log.warning("simulated switch: call record %s was refused with status %d", uuid, status)
        return False
    return True
