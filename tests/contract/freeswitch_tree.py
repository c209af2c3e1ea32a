"""A FreeSWITCH configuration of a few files for the contract suite.

One SIP profile is carrier, desk phones and trunk at once: the switch calls itself over loopback, so every channel that a
test looks at is a real SIP channel with real RTP, and no second program is needed. The desk phones are dialplan
extensions ``phone-1001`` ... that behave as the ``tests/contract/peers.py`` table says.
"""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

MODULES = (
    "mod_event_socket",
    "mod_commands",
    "mod_dptools",
    "mod_dialplan_xml",
    "mod_sofia",
    "mod_sndfile",
    "mod_tone_stream",
    "mod_local_stream",
    "mod_logfile",
)


@dataclass(frozen=True)
class TreePorts:
    """Every port that the switch under test and the test's own listeners use."""

    event_socket: int
    sip: int
    rtp_start: int
    rtp_end: int
    active: int
    standby: int


def _extension(name: str, pattern: str, *actions: tuple[str, str]) -> str:
    body = "".join(f'<action application="{app}" data="{data}"/>' for app, data in actions)
    return (
        f'<extension name="{name}"><condition field="destination_number" expression="{pattern}">'
        f"{body}</condition></extension>"
    )


def hotline_actions(active: int, standby: int, sounds: Path) -> tuple[tuple[str, str], ...]:
    """What 12366 does on either switch."""
    return (
        ("set", "hotline_trunk=carrier"),
        ("set", "continue_on_fail=true"),
        ("set", "hangup_after_bridge=false"),
        ("set", "socket_resume=true"),
        ("socket", f"127.0.0.1:{active} async full"),
        ("socket", f"127.0.0.1:{standby} async full"),
        ("answer", ""),
        ("playback", str(sounds / "apology.wav")),
        ("hangup", "NORMAL_TEMPORARY_FAILURE"),
    )


def _dialplan(ports: TreePorts, sounds: Path) -> str:
    tone = "tone_stream://%(1000,0,440);loops=-1"
    return "".join(
        (
            _extension("hotline", "^12366$", *hotline_actions(ports.active, ports.standby, sounds)),
            _extension(
                "answers",
                "^phone-1001$",
                ("ring_ready", ""),
                ("sleep", "300"),
                ("answer", ""),
                ("playback", tone),
            ),
            _extension("silent", "^phone-1002$", ("ring_ready", ""), ("sleep", "60000")),
            _extension("busy", "^phone-1003$", ("respond", "486")),
            _extension("refuses", "^phone-1004$", ("ring_ready", ""), ("sleep", "200"), ("respond", "603")),
            _extension(
                "ends",
                "^phone-1006$",
                ("ring_ready", ""),
                ("sleep", "200"),
                ("answer", ""),
                ("sleep", "700"),
                ("hangup", "NORMAL_CLEARING"),
            ),
        )
    )


def write_tree(root: Path, ports: TreePorts, *, password: str, sounds: Path, music: Path) -> Path:
    """Write ``freeswitch.xml`` under ``root`` and return the directory to pass with ``-conf``."""
    conf = root / "conf"
    conf.mkdir(parents=True)
    modules = "".join(f'<load module="{name}"/>' for name in MODULES)
    users = "".join(
        f'<user id="{number}"><params><param name="dial-string" value="{target}"/></params></user>'
        for number, target in [
            *(
                (n, f"[sip_sticky_contact=false]sofia/lab/phone-{n}@127.0.0.1:{ports.sip}")
                for n in (1001, 1002, 1003, 1004, 1006)
            ),
            (1005, "error/user_not_registered"),
        ]
    )
    (conf / "freeswitch.xml").write_text(
        f"""<?xml version="1.0"?>
<document type="freeswitch/xml">
 <X-PRE-PROCESS cmd="set" data="domain=lab.test"/>
 <section name="configuration">
  <configuration name="modules.conf"><modules>{modules}</modules></configuration>
  <configuration name="switch.conf"><settings>
    <param name="rtp-start-port" value="{ports.rtp_start}"/><param name="rtp-end-port" value="{ports.rtp_end}"/>
    <param name="sessions-per-second" value="200"/><param name="max-sessions" value="500"/>
    <param name="loglevel" value="debug"/></settings></configuration>
  <configuration name="logfile.conf"><settings/><profiles><profile name="default"><settings>
    <param name="logfile" value="{root}/log/freeswitch.log"/></settings>
    <mappings><map name="all" value="debug,info,notice,warning,err,crit,alert"/></mappings></profile></profiles></configuration>
  <configuration name="event_socket.conf"><settings>
    <param name="listen-ip" value="127.0.0.1"/><param name="listen-port" value="{ports.event_socket}"/>
    <param name="password" value="{password}"/></settings></configuration>
  <configuration name="local_stream.conf"><directory name="moh" path="{music}">
    <param name="rate" value="8000"/><param name="channels" value="1"/><param name="interval" value="20"/>
    <param name="timer-name" value="soft"/></directory></configuration>
  <configuration name="sofia.conf"><profiles><profile name="lab"><settings>
    <param name="sip-ip" value="127.0.0.1"/><param name="rtp-ip" value="127.0.0.1"/>
    <param name="sip-port" value="{ports.sip}"/><param name="context" value="lab"/><param name="dialplan" value="XML"/>
    <param name="auth-calls" value="false"/><param name="inbound-codec-prefs" value="PCMA"/>
    <param name="outbound-codec-prefs" value="PCMA"/><param name="dtmf-type" value="rfc2833"/>
    <param name="rfc2833-pt" value="101"/><param name="rtp-timer-name" value="soft"/></settings></profile></profiles></configuration>
 </section>
 <section name="dialplan"><context name="lab">{_dialplan(ports, sounds)}</context></section>
 <section name="directory"><domain name="lab.test"><groups><group name="all"><users>{users}</users></group></groups></domain></section>
</document>
""",
        encoding="utf-8",
    )
    return conf
