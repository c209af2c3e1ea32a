"""SIPp as callers in numbers: each dials, speaks a tone and presses keys by RFC 2833.

What a caller sends is one capture file made here: speech and keys in one RTP stream, with one numbering and
one clock, as a telephone sends them. (SIPp's own key captures use payload type 96, which the switch, having
agreed on 101, does not take for keys.)
"""

from __future__ import annotations

import csv
import io
import random
import shutil
import struct
import subprocess
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import soundfile

from tests.live import audio

_PCMA, _KEYS = 8, 101
_PACKET = 160  # samples: 20 ms
_EVENTS = {key: number for number, key in enumerate("0123456789*#ABCD")}
_SSRC = 0x486F744C

HANG_UP = """
  <pause milliseconds="{hang_up_after_ms}"/>
  <send retrans="500"><![CDATA[
    BYE sip:{number}@[remote_ip]:[remote_port] SIP/2.0
    Via: SIP/2.0/[transport] [local_ip]:[local_port];branch=[branch]
    From: "[field1]" <sip:[field0]@[local_ip]:[local_port]>;tag=[pid]c[call_number]
    To: <sip:{number}@[remote_ip]:[remote_port]>[peer_tag_param]
    [routes]
    Call-ID: [call_id]
    CSeq: 2 BYE
    Max-Forwards: 70
    Content-Length: 0
  ]]></send>
  <recv response="200" timeout="5000"/>
"""

BE_HUNG_UP = """
  <recv request="BYE" timeout="{patience_ms}"/>
  <send><![CDATA[
    SIP/2.0 200 OK
    [last_Via:]
    [last_From:]
    [last_To:]
    [last_Call-ID:]
    [last_CSeq:]
    Content-Length: 0
  ]]></send>
"""

SCENARIO = """\
<?xml version="1.0" encoding="UTF-8"?>
<scenario name="caller">
  <send retrans="500"><![CDATA[
    INVITE sip:{number}@[remote_ip]:[remote_port] SIP/2.0
    Via: SIP/2.0/[transport] [local_ip]:[local_port];branch=[branch]
    From: "[field1]" <sip:[field0]@[local_ip]:[local_port]>;tag=[pid]c[call_number]
    To: <sip:{number}@[remote_ip]:[remote_port]>
    Call-ID: [call_id]
    CSeq: 1 INVITE
    Contact: <sip:[field0]@[local_ip]:[local_port]>
    Max-Forwards: 70
    Content-Type: application/sdp
    Content-Length: [len]

    v=0
    o=- 1 1 IN IP4 [local_ip]
    s=-
    c=IN IP4 [media_ip]
    t=0 0
    m=audio [auto_media_port] RTP/AVP 8 101
    a=rtpmap:8 PCMA/8000
    a=rtpmap:101 telephone-event/8000
    a=fmtp:101 0-15
    a=ptime:20
    a=sendrecv
  ]]></send>
  <recv response="100" optional="true"/>
  <recv response="180" optional="true"/>
  <recv response="183" optional="true"/>
  <recv response="200" rrs="true" timeout="30000"/>
  <send><![CDATA[
    ACK sip:{number}@[remote_ip]:[remote_port] SIP/2.0
    Via: SIP/2.0/[transport] [local_ip]:[local_port];branch=[branch]
    From: "[field1]" <sip:[field0]@[local_ip]:[local_port]>;tag=[pid]c[call_number]
    To: <sip:{number}@[remote_ip]:[remote_port]>[peer_tag_param]
    [routes]
    Call-ID: [call_id]
    CSeq: 1 ACK
    Max-Forwards: 70
    Content-Length: 0
  ]]></send>
{speak}{end}
</scenario>
"""

SPEAK = '  <nop><action><exec play_pcap_audio="{capture}"/></action></nop>\n'


@dataclass(frozen=True)
class Tone:
    """Speak: *hz* for *seconds*; 0 Hz is silence that is sent."""

    hz: float
    seconds: float


@dataclass(frozen=True)
class Key:
    """Press one of ``0-9*#A-D`` for *seconds*."""

    digit: str
    seconds: float = 0.1


@dataclass(frozen=True)
class Outcome:
    """How the callers fared: *failed* ones got an answer that they did not expect, or none in time."""

    successful: int
    failed: int
    errors: str


def write_capture(path: Path, script: Iterable[Tone | Key], loss: float = 0.0) -> Path:
    """The RTP stream of *script* as a capture file that SIPp plays; of its packets the share *loss* is
    missing.
    """
    sequence, clock = 1, 0
    packets: list[tuple[int, bytes]] = []
    for step in script:
        length = round(step.seconds * audio.RATE / _PACKET) * _PACKET
        if isinstance(step, Tone):
            payloads = _speech(step, length)
            for index, payload in enumerate(payloads):
                stamp = clock + index * _PACKET
                packets.append((stamp, _rtp(_PCMA, sequence, stamp, payload, marker=index == 0)))
                sequence += 1
        else:
            for when, payload, first in _key(step, length):
                # All packets of one key carry the time at which it was pressed.
                packets.append((clock + when, _rtp(_KEYS, sequence, clock, payload, marker=first)))
                sequence += 1
        clock += length
    with path.open("wb") as file:
        file.write(struct.pack("<IHHiIII", 0xA1B2C3D4, 2, 4, 0, 0, 65535, 1))
        for stamp, packet in packets:
            if random.random() < loss:
                continue
            seconds, samples = divmod(stamp, audio.RATE)
            frame = _ethernet(packet)
            file.write(struct.pack("<IIII", seconds, samples * 125, len(frame), len(frame)) + frame)
    return path


def call(
    folder: Path,
    *,
    trunk: str,
    number: str = "12366",
    callers: Sequence[tuple[str, str]] = (("13800138000", "caller"),),
    calls: int = 1,
    rate: float = 5,
    concurrent: int = 200,
    script: Sequence[Tone | Key] = (),
    loss: float = 0.0,
    hang_up_after_s: float | None = None,
    patience_s: float = 120,
) -> Outcome:
    """Make *calls* calls to *number* at *rate* a second and wait for the end of all.

    *callers* (number and name) take turns. Each sends *script* from the answer on, nothing if it is empty,
    and hangs up after *hang_up_after_s*, or waits *patience_s* to be hung up. The network loses the share
    *loss* of what it sends.
    """
    folder.mkdir(parents=True, exist_ok=True)
    speak = SPEAK.format(capture=write_capture(folder / "stream.pcap", script, loss)) if script else ""
    if hang_up_after_s is None:
        end = BE_HUNG_UP.format(patience_ms=int(patience_s * 1000))
    else:
        end = HANG_UP.format(number=number, hang_up_after_ms=int(hang_up_after_s * 1000))
    (folder / "caller.xml").write_text(SCENARIO.format(number=number, speak=speak, end=end))
    rows = [f"{caller};{name}" for caller, name in callers]
    (folder / "callers.csv").write_text("\n".join(["SEQUENTIAL", *rows, ""]))
    duration = calls / rate + (hang_up_after_s or patience_s) + 60
    finished = subprocess.run(
        [
            *(_program(), trunk, "-sf", "caller.xml", "-inf", "callers.csv", "-i", "127.0.0.1"),
            *("-m", str(calls), "-r", str(rate), "-l", str(concurrent), "-nostdin"),
            *("-trace_stat", "-stf", "statistics.csv", "-trace_err", "-error_file", "errors.log"),
            *("-timeout", str(int(duration)), "-timeout_error"),
        ],
        cwd=folder,
        stdin=subprocess.DEVNULL,
        stdout=subprocess.DEVNULL,
        stderr=subprocess.PIPE,
        timeout=duration + 30,
        check=False,
    )
    errors = folder / "errors.log"
    said = finished.stderr.decode(errors="replace") + (errors.read_text() if errors.exists() else "")
    with (folder / "statistics.csv").open() as file:
        last = list(csv.DictReader(file, delimiter=";"))[-1]
    return Outcome(int(last["SuccessfulCall(C)"]), int(last["FailedCall(C)"]), said[-4000:])


def _program() -> str:
    program = shutil.which("sipp")
    if program is None:
        raise FileNotFoundError("SIPp is not installed (make packages-test)")
    return program


def _speech(step: Tone, length: int) -> list[bytes]:
    time = np.arange(length) / audio.RATE
    samples = 0.3 * np.sin(2 * np.pi * step.hz * time)
    raw = io.BytesIO()
    soundfile.write(raw, samples, audio.RATE, format="RAW", subtype="ALAW")
    data = raw.getvalue()
    return [data[start : start + _PACKET] for start in range(0, length, _PACKET)]


def _key(step: Key, length: int) -> Iterable[tuple[int, bytes, bool]]:
    """The packets of one key: growing lengths every 20 ms, the last one three times with the end bit (RFC
    4733).
    """
    event = _EVENTS[step.digit]
    for when in range(_PACKET, length + 1, _PACKET):
        yield when - _PACKET, struct.pack("!BBH", event, 10, when), when == _PACKET
    for _ in range(3):
        yield length - 1, struct.pack("!BBH", event, 0x80 | 10, length), False


def _rtp(payload_type: int, sequence: int, stamp: int, payload: bytes, *, marker: bool) -> bytes:
    first = 0x80
    second = payload_type | (0x80 if marker else 0)
    return struct.pack("!BBHII", first, second, sequence & 0xFFFF, stamp, _SSRC) + payload


def _ethernet(payload: bytes) -> bytes:
    """Ethernet, IPv4 and UDP around *payload*; SIPp puts its own addresses and ports in their place."""
    udp = struct.pack("!HHHH", 20000, 20000, 8 + len(payload), 0) + payload
    loopback = bytes([127, 0, 0, 1])
    ip = struct.pack("!BBHHHBBH", 0x45, 0, 20 + len(udp), 0, 0, 64, 17, 0) + loopback + loopback
    return bytes(12) + b"\x08\x00" + ip + udp
