"""Random callers and telephones for the demo and for load: same seed, same callers with the same scripts.

Times are simulated seconds. The scripts follow the demo's number plan.
"""

from __future__ import annotations

import random
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from fs_scripts.simulated.callers import (
    AwaitAgent,
    AwaitAgentGone,
    Caller,
    HangUpAfter,
    Key,
    Speak,
    Step,
    Wait,
)
from fs_scripts.simulated.phones import Phone
from fs_scripts.simulated.switch import SimulatedSwitch

_QUEUES = ("1", "1", "1", "2", "2", "3", "0")
_WRONG_KEYS = ("5", "6", "7", "8")
_CODES = ("1001#", "1002#", "1003#", "9999#")
_MARKS = ("1", "1", "1", "1", "2", "2", "3")
_SURNAMES = "赵钱孙李周吴郑王冯陈褚卫蒋沈韩杨朱秦尤许"
_TALK_MEAN = 90.0
_SHORTEST_TALK = 8.0


@dataclass(frozen=True)
class Population:
    """``count`` callers who arrive at ``rate`` calls a second (a Poisson process); ``seed`` fixes everything.

    ``patience`` is the mean time that a caller waits for an agent, ``talk`` the mean length of a conversation.
    """

    rate: float
    count: int
    seed: int = 1
    patience: float = 120.0
    talk: float = _TALK_MEAN
    called: str = "12366"

    def calls(self) -> Iterator[tuple[float, Caller]]:
        """Each caller with the time of the call, in seconds from the beginning."""
        rng = random.Random(self.seed)
        at = 0.0
        for index in range(self.count):
            at += rng.expovariate(self.rate)
            yield at, self._caller(rng, index)

    def phones(self, extensions: Sequence[str]) -> list[Phone]:
        """Telephones that answer after one to six seconds and miss a call now and then."""
        return [
            Phone(
                extension,
                answers_after=lambda rng: rng.uniform(1.0, 6.0),
                talks_for=lambda rng: (
                    _SHORTEST_TALK + rng.expovariate(1 / max(1.0, self.talk - _SHORTEST_TALK))
                ),
                misses=0.04,
            )
            for extension in extensions
        ]

    def run(self, switch: SimulatedSwitch) -> int:
        """Place every call when its time has come; returns when the last one is placed, with their number."""
        began = switch.clock.elapsed()
        placed = 0
        for at, caller in self.calls():
            switch.clock.sleep(began + at - switch.clock.elapsed())
            switch.place_call(caller)
            placed += 1
        return placed

    def _caller(self, rng: random.Random, index: int) -> Caller:
        number = f"1{rng.choice('3578')}{rng.randrange(10**9):09d}"
        return Caller(
            number=number,
            called=self.called,
            name=f"{rng.choice(_SURNAMES)}{'先生' if rng.random() < 0.5 else '女士'}",
            script=tuple(self._script(rng)),
            patience=600.0,
            variables={"sim_caller": str(index)},
        )

    def _script(self, rng: random.Random) -> Iterator[Step]:
        kind = rng.random()
        reaction = rng.uniform(0.5, 4.0)
        if kind < 0.06:
            yield HangUpAfter(rng.uniform(1.0, 15.0))
            return
        if rng.random() < 0.08:
            yield Key(rng.choice(_WRONG_KEYS), after=reaction)
        if kind < 0.18:
            yield Key("4", after=reaction)
            yield Key(rng.choice(_CODES), after=rng.uniform(1.0, 5.0))
            yield Wait(rng.uniform(5.0, 20.0))
            yield HangUpAfter()
            return
        if kind < 0.24:
            yield Key("9", after=reaction)
            yield Speak(rng.uniform(4.0, 25.0))
            yield HangUpAfter(1.0)
            return
        yield Key(rng.choice(_QUEUES), after=reaction)
        yield AwaitAgent(patience=15.0 + rng.expovariate(1 / self.patience))
        if rng.random() < 0.3:
            yield AwaitAgentGone(at_most=rng.uniform(_SHORTEST_TALK, self.talk))
            yield HangUpAfter()
            return
        yield AwaitAgentGone()
        if rng.random() < 0.8:
            yield Key(rng.choice(_MARKS), after=rng.uniform(0.5, 3.0))
