"""What a script sees: the classes of the sandbox, made from the declared facts.

The same text is run in the sandbox, is what the type check goes by, what the editor completes from, and what
the administrator reads.
"""

from __future__ import annotations

import dataclasses
from collections.abc import Iterator
from functools import cache
from typing import Any, Final

from hotline.domain.routing.facts import QueueFacts, RoutingFacts

_BEGIN: Final = "from dataclasses import dataclass, field\n"

_MAPPINGS: Final = '''\
    queues: dict[str, Queue] = field(default_factory=dict)
    """the queues by code"""
    agents: dict[str, str] = field(default_factory=dict)
    """the agents signed in: number, and state such as "idle", "talking", "busy" """
    data: dict[str, str] = field(default_factory=dict)
    """the data attached to the call"""

    def queue(self, code: str) -> Queue:
        """The queue of this code; an empty one where there is none."""
        return self.queues.get(code, Queue())

    def agent(self, number: str) -> str:
        """The state of an agent; "signed_out" for one who is not there."""
        return self.agents.get(number, "signed_out")
'''

_ROUTE: Final = '''
@dataclass(frozen=True)
class Route:
    """Where the call goes. No target: the way that the flow takes without a decision."""

    target: str = ""
    """"queue:CODE", "agent:NUMBER", "number:DIGITS" or "label:NAME" """
    priority: int | None = None
    """0 to 100, higher goes first; None: the queue's own"""
    data: dict[str, str] = field(default_factory=dict)
    """attached to the call"""
'''

# Where it came from is kept beside the route, so that people are shown the line that decided.
_MACHINERY: Final = """
import json as _json
_lines: dict[int, int] = {}

def _at(line: int):
    def made(*args, **named):
        route = Route(*args, **named)
        _lines[id(route)] = line
        return route
    return made
"""


def _fields(owner: type) -> Iterator[str]:
    for item in dataclasses.fields(owner):
        if item.metadata:
            yield f'    {item.name}: {item.type} = {item.default!r}\n    """{item.metadata["about"]}"""\n'


@cache
def stubs() -> str:
    """The classes Queue, Call and Route as Python source."""
    return "".join(
        (
            _BEGIN,
            '\n@dataclass(frozen=True)\nclass Queue:\n    """A queue at this moment."""\n\n',
            *_fields(QueueFacts),
            '\n@dataclass(frozen=True)\nclass Call:\n    """What is known of the call."""\n\n',
            *_fields(RoutingFacts),
            _MAPPINGS,
            _ROUTE,
        )
    )


@cache
def prelude() -> str:
    """The stubs with what notes the line of a route."""
    return stubs() + _MACHINERY


@cache
def completions() -> tuple[dict[str, Any], ...]:
    """What the editor offers after ``call.``, after ``call.queue(…).`` and by itself."""
    offered: list[dict[str, Any]] = []
    for owner, after in ((RoutingFacts, "call"), (QueueFacts, "queue")):
        for item in dataclasses.fields(owner):
            about = item.metadata.get("about", "")
            offered.append({"label": item.name, "detail": str(item.type), "info": about, "after": after})
    offered += [
        {
            "label": "queue",
            "detail": "(code: str) -> Queue",
            "info": "the queue of this code",
            "after": "call",
        },
        {"label": "agent", "detail": "(number: str) -> str", "info": "an agent's state", "after": "call"},
        {"label": "Route", "detail": "(target, priority, data)", "info": "where the call goes", "after": ""},
        {"label": "call", "detail": "Call", "info": "what is known of the call", "after": ""},
    ]
    return tuple(offered)
