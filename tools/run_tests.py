"""Run the whole test suite in several processes and end with one line of totals.

Under gevent's patches pytest-xdist crashes, so that whole pytest processes are run side by side, one for
each part of the tests. Their output is passed on a line at a time, the part's name in front. The stages:

1. every part on SQLite, two processes at a time (contract tests on each switch that is found);
2. the tests that use a database once more, on MariaDB, and those marked mariadb;
3. the browser tests, then the live tests on a real FreeSWITCH: alone, because they measure times.

Whatever is left out is named in a banner at the start and again before the totals.
"""

import argparse
import contextlib
import os
import re
import shutil
import signal
import subprocess
import sys
import tempfile
import threading
import time
from collections.abc import Iterable, Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from pathlib import Path
from xml.etree import ElementTree as ET

from tools import services

ROOT = Path(__file__).resolve().parent.parent
TESTS = ROOT / "tests"

# pytest's exit codes that are no failure: all passed, nothing collected.
FINE = {0, 5}
# A part that hangs outside a test, where pytest-timeout does not reach.
PART_TIMEOUT_S = 1500
# So much of a failure's message stands in the closing list; the whole is in the part's output above.
FAILURE_LETTERS = 300
# A folder of more files is run in pieces, so that the processes end at about the same time.
FILES_A_PART = 16
# Parts that need a whole machine or a program of their own; each runs alone.
ALONE = ("browser", "live")
# How a test file or a conftest.py names what tests/conftest.py offers on databases.
DATABASE_WORDS = re.compile(r"\b(database|database_url|make_database|mariadb)\b")
FREESWITCH_PLACES = ("/usr/local/freeswitch/bin", "/usr/bin", "/opt/freeswitch/bin")


@dataclass(frozen=True)
class Part:
    """One pytest process: its name in the output, what it runs, and where."""

    name: str
    arguments: tuple[str, ...]
    environment: dict[str, str] = field(default_factory=dict)


@dataclass(frozen=True)
class Result:
    part: Part
    exit_code: int
    seconds: float
    passed: int = 0
    failed: int = 0
    skipped: int = 0
    skip_reasons: tuple[str, ...] = ()
    failures: tuple[str, ...] = ()


class Runner:
    """Runs parts and passes their output on, whole lines at a time."""

    def __init__(self, reports: Path, *, coverage: bool, extra: Iterable[str]) -> None:
        self._reports = reports
        self._coverage = coverage
        self._extra = tuple(extra)
        self._printing = threading.Lock()
        self._running: set[subprocess.Popen[str]] = set()
        self._stopped = threading.Event()

    def run(self, part: Part) -> Result:
        if self._stopped.is_set():
            return Result(part, exit_code=1, seconds=0.0, failed=1)
        report = self._reports / f"{part.name.replace('/', '-').replace(' ', '-')}.xml"
        program = ("coverage", "run", "-m", "pytest") if self._coverage else ("pytest",)
        command = [
            *(sys.executable, "-m", *program),
            *("-q", "--color=no", "-p", "no:cacheprovider", f"--junit-xml={report}"),
            *self._extra,
            *part.arguments,
        ]
        started = time.monotonic()
        process = subprocess.Popen(
            command,
            cwd=ROOT,
            env={**os.environ, **part.environment},
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
            errors="replace",
            start_new_session=True,
        )
        self._running.add(process)
        timer = threading.Timer(PART_TIMEOUT_S, self._end_late, (part, process))
        timer.start()
        try:
            assert process.stdout is not None  # noqa: S101 - it was asked for
            for line in process.stdout:
                self.say(part.name, line.rstrip("\n"))
            exit_code = process.wait()
        finally:
            timer.cancel()
            self._running.discard(process)
        return _result(part, exit_code, time.monotonic() - started, report)

    def say(self, name: str, line: str) -> None:
        with self._printing:
            print(f"[{name}] {line}" if name else line, flush=True)

    def stop(self) -> None:
        """End what runs and start nothing more."""
        self._stopped.set()
        for process in list(self._running):
            _kill_session(process)

    def _end_late(self, part: Part, process: subprocess.Popen[str]) -> None:
        self.say(part.name, f"still running after {PART_TIMEOUT_S} s: killed")
        _kill_session(process)


def _kill_session(process: subprocess.Popen[str]) -> None:
    """Kill a part and what it started and did not stop; each part has a session of its own."""
    with contextlib.suppress(ProcessLookupError):
        os.killpg(process.pid, signal.SIGKILL)


def _result(part: Part, exit_code: int, seconds: float, report: Path) -> Result:
    if not report.exists():
        # The process died before it could report, whatever its exit code says.
        return Result(part, exit_code, seconds, failed=1)
    suites = list(ET.parse(report).getroot().iter("testsuite"))  # noqa: S314 - our own file
    total, failures, errors, skipped = (
        sum(int(suite.get(name, 0)) for suite in suites)
        for name in ("tests", "failures", "errors", "skipped")
    )
    reasons = tuple(
        element.get("message", "")
        for suite in suites
        for element in suite.iter("skipped")
        if element.get("message")
    )
    failed = failures + errors
    if exit_code not in FINE and not failed:
        failed = 1
    passed = max(0, total - failures - errors - skipped)
    return Result(part, exit_code, seconds, passed, failed, skipped, reasons, tuple(_failures(suites)))


def _failures(suites: list[ET.Element]) -> Iterator[str]:
    """Name each test that failed, with the beginning of what it said."""
    for suite in suites:
        for case in suite.iter("testcase"):
            for kind in ("failure", "error"):
                for found in case.iter(kind):
                    said = " ".join(found.get("message", "").split())
                    name = f"{case.get('classname', '')}.{case.get('name', '')}"
                    yield f"{name}: {said[:FAILURE_LETTERS]}"


def find_freeswitch() -> str | None:
    """Find FreeSWITCH as the product does: HOTLINE_FREESWITCH, the path, the usual places."""
    named = os.environ.get("HOTLINE_FREESWITCH")
    if named:
        return named if Path(named).exists() else None
    return shutil.which("freeswitch") or shutil.which("freeswitch", path=os.pathsep.join(FREESWITCH_PLACES))


def shared_parts(marks: str) -> Iterator[Part]:
    """One part for each folder of tests that holds test files, several for a large one; not those that run
    alone.
    """
    for folder in _folders():
        name = folder.relative_to(TESTS).as_posix()
        if name.split("/")[0] in ALONE:
            continue
        files = sorted(path.relative_to(ROOT).as_posix() for path in folder.glob("test_*.py"))
        pieces = -(-len(files) // FILES_A_PART)
        for piece in range(pieces):
            number = f" {piece + 1}" if pieces > 1 else ""
            # Neighbours of the alphabet are often about the same and as slow: they are dealt out like cards.
            yield Part(f"{name if name != '.' else 'tests'}{number}", ("-m", marks, *files[piece::pieces]))


def database_parts(marks: str, server: str) -> Iterator[Part]:
    """The same parts on MariaDB, only the tests that use a database; parts that name none are not started."""
    for part in shared_parts(marks):
        files = [argument for argument in part.arguments if argument.endswith(".py")]
        if any(_may_use_database(ROOT / name) for name in files):
            yield Part(
                f"{part.name} mariadb",
                (*part.arguments, "--database-tests-only"),
                {"HOTLINE_TEST_DATABASE_URL": server},
            )


def alone_part(name: str, marks: str) -> Part | None:
    folder = TESTS / name
    if not any(folder.glob("**/test_*.py")):
        return None
    return Part(name, ("-m", marks, f"tests/{name}"))


def _folders() -> list[Path]:
    """All folders of tests, the largest first so that the last process to end is a short one."""
    folders = [TESTS, *(path for path in TESTS.rglob("*") if path.is_dir() and path.name != "__pycache__")]
    return sorted(folders, key=lambda path: -sum(file.stat().st_size for file in path.glob("test_*.py")))


def _may_use_database(file: Path) -> bool:
    """Tell whether a test file, or a conftest.py that it sees below tests/, names a database fixture."""
    sources = [file]
    folder = file.parent
    while folder != TESTS:
        sources.append(folder / "conftest.py")
        folder = folder.parent
    return any(DATABASE_WORDS.search(path.read_text()) for path in sources if path.exists())


def _banner(lines: list[str]) -> None:
    if not lines:
        return
    rule = "!" * 100
    print("\n".join([rule, "!!  LEFT OUT OF THIS RUN", *(f"!!  {line}" for line in lines), rule]), flush=True)


def left_out(*, slow: bool) -> list[str]:
    """Name what this machine or this run cannot test."""
    lines = []
    if find_freeswitch() is None:
        lines.append(
            "tests/live and the contract tests on FreeSWITCH: no freeswitch on the path, in "
            "/usr/local/freeswitch/bin or in HOTLINE_FREESWITCH. The simulated switch stands in for it."
        )
    if not services.mariadb_found():
        lines.append("the database tests on MariaDB: no mariadbd (make packages-test)")
    if not services.redis_found():
        lines.append("the Redis tests: no redis-server (make packages-test)")
    if shutil.which("chromium") is None:
        lines.append("tests/browser: no chromium (make packages-test)")
    if not slow:
        lines.append("tests marked slow: `make test-slow` runs them")
    return lines


def _run_stages(runner: Runner, folder: Path, options: argparse.Namespace) -> list[Result]:
    marks = "slow" if options.slow else "not slow"
    results: list[Result] = []
    with contextlib.ExitStack() as stack:
        if services.redis_found():
            os.environ["HOTLINE_TEST_REDIS_URL"] = stack.enter_context(services.redis(folder / "redis"))
        stages = [list(shared_parts(f"{marks} and not mariadb"))]
        if not options.unit and services.mariadb_found():
            server = stack.enter_context(services.mariadb(folder / "mariadb"))
            stages.append(list(database_parts(marks, server)))
        if not options.unit:
            found = {"browser": shutil.which("chromium"), "live": find_freeswitch()}
            stages += [[part] for name in ALONE if found[name] and (part := alone_part(name, marks))]
        for stage in stages:
            with ThreadPoolExecutor(options.processes) as pool:
                try:
                    results += pool.map(runner.run, stage)
                except KeyboardInterrupt:
                    runner.stop()
                    raise
    return results


def _report(results: list[Result], missing: list[str]) -> int:
    print()
    for result in results:
        verdict = "FAILED" if result.failed else "ok"
        print(
            f"{verdict:6} {result.part.name:40} {result.passed:5} passed {result.failed:3} failed "
            f"{result.skipped:3} skipped {result.seconds:6.1f} s"
        )
    for reason in sorted({reason for result in results for reason in result.skip_reasons}):
        print(f"skipped: {reason}")
    _banner(missing)
    # Last, so that whoever reads only the end of a long log sees what to look for above.
    for result in results:
        for failure in result.failures:
            print(f"FAILED [{result.part.name}] {failure}")
    passed, failed, skipped = (
        sum(getattr(result, name) for result in results) for name in ("passed", "failed", "skipped")
    )
    if not passed and not failed:
        print("no test ran")
        failed = 1
    print(f"{passed} passed, {failed} failed, {skipped} skipped", flush=True)
    return 1 if failed else 0


def main() -> int:
    parser = argparse.ArgumentParser(description="Run the tests in several processes.")
    parser.add_argument(
        "--unit", action="store_true", help="only the first stage: no MariaDB, browser, FreeSWITCH"
    )
    parser.add_argument("--slow", action="store_true", help="only the tests marked slow")
    parser.add_argument(
        "--coverage", action="store_true", help="measure coverage (then: coverage combine, report)"
    )
    parser.add_argument("--processes", type=int, default=os.cpu_count() or 2)
    parser.add_argument("extra", nargs="*", help="arguments for every pytest, after --")
    options = parser.parse_args()
    # A run that is ended from outside tidies up as on Ctrl-C.
    signal.signal(signal.SIGTERM, signal.default_int_handler)
    missing = left_out(slow=options.slow)
    _banner(missing)
    with tempfile.TemporaryDirectory(prefix="hotline-tests-") as folder:
        reports = Path(folder) / "reports"
        reports.mkdir()
        runner = Runner(reports, coverage=options.coverage, extra=options.extra)
        results = _run_stages(runner, Path(folder), options)
    return _report(results, missing)


if __name__ == "__main__":
    try:
        sys.exit(main())
    except KeyboardInterrupt:
        sys.exit("interrupted")
