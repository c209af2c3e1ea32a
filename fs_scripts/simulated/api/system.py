"""Commands about the switch itself. Whatever names the switch says that it is simulated."""

from __future__ import annotations

import uuid as uuids

from fs_scripts.simulated.api.kinds import OK, Command, usage
from fs_scripts.simulated.engine import VERSION, Engine

_FSCTL = (
    "[api_expansion [on|off]|recover|send_sighup|hupall|pause [inbound|outbound]|resume [inbound|outbound]|"
    "shutdown [cancel|elegant|asap|now|restart]|sps|sps_peak_reset|sync_clock|sync_clock_when_idle|reclaim_mem|"
    "max_sessions|min_dtmf_duration [num]|max_dtmf_duration [num]|default_dtmf_duration [num]|min_idle_cpu|"
    "loglevel [level]|debug_level [level]|mdns_resolve [enable|disable]]"
)
_MAX_SESSIONS = 1000
_SESSIONS_PER_SECOND = 60


def uptime(engine: Engine) -> str:
    seconds = engine.clock.elapsed()
    days, rest = divmod(int(seconds), 86400)
    hours, rest = divmod(rest, 3600)
    minutes, whole = divmod(rest, 60)
    milliseconds = int(seconds * 1000) % 1000
    return (
        f"0 years, {days} days, {hours} hours, {minutes} minutes, {whole} seconds, "
        f"{milliseconds} milliseconds, 0 microseconds"
    )


def status(engine: Engine, _: str) -> str:
    count = len(engine.channels)
    return (
        f"UP {uptime(engine)}\n"
        f"simulated switch, not a FreeSWITCH (Version {VERSION}) is ready\n"
        f"{engine.sessions_since_start} session(s) since startup\n"
        f"{count} session(s) - peak {engine.peak_sessions}, last 5min {engine.peak_sessions} \n"
        f"0 session(s) per Sec out of max {_SESSIONS_PER_SECOND}, peak 0, last 5min 0 \n"
        f"{_MAX_SESSIONS} session(s) max\n"
        "min idle cpu 0.00/100.00\nCurrent Stack Size/Max 0K/0K\n"
    )


def version(_: Engine, arg: str) -> str:
    return "1.10.12-simulated\n" if arg.strip() == "short" else f"FreeSWITCH Version {VERSION}\n"


def heartbeat(engine: Engine) -> dict[str, str]:
    """The headers of a HEARTBEAT event."""
    return {
        "Event-Info": "System Ready",
        "Up-Time": uptime(engine),
        "FreeSWITCH-Version": VERSION,
        "Uptime-msec": str(int(engine.clock.elapsed() * 1000)),
        "Session-Count": str(len(engine.channels)),
        "Max-Sessions": str(_MAX_SESSIONS),
        "Session-Per-Sec": str(_SESSIONS_PER_SECOND),
        "Session-Per-Sec-Last": "0",
        "Session-Per-Sec-Max": "0",
        "Session-Per-Sec-FiveMin": "0",
        "Session-Since-Startup": str(engine.sessions_since_start),
        "Session-Peak-Max": str(engine.peak_sessions),
        "Session-Peak-FiveMin": str(engine.peak_sessions),
        "Idle-CPU": "100.000000",
    }


def sofia(engine: Engine, arg: str) -> str:
    words = arg.split()
    if not words:
        return usage("sofia help")
    if words[0] == "xmlstatus":
        return (
            '<?xml version="1.0" encoding="ISO-8859-1"?>\n<profiles>\n'
            "<profile><name>internal</name><type>profile</type><data>simulated switch</data><state>RUNNING (0)</state>"
            "</profile>\n</profiles>\n"
        )
    if words[0] != "status":
        return "Unknown Command!\n"
    rule = "=" * 97
    count = len(engine.registrations())
    return (
        "                     Name\t   Type\t                                      Data\tState\n"
        f"{rule}\n"
        f"                 internal\tprofile\t                          simulated switch\tRUNNING ({count})\n"
        "                 external\tprofile\t                          simulated switch\tRUNNING (0)\n"
        f"{rule}\n2 profiles 0 aliases\n"
    )


def sofia_contact(engine: Engine, arg: str) -> str:
    """``[<profile>/]<user>@<domain>``"""
    user = arg.rpartition("/")[2].partition("@")[0]
    found = next((entry for entry in engine.registrations() if entry.user == user), None)
    return "error/user_not_registered" if found is None else f"sofia/internal/{found.contact}"


def create_uuid(_: Engine, __: str) -> str:
    return str(uuids.uuid4())


def global_getvar(engine: Engine, arg: str) -> str:
    if not arg:
        return "".join(f"{name}={value}\n" for name, value in engine.globals.items())
    return engine.globals.get(arg, "")


def global_setvar(engine: Engine, arg: str) -> str:
    name, equals, value = arg.partition("=")
    if not name:
        return usage("<var>=<value> [=<value2>]")
    if equals:
        engine.globals[name] = value
    else:
        engine.globals.pop(name, None)
    return "+OK"


def eval_(engine: Engine, arg: str) -> str:
    """``[uuid:<uuid> ]<expression>``"""
    channel = None
    if arg.startswith("uuid:"):
        uuid, _, arg = arg[5:].partition(" ")
        channel = engine.channels.get(uuid)
    return engine.expand(arg, channel)


def strepoch(engine: Engine, _: str) -> str:
    return str(int(engine.clock.now()))


def reloadxml(_: Engine, __: str) -> str:
    return "+OK [Success]\n"


def fsctl(engine: Engine, arg: str) -> str:
    words = arg.split()
    if not words:
        return usage(_FSCTL)
    if words[0] == "hupall":
        engine.api("hupall", " ".join(words[1:]))
        return OK
    if words[0] in ("pause", "resume"):
        engine.paused = words[0] == "pause"
        return OK
    if words[0] in ("loglevel", "debug_level"):
        return f"+OK log level: {words[1] if len(words) > 1 else 'DISABLE'} [-1]\n"
    return usage(_FSCTL)


def uptime_seconds(engine: Engine, _: str) -> str:
    return f"{int(engine.clock.elapsed())}\n"


COMMANDS: dict[str, Command] = {
    "status": status,
    "uptime": uptime_seconds,
    "version": version,
    "sofia": sofia,
    "sofia_contact": sofia_contact,
    "create_uuid": create_uuid,
    "global_getvar": global_getvar,
    "global_setvar": global_setvar,
    "eval": eval_,
    "expand": eval_,
    "strepoch": strepoch,
    "reloadxml": reloadxml,
    "fsctl": fsctl,
}
