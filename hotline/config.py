"""Settings: from the environment or a ``.env`` file, all with defaults, all checked, all here.

The environment wins over the file. A name that begins with ``HOTLINE_`` and is not a setting stops the start,
since it is most often a typing error
that would otherwise go unseen. Secrets that are not given are generated once and kept in
``HOTLINE_HOME/secrets``, readable by the owner only.
"""

from __future__ import annotations

import contextlib
import ipaddress
import os
import re
import secrets
import tempfile
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from urllib.parse import urlsplit

from dotenv.parser import parse_stream

PROJECT = Path(__file__).resolve().parent.parent
_PREFIX = "HOTLINE_"
# Read by the Makefile and the tests, not by the program; allowed so that a shell that has them can start it.
_FOREIGN = frozenset({"HOTLINE_TEST_DATABASE_URL", "HOTLINE_TEST_REDIS_URL"})


class SettingsError(Exception):
    """A setting has an unusable value. The text is one line that names the setting, what is wrong and what
    to do.
    """


@dataclass(frozen=True, slots=True)
class Address:
    """A host and a port to listen on or to connect to."""

    host: str
    port: int

    def __str__(self) -> str:
        return f"[{self.host}]:{self.port}" if ":" in self.host else f"{self.host}:{self.port}"


# Without a repr of its own: a traceback that shows the settings must not show these.
@dataclass(frozen=True, slots=True, repr=False)
class Secrets:
    """What must not be known outside. ``field_key`` is 32 bytes; ``switch`` authenticates FreeSWITCH to
    the console.
    """

    session_key: str
    field_key: bytes
    event_socket: str
    switch: str


@dataclass(frozen=True, slots=True)
class Settings:
    """Every setting of the platform. Each field's environment name is ``HOTLINE_`` and the field in capitals.

    ``switch`` is ``auto``, ``freeswitch`` or ``simulated``; ``redis_url`` empty means one process. A call
    ends after ``rtp_timeout`` seconds without media. The ACD's decisions are kept for ``decision_days``. A
    routing script may take ``script_ms`` for one decision. Addresses that may hold a password are left out of
    the repr.
    """

    home: Path
    http: Address
    database_url: str = field(repr=False)
    esl_listen: Address
    esl_standby: Address
    fs_event_socket: Address
    freeswitch: Path | None
    switch: str
    sip_ip: str
    sip_port: int
    trunk_port: int
    rtp_start: int
    rtp_end: int
    trunk_acl: str
    trunk_proxy: str
    trunk_channels: int
    rtp_timeout: int
    decision_days: int
    script_ms: int
    fs_log_level: str
    redis_url: str = field(repr=False)
    env: str
    public_url: str
    trusted_proxies: int
    demo: bool
    log_format: str
    log_level: str
    secrets: Secrets

    @property
    def production(self) -> bool:
        """Whether secrets must be given, cookies be sent over TLS only, and no demo data be made."""
        return self.env == "production"

    @property
    def prompts(self) -> Path:
        return self.home / "prompts"

    @property
    def recordings(self) -> Path:
        return self.home / "recordings"

    @property
    def spool(self) -> Path:
        return self.home / "spool"

    @property
    def decisions(self) -> Path:
        return self.home / "decisions"


def load(environ: Mapping[str, str] | None = None, dotenv: Path | None = None) -> Settings:
    """Read the settings of *environ* (the process's by default) and *dotenv* (``.env`` beside the program by
    default).

    Creates ``HOTLINE_HOME`` and, outside production, the secrets that are missing. Raises
    :class:`SettingsError`.
    """
    given = _read_dotenv(PROJECT / ".env" if dotenv is None else dotenv)
    given.update(
        {k: v for k, v in (os.environ if environ is None else environ).items() if k.startswith(_PREFIX)}
    )
    unknown = sorted(set(given) - {_PREFIX + name for name in _FIELDS} - _FOREIGN)
    if unknown:
        known = ", ".join(_PREFIX + name for name in _FIELDS)
        raise SettingsError(f"{unknown[0]} is not a setting; the settings are {known}")
    values = {name: _value(name, given) for name in _FIELDS}

    home = _path(values.pop("HOME"))
    env = _choice("ENV", values.pop("ENV"), ("development", "production"))
    rtp_start, rtp_end = _port("RTP_START", values.pop("RTP_START")), _port("RTP_END", values.pop("RTP_END"))
    if rtp_start >= rtp_end:
        raise SettingsError(f"HOTLINE_RTP_END must be above HOTLINE_RTP_START ({rtp_start}), not {rtp_end}")
    try:
        home.mkdir(parents=True, exist_ok=True)
    except OSError as error:
        raise SettingsError(
            f"HOTLINE_HOME: cannot use {home} ({error.strerror}); name a folder that can be written"
        ) from error
    freeswitch = values.pop("FREESWITCH")
    return Settings(
        home=home,
        http=_address("HTTP", values.pop("HTTP")),
        database_url=_database_url(values.pop("DATABASE_URL"), home),
        esl_listen=_address("ESL_LISTEN", values.pop("ESL_LISTEN")),
        esl_standby=_address("ESL_STANDBY", values.pop("ESL_STANDBY")),
        fs_event_socket=_address("FS_EVENT_SOCKET", values.pop("FS_EVENT_SOCKET")),
        freeswitch=_path(freeswitch) if freeswitch else None,
        switch=_choice("SWITCH", values.pop("SWITCH"), ("auto", "freeswitch", "simulated")),
        sip_ip=_host("SIP_IP", values.pop("SIP_IP")),
        sip_port=_port("SIP_PORT", values.pop("SIP_PORT")),
        trunk_port=_port("TRUNK_PORT", values.pop("TRUNK_PORT")),
        rtp_start=rtp_start,
        rtp_end=rtp_end,
        trunk_acl=_networks("TRUNK_ACL", values.pop("TRUNK_ACL")),
        trunk_proxy=_proxy("TRUNK_PROXY", values.pop("TRUNK_PROXY")),
        trunk_channels=_count("TRUNK_CHANNELS", values.pop("TRUNK_CHANNELS"), least=1),
        rtp_timeout=_count("RTP_TIMEOUT", values.pop("RTP_TIMEOUT"), least=1),
        decision_days=_count("DECISION_DAYS", values.pop("DECISION_DAYS")),
        script_ms=_count("SCRIPT_MS", values.pop("SCRIPT_MS"), least=10, most=150),
        fs_log_level=_choice("FS_LOG_LEVEL", values.pop("FS_LOG_LEVEL"), _SWITCH_LEVELS),
        redis_url=_url("REDIS_URL", values.pop("REDIS_URL"), ("redis", "rediss", "unix")),
        env=env,
        public_url=_url("PUBLIC_URL", values.pop("PUBLIC_URL"), ("http", "https")),
        trusted_proxies=_count("TRUSTED_PROXIES", values.pop("TRUSTED_PROXIES")),
        demo=_flag("DEMO", values.pop("DEMO") or ("no" if env == "production" else "yes")),
        log_format=_choice("LOG_FORMAT", values.pop("LOG_FORMAT"), ("text", "json")),
        log_level=_choice("LOG_LEVEL", values.pop("LOG_LEVEL"), ("debug", "info", "warning", "error")),
        secrets=_secrets(home, env == "production", values),
    )


_SWITCH_LEVELS = ("debug", "info", "notice", "warning", "err", "crit", "alert")

# Name -> default. An empty default means "derived" or "none", as the field's description says.
_FIELDS: Mapping[str, str] = {
    "HOME": "./var",
    "HTTP": "127.0.0.1:8000",
    "DATABASE_URL": "",
    "ESL_LISTEN": "127.0.0.1:8084",
    "ESL_STANDBY": "127.0.0.1:8085",
    "FS_EVENT_SOCKET": "127.0.0.1:8021",
    "FS_PASSWORD": "",
    "FREESWITCH": "",
    "SWITCH": "auto",
    "SIP_IP": "127.0.0.1",
    "SIP_PORT": "5060",
    "TRUNK_PORT": "5080",
    "RTP_START": "16384",
    "RTP_END": "32768",
    "TRUNK_ACL": "127.0.0.0/8",
    "TRUNK_PROXY": "127.0.0.1:5090",
    "TRUNK_CHANNELS": "90",
    "RTP_TIMEOUT": "60",
    "DECISION_DAYS": "30",
    "SCRIPT_MS": "50",
    "FS_LOG_LEVEL": "warning",
    "REDIS_URL": "",
    "ENV": "development",
    "PUBLIC_URL": "",
    "TRUSTED_PROXIES": "0",
    "DEMO": "",
    "LOG_FORMAT": "text",
    "LOG_LEVEL": "info",
    "SECRET_KEY": "",
    "FIELD_KEY": "",
    "SWITCH_TOKEN": "",
}


def _value(name: str, given: Mapping[str, str]) -> str:
    value = given.get(_PREFIX + name, _FIELDS[name]).strip()
    if any(ord(c) < 32 for c in value):
        raise SettingsError(f"{_PREFIX}{name} holds a control character; write it on one line")
    return value


def _read_dotenv(path: Path) -> dict[str, str]:
    """The settings in a ``.env`` file, as other tools that read such files understand it."""
    try:
        with path.open(encoding="utf-8") as file:
            lines = list(parse_stream(file))
    except FileNotFoundError:
        return {}
    except (OSError, UnicodeDecodeError) as error:
        raise SettingsError(
            f"{path}: cannot be read ({error}); it must be UTF-8 text of NAME=value lines"
        ) from error
    for line in lines:
        name = line.key or ""
        small = not name.isupper() and name.upper().startswith(_PREFIX)
        if line.error or small or (line.key is not None and line.value is None):
            shown = line.original.string.strip()[:40]
            raise SettingsError(f"{path}, line {line.original.line}: expected NAME=value, found {shown!r}")
    return {line.key: line.value or "" for line in lines if line.key and line.key.startswith(_PREFIX)}


def _path(value: str) -> Path:
    path = Path(value).expanduser()
    return path if path.is_absolute() else (Path.cwd() / path).resolve()


def _choice(name: str, value: str, allowed: tuple[str, ...]) -> str:
    if value not in allowed:
        raise SettingsError(f"HOTLINE_{name} must be one of {', '.join(allowed)}, not {value!r}")
    return value


def _flag(name: str, value: str) -> bool:
    flags = {
        "yes": True,
        "true": True,
        "1": True,
        "on": True,
        "no": False,
        "false": False,
        "0": False,
        "off": False,
    }
    if value.lower() not in flags:
        raise SettingsError(f"HOTLINE_{name} must be yes or no, not {value!r}")
    return flags[value.lower()]


def _count(name: str, value: str, *, least: int = 0, most: int = 999_999_999) -> int:
    # Nine digits are more than anything here can count.
    number = int(value) if value.isascii() and value.isdigit() and len(value) <= 9 else -1
    if not least <= number <= most:
        upto = f" to {most}" if most < 999_999_999 else ""
        raise SettingsError(f"HOTLINE_{name} must be a whole number from {least}{upto}, not {value!r}")
    return number


def _port(name: str, value: str) -> int:
    port = int(value) if value.isascii() and value.isdigit() and len(value) <= 5 else 0
    if not 1 <= port <= 65535:
        raise SettingsError(f"HOTLINE_{name} must be a port from 1 to 65535, not {value!r}")
    return port


def _host(name: str, value: str) -> str:
    if not re.fullmatch(r"[A-Za-z0-9._:-]{1,253}", value):
        raise SettingsError(f"HOTLINE_{name} must be an address or a host name, not {value!r}")
    return value


def _address(name: str, value: str) -> Address:
    match = re.fullmatch(r"(?:\[([0-9A-Fa-f:.]+)\]|([A-Za-z0-9._-]+)):(\d{1,5})", value)
    if match is None:
        raise SettingsError(f"HOTLINE_{name} must be host:port, such as {_FIELDS[name]}, not {value!r}")
    return Address(match[1] or match[2], _port(name, match[3]))


def _proxy(name: str, value: str) -> str:
    if not re.fullmatch(r"[A-Za-z0-9._-]+(:\d{1,5})?", value):
        raise SettingsError(f"HOTLINE_{name} must be the carrier's host or host:port, not {value!r}")
    return value


def _networks(name: str, value: str) -> str:
    for part in value.split(","):
        try:
            ipaddress.ip_network(part.strip())
        except ValueError as error:
            raise SettingsError(
                f"HOTLINE_{name} must be networks such as 203.0.113.0/24, separated by commas ({error})"
            ) from error
    return ",".join(part.strip() for part in value.split(","))


def _url(name: str, value: str, schemes: tuple[str, ...]) -> str:
    if value and urlsplit(value).scheme not in schemes:
        raise SettingsError(
            f"HOTLINE_{name} must begin with {' or '.join(s + '://' for s in schemes)}, not {value!r}"
        )
    return value


def _database_url(value: str, home: Path) -> str:
    if not value:
        return f"sqlite:///{home / 'hotline.db'}"
    if not value.startswith(("sqlite:///", "mysql+pymysql://", "mariadb+pymysql://")):
        shown = value.split("://", 1)[0]
        raise SettingsError(
            f"HOTLINE_DATABASE_URL must begin with sqlite:/// or mysql+pymysql://, not {shown!r}"
        )
    return value


_WEAK = frozenset({"cluecon", "secret", "changeme", "password", "hotline", "default"})


def _secrets(home: Path, production: bool, values: Mapping[str, str]) -> Secrets:
    """Given secrets are checked; missing ones are generated and kept, so that nothing runs on a default
    that others know.
    """
    folder = home / "secrets"

    def secret(name: str, make: Callable[[], str]) -> str:
        value = values[name] or _kept_secret(folder / name.lower(), make)
        # Few different characters are no random ones: a row of zeros, a word again and again.
        if production and (len(value) < 16 or len(set(value)) < 8 or value.lower() in _WEAK):
            raise SettingsError(
                f"HOTLINE_{name} is too weak for production; give at least 16 random characters"
            )
        return value

    key = secret("FIELD_KEY", lambda: secrets.token_hex(32))
    if not re.fullmatch(r"[0-9a-fA-F]{64}", key):
        raise SettingsError("HOTLINE_FIELD_KEY must be 64 hexadecimal digits (32 bytes)")
    return Secrets(
        session_key=secret("SECRET_KEY", lambda: secrets.token_hex(32)),
        field_key=bytes.fromhex(key),
        event_socket=secret("FS_PASSWORD", lambda: secrets.token_urlsafe(24)),
        switch=secret("SWITCH_TOKEN", lambda: secrets.token_urlsafe(24)),
    )


def _kept_secret(path: Path, make: Callable[[], str]) -> str:
    """The secret in *path*, made at the first call. Two processes that start together end up with the same
    one.
    """
    try:
        path.parent.mkdir(mode=0o700, exist_ok=True)
        if not path.exists():
            fd, draft = tempfile.mkstemp(dir=path.parent)
            with os.fdopen(fd, "w", encoding="ascii") as file:
                file.write(make() + "\n")
            # A link appears whole or not at all, and the first one stays.
            with contextlib.suppress(FileExistsError):
                os.link(draft, path)
            Path(draft).unlink()
        value = path.read_text("ascii").strip()
    except OSError as error:
        name = path.name.upper()
        raise SettingsError(
            f"{path}: cannot keep a secret there ({error.strerror}); give it as HOTLINE_{name}"
        ) from error
    if not value:
        raise SettingsError(f"{path} is empty; delete it to have a new secret made")
    return value
