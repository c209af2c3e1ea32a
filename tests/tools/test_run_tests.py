"""The runner's totals: nothing that went wrong may look fine."""

import time
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest

from tools import run_tests


@pytest.fixture
def runner(tmp_path: Path) -> run_tests.Runner:
    reports = tmp_path / "reports"
    reports.mkdir()
    return run_tests.Runner(reports, coverage=False, extra=())


def part(tmp_path: Path, source: str) -> run_tests.Part:
    file = tmp_path / "test_sample.py"
    file.write_text(source)
    return run_tests.Part("sample", (str(file),))


def test_passed_failed_and_skipped_tests_are_counted(runner: run_tests.Runner, tmp_path: Path) -> None:
    source = (
        "import pytest\n"
        "def test_good(): pass\n"
        "def test_bad(): raise ValueError\n"
        "def test_left(): pytest.skip('no such switch')\n"
    )

    result = runner.run(part(tmp_path, source))

    assert (result.passed, result.failed, result.skipped) == (1, 1, 1)
    assert result.skip_reasons == ("no such switch",)


@pytest.mark.parametrize(
    "source",
    ["def test_dies():\n    import os\n    os._exit(0)\n", "import no_such_module\n", "def broken(:\n"],
    ids=["a process that dies and says success", "an import that fails", "a syntax error"],
)
def test_what_never_got_to_a_result_is_a_failure(
    runner: run_tests.Runner, tmp_path: Path, source: str
) -> None:
    result = runner.run(part(tmp_path, source))

    assert result.failed >= 1
    assert result.passed == 0


def test_stopping_ends_what_runs_and_starts_nothing_more(runner: run_tests.Runner, tmp_path: Path) -> None:
    waits = part(tmp_path, "import time\ndef test_waits():\n    time.sleep(50)\n")
    with ThreadPoolExecutor(1) as pool:
        running = pool.submit(runner.run, waits)
        while not runner._running:
            time.sleep(0.01)
        runner.stop()

        assert running.result(timeout=20).failed == 1
    assert runner.run(waits).failed == 1


def test_a_part_without_tests_is_no_failure(runner: run_tests.Runner, tmp_path: Path) -> None:
    result = runner.run(part(tmp_path, "VALUE = 1\n"))

    assert (result.passed, result.failed) == (0, 0)


def test_a_run_without_any_test_fails(capsys: pytest.CaptureFixture[str]) -> None:
    assert run_tests._report([], []) == 1
    assert capsys.readouterr().out.splitlines()[-1] == "0 passed, 1 failed, 0 skipped"


def test_the_last_line_is_the_totals(capsys: pytest.CaptureFixture[str]) -> None:
    done = run_tests.Result(run_tests.Part("a", ()), 0, 1.0, passed=3, skipped=1)

    assert run_tests._report([done, done], ["something"]) == 0
    lines = capsys.readouterr().out.splitlines()
    assert lines[-1] == "6 passed, 0 failed, 2 skipped"
    assert any("something" in line for line in lines)


def test_the_closing_lines_name_what_failed(
    runner: run_tests.Runner, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    result = runner.run(part(tmp_path, "def test_it(): assert 1 == 2, 'one is not two'"))
    assert run_tests._report([result], []) == 1
    lines = capsys.readouterr().out.splitlines()
    assert lines[-2].startswith("FAILED [sample] ")
    assert "test_it: " in lines[-2]
    assert "one is not two" in lines[-2]
    assert lines[-1] == "0 passed, 1 failed, 0 skipped"
