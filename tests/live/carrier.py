"""A second FreeSWITCH: the carrier, its callers, and as many desk phones as a load needs.

It shares nothing with the switch under test but SIP and RTP on loopback: its own small tree, ports and
folders.
"""

from __future__ import annotations

import subprocess
from collections import deque
from collections.abc import Callable, Mapping, Sequence
from contextlib import suppress
from pathlib import Path
from typing import Self
from uuid import uuid4
from xml.sax.saxutils import quoteattr

import gevent
from gevent.event import Event as Signal

from fs_scripts.esl.errors import CommandFailed
from fs_scripts.esl.events import Event
from fs_scripts.esl.inbound import EventSocket
from tests.live import audio
from tests.live.waiting import TookTooLong, free_ports, free_range, until

CALLER_TONE = 440
DESK_TONE = 1000
# What somebody who is called over the carrier says.
SUBSCRIBER_TONE = 620
PASSWORD = "carrier"  # of a throw-away switch on loopback

EVENTS = ("CHANNEL_CREATE", "CHANNEL_ANSWER", "CHANNEL_HANGUP_COMPLETE")
# More than any test waits for, and little enough for a load of any length.
KEPT_EVENTS = 2000

TREE = """\
<document type="freeswitch/xml">
  <section name="configuration">
    <configuration name="modules.conf"><modules>
      <load module="mod_event_socket"/><load module="mod_commands"/><load module="mod_dptools"/>
      <load module="mod_dialplan_xml"/><load module="mod_sndfile"/><load module="mod_tone_stream"/>
      <load module="mod_spandsp"/><load module="mod_hash"/><load module="mod_opus"/><load module="mod_sofia"/>
    </modules></configuration>
    <configuration name="switch.conf"><settings>
      <param name="loglevel" value="warning"/>
      <param name="max-sessions" value="2000"/>
      <param name="sessions-per-second" value="500"/>
      <param name="rtp-start-port" value="{rtp_first}"/>
      <param name="rtp-end-port" value="{rtp_last}"/>
    </settings></configuration>
    <configuration name="event_socket.conf"><settings>
      <param name="listen-ip" value="127.0.0.1"/>
      <param name="listen-port" value="{event_port}"/>
      <param name="password" value="{password}"/>
      <param name="apply-inbound-acl" value="loopback.auto"/>
    </settings></configuration>
    <configuration name="acl.conf"><network-lists/></configuration>
    <configuration name="sofia.conf"><global_settings/><profiles>
      <profile name="carrier"><settings>{common}
        <param name="sip-ip" value="127.0.0.1"/><param name="rtp-ip" value="127.0.0.1"/>
        <param name="sip-port" value="{sip_port}"/>
        <param name="context" value="subscribers"/>
      </settings></profile>
      <profile name="stranger"><settings>{common}
        <param name="sip-ip" value="127.0.0.9"/><param name="rtp-ip" value="127.0.0.9"/>
        <param name="sip-port" value="{stranger_port}"/>
        <param name="context" value="subscribers"/>
      </settings></profile>
      <profile name="desks"><gateways>{gateways}</gateways><settings>{common}
        <param name="sip-ip" value="127.0.0.1"/><param name="rtp-ip" value="127.0.0.1"/>
        <param name="sip-port" value="{desk_port}"/>
        <param name="context" value="desks"/>
      </settings></profile>
    </profiles></configuration>
  </section>
  <section name="dialplan">
    <context name="subscribers"><extension name="busy"><condition
        field="${{hash(select/busy/${{destination_number}})}}" expression="^true$">
      <action application="respond" data="486"/>
    </condition></extension><extension name="rings"><condition
        field="${{hash(select/rings/${{destination_number}})}}" expression="^true$">
      <action application="ring_ready"/>
      <action application="park"/>
    </condition></extension><extension name="all"><condition>
      <action application="answer"/>
      <action application="endless_playback" data="{subscriber_tone}"/>
    </condition></extension></context>
    <context name="desks"><extension name="all"><condition>
      <action application="sleep" data="{desk_delay_ms}"/>
      <action application="answer"/>
      <action application="sched_hangup" data="+{desk_talk_s} NORMAL_CLEARING"/>
      <action application="endless_playback" data="{desk_tone}"/>
    </condition></extension></context>
  </section>
  <section name="directory"/>
</document>
"""

COMMON = """
        <param name="auth-calls" value="false"/><param name="dialplan" value="XML"/>
        <param name="inbound-codec-prefs" value="PCMA"/><param name="outbound-codec-prefs" value="PCMA"/>
        <param name="dtmf-type" value="rfc2833"/><param name="rtp-timer-name" value="soft"/>
        <param name="manage-presence" value="false"/>"""

GATEWAY = """
        <gateway name="{extension}"><param name="username" value="{extension}"/>
          <param name="password" value={password}/>
          <param name="realm" value="hotline"/><param name="from-domain" value="hotline"/>
          <param name="proxy" value="{server}"/><param name="register" value="true"/>
          <param name="expire-seconds" value="120"/><param name="retry-seconds" value="1"/></gateway>"""


class CarrierCall:
    """One leg at the carrier: a caller of ours or somebody whom we called."""

    def __init__(self, carrier: Carrier, uuid: str) -> None:
        self.uuid = uuid
        self._carrier = carrier

    def wait_answered(self, timeout: float = 10.0) -> None:
        self._carrier.wait_for("CHANNEL_ANSWER", self.uuid, timeout)

    def wait_ended(self, timeout: float = 10.0) -> Event:
        """Wait for its end and return CHANNEL_HANGUP_COMPLETE, with all its variables."""
        return self._carrier.wait_for("CHANNEL_HANGUP_COMPLETE", self.uuid, timeout)

    def key(self, digits: str, duration_ms: int = 100) -> None:
        """Press keys: real RFC 2833 events, one after the other. ``w`` is a pause of half a second."""
        self._carrier.api(f"uuid_send_dtmf {self.uuid} {digits}@{duration_ms}")

    def record(self, path: Path) -> None:
        """Record what this party hears, and only that."""
        self._carrier.api(f"uuid_setvar {self.uuid} RECORD_READ_ONLY true")
        self._carrier.api(f"uuid_record {self.uuid} start {path}")

    def stop_recording(self, path: Path) -> None:
        self._carrier.api(f"uuid_record {self.uuid} stop {path}")

    def pick_up(self) -> None:
        """Answer a telephone that rings, and speak."""
        self._carrier.api(f"uuid_transfer {self.uuid} all XML desks")

    def hang_up(self, cause: str = "NORMAL_CLEARING") -> None:
        # It may have been hung up from the other side this very moment.
        with suppress(CommandFailed):
            self._carrier.api(f"uuid_kill {self.uuid} {cause}")


class Carrier:
    """The second switch. Use it as a context manager.

    *trunk* is where calls to us go, ``host:port``. *desks* (extension to password) sign in at
    *desk_server*; each answers by itself after *desk_delay_ms*, speaks 1000 Hz and hangs up after
    *desk_talk_s*. *on_event* is told of each beginning, answer and end of a leg, and must not wait; of
    what the waiting methods look at only the newest is kept.
    """

    def __init__(
        self,
        binary: Path,
        folder: Path,
        *,
        trunk: str,
        sip_port: int,
        desk_server: str = "",
        desks: Mapping[str, str] | None = None,
        desk_delay_ms: int = 0,
        desk_talk_s: int = 3600,
        on_event: Callable[[Event], None] = lambda _: None,
    ) -> None:
        self.sip_port = sip_port
        self.desk_port, self.stranger_port, self._event_port = free_ports(3)
        self._binary = binary
        self._folder = folder
        self._trunk = trunk
        self._desk_server = desk_server
        self._desks = dict(desks or {})
        self._desk_delay_ms = desk_delay_ms
        self._desk_talk_s = desk_talk_s
        self._process: subprocess.Popen[bytes] | None = None
        self._on_event = on_event
        self._events: deque[Event] = deque(maxlen=KEPT_EVENTS)
        self._happened = Signal()
        self._socket = EventSocket(
            "127.0.0.1",
            self._event_port,
            PASSWORD,
            events=EVENTS,
            on_event=self._note,
            on_connected=lambda _: None,
            backoff=(0.1, 0.3),
        )

    def __enter__(self) -> Self:
        self._write_tree()
        folders = [str(self._folder / name) for name in ("conf", "log", "run")]
        with (self._folder / "output").open("wb") as output:
            self._process = subprocess.Popen(
                [
                    *(str(self._binary), "-nf", "-nc", "-nonat", "-conf", folders[0]),
                    *("-log", folders[1], "-run", folders[2], "-db", folders[2]),
                ],
                stdin=subprocess.DEVNULL,
                stdout=output,
                stderr=subprocess.STDOUT,
                start_new_session=True,
            )
        self._socket.start()
        if not self._socket.wait_connected(30):
            self.__exit__()
            log = (self._folder / "log" / "freeswitch.log").read_text(errors="replace")
            raise TookTooLong(f"the carrier did not start:\n{log[-2000:]}")
        return self

    def __exit__(self, *_: object) -> None:
        self._socket.stop()
        if self._process is not None:
            # There is nothing in it to keep, and its farewells would only make the tests wait.
            self._process.kill()
            self._process.wait()

    def api(self, command: str, timeout: float = 5.0) -> str:
        return self._socket.api(command, timeout)

    def call(
        self,
        number: str = "12366",
        *,
        caller: str = "13800138000",
        name: str = "",
        variables: Sequence[str] = (),
        profile: str = "carrier",
        tone: float = CALLER_TONE,
        to: str = "",
    ) -> CarrierCall:
        """Dial *number* over the trunk and speak a tone once it is answered. Returns at once.

        *to* is another ``host:port`` to send it to.
        """
        uuid = str(uuid4())
        settings = [
            f"origination_uuid={uuid}",
            f"origination_caller_id_number={caller}",
            f"origination_caller_id_name='{name or caller}'",
            "ignore_early_media=true",
            "originate_timeout=60",
            *variables,
        ]
        sound = self._tone(tone)
        gevent.spawn(
            self._originate, f"{{{','.join(settings)}}}sofia/{profile}/{number}@{to or self._trunk}", sound
        )
        return CarrierCall(self, uuid)

    def wait_called(self, number: str, timeout: float = 10.0) -> CarrierCall:
        """Wait for a call from us to *number* of the public network."""
        event = self._wait(lambda e: _calls(e, number), timeout, f"a call to {number}")
        return CarrierCall(self, event.uuid)

    def times_called(self, number: str) -> int:
        """How often we have called *number* so far, as far as that is kept."""
        return sum(1 for event in self._events if _calls(event, number))

    def refuse(self, number: str) -> None:
        """From now on *number* of the public network is busy."""
        self.api(f"hash insert/busy/{number}/true")

    def ring(self, number: str) -> None:
        """From now on the telephone of *number* rings until it is picked up."""
        self.api(f"hash insert/rings/{number}/true")

    def accept(self, number: str) -> None:
        """From now on *number* answers again."""
        for habit in ("busy", "rings"):
            with suppress(CommandFailed):
                self.api(f"hash delete/{habit}/{number}")

    def wait_desks_signed_in(self, timeout: float = 30.0) -> None:
        for extension in self._desks:
            until(
                lambda extension=extension: "REGED" in self.api(f"sofia status gateway {extension}"),
                timeout,
                f"desk {extension} signs in",
            )

    def wait_for(self, name: str, uuid: str, timeout: float) -> Event:
        return self._wait(lambda e: e.name == name and e.uuid == uuid, timeout, f"{name} of {uuid}")

    def _wait(self, wanted, timeout: float, what: str) -> Event:  # type: ignore[no-untyped-def]
        with gevent.Timeout(timeout, TookTooLong(f"not within {timeout:g} s: {what}; {self._story()}")):
            while True:
                for event in self._events:
                    if wanted(event):
                        return event
                self._happened.clear()
                self._happened.wait()

    def _note(self, event: Event) -> None:
        self._events.append(event)
        self._happened.set()
        self._on_event(event)

    def _originate(self, endpoint: str, sound: Path) -> None:
        # A call that is refused says so in its CHANNEL_HANGUP_COMPLETE.
        with suppress(CommandFailed):
            self._socket.bgapi(f"originate {endpoint} &endless_playback({sound})", timeout=90)

    def _tone(self, hz: float) -> Path:
        path = self._folder / "tones" / f"{hz:g}.wav"
        return path if path.exists() else audio.write_tone(path, hz)

    def _write_tree(self) -> None:
        for name in ("conf", "log", "run"):
            (self._folder / name).mkdir(parents=True, exist_ok=True)
        first, last = free_range(400)
        gateways = "".join(
            GATEWAY.format(extension=extension, password=quoteattr(password), server=self._desk_server)
            for extension, password in self._desks.items()
        )
        tree = TREE.format(
            rtp_first=first,
            rtp_last=last,
            event_port=self._event_port,
            password=PASSWORD,
            common=COMMON,
            sip_port=self.sip_port,
            stranger_port=self.stranger_port,
            desk_port=self.desk_port,
            gateways=gateways,
            subscriber_tone=self._tone(SUBSCRIBER_TONE),
            desk_tone=self._tone(DESK_TONE),
            desk_delay_ms=self._desk_delay_ms,
            desk_talk_s=self._desk_talk_s,
        )
        (self._folder / "conf" / "freeswitch.xml").write_text(tree)

    def _story(self) -> str:
        return "; ".join(
            f"{e.name} {e.uuid[:8]} {e.get('Hangup-Cause', '')}" for e in list(self._events)[-8:]
        )


def _calls(event: Event, number: str) -> bool:
    return (
        event.name == "CHANNEL_CREATE"
        and event.get("Call-Direction") == "inbound"
        and event.get("Caller-Destination-Number") == number
    )
