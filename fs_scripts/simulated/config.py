"""What a simulated switch is told when it starts. All times are simulated seconds."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass, field
from pathlib import Path

Action = tuple[str, str]


@dataclass(frozen=True)
class Route:
    """One dialplan extension: called numbers of ``context`` that match ``pattern`` run ``actions`` in order.

    ``$1`` in an argument is the pattern's first group.
    """

    context: str
    pattern: str
    actions: tuple[Action, ...]

    def match(self, context: str, number: str) -> tuple[Action, ...] | None:
        if context != self.context:
            return None
        found = re.match(self.pattern, number)
        if found is None:
            return None
        groups = found.groups()
        actions = []
        for app, arg in self.actions:
            for index, value in enumerate(groups, start=1):
                arg = arg.replace(f"${index}", value or "")
            actions.append((app, arg))
        return tuple(actions)


_NUMBER = r"^(?:(?:\+|00)?86)?(?:0?[1-9]\d{1,2})?12366$"
_OUTSIDE = r"^(0[1-9]\d{5,11}|1[3-9]\d{9}|1\d{2}|1\d{4,5}|[2-9]\d{4,7}|[48]00\d{7})$"
_FEATURES = {
    "11": "sign_in",
    "12": "sign_out",
    "13": "idle",
    "14": "busy",
    "15": "wrapup_done",
    "16": "dnd_on",
    "17": "dnd_off",
    "18": "wrapup_longer",
}
_INSIDE: Action = (
    "multiset",
    "^^;hotline_direction=internal;hangup_after_bridge=true;continue_on_fail=true;call_timeout=30",
)


def _to_handlers(active: str, standby: str, apology: str) -> tuple[Action, ...]:
    return (
        (
            "multiset",
            "^^;hangup_after_bridge=false;continue_on_fail=true;ringback=local_stream://moh;"
            "transfer_ringback=local_stream://moh;RECORD_STEREO=true;RECORD_BRIDGE_REQ=true",
        ),
        (
            "multiset",
            "^^;socket_resume=true;execute_on_pre_bridge=set socket_resume=false;"
            "execute_on_post_bridge=set socket_resume=true",
        ),
        *(("socket", f"{handler} async full") for handler in (active, standby, active, standby)),
        ("answer", ""),
        ("sleep", "200"),
        ("playback", apology),
        ("playback", "tone_stream://%(700,700,450);loops=2"),
        ("hangup", "NORMAL_TEMPORARY_FAILURE"),
    )


def hotline_routes(active: str, standby: str, *, apology: str) -> tuple[Route, ...]:
    """The dialplan of ``freeswitch-conf``: the hotline from outside and inside, feature codes, extensions, calls out.

    ``active`` and ``standby`` are ``host:port`` of the call handlers; ``apology`` is what a caller hears when neither
    is there.
    """
    handlers = _to_handlers(active, standby, apology)
    reached: Action = ("hangup", "${originate_disposition}")
    return (
        Route("trunk", _NUMBER, (("set", "hotline_direction=inbound"), *handlers)),
        Route("trunk", r"", (("respond", "404"),)),
        Route("callback", r"^callback$", (("set", "hotline_direction=callback"), *handlers)),
        Route("desk", r"^12366$", (_INSIDE, *handlers)),
        *(
            Route("desk", rf"^\*{code}$", (_INSIDE, ("set", f"hotline_feature={feature}"), *handlers))
            for code, feature in _FEATURES.items()
        ),
        Route("desk", r"^(1\d{3})$", (_INSIDE, ("bridge", "user/$1@${domain}"), reached)),
        Route(
            "desk",
            _OUTSIDE,
            (
                _INSIDE,
                ("multiset", "^^;hotline_direction=outbound;call_timeout=60"),
                ("bridge", "sofia/gateway/carrier/$1"),
                reached,
            ),
        ),
        Route("desk", r"", (("answer", ""), ("sleep", "200"), ("hangup", "UNALLOCATED_NUMBER"))),
    )


@dataclass(frozen=True)
class CdrTarget:
    """Where call records go: ``url`` by HTTP POST with basic authentication, and ``spool`` when that fails."""

    spool: Path
    url: str = ""
    user: str = ""
    password: str = ""
    timeout: float = 3.0


@dataclass(frozen=True)
class SimConfig:
    """``port`` 0 takes any free port (see ``SimulatedSwitch.port``)."""

    routes: Sequence[Route]
    host: str = "127.0.0.1"
    port: int = 0
    password: str = "ClueCon"  # noqa: S105 - FreeSWITCH's documented default
    domain: str = "hotline.local"
    sound_dirs: Sequence[Path] = ()
    cdr: CdrTarget | None = None
    globals: dict[str, str] = field(default_factory=dict)
    heartbeat: float = 20.0
    ring_delay: float = 0.05
    recording_limit: float | None = None
    """Longest recording that is written, in seconds; the headers still tell the true length."""
