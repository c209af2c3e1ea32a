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


def hotline_routes(
    active: str, standby: str, *, apology: str, outside: str = "sofia/gateway/carrier"
) -> tuple[Route, ...]:
    """The number plan of the demo: the hotline from outside and inside, extensions, feature codes, calls out.

    ``active`` and ``standby`` are ``host:port`` of the call handlers; ``apology`` is what a caller hears when neither
    is there.
    """
    to_handler: tuple[Action, ...] = (
        ("set", "continue_on_fail=true"),
        ("set", "hangup_after_bridge=false"),
        ("set", "socket_resume=true"),
        ("socket", f"{active} async full"),
        ("socket", f"{standby} async full"),
        ("answer", ""),
        ("playback", apology),
        ("hangup", "NORMAL_TEMPORARY_FAILURE"),
    )
    features = {"11": "sign_in", "12": "sign_out", "13": "idle", "14": "busy", "15": "wrapup_done"}
    return (
        Route("trunk", r"^12366$", to_handler),
        Route("desk", r"^12366$", to_handler),
        *(
            Route("desk", rf"^\*{code}$", (("set", f"hotline_feature={feature}"), *to_handler))
            for code, feature in features.items()
        ),
        Route("desk", r"^(1\d{3})$", (("set", "hangup_after_bridge=true"), ("bridge", "user/$1@${domain}"))),
        Route(
            "desk",
            r"^(0\d{5,}|1\d{10}|\d{5,8})$",
            (("set", "hangup_after_bridge=true"), ("bridge", f"{outside}/$1")),
        ),
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
