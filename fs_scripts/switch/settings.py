"""What a FreeSWITCH with our configuration tree has to be told, and how: as environment variables."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from xml.sax.saxutils import escape

PROJECT = Path(__file__).resolve().parent.parent.parent


@dataclass(frozen=True, slots=True)
class SwitchSettings:
    """The settings of one switch; ``freeswitch-conf/vars.xml`` has the same defaults.

    Ports are UDP and TCP on ``sip_ip``; ``trunk_acl`` is a list of networks separated by commas;
    ``switch_token`` is the password with which the switch signs in to the console at ``http`` (user
    ``freeswitch``). ``rtp_timeout_s`` ends a call whose other side has sent no media for so long.
    ``log_level`` is one of FreeSWITCH's.
    """

    home: Path
    event_password: str
    switch_token: str
    conf: Path = PROJECT / "freeswitch-conf"
    event_host: str = "127.0.0.1"
    event_port: int = 8021
    http: str = "127.0.0.1:8000"
    esl_listen: str = "127.0.0.1:8084"
    esl_standby: str = "127.0.0.1:8085"
    sip_ip: str = "127.0.0.1"
    sip_port: int = 5060
    trunk_port: int = 5080
    rtp_start: int = 16384
    rtp_end: int = 32768
    rtp_timeout_s: int = 60
    trunk_acl: str = "127.0.0.0/8"
    trunk_proxy: str = "127.0.0.1:5090"
    trunk_channels: int = 90
    log_level: str = "warning"

    @property
    def directory_folder(self) -> Path:
        """Where the tree looks for generated accounts."""
        return self.home / "freeswitch" / "directory"

    @property
    def log_folder(self) -> Path:
        return self.home / "log"

    @property
    def run_folder(self) -> Path:
        """Databases of the switch, among them the calls that `sofia recover` brings back after a crash."""
        return self.home / "run"

    def environment(self) -> Mapping[str, str]:
        """The variables that the tree reads.

        FreeSWITCH puts a value into the XML as it stands, so that it is escaped here.
        """
        values = {
            "HOTLINE_HOME": self.home,
            "HOTLINE_FS_EVENT_SOCKET": f"{self.event_host}:{self.event_port}",
            "HOTLINE_FS_PASSWORD": self.event_password,
            "HOTLINE_SWITCH_TOKEN": self.switch_token,
            "HOTLINE_HTTP": self.http,
            "HOTLINE_ESL_LISTEN": self.esl_listen,
            "HOTLINE_ESL_STANDBY": self.esl_standby,
            "HOTLINE_SIP_IP": self.sip_ip,
            "HOTLINE_SIP_PORT": self.sip_port,
            "HOTLINE_TRUNK_PORT": self.trunk_port,
            "HOTLINE_RTP_START": self.rtp_start,
            "HOTLINE_RTP_END": self.rtp_end,
            "HOTLINE_RTP_TIMEOUT": self.rtp_timeout_s,
            "HOTLINE_TRUNK_ACL": self.trunk_acl,
            "HOTLINE_TRUNK_PROXY": self.trunk_proxy,
            "HOTLINE_TRUNK_CHANNELS": self.trunk_channels,
            "HOTLINE_FS_LOG_LEVEL": self.log_level,
        }
        return {name: escape(str(value), {'"': "&quot;"}) for name, value in values.items()}
