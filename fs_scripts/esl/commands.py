"""Event Socket commands as text. Pure: nothing is sent here.

Three kinds of builders:

- whole commands for a connection: :func:`execute`, :func:`api`, :func:`bgapi`, :func:`subscribe`, …;
- API commands, to be given to ``.api()`` or ``.bgapi()``: :func:`uuid_break`, :func:`originate`, …;
- arguments of applications: :func:`dial_string`, :func:`set_vars`.

A line feed ends a header and two end a command, so CR, LF and NUL are refused in every value
(:class:`InvalidArgument`), and :func:`packet`, which everything passes on its way out, refuses them once
more.

FreeSWITCH expands ``${…}`` in arguments of applications, also inside the value of a variable that is
expanded, and ``${system …}`` runs a program. So ``${`` is refused in values of variables; in
:func:`execute` and in end points it is the caller's own words and stays allowed. Text that a stranger chose
goes through :func:`harmless` first.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping, Sequence
from functools import lru_cache
from typing import Final, Literal

from fs_scripts.esl.errors import InvalidArgument

Variables = Mapping[str, "str | int | float | bool | None"]

_FORBIDDEN: Final = {"\r": "a carriage return", "\n": "a line feed", "\0": "a NUL"}
_NAME: Final = re.compile(r"[A-Za-z0-9_.:-]+")
_WORD: Final = re.compile(r"[^\s\x00-\x1f\x7f]+")
_SEPARATORS: Final = ";~#!+%&:"
#: Characters of an argument that are not worth the two headers of a body.
_LONGEST_HEADER: Final = 100
#: What dial strings take apart at four levels, each with its own quoting.
_HARD: Final = "'\"\\[]{}<>|^`"
_LOOKALIKES: Final = str.maketrans("'\"\\[]{}<>|^`$,;", "’”＼［］｛｝＜＞｜＾｀＄，；")


def packet(command: str) -> bytes:
    """Return the bytes of one command. Raises InvalidArgument for what would be two, or none."""
    if not command.strip():
        raise InvalidArgument("command", "is empty")
    if "\r" in command or "\0" in command:
        raise InvalidArgument("command", "contains a carriage return or a NUL")
    try:
        data = command.encode()
    except UnicodeEncodeError as error:
        raise InvalidArgument("command", "cannot be written in UTF-8") from error
    head, empty_line, body = data.partition(b"\n\n")
    if empty_line and (b"\n" in body or not head.endswith(b"\ncontent-length: %d" % len(body))):
        raise InvalidArgument("command", "contains an empty line")
    if data[:1] == b"\n" or data[-1:] == b"\n":
        raise InvalidArgument("command", "contains an empty line")
    return data + b"\n\n"


def line(field: str, value: str) -> str:
    """Return a value that fits into one line; raises InvalidArgument otherwise."""
    for character, called in _FORBIDDEN.items():
        if character in value:
            raise InvalidArgument(field, f"contains {called}")
    return value


def word(field: str, value: str) -> str:
    """Return a value that is one word: a uuid, an application, a cause."""
    if not _WORD.fullmatch(value):
        raise InvalidArgument(field, "is empty or contains a space or a control character")
    return value


def quote(value: str, separator: str = " ") -> str:
    """Write a value so that FreeSWITCH's ``switch_separate_string`` gives it back as it was.

    That function, which most API commands use on their arguments, drops single quotes and the spaces around
    an item and reads ``\\n``, ``\\t``, ``\\s`` and the like. So backslash, single quote and the separator
    are escaped by a backslash, spaces at the ends (everywhere where they separate) become ``\\s``.
    """
    value = value.replace("\\", "\\\\").replace("'", "\\'").replace("\t", "\\t")
    if separator == " ":
        return value.replace(" ", "\\s")
    value = value.replace(separator, "\\" + separator)
    core = value.strip(" ")
    if len(core) == len(value):
        return value
    if not core:
        return "\\s" * len(value)
    before = len(value) - len(value.lstrip(" "))
    return "\\s" * before + core + "\\s" * (len(value) - before - len(core))


def harmless(value: str, limit: int = 80) -> str:
    """Make any text fit for a channel variable, a dial string or a caller's name.

    Control characters go, what means something to FreeSWITCH is replaced by its full-width look-alike.
    """
    kept = "".join(character for character in value if character.isprintable())
    return kept.translate(_LOOKALIKES).replace("ARRAY::", "ARRAY：：").strip()[:limit].rstrip()


# -- whole commands --------------------------------------------------------------------------------


def execute(app: str, arg: str | None = None, event_uuid: str | None = None, *, lock: bool = False) -> str:
    """Execute an application on the connection's own channel.

    The completion carries ``event_uuid`` as Application-UUID. With ``lock`` nothing else that was sent is
    executed before this ends; without it FreeSWITCH executes what comes meanwhile inside the running
    application. A long argument goes as the body: headers are read byte by byte there, a system call and a
    chance for other threads each.
    """
    if arg and arg.startswith("ARRAY::"):
        raise InvalidArgument("arg", "would be taken for a list")
    lines = ["sendmsg", "call-command: execute", f"execute-app-name: {word('app', app)}"]
    as_body = arg is not None and len(arg) > _LONGEST_HEADER
    if arg and not as_body:
        lines.append(f"execute-app-arg: {line('arg', arg)}")
    if event_uuid is not None:
        lines.append(f"Event-UUID: {word('event_uuid', event_uuid)}")
    if lock:
        lines.append("event-lock: true")
    if arg and as_body:
        length = len(line("arg", arg).encode("utf-8", "surrogatepass"))
        lines += ["content-type: text/plain", f"content-length: {length}", "", arg]
    return "\n".join(lines)


def api(name: str, *args: str) -> str:
    """Run an API command; blocks the connection until it is done."""
    return "api " + " ".join(line("api", each) for each in (name, *args))


def bgapi(command: str, job_uuid: str) -> str:
    """Run an API command in a thread; its result comes as BACKGROUND_JOB with that Job-UUID."""
    return f"bgapi {line('bgapi', command)}\nJob-UUID: {word('job_uuid', job_uuid)}"


def auth(password: str) -> str:
    return f"auth {line('password', password)}"


def connect() -> str:
    """The first command on an outbound connection; its answer is the channel's data."""
    return "connect"


def linger(seconds: int) -> str:
    """Keep an outbound connection that long after the hang-up, so that the last events still come."""
    return f"linger {int(seconds)}"


def subscribe(events: Iterable[str]) -> str:
    """Ask for events. ``CUSTOM sofia::register`` asks for one subclass; all that follow CUSTOM are
    subclasses.
    """
    plain: list[str] = []
    custom: list[str] = []
    for each in events:
        kind, _, subclass = each.partition(" ")
        if kind == "CUSTOM" and subclass:
            custom.append(word("events", subclass))
        else:
            plain.append(word("events", each))
    if custom:
        plain += ["CUSTOM", *custom]
    if not plain:
        raise InvalidArgument("events", "is empty")
    return "event plain " + " ".join(dict.fromkeys(plain))


def only(header: str, value: str) -> str:
    """Let only events through where a header has this value (several filters are alternatives)."""
    return f"filter {word('header', header)} {line('value', value)}"


def never(header: str, value: str) -> str:
    """Let no event through where a header has this value, whatever :func:`only` lets through."""
    return f"filter {word('header', header)} -{line('value', value)}"


def myevents() -> str:
    """All events of the connection's own channel: some twenty a second of talk more than a handler needs."""
    return "myevents plain"


# -- API commands ----------------------------------------------------------------------------------


def uuid_break(uuid: str, *, everything: bool = False) -> str:
    """Break what is being played; with ``everything`` what is queued behind it too."""
    return f"uuid_break {word('uuid', uuid)}" + (" all" if everything else "")


def uuid_kill(uuid: str, cause: str = "NORMAL_CLEARING") -> str:
    return f"uuid_kill {word('uuid', uuid)} {word('cause', cause)}"


def uuid_setvar(uuid: str, name: str, value: str | float | bool | None) -> str:
    """Set one channel variable; None unsets it."""
    written = value_of(name, value)
    return f"uuid_setvar {word('uuid', uuid)} {_variable(name)}" + (f" {quote(written)}" if written else "")


def uuid_setvar_multi(uuid: str, variables: Variables) -> str:
    """Set up to 64 channel variables at once; None unsets. Takes effect at once, whatever the channel is
    doing.
    """
    if not 0 < len(variables) <= 64:
        raise InvalidArgument("variables", "one to 64 at a time")
    pairs = ";".join(
        f"{_variable(name)}={quote(value_of(name, value), ';')}" for name, value in variables.items()
    )
    return f"uuid_setvar_multi {word('uuid', uuid)} {pairs}"


def uuid_transfer(
    uuid: str,
    destination: str,
    context: str = "default",
    *,
    dialplan: str = "XML",
    leg: Literal["", "-bleg", "-both"] = "",
) -> str:
    """Send a channel (or its partner, or both) to an extension of a context."""
    parts = ["uuid_transfer", word("uuid", uuid), leg, quote(line("destination", destination))]
    return " ".join(each for each in (*parts, word("dialplan", dialplan), word("context", context)) if each)


def uuid_bridge(uuid: str, other: str) -> str:
    return f"uuid_bridge {word('uuid', uuid)} {word('other', other)}"


def uuid_broadcast(uuid: str, path: str, leg: Literal["aleg", "bleg", "holdb", "both"] = "aleg") -> str:
    """Play a file to one or both sides of a call."""
    return f"uuid_broadcast {word('uuid', uuid)} {quote(line('path', path))} {leg}"


def uuid_displace(uuid: str, path: str) -> str:
    """Play a file to one side of a call in place of what it would hear, whatever it is doing."""
    return f"uuid_displace {word('uuid', uuid)} start {quote(line('path', path))}"


def uuid_record(
    uuid: str, action: Literal["start", "stop", "mask", "unmask"], path: str, limit: int | None = None
) -> str:
    """Start or stop recording to a file, at most ``limit`` seconds."""
    command = f"uuid_record {word('uuid', uuid)} {action} {quote(line('path', path))}"
    return command if limit is None else f"{command} {int(limit)}"


def originate(
    endpoint: str,
    variables: Variables | None,
    app: str,
    arg: str | None = None,
    *,
    context: str | None = None,
    dialplan: str = "XML",
) -> str:
    """Call an end point and, when it answers, run an application; with ``context`` ``app`` is an extension
    there.
    """
    called = channel_vars(variables or {}, "{") + word("endpoint", endpoint)
    if context is not None:
        where = f"{word('dialplan', dialplan)} {word('context', context)}"
        return f"originate {called} {quote(word('app', app))} {where}"
    if arg is not None and re.search(r"[()]", arg):
        raise InvalidArgument("arg", "contains a bracket, which ends the application's argument")
    return f"originate {called} " + quote(f"&{word('app', app)}({line('arg', arg or '')})")


# -- arguments of applications ---------------------------------------------------------------------


def channel_vars(variables: Variables, kind: Literal["{", "["] = "{") -> str:
    """Write variables for a dial string: ``{…}`` for all legs, ``[…]`` for one. Empty for none; None is
    left out.

    Dial strings are taken apart at up to four levels, each of which takes away quotes and escapes that the
    next would need. So single quotes only keep spaces together for the first level (the arguments of an API
    command), and where a value has a comma ``^^`` names another separator. What cannot be passed at all
    (quotes, backslash, brackets, ``|``, ``^``) is refused; see :func:`harmless`.
    """
    pairs = {_variable(name): value_of(name, value) for name, value in variables.items() if value is not None}
    if not pairs:
        return ""
    for name, value in pairs.items():
        if any(each in value for each in _HARD):
            raise InvalidArgument(name, "contains a quote, a backslash or a bracket")
        if value != value.strip(" "):
            raise InvalidArgument(name, "begins or ends with a space")
    written = [f"{name}='{value}'" if " " in value else f"{name}={value}" for name, value in pairs.items()]
    opening, closing = kind, "}" if kind == "{" else "]"
    if not any("," in value for value in pairs.values()):
        return opening + ",".join(written) + closing
    separator = _unused(pairs.values())
    return f"{opening}^^{separator}{separator.join(written)}{closing}"


def dial_string(
    legs: Sequence[tuple[str, Variables]],
    variables: Variables | None = None,
    *,
    one_after_the_other: bool = False,
) -> str:
    """Write the argument of ``bridge``: end points with the variables of each leg, rung together or in
    turn.
    """
    if not legs:
        raise InvalidArgument("legs", "is empty")
    separator = "|" if one_after_the_other else ","
    return channel_vars(variables or {}, "{") + separator.join(
        channel_vars(own, "[") + word("endpoint", endpoint) for endpoint, own in legs
    )


def set_vars(variables: Variables) -> str:
    """Write the argument of ``multiset``, with a separator that is in no value; None unsets."""
    if not variables:
        raise InvalidArgument("variables", "is empty")
    pairs = {_variable(name): value_of(name, value) for name, value in variables.items()}
    for name, value in pairs.items():
        if "\\" in value or "'" in value or value != value.strip(" "):
            raise InvalidArgument(name, "contains a backslash or a quote or has a space at an end")
    separator = _unused(pairs.values())
    return f"^^{separator}" + separator.join(f"{name}={value}" for name, value in pairs.items())


def _unused(values: Iterable[str]) -> str:
    used = "".join(values)
    for separator in _SEPARATORS:
        if separator not in used:
            return separator
    raise InvalidArgument("variables", f"contain all of {_SEPARATORS}, so none can separate them")


@lru_cache(1024)
def _variable(name: str) -> str:
    if not _NAME.fullmatch(name):
        raise InvalidArgument("variable", f"{name!r} is no name of a variable")
    return name


def value_of(name: str, value: str | float | bool | None) -> str:
    """Return a variable's value as it is written; raises InvalidArgument for what FreeSWITCH would change
    or expand.
    """
    if value is None:
        return ""
    if isinstance(value, bool):
        return "true" if value else "false"
    written = line(name, str(value))
    # Also with backslashes between, which FreeSWITCH skips.
    if "$" in written and (re.search(r"\$\\*\{", written) or "$$" in written):
        raise InvalidArgument(name, "contains ${, which FreeSWITCH would expand")
    if written.startswith("ARRAY::"):
        raise InvalidArgument(name, "would be taken for a list")
    return written
