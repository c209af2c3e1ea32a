"""The commands of the Event Socket, with the replies and the wording of mod_event_socket 1.10."""

from __future__ import annotations

import uuid as uuids
from collections.abc import Callable

from fs_scripts.simulated.event import serialise
from fs_scripts.simulated.event_names import EVENTS, MY_EVENTS
from fs_scripts.simulated.listener import NOT_FOUND, Command, Connection
from fs_scripts.simulated.payload import channel_headers, profile

_NOT_MINE = "~not mine"
"""What a command's function returns when the command does not exist on this kind of connection."""


def _two(text: str) -> tuple[str, str]:
    """The first word, and what follows it."""
    first, _, rest = text.partition(" ")
    return first, rest


def obey(link: Connection, command: Command) -> str | None:
    """The reply to one command, or None where it has answered for itself."""
    line = command.line.rstrip("\r\n")
    word = line.lower()
    if word.startswith(("exit", "...")):
        link.running = False
        return "+OK bye"
    if not link.authenticated:
        return _authenticate(link, line)
    for start, method in _COMMANDS:
        if word.startswith(start) and (link.full or start in _WITHOUT_FULL):
            answer = method(link, line, command)
            if answer is not _NOT_MINE:
                return answer
    return NOT_FOUND


def _authenticate(link: Connection, line: str) -> str:
    if not line.lower().startswith("auth "):
        return NOT_FOUND
    if line[5:] == link.engine.config.password:
        link.authenticated = True
        return "+OK accepted"
    link.running = False
    return "-ERR invalid"


def _filter(link: Connection, line: str, _: Command) -> str:
    words = line[7:].lstrip().split(" ", 1)
    name = words[0]
    value = words[1] if len(words) > 1 else None
    if name.lower() == "delete" and value:
        name, value = _two(value)
        if name.lower() == "all":
            link.filters.clear()
        else:
            gone = [f for f in link.filters if f[0].lower() == name.lower() and (not value or f[1] == value)]
            link.filters = [f for f in link.filters if f not in gone]
        link.narrow()
        return f"+OK filter deleted. [{name}][{value or ''}]"
    if value is None:
        return "-ERR invalid syntax"
    if name.lower() == "add":
        name, value = _two(value)
    link.filters.append((name, value))
    link.narrow()
    return f"+OK filter added. [{name}]=[{value}]"


def _resume(link: Connection, _: str, __: Command) -> str:
    if link.session is None:
        return _NOT_MINE
    link.resume = True
    link.session.set("socket_resume", "true")
    return "+OK"


def _connect(link: Connection, _: str, __: Command) -> str | None:
    if link.session is None or not link.outbound:
        return _NOT_MINE
    link.on_connected()
    from_switch = link.engine.headers("CHANNEL_DATA", None)
    from_switch |= profile(link.session, "Channel-") | channel_headers(link.session, "CHANNEL_DATA")
    from_switch |= {
        "Content-Type": "command/reply",
        "Reply-Text": "+OK\n",
        "Socket-Mode": "async",
        "Control": "full" if link.full else "single-channel",
    }
    link.write(serialise(from_switch))
    return None


def _getvar(link: Connection, line: str, _: Command) -> str:
    if link.session is None:
        return _NOT_MINE
    return link.session.get(line.partition(" ")[2]) or NOT_FOUND


def _myevents(link: Connection, line: str, _: Command) -> str:
    words = line.split()[1:]
    if link.session is None:
        if not words or "-" not in words[0]:
            return "+OK Events Enabled" if words else _NOT_MINE
        link.session = link.engine.channels.get(words[0])
    if link.only_mine:
        return "-ERR aready enabled."
    link.only_mine = link.events_on = True
    link.names |= MY_EVENTS
    link.narrow()
    if "json" in [word.lower() for word in words]:
        link.form = "json"
    return "+OK Events Enabled"


def _divert_events(link: Connection, line: str, _: Command) -> str:
    if link.session is None:
        return "-ERR not controlling a session."
    word = line[13:].strip().lower()
    if not word:
        return "-ERR missing value."
    return "+OK events diverted" if word == "on" else "+OK events not diverted"


def _sendmsg(link: Connection, line: str, command: Command) -> str:
    wanted = line[7:].strip() or command.headers.get("session-id", "")
    channel = link.session
    if wanted and not (channel is not None and wanted == channel.uuid):
        channel = link.engine.channels.get(wanted)
    if channel is None:
        return f"-ERR invalid session id [{wanted}]"
    link.engine.queue_command(channel, command.headers)
    return "+OK"


def _api(link: Connection, line: str, _: Command) -> str | None:
    name, arg = _two(line[4:])
    reply = link.engine.api(name, arg) or "-ERR no reply\n"
    raw = reply.encode("utf-8", "surrogateescape")
    link.write(b"Content-Type: api/response\nContent-Length: %d\n\n" % len(raw) + raw)
    return None


def _bgapi(link: Connection, line: str, command: Command) -> str | None:
    name, arg = _two(line[6:])
    job = command.headers.get("job-uuid") or str(uuids.uuid4())
    owner = link.session.uuid if link.session else ""
    link.reply(f"~Reply-Text: +OK Job-UUID: {job}\nJob-UUID: {job}\n\n")
    link.engine.greenlets.spawn(_job, link, job, owner, name, arg)
    return None


def _job(link: Connection, job: str, owner: str, name: str, arg: str) -> None:
    reply = link.engine.api(name, arg)
    about = {"Job-UUID": job}
    if owner:
        about["Job-Owner-UUID"] = owner
    about["Job-Command"] = name
    if arg:
        about["Job-Command-Arg"] = arg
    link.engine.fire("BACKGROUND_JOB", None, about, body=reply)


def _sendevent(link: Connection, line: str, command: Command) -> str:
    mark = str(uuids.uuid4())
    name = line[9:].strip() or "CLONE"
    about = {
        key.title(): value for key, value in command.headers.items() if key not in ("_body", "event-subclass")
    }
    subclass = command.headers.get("event-subclass", "")
    link.engine.fire(
        name, None, about | {"Event-UUID": mark}, body=command.headers.get("_body", ""), subclass=subclass
    )
    return f"+OK {mark}"


def _log(_: Connection, line: str, __: Command) -> str:
    level = line[3:].strip()
    return f"+OK log level {level} [7]"


def _nolog(_: Connection, __: str, ___: Command) -> str:
    return "+OK no longer logging"


def _linger(link: Connection, line: str, _: Command) -> str:
    if link.session is None:
        return "-ERR not controlling a session"
    word = line[6:].strip()
    link.lingering = True
    link.linger_seconds = float(word) if word.isdigit() else None
    return f"+OK will linger {word} seconds" if word.isdigit() else "+OK will linger"


def _nolinger(link: Connection, _: str, __: Command) -> str:
    if link.session is None:
        return "-ERR not controlling a session"
    link.lingering = False
    return "+OK will not linger"


def _event(link: Connection, line: str, _: Command) -> str:
    words = line.split()[1:]
    if words and words[0].lower() in ("plain", "json", "xml"):
        link.form = words.pop(0).lower()
    custom, keys = False, 0
    for word in words:
        if custom:
            link.subclasses.add(word)
        elif word.upper() in EVENTS:
            keys += 1
            link.names.add(word.upper())
            custom = word.upper() == "CUSTOM"
    if not keys:
        return "-ERR no keywords supplied"
    link.events_on = True
    return f"+OK event listener enabled {link.form}"


def _nixevent(link: Connection, line: str, _: Command) -> str:
    custom, keys = False, 0
    for word in line.split()[1:]:
        name = word.upper()
        if custom:
            link.subclasses.discard(word)
        elif name in EVENTS:
            keys += 1
            if name == "CUSTOM":
                custom = True
            elif name == "ALL":
                link.names.clear()
            else:
                if "ALL" in link.names:
                    link.names = set(EVENTS) - {"ALL"}
                link.names.discard(name)
    return "+OK events nixed" if keys else "-ERR no keywords supplied"


def _noevents(link: Connection, _: str, __: Command) -> str:
    if not link.events_on:
        return "-ERR not listening for events"
    link.events_on = False
    link.names.clear()
    link.subclasses.clear()
    return "+OK no longer listening for events"


_Method = Callable[[Connection, str, Command], str | None]

# In the order in which FreeSWITCH compares them: it looks at the beginning of the line only.
_COMMANDS: tuple[tuple[str, _Method], ...] = (
    ("filter ", _filter),
    ("resume", _resume),
    ("connect", _connect),
    ("getvar", _getvar),
    ("myevents", _myevents),
    ("divert_events", _divert_events),
    ("sendmsg", _sendmsg),
    ("sendevent", _sendevent),
    ("api ", _api),
    ("bgapi ", _bgapi),
    ("log", _log),
    ("linger", _linger),
    ("nolinger", _nolinger),
    ("nolog", _nolog),
    ("event", _event),
    ("nixevent", _nixevent),
    ("noevents", _noevents),
)
_WITHOUT_FULL = frozenset({"filter ", "resume", "connect", "getvar", "myevents", "divert_events", "sendmsg"})
