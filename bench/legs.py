"""What the SIP peers know of a call, of its two ends, and of the load that it is part of."""

from __future__ import annotations

from dataclasses import dataclass, field
from hashlib import sha256
from typing import Final

from bench import sip
from bench.wire import Address, Side

FRAME_SAMPLES: Final = 160
#: So many frames of 20 ms must arrive of what the other side says, for a call to have audio.
ENOUGH_FRAMES: Final = 10


@dataclass(slots=True)
class CallRecord:
    """One call as both of its ends saw it; times are seconds since the epoch, 0 for what did not happen.

    *joined* is the 200 OK at the caller, *invited* the INVITE at the agent's phone, *released* the end of the
    agent's leg. *said* counts the frames of each end, *heard_by_…* those of the other end that arrived.
    """

    number: str
    dialled: float = 0.0
    joined: float = 0.0
    invited: float = 0.0
    agent: str = ""
    talked: float = 0.0
    released: float = 0.0
    ended: float = 0.0
    status: int = 0
    invites: int = 0
    said: int = 0
    heard_by_caller: int = 0
    heard_by_agent: int = 0


@dataclass(slots=True)
class Leg:
    """One end of a call."""

    call_id: str
    call: CallRecord
    side: Side
    local: str
    remote: str
    target: str
    cseq: int = 1
    over: bool = False
    answer: bytes = b""
    rtp: Address | None = None
    says: bytes = b""

    def request(self, method: str, *, branch: str = "") -> tuple[bytes, str]:
        """A request within the dialogue, and the key of its answer."""
        if method != "ACK":
            self.cseq += 1
        cseq = f"{self.cseq} {method}"
        branch = branch or f"{self.call_id}-{self.cseq}-{method}"
        headers = [
            ("Via", f"SIP/2.0/UDP {self.side.host};rport;branch=z9hG4bK{branch}"),
            ("Max-Forwards", "70"),
            ("From", self.local),
            ("To", self.remote),
            ("Call-ID", self.call_id),
            ("CSeq", cseq),
        ]
        return sip.write(f"{method} {self.target} SIP/2.0", headers), f"{self.call_id} {cseq}"


@dataclass(slots=True)
class Load:
    """Calls to make: how many, how many a second, how long the agent talks before hanging up.

    *audio*: both ends speak for the whole of the talk, and what arrives is counted; an agent who was not heard
    enough or did not hear enough stays on the line for up to ten seconds more. *stay*: the load is done
    when all are answered; they are hung up by an order of their own. With *at_once* no call is begun while so
    many last: the machine sets the pace then. It is done after *longest* seconds in any
    case.
    """

    to: str
    trunk: str
    count: int
    rate: float
    talk: float = 4.0
    audio: bool = False
    stay: bool = False
    at_once: int = 0
    longest: float = 600.0
    calls: list[CallRecord] = field(default_factory=list)
    open: int = 0
    began: float = 0.0
    frames: int = 0


def words(number: str, *, by_agent: bool) -> bytes:
    """A frame of G.711 that only this end of this call says: another call's audio is not taken for it."""
    return sha256(f"{number} {by_agent}".encode()).digest() * (FRAME_SAMPLES // 32)
