"""What stands in the way of a start, found before callers find it.

Every check looks at the real thing (opens the database, signs in at the switch, binds the port) and changes
nothing.
"""

from __future__ import annotations

import shutil
import stat
import tempfile
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Final
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

import redis
from redis.backoff import NoBackoff
from redis.exceptions import RedisError
from redis.retry import Retry
from sqlalchemy.exc import SQLAlchemyError

from fs_scripts.listening import Protocol, taken
from fs_scripts.switch import probe
from fs_scripts.switch.find import NotAProgram, find_binary
from hotline.config import PROJECT, Settings
from hotline.store import migrate
from hotline.store.db import StoreError, parse_url
from ivr_prompts.build import MUSIC
from ivr_prompts.check import inspect
from ivr_prompts.library import PromptLibrary, UnknownPrompt
from ivr_prompts.texts import BadTexts

# Below this a day of recordings of a small centre no longer fits.
LEAST_FREE_BYTES: Final = 2 * 1024**3
# Stereo, 8 kHz, 16 bit.
_RECORDING_BYTES_AN_HOUR: Final = 2 * 8000 * 2 * 3600
_SANE_YEARS: Final = range(2025, 2100)
_SHORTEST_SECRET: Final = 16
_DEFAULTS: Final = frozenset({"cluecon", "secret", "changeme", "password", "hotline", "default"})
_OURS: Final = ("run.py", "freeswitch")
_AT_MOST_NAMED: Final = 5


@dataclass(frozen=True, slots=True)
class Finding:
    """What was looked at, whether it is as it should be, what was seen, and what to do if it is not."""

    what: str
    ok: bool
    detail: str
    remedy: str = ""


def examine(settings: Settings, *, dotenv: Path = PROJECT / ".env") -> list[Finding]:
    """Look at everything. Never raises for what it finds; takes a few seconds at most where something does
    not
    answer.
    """
    checks: tuple[Callable[[], Iterator[Finding]], ...] = (
        lambda: database(settings),
        lambda: switch(settings),
        lambda: prompts(settings.home),
        lambda: disk("disk", settings.home),
        lambda: disk("recordings", settings.recordings),
        lambda: clock(time.time()),
        lambda: ports(settings),
        lambda: secrets(settings, dotenv),
        lambda: live_seam(settings.redis_url),
    )
    return [finding for check in checks for finding in check()]


# --- database -----------------------------------------------------------------------------------------------


def database(settings: Settings) -> Iterator[Finding]:
    """Whether the database answers and has this version's shape."""
    what, url = "database", settings.database_url
    migrating = "run `python run.py migrate`"
    try:
        parsed = parse_url(url)
        file = parsed.database if parsed.get_backend_name() == "sqlite" else None
        # Asking SQLite would make the file.
        if file and not Path(file).exists():
            yield Finding(what, False, f"there is no {file} yet", f"{migrating}, or just start the platform")
            return
        at, wanted = migrate.current(url), migrate.head()
    except (StoreError, SQLAlchemyError) as error:
        reason = str(getattr(error, "orig", None) or error)
        remedy = "start the database server, or correct HOTLINE_DATABASE_URL"
        yield Finding(what, False, reason.splitlines()[0], remedy)
        return
    name = parsed.render_as_string(hide_password=True)
    if at == wanted:
        yield Finding(what, True, f"{name} answers, at {at}")
    elif at is None:
        yield Finding(what, False, f"{name} is empty", f"{migrating}, or just start the platform")
    else:
        remedy = f"{migrating}; if the database is the newer one, update the program"
        yield Finding(what, False, f"{name} is at {at}, this program wants {wanted}", remedy)


# --- switch -------------------------------------------------------------------------------------------------


def switch(settings: Settings) -> Iterator[Finding]:
    """Which switch a start would find, whether it lets us in, and whether it runs our tree."""
    if settings.switch == "simulated":
        yield _simulated(settings, "HOTLINE_SWITCH asks for the simulated one")
        return
    address, password = settings.fs_event_socket, settings.secrets.event_socket
    if not probe.answers(address.host, address.port):
        yield _no_switch_runs(settings)
        return

    def ask(command: str) -> str:
        return probe.api(address.host, address.port, password, command)

    try:
        version = ask("version").splitlines()[0]
        number = ask("global_getvar hotline_number")
        modules = {name: ask(f"module_exists {name}") == "true" for name in ("mod_xml_curl", "mod_json_cdr")}
    except probe.Refused as error:
        remedy = "give the password of its event_socket.conf.xml as HOTLINE_FS_PASSWORD"
        yield Finding("switch", False, str(error), remedy)
        return
    except (probe.NoAnswer, IndexError) as error:
        remedy = f"see what listens at {address}; a FreeSWITCH that hangs has to be started again"
        yield Finding("switch", False, f"it greets, and then: {error}", remedy)
        return
    yield Finding("switch", True, f"{version} at {address}")
    if not number:
        remedy = "start it with `python run.py switch`, or with -conf and our freeswitch-conf"
        yield Finding("switch configuration", False, "this FreeSWITCH does not run our tree", remedy)
    yield Finding("switch modules", True, "; ".join(_module(name, there) for name, there in modules.items()))


def _no_switch_runs(settings: Settings) -> Finding:
    try:
        binary = find_binary(settings.freeswitch)
    except NotAProgram as error:
        return Finding("switch", False, str(error), "correct HOTLINE_FREESWITCH, or leave it out")
    if binary is not None:
        return Finding("switch", True, f"none runs; {binary} will be started")
    if settings.switch == "freeswitch":
        remedy = "install FreeSWITCH, or name the program in HOTLINE_FREESWITCH"
        detail = (
            f"HOTLINE_SWITCH is freeswitch; none answers at {settings.fs_event_socket}, no program was found"
        )
        return Finding("switch", False, detail, remedy)
    return _simulated(settings, "no FreeSWITCH was found, the simulated one will be used")


def _simulated(settings: Settings, why: str) -> Finding:
    detail = f"{why}; no real telephone can reach it"
    remedy = "install FreeSWITCH and set HOTLINE_SWITCH to freeswitch"
    return Finding("switch", not settings.production, detail, remedy)


def _module(name: str, there: bool) -> str:
    if there:
        return f"{name} is loaded"
    does_instead = {
        "mod_xml_curl": "phones' accounts come from the generated file alone",
        "mod_json_cdr": "there are no call records of the switch",
    }
    return f"{name} is not loaded: {does_instead[name]}"


# --- prompts ------------------------------------------------------------------------------------------------


def prompts(home: Path) -> Iterator[Finding]:
    """Whether everything that callers hear is there and fit to be heard."""
    build = f"run `python -m ivr_prompts build --home {home}`, or just start the platform"
    try:
        library = PromptLibrary(home, "zh")
    except BadTexts as error:
        yield Finding("prompts", False, str(error), "correct ivr_prompts/prompts.toml")
        return
    missing: list[str] = []
    unfit: list[str] = []
    ids = sorted(library.ids())
    for prompt in ids:
        try:
            report = inspect(library.path(prompt))
        except UnknownPrompt:
            missing.append(prompt)
            continue
        if not report.ok:
            unfit.append(f"{prompt} ({report.problems[0].message_en})")
    if not (home / "prompts" / MUSIC).is_file():
        missing.append("the music on hold")
    if missing:
        yield Finding("prompts", False, f"{len(missing)} have no audio: {_some(missing)}", build)
    if unfit:
        remedy = "replace them in the console or, if nobody uploaded them, build them again with --force"
        yield Finding("prompts", False, f"{len(unfit)} are not fit to be played: {_some(unfit)}", remedy)
    if not missing and not unfit:
        yield Finding("prompts", True, f"all {len(ids)} and the music are there and fit to be played")


def _some(names: list[str]) -> str:
    more = f" and {len(names) - _AT_MOST_NAMED} more" if len(names) > _AT_MOST_NAMED else ""
    return ", ".join(names[:_AT_MOST_NAMED]) + more


# --- machine ------------------------------------------------------------------------------------------------


def disk(what: str, folder: Path, least: int = LEAST_FREE_BYTES) -> Iterator[Finding]:
    """Whether *folder* (or the one that it will be made in) can be written and has room."""
    place = next((each for each in (folder, *folder.parents) if each.exists()), Path("/"))
    try:
        with tempfile.TemporaryFile(dir=place):
            free = shutil.disk_usage(place).free
    except OSError as error:
        remedy = "make it a folder that this user can write, or name another one in HOTLINE_HOME"
        yield Finding(what, False, f"{place} cannot be written ({error.strerror})", remedy)
        return
    room = f"{free / 1024**3:.1f} GiB free at {place}, {free // _RECORDING_BYTES_AN_HOUR} hours of recordings"
    remedy = f"free at least {least / 1024**3:.0f} GiB, or move HOTLINE_HOME to a larger disk"
    yield Finding(what, free >= least, room, remedy)


def clock(now: float, zone: str = "Asia/Shanghai") -> Iterator[Finding]:
    """Whether the time is plausible, local time can be told, and time does not run backwards."""
    utc = datetime.fromtimestamp(now, UTC)
    if utc.year not in _SANE_YEARS:
        remedy = "set the clock and let it be kept by NTP (`timedatectl set-ntp true`)"
        yield Finding("clock", False, f"it is {utc:%Y-%m-%d %H:%M} UTC, which cannot be", remedy)
        return
    try:
        local = utc.astimezone(ZoneInfo(zone))
    except ZoneInfoNotFoundError:
        remedy = "install the package tzdata"
        yield Finding("clock", False, f"the time zone data know no {zone}", remedy)
        return
    earlier = time.monotonic()
    if time.monotonic() < earlier:
        remedy = "this machine's clock source is broken; choose another one in the kernel or hypervisor"
        yield Finding("clock", False, "the monotonic clock runs backwards", remedy)
        return
    yield Finding("clock", True, f"{local:%Y-%m-%d %H:%M:%S} {zone}")


# --- ports --------------------------------------------------------------------------------------------------


def ports(settings: Settings) -> Iterator[Finding]:
    """Whether each address that a start listens on is free, or held by the platform or its switch already."""
    yield _port("HTTP", settings.http.host, settings.http.port, "tcp")
    yield _port("ESL_LISTEN", settings.esl_listen.host, settings.esl_listen.port, "tcp")
    yield _port("ESL_STANDBY", settings.esl_standby.host, settings.esl_standby.port, "tcp")
    if settings.switch != "simulated":
        socket = settings.fs_event_socket
        yield _port("FS_EVENT_SOCKET", socket.host, socket.port, "tcp")
        for name, port in (("SIP_PORT", settings.sip_port), ("TRUNK_PORT", settings.trunk_port)):
            yield _port(name, settings.sip_ip, port, "udp")
            yield _port(name, settings.sip_ip, port, "tcp")


def _port(name: str, host: str, port: int, protocol: Protocol) -> Finding:
    what, where = f"port {name}", f"{host}:{port}/{protocol}"
    found = taken(host, port, protocol)
    if found is None:
        return Finding(what, True, f"{where} is free")
    if any(program in found.command for program in _OURS):
        return Finding(what, True, f"{where} is ours (process {found.pid})")
    if found.pid is not None:
        detail = f"{where} is taken by process {found.pid} ({found.command[:80]})"
        return Finding(what, False, detail, f"stop that program, or give another port as HOTLINE_{name}")
    remedy = f"stop what has it, or give another address as HOTLINE_{name}"
    return Finding(what, False, f"{where}: {found.reason}", remedy)


# --- secrets ------------------------------------------------------------------------------------------------


def secrets(settings: Settings, dotenv: Path) -> Iterator[Finding]:
    """Whether secrets can be guessed, or read by others on this machine."""
    folder = settings.home / "secrets"
    files = (folder, *sorted(folder.iterdir()), dotenv) if folder.is_dir() else (dotenv,)
    readable = [str(path) for path in files if _others_may_read(path)]
    weak = [name for name, value in _given(settings).items() if _is_weak(value)]
    if readable:
        yield Finding(
            "secrets", False, f"others can read {_some(readable)}", f"chmod go= {' '.join(readable)}"
        )
    if weak:
        names = ", ".join(f"HOTLINE_{name}" for name in weak)
        remedy = (
            f"give at least {_SHORTEST_SECRET} random characters, or leave it out to have one made and kept"
        )
        yield Finding("secrets", not settings.production, f"easily guessed: {names}", remedy)
    if not readable and not weak:
        yield Finding("secrets", True, "none can be guessed, none can be read by others")


def _given(settings: Settings) -> dict[str, str]:
    known = settings.secrets
    return {
        "FS_PASSWORD": known.event_socket,
        "SECRET_KEY": known.session_key,
        "SWITCH_TOKEN": known.switch,
        "FIELD_KEY": known.field_key.hex(),
    }


def _is_weak(value: str) -> bool:
    return len(value) < _SHORTEST_SECRET or value.lower() in _DEFAULTS or len(set(value)) < 4


def _others_may_read(path: Path) -> bool:
    try:
        mode = path.stat().st_mode
    except FileNotFoundError:
        return False
    return bool(mode & (stat.S_IRWXG | stat.S_IRWXO))


# --- live seam ----------------------------------------------------------------------------------------------


def live_seam(url: str) -> Iterator[Finding]:
    """Whether Redis answers, where several processes were asked for."""
    if not url:
        yield Finding("live seam", True, "within one process (HOTLINE_REDIS_URL is empty)")
        return
    try:
        client = redis.Redis.from_url(
            url, socket_timeout=2.0, socket_connect_timeout=2.0, retry=Retry(NoBackoff(), 0)
        )
        try:
            client.ping()
        finally:
            client.close()
    except (RedisError, ValueError) as error:
        yield Finding("live seam", False, f"Redis: {error}", "start Redis, or correct HOTLINE_REDIS_URL")
        return
    yield Finding("live seam", True, "Redis answers")
