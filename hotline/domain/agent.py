"""An agent's states and the moves between them.

Theory of operation: a state says what the agent is doing *for the queues*; whether the desk phone is
registered or in use for a call of the agent's own is
kept beside it (see :class:`hotline.domain.acd.model.Agent`), since both change without the agent's will.

::

    signed_out ──sign_in──▶ idle ◀──────────ready──────────┐
        ▲                  │ ▲  ╲                          │
     sign_out           offer │   ╲──pause/rest──▶ busy, rest
        │                  ▼  │ offer withdrawn            ▲
        └────── ...     ringing ────── missed ─────────────┘
                           │ answer
                           ▼
                        talking ── hang_up ─▶ wrap_up ── done ─▶ idle (or the state asked for meanwhile)

What is not in the table is refused with :class:`IllegalTransition`; nothing is silently ignored.
"""

from __future__ import annotations

from enum import StrEnum
from typing import Final


class AgentState(StrEnum):
    """What an agent is doing, in the customer's words: 签出 空闲 示忙 休息 振铃 通话 话后处理."""

    SIGNED_OUT = "signed_out"
    IDLE = "idle"
    BUSY = "busy"
    REST = "rest"
    RINGING = "ringing"
    TALKING = "talking"
    WRAP_UP = "wrap_up"


# Outcomes of an offer that count as missed by the agent.
MISSED: Final = frozenset({"no_answer", "busy", "refused"})


class Move(StrEnum):
    """What can happen to an agent."""

    SIGN_IN = "sign_in"
    SIGN_OUT = "sign_out"
    READY = "ready"
    PAUSE = "pause"
    REST = "rest"
    OFFER = "offer"
    WITHDRAW = "withdraw"
    MISS = "miss"
    ANSWER = "answer"
    HANG_UP = "hang_up"
    DONE = "done"
    EXTEND = "extend"


class IllegalTransition(Exception):
    """The move does not exist from the state that the agent is in."""

    def __init__(self, state: AgentState, move: Move) -> None:
        super().__init__(f"an agent who is {state} cannot {move}")
        self.state = state
        self.move = move


_S = AgentState
_RESTING = (_S.IDLE, _S.BUSY, _S.REST)

TRANSITIONS: Final[dict[tuple[AgentState, Move], AgentState]] = {
    (_S.SIGNED_OUT, Move.SIGN_IN): _S.IDLE,
    **{(s, Move.SIGN_OUT): _S.SIGNED_OUT for s in (*_RESTING, _S.WRAP_UP)},
    **{(s, Move.READY): _S.IDLE for s in _RESTING},
    **{(s, Move.PAUSE): _S.BUSY for s in (*_RESTING, _S.WRAP_UP)},
    **{(s, Move.REST): _S.REST for s in (*_RESTING, _S.WRAP_UP)},
    (_S.IDLE, Move.OFFER): _S.RINGING,
    (_S.RINGING, Move.WITHDRAW): _S.IDLE,
    (_S.RINGING, Move.MISS): _S.BUSY,
    (_S.RINGING, Move.ANSWER): _S.TALKING,
    (_S.TALKING, Move.HANG_UP): _S.WRAP_UP,
    (_S.WRAP_UP, Move.DONE): _S.IDLE,
    (_S.WRAP_UP, Move.EXTEND): _S.WRAP_UP,
}

# What a person may ask for, and the move that does it.
REQUESTS: Final[dict[AgentState, Move]] = {
    _S.IDLE: Move.READY,
    _S.BUSY: Move.PAUSE,
    _S.REST: Move.REST,
    _S.SIGNED_OUT: Move.SIGN_OUT,
}


def transition(state: AgentState, move: Move) -> AgentState:
    """The state after *move*. Raises :class:`IllegalTransition`."""
    try:
        return TRANSITIONS[state, move]
    except KeyError:
        raise IllegalTransition(state, move) from None
