"""Where a call is in its flow, small enough to live in a channel variable.

A standby that takes the call over reads it there and goes on; so the text is one line of URL-safe characters
and anything else found in its place is refused.
"""

import base64
import binascii
import dataclasses
import json
import zlib
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, Final

from hotline.domain.ivr.data import attach

HISTORY: Final = 16
# Sub-flows that call sub-flows; more is a mistake.
MOST_DEPTH: Final = 5
# A state has a few hundred bytes; more than this inflated is an attack or a mistake.
_MOST_BYTES: Final = 64 * 1024
_FORMAT: Final = "1."
_WINDOW_BITS: Final = 10
_MEMORY_LEVEL: Final = 3
# Made once: json.dumps would make one for each state.
_as_json: Final = json.JSONEncoder(separators=(",", ":")).encode

ENDED: Final = "ended"


class StateError(ValueError):
    """The text is not a state that `dumps` wrote."""


@dataclass(frozen=True, slots=True)
class Move:
    """`node` was left by `outcome`: a key, a code, or the name of what happened there."""

    node: str
    outcome: str


@dataclass(frozen=True, slots=True)
class Frame:
    """A node that called a sub-flow and waits for its return."""

    flow: str
    version: int
    node: str


@dataclass(frozen=True, slots=True)
class State:
    """A call's place in `flow` at `version`.

    `phase` is the current node's own note of where it is ("" on entering, ENDED after a hang-up); `attempts`
    counts the tries that failed since the node was entered; `data` is what the flow attached to the call, of
    which the keys in `sensitive` are masked wherever they are written down; `history` the last moves, oldest
    first, out of `moves` in all. In a sub-flow, `stack` holds the callers, the outermost first.
    """

    flow: str
    version: int
    node: str
    phase: str = ""
    attempts: int = 0
    data: Mapping[str, str] = field(default_factory=dict)
    history: tuple[Move, ...] = ()
    moves: int = 0
    stack: tuple[Frame, ...] = ()
    sensitive: frozenset[str] = frozenset()

    @property
    def root(self) -> tuple[str, int]:
        """Flow and version that the call began with."""
        outermost = self.stack[0] if self.stack else self
        return outermost.flow, outermost.version

    def attached(self, data: Mapping[str, str], *, sensitive: bool) -> "State":
        """This call with more data, within the bounds of `hotline.domain.ivr.data`."""
        after = attach(self.data, data)
        marked = self.sensitive | data.keys() if sensitive else self.sensitive - data.keys()
        return dataclasses.replace(self, data=after, sensitive=marked & after.keys())

    def called(self, flow: str, version: int, start: str) -> "State":
        """This call at the start of a sub-flow."""
        waits = Frame(self.flow, self.version, self.node)
        inside = self.moved("called", start)
        return dataclasses.replace(inside, flow=flow, version=version, stack=(*self.stack, waits))

    def returned(self, outcome: str) -> "State":
        """This call back at the node that called the sub-flow."""
        waits = self.stack[-1]
        outside = self.moved(outcome, waits.node)
        return dataclasses.replace(outside, flow=waits.flow, version=waits.version, stack=self.stack[:-1])

    def moved(self, outcome: str, target: str) -> "State":
        """This call at the next node."""
        return dataclasses.replace(
            self,
            node=target,
            phase="",
            attempts=0,
            history=(*self.history, Move(self.node, outcome))[-HISTORY:],
            moves=self.moves + 1,
        )

    def moves_since(self, earlier: "State") -> tuple[Move, ...]:
        """The moves made after `earlier`, at most the last HISTORY of them."""
        count = self.moves - earlier.moves
        return self.history[-count:] if count else ()

    def data_since(self, earlier: "State") -> dict[str, str]:
        """The data that was attached or changed after `earlier`."""
        return {key: value for key, value in self.data.items() if earlier.data.get(key) != value}


def dumps(state: State) -> str:
    """The state as one line of letters, digits, '-', '_' and one '.'. StateError if it is far too large."""
    plain = [
        state.flow,
        state.version,
        state.node,
        state.phase,
        state.attempts,
        dict(state.data),
        [[move.node, move.outcome] for move in state.history],
        state.moves,
        [[frame.flow, frame.version, frame.node] for frame in state.stack],
        sorted(state.sensitive),
    ]
    raw = _as_json(plain).encode("ascii")
    if len(raw) > _MOST_BYTES:
        raise StateError(f"too large: {len(raw)} bytes")
    # A window of the usual size would be 256 kB of memory, made and thrown away at each step of each call.
    packing = zlib.compressobj(9, zlib.DEFLATED, _WINDOW_BITS, _MEMORY_LEVEL)
    packed = packing.compress(raw) + packing.flush()
    return _FORMAT + base64.urlsafe_b64encode(packed).rstrip(b"=").decode("ascii")


def loads(text: str) -> State:
    """The state that `dumps` wrote. Raises StateError for anything else, however hostile."""
    if not text.startswith(_FORMAT):
        raise StateError("not a state of this format")
    try:
        encoded = text[len(_FORMAT) :].encode("ascii")
        packed = base64.b64decode(encoded + b"=" * (-len(encoded) % 4), altchars=b"-_", validate=True)
        unpack = zlib.decompressobj()
        raw = unpack.decompress(packed, _MOST_BYTES)
        if not unpack.eof:
            raise StateError("cut off or too large")
        plain = json.loads(raw)
    except (binascii.Error, zlib.error, ValueError, RecursionError) as error:
        raise StateError(f"cannot be read: {error}") from error
    return _from_plain(plain)


def _from_plain(plain: Any) -> State:
    match plain:
        # The last two were not there in version 0.1, whose calls may be taken over in an upgrade.
        case [
            str(flow),
            int(version),
            str(node),
            str(phase),
            int(attempts),
            dict(data),
            list(history),
            int(moves),
            *later,
        ] if attempts >= 0 and moves >= len(history) and len(later) in (0, 2):
            pass
        case _:
            raise StateError("not the shape of a state")
    if not all(isinstance(value, str) for value in data.values()):
        raise StateError("attached data must be texts")
    if len(history) > HISTORY:
        raise StateError("too long a history")
    past = []
    for item in history:
        match item:
            case [str(left), str(outcome)]:
                past.append(Move(left, outcome))
            case _:
                raise StateError("not the shape of a move")
    stack, sensitive = later or ([], [])
    return State(
        flow, version, node, phase, attempts, data, tuple(past), moves, _stack(stack), _sensitive(sensitive)
    )


def _stack(plain: Any) -> tuple[Frame, ...]:
    if not isinstance(plain, list) or len(plain) > MOST_DEPTH:
        raise StateError("not a stack of sub-flows")
    frames = []
    for item in plain:
        match item:
            case [str(flow), int(version), str(node)]:
                frames.append(Frame(flow, version, node))
            case _:
                raise StateError("not the shape of a frame")
    return tuple(frames)


def _sensitive(plain: Any) -> frozenset[str]:
    if not isinstance(plain, list) or not all(isinstance(key, str) for key in plain):
        raise StateError("not a list of names")
    return frozenset(plain)
