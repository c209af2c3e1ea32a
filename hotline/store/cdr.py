"""Read one call record as FreeSWITCH's mod_json_cdr writes it: a JSON object for one leg that is over.

The values of its ``variables`` are percent-encoded (``encode-values``), those of ``callflow`` are not. What
a caller sends is in both, so nothing is trusted: bytes that are no UTF-8 are replaced, text is cut by the
columns, numbers and times are checked.
"""

from __future__ import annotations

import hashlib
import json
import math
import re
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any, Final, Literal
from urllib.parse import unquote

MAX_BYTES: Final = 1 << 20
Reason = Literal[
    "empty", "too_large", "not_json", "not_an_object", "missing_field", "bad_value", "bad_time", "conflict"
]

_UUID: Final = re.compile(r"[0-9A-Za-z-]{1,64}")
_INTERACTION: Final = re.compile(r"[0-9A-Za-z-]{1,36}")
# A record from before the product, or from far ahead, comes from a switch whose clock is wrong.
_EARLIEST: Final = datetime(2020, 1, 1, tzinfo=UTC)
_LATEST: Final = datetime(2100, 1, 1, tzinfo=UTC)
# What helps to explain a bad call, beside the columns. Not kept: session descriptions, addresses of the
# caller's network inside them, and the log of applications, which the journal has better.
_KEPT: Final = frozenset(
    {
        "bridge_hangup_cause",
        "bridge_uuid",
        "hangup_cause_q850",
        "last_bridge_to",
        "originate_disposition",
        "proto_specific_hangup_cause",
        "read_codec",
        "remote_media_ip",
        "signal_bond",
        "sip_call_id",
        "sip_hangup_phrase",
        "sip_network_ip",
        "sip_term_status",
        "sip_user_agent",
        "sofia_profile_name",
        "write_codec",
    }
)
_KEPT_PREFIXES: Final = ("hotline_", "rtp_audio_")


class BadRecord(Exception):
    """A record that cannot be taken in. ``field`` is where, ``detail`` what is wrong, for people."""

    def __init__(self, reason: Reason, field: str, detail: str) -> None:
        super().__init__(f"{reason}: {field}: {detail}" if field else f"{reason}: {detail}")
        self.reason: Reason = reason
        self.field = field
        self.detail = detail


@dataclass(frozen=True, slots=True)
class Leg:
    """One leg, with the columns of :class:`hotline.store.models.CallRecord`. Durations are milliseconds."""

    leg_uuid: str
    interaction_id: str | None
    direction: str
    caller: str
    called: str
    started_at: datetime
    answered_at: datetime | None
    ended_at: datetime
    duration_ms: int
    talk_ms: int
    hangup_cause: str
    hangup_disposition: str
    codec: str
    mos: float | None
    packet_loss: float | None
    jitter_ms: float | None
    raw: Mapping[str, str]


def content_hash(content: bytes) -> str:
    """By which the same content is recognised when it comes again."""
    return hashlib.sha256(content).hexdigest()


def parse(content: bytes) -> Leg:
    """The leg that *content* describes. Raises :class:`BadRecord`."""
    if not content.strip():
        raise BadRecord("empty", "", "there is nothing in it")
    if len(content) > MAX_BYTES:
        raise BadRecord("too_large", "", f"{len(content)} bytes, at most {MAX_BYTES} are taken")
    try:
        document = json.loads(content.decode("utf-8", "replace"))
    except (ValueError, RecursionError) as error:
        raise BadRecord("not_json", "", str(error)[:200]) from None
    if not isinstance(document, dict):
        raise BadRecord("not_an_object", "", f"a JSON {type(document).__name__}, expected an object")
    variables = document.get("variables")
    if not isinstance(variables, dict):
        raise BadRecord("missing_field", "variables", "expected an object with the channel's variables")
    return _leg(_Variables(variables), _profile(document.get("callflow")))


class _Variables:
    """The channel's variables, decoded when they are asked for."""

    def __init__(self, values: Mapping[str, Any]) -> None:
        self._values = values

    def text(self, name: str, default: str = "") -> str:
        value = self._values.get(name)
        return default if value is None else unquote(str(value), errors="replace")

    def required(self, name: str) -> str:
        value = self.text(name)
        if not value:
            raise BadRecord("missing_field", f"variables.{name}", "is not there")
        return value

    def number(self, name: str) -> float | None:
        """A measured value; none when it is not there or not a number, since no call is worth losing for
        it.
        """
        try:
            value = float(self.text(name))
        except ValueError:
            return None
        return value if math.isfinite(value) else None

    def milliseconds(self, name: str) -> int | None:
        text = self.text(name)
        if not text:
            return None
        if not re.fullmatch(r"\d{1,12}", text, re.ASCII):
            raise BadRecord("bad_value", f"variables.{name}", f"expected milliseconds, found {text[:40]!r}")
        # More than the column holds is no call: 24 days.
        return min(int(text), 2**31 - 1)

    def time(self, name: str) -> datetime | None:
        """The time in ``<name>_uepoch`` (microseconds), or in ``<name>_epoch``; none for 0, "it never
        happened".
        """
        for field, per_second in ((f"{name}_uepoch", 1_000_000), (f"{name}_epoch", 1)):
            text = self.text(field)
            if not text:
                continue
            if not re.fullmatch(r"\d{1,17}", text, re.ASCII):
                raise BadRecord("bad_time", f"variables.{field}", f"expected a number, found {text[:40]!r}")
            if int(text) == 0:
                return None
            microseconds = int(text) * 1_000_000 // per_second
            # Far more than the calendar holds must not overflow.
            seconds, rest = divmod(min(microseconds, 10**16), 1_000_000)
            found = datetime.fromtimestamp(seconds, UTC) + timedelta(microseconds=rest)
            if not _EARLIEST <= found < _LATEST:
                raise BadRecord(
                    "bad_time", f"variables.{field}", f"{found:%Y-%m-%d} cannot be the day of a call"
                )
            return found
        return None

    def kept(self) -> dict[str, str]:
        return {
            name: self.text(name)[:500]
            for name in self._values
            if name in _KEPT or (name.startswith(_KEPT_PREFIXES) and len(name) <= 80)
        }


def _profile(callflow: object) -> Mapping[str, Any]:
    """The caller profile that the leg began with: each transfer puts a newer one before it."""
    if isinstance(callflow, list):
        for step in reversed(callflow):
            profile = step.get("caller_profile") if isinstance(step, dict) else None
            if isinstance(profile, dict):
                return profile
    return {}


def _leg(variables: _Variables, profile: Mapping[str, Any]) -> Leg:
    leg_uuid = variables.required("uuid")
    if not _UUID.fullmatch(leg_uuid):
        raise BadRecord("bad_value", "variables.uuid", f"not an identifier: {leg_uuid[:40]!r}")
    direction = variables.required("direction")
    if direction not in {"inbound", "outbound"}:
        raise BadRecord("bad_value", "variables.direction", f"inbound or outbound, not {direction[:40]!r}")
    started, ended = variables.time("start"), variables.time("end")
    for name, found in (("start", started), ("end", ended)):
        if found is None:
            raise BadRecord("missing_field", f"variables.{name}_uepoch", "is not there, or 0")
    assert started is not None and ended is not None  # noqa: S101, PT018 - said by the loop above
    if ended < started:
        raise BadRecord("bad_time", "variables.end_uepoch", "the end is before the start")
    interaction = variables.text("hotline_interaction")
    spread = variables.number("rtp_audio_in_jitter_max_variance")
    duration = variables.milliseconds("mduration")
    return Leg(
        leg_uuid=leg_uuid,
        interaction_id=interaction if _INTERACTION.fullmatch(interaction) else None,
        direction=direction,
        caller=str(profile.get("caller_id_number") or variables.text("sip_from_user")),
        called=str(profile.get("destination_number") or variables.text("sip_to_user")),
        started_at=started,
        answered_at=variables.time("answer"),
        ended_at=ended,
        duration_ms=round((ended - started).total_seconds() * 1000) if duration is None else duration,
        talk_ms=variables.milliseconds("billmsec") or 0,
        hangup_cause=variables.text("hangup_cause"),
        hangup_disposition=variables.text("sip_hangup_disposition"),
        codec=variables.text("read_codec"),
        mos=variables.number("rtp_audio_in_mos"),
        packet_loss=variables.number("rtp_audio_in_jitter_loss_rate"),
        jitter_ms=None if spread is None else round(math.sqrt(abs(spread)), 3),
        raw=variables.kept(),
    )
