"""Where scripts run: a few worker processes, each taken for one decision and clean for the next.

A script cannot reach the host: what comes back is one text of bounded length, made by the sandbox's own
formatting and read as JSON here, never an object of the script's making. Its time, memory and recursion are
limited inside the worker; a worker that does not keep to that is killed and replaced.
"""

from __future__ import annotations

import contextlib
import json
import os
import resource
import sys
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Any, Final, Literal, Self

import pydantic_monty as monty

from hotline.domain.routing.facts import RoutingFacts, dump
from hotline.domain.routing.route import Route
from hotline.scripting.source import facts_used, marked
from hotline.scripting.stubs import prelude

TIME_LIMIT_MS: Final = 50
WORKERS: Final = 4
MEMORY_BYTES: Final = 4 * 2**20
RECURSION: Final = 100
# What a worker may take of the machine at all, whatever the interpreter believes to use.
_ADDRESS_SPACE_BYTES: Final = 2**30
_NICENESS: Final = 3
_PRINTED_BYTES: Final = 4000
_ANSWER_CHARACTERS: Final = 8000
_MESSAGE_CHARACTERS: Final = 300
# How long a worker may go on after its time before it is killed.
_GRACE_SECONDS: Final = 0.02
# How long anything else may take of a worker, such as its start.
_SPAWN_SECONDS: Final = 1.0
_LOCAL_OFFSET: Final = 8 * 3600

# The braces of a format keep the answer a text of bounded length, whatever names the script has taken.
_ANSWER: Final = (
    '\n_made = route(_call)\n"" if _made is None else '
    f'f"{{_json.dumps([_made.target, _made.priority, _made.data, _lines.get(id(_made), 0)])!s:.{_ANSWER_CHARACTERS}}}"\n'
)
_CALL: Final = "_call = Call(**{**_facts, 'queues': {code: Queue(**queue) for code, queue in _facts['queues'].items()}})\n"

# The library looks for this package at every session. A search that fails each time takes the import lock, which
# threads that do not know of greenlets must not wait for; this way the answer is there at once.
try:
    import opentelemetry  # type: ignore[import-not-found]  # noqa: F401
except ModuleNotFoundError:
    sys.modules["opentelemetry"] = None  # type: ignore[assignment]

Kind = Literal["time", "memory", "recursion", "syntax", "error", "bad_result", "crashed", "busy", "resting"]
_KINDS: Final[Mapping[str, Kind]] = {
    "TimeoutError": "time",
    "MemoryError": "memory",
    "RecursionError": "recursion",
}


class ScriptFailed(Exception):
    """A script gave no route. ``line`` is from 1, or 0 where none can be told."""

    def __init__(self, kind: Kind, message: str, line: int = 0) -> None:
        super().__init__(message)
        self.kind: Kind = kind
        self.message = message
        self.line = line


@dataclass(frozen=True, slots=True)
class Script:
    """One version of a script, made ready. ``runnable`` is what a worker is given, in the lines of the text."""

    code: str
    version: int
    text: str
    # Made at once: what is made on demand takes locks, which threads and greenlets cannot share.
    runnable: str = field(init=False, repr=False)

    def __post_init__(self) -> None:
        object.__setattr__(self, "runnable", marked(self.text) + _ANSWER)

    def used(self, facts: RoutingFacts) -> dict[str, object]:
        """The facts that the script names, for the explanation."""
        return facts_used(self.text, facts)


@dataclass(frozen=True, slots=True)
class Ran:
    """What a script decided: ``line`` is where the route was made (0: it returned None), ``printed`` what it
    printed.
    """

    route: Route
    line: int
    printed: str


class Sandbox:
    """A pool of workers, as a context: within it they live. :meth:`run` may be called from several threads."""

    def __init__(
        self, *, time_limit_ms: int = TIME_LIMIT_MS, workers: int = WORKERS, patience_seconds: float = 0.1
    ) -> None:
        self._limit = time_limit_ms / 1000
        self._workers = workers
        self._settled: set[int] = set()
        # All workers may have died since the last decision; after them comes a new one.
        self._attempts = workers + 1
        self._pool = monty.Monty(
            min_processes=workers,
            max_processes=workers,
            checkout_timeout=patience_seconds,
            request_timeout=_SPAWN_SECONDS,
            feed_duration_limit_grace=_GRACE_SECONDS,
        )

    def __enter__(self) -> Self:
        self._pool.__enter__()
        self._warm_up()
        return self

    def __exit__(self, *_: object) -> None:
        self._pool.__exit__(None, None, None)

    def _warm_up(self) -> None:
        """Let each worker run once: the first run of a process takes most of what a caller's script has."""
        with contextlib.ExitStack() as sessions:
            for _ in range(self._workers):
                session = sessions.enter_context(self._pool.checkout())
                self._settle(session.worker_pid)
                session.feed_run(prelude())

    def run(self, script: Script, facts: RoutingFacts, now: float, seed: str = "") -> Ran:
        """The script's decision. ``now`` is the script's clock, ``seed`` where its chance begins.

        Blocks its thread, for the time limit and a little more at most. Raises :class:`ScriptFailed`.
        """
        for attempt in range(self._attempts):
            printed = monty.CollectString(_PRINTED_BYTES)
            begun = False
            try:
                with self._session(now, seed) as session:
                    self._settle(session.worker_pid)
                    session.feed_run(prelude())
                    session.feed_run(_CALL, inputs={"_facts": dump(facts)})
                    begun = True
                    answer = session.feed_run(script.runnable, print_callback=printed)
            except monty.MontyError as error:
                # A worker that died, or was too new to be quick, before it saw the script says nothing about it.
                if begun or attempt + 1 == self._attempts:
                    raise failure(error, script.text) from error
            except TimeoutError as error:
                raise ScriptFailed("busy", "no worker is free") from error
            else:
                return _read(answer, printed.output)
        raise AssertionError("the last attempt returns or raises")

    def _session(self, now: float, seed: str) -> monty.MontySession:
        return self._pool.checkout(
            script_name="script.py",
            limits={
                "max_feed_duration_secs": self._limit,
                "max_memory": MEMORY_BYTES,
                "max_recursion_depth": RECURSION,
                "max_suspensions": 20,
            },
            os_policy={
                "datetime": datetime.fromtimestamp(now, UTC),
                "timezone": {"offset_seconds": _LOCAL_OFFSET},
                "sleep": "zero",
                "random_start": {"seed": seed},
            },
        )

    def _settle(self, pid: int | None) -> None:
        """Let a new worker stand back behind those who hold calls."""
        if pid is None or pid in self._settled:
            return
        # A worker that has died meanwhile is not there to be told.
        with contextlib.suppress(OSError):
            os.setpriority(os.PRIO_PROCESS, pid, _NICENESS)
            resource.prlimit(pid, resource.RLIMIT_AS, (_ADDRESS_SPACE_BYTES, _ADDRESS_SPACE_BYTES))
            self._settled.add(pid)


def failure(error: monty.MontyError, text: str) -> ScriptFailed:
    """What went wrong, in one line, and in which line of the script."""
    if isinstance(error, monty.MontyCrashedError):
        kind: Kind = "time" if error.timed_out else "crashed"
        return ScriptFailed(kind, str(error)[:_MESSAGE_CHARACTERS])
    message = str(error)[:_MESSAGE_CHARACTERS]
    if isinstance(error, monty.MontySyntaxError):
        return ScriptFailed("syntax", message, _line(error, text))
    if isinstance(error, monty.MontyRuntimeError):
        return ScriptFailed(_KINDS.get(message.partition(":")[0], "error"), message, _line(error, text))
    return ScriptFailed("error", message)


def _line(error: monty.MontySyntaxError | monty.MontyRuntimeError, text: str) -> int:
    """The innermost line that is the script's own; 0 where the failure is in what we add."""
    most = text.count("\n") + 1
    lines = [frame.line for frame in error.traceback() if frame.line <= most]
    return lines[-1] if lines else 0


def _read(answer: Any, printed: str) -> Ran:
    if answer == "":
        return Ran(Route(), 0, printed)
    try:
        target, priority, values, line = json.loads(answer)
    except (TypeError, ValueError, RecursionError) as error:
        raise ScriptFailed("bad_result", "the route cannot be read") from error
    if not (
        isinstance(target, str)
        and (priority is None or (isinstance(priority, int) and not isinstance(priority, bool)))
        and isinstance(values, dict)
        and all(isinstance(value, str) for value in values.values())
        and isinstance(line, int)
    ):
        raise ScriptFailed("bad_result", "a route has a text, a whole number or None, and texts as data")
    return Ran(Route(target, priority, values), line, printed)
