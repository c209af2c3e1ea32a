"""The command line, as people use it: in a process of its own."""

import json
import os
import re
import signal
import sqlite3
import subprocess
import sys
from pathlib import Path

import pytest
from gevent import socket

from hotline.config import PROJECT
from hotline.store import decisions
from tests.domain.replay.world import ChanceCentre
from tools import services

COMMANDS = {
    "serve",
    "web",
    "esl",
    "jobs",
    "switch",
    "migrate",
    "seed",
    "import-cdr",
    "doctor",
    "replay",
    "simulate",
}


@pytest.fixture
def environ(home: Path) -> dict[str, str]:
    """An installation of its own on free ports, with the simulated switch."""
    kept = {name: value for name, value in os.environ.items() if not name.startswith("HOTLINE_")}
    ports = {
        f"HOTLINE_{name}": f"127.0.0.1:{services.free_port()}"
        for name in ("HTTP", "ESL_LISTEN", "ESL_STANDBY", "FS_EVENT_SOCKET")
    }
    return kept | ports | {"HOTLINE_HOME": str(home), "HOTLINE_SWITCH": "simulated"}


def run(environ: dict[str, str], *words: str, timeout: float = 50.0) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [sys.executable, str(PROJECT / "run.py"), *words],
        env=environ,
        cwd=PROJECT,
        capture_output=True,
        text=True,
        check=False,
        timeout=timeout,
    )


def in_one_line(done: subprocess.CompletedProcess[str]) -> str:
    """What a refused start says; no traceback, no second line."""
    assert done.returncode == 1
    assert "Traceback" not in done.stderr
    (line,) = [line for line in done.stderr.splitlines() if line.startswith("Error: ")]
    return line


# --- help and settings --------------------------------------------------------------------------------------


def test_help_tells_every_command(environ):
    done = run(environ, "--help")
    assert done.returncode == 0
    listed = done.stdout.partition("Commands:")[2]
    assert set(re.findall(r"^  ([a-z-]+)", listed, re.MULTILINE)) == COMMANDS


def test_help_is_given_however_wrong_the_settings_are(environ):
    done = run(environ | {"HOTLINE_HTTP": "nonsense"}, "serve", "--help")
    assert done.returncode == 0
    assert "Start everything" in done.stdout


@pytest.mark.parametrize(
    ("name", "value", "says"),
    [
        ("HOTLINE_HTPP", "127.0.0.1:1", "HOTLINE_HTPP is not a setting"),
        ("HOTLINE_SIP_PORT", "many", "HOTLINE_SIP_PORT must be a port"),
        ("HOTLINE_DATABASE_URL", "oracle://x", "HOTLINE_DATABASE_URL must begin with"),
    ],
)
def test_a_bad_setting_stops_the_start_with_one_line(environ, name, value, says):
    done = run(environ | {name: value}, "serve")
    assert done.stderr.count("\n") == 1
    assert says in in_one_line(done)


def test_a_command_that_does_not_exist_is_told(environ):
    done = run(environ, "fly")
    assert done.returncode == 2
    assert "fly" in done.stderr


# --- database -----------------------------------------------------------------------------------------------


def test_migrate_makes_the_database_and_does_nothing_the_second_time(environ, home):
    first, second = run(environ, "migrate"), run(environ, "migrate")
    assert (first.returncode, second.returncode) == (0, 0), first.stderr
    assert first.stdout == second.stdout
    assert "the database is at" in first.stdout
    with sqlite3.connect(home / "hotline.db") as database:
        assert database.execute("SELECT count(*) FROM agents").fetchone() == (0,)


def test_seed_shows_the_password_once_and_makes_nothing_twice(environ, home):
    first, second = run(environ, "seed"), run(environ, "seed")
    assert first.returncode == 0, first.stderr
    password = re.search(r"shown only now: (\S+)", first.stdout)[1]
    assert "8001" in first.stdout
    assert second.returncode == 0
    assert "nothing was missing" in second.stdout
    assert password not in second.stdout
    with sqlite3.connect(home / "hotline.db") as database:
        assert database.execute("SELECT count(*) FROM agents").fetchone() == (23,)
        stored = str(database.execute("SELECT * FROM users").fetchall())
    assert password not in stored


def test_seed_takes_the_password_that_it_is_given(environ):
    done = run(environ, "seed", "--password", "correct horse battery staple")
    assert "shown only now: correct horse battery staple" in done.stdout


def test_a_database_that_is_away_is_told_in_one_line_without_its_password(environ):
    url = f"mysql+pymysql://hotline:secret-word@127.0.0.1:{services.free_port()}/hotline"
    said = in_one_line(run(environ | {"HOTLINE_DATABASE_URL": url}, "migrate"))
    assert "127.0.0.1" in said
    assert "secret-word" not in said


# --- doctor -------------------------------------------------------------------------------------------------


def test_the_doctor_fails_on_a_fresh_installation_and_says_what_to_do(environ):
    done = run(environ, "doctor")
    assert done.returncode == 1, done.stderr
    lines = done.stdout.splitlines()
    failed = [number for number, line in enumerate(lines) if line.startswith("FAIL")]
    assert [lines[number].split(":")[0] for number in failed] == ["FAIL database", "FAIL prompts"]
    assert all("run" in lines[number + 1] for number in failed)


# --- processes ----------------------------------------------------------------------------------------------


def test_an_occupied_address_of_the_call_side_is_told_in_one_line(environ):
    with socket.socket() as other:
        other.bind(("127.0.0.1", 0))
        other.listen()
        taken = f"127.0.0.1:{other.getsockname()[1]}"
        said = in_one_line(run(environ | {"HOTLINE_ESL_LISTEN": taken}, "serve"))
    assert "HOTLINE_ESL_LISTEN" in said
    assert taken in said


def test_an_occupied_address_of_the_console_is_told_in_one_line(environ):
    with socket.socket() as other:
        other.bind(("127.0.0.1", 0))
        other.listen()
        taken = f"127.0.0.1:{other.getsockname()[1]}"
        said = in_one_line(run(environ | {"HOTLINE_HTTP": taken}, "serve"))
    assert "HOTLINE_HTTP" in said
    assert taken in said


def test_a_freeswitch_that_is_asked_for_and_not_there_is_told_in_one_line(environ, tmp_path):
    asked = {"HOTLINE_SWITCH": "freeswitch", "HOTLINE_FREESWITCH": str(tmp_path)}
    assert str(tmp_path) in in_one_line(run(environ | asked, "serve"))


def test_serve_says_where_everything_is_and_stops_on_ctrl_c_without_a_trace(environ):
    process = subprocess.Popen(
        [sys.executable, str(PROJECT / "run.py"), "serve", "--quiet"],
        env=environ,
        cwd=PROJECT,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    )
    with process:
        said = ""
        for line in process.stdout:
            said += line
            if "Ctrl-C" in line:
                break
        process.send_signal(signal.SIGINT)
        rest, errors = process.communicate(timeout=30)
    assert process.returncode == 0, errors
    assert f"http://{environ['HOTLINE_HTTP']}" in said
    assert "simulated" in said
    assert "shown only now" in said
    assert "Traceback" not in errors + rest


def test_simulated_calls_are_made_and_counted(environ):
    done = run(
        environ | {"HOTLINE_LOG_FORMAT": "json"},
        "simulate",
        "--rate",
        "20",
        "--count",
        "2",
        "--talk",
        "1",
        "--seed",
        "7",
    )
    assert done.returncode == 0, done.stderr
    counted = re.search(r"2 calls with seed 7: (.*)", done.stdout)[1]
    assert sum(int(number) for number in re.findall(r"\d+", counted)) == 2
    for line in done.stderr.splitlines():
        assert json.loads(line)["event"]


@pytest.fixture
def recorded_hour(home) -> str:
    """An hour's decisions, as a call side keeps them."""
    centre = ChanceCentre(3, calls=150)
    centre.record()
    decisions.append(decisions.path_of(home / "decisions", "2026-11-27T10", "e1"), "\n".join(centre.lines))
    return "2026-11-27T10"


def test_a_past_hour_is_decided_again(environ, recorded_hour):
    done = run(environ, "replay", "--json")
    assert done.returncode == 0, done.stderr
    told = json.loads(done.stdout)
    assert (told["hour"], told["different"], told["decided"] > 100) == (recorded_hour, 0, True)


def test_a_past_hour_is_decided_under_other_settings(environ, recorded_hour):
    done = run(
        environ,
        "replay",
        "--hour",
        recorded_hour,
        "--queue",
        "*.max_wait_seconds=30",
        "--agent",
        "8001.priority=1",
        "--progress",
    )
    assert done.returncode == 0, done.stderr
    assert "calls went otherwise:" in done.stdout
    assert done.stderr.splitlines()[-1] == "100"


@pytest.mark.parametrize(
    ("words", "says"),
    [
        (("--hour", "2026-11-27T09"), "nothing was kept of 2026-11-27T09; there is 2026-11-27T10"),
        (("--queue", "policy.colour=red"), "policy.colour cannot be changed"),
        (("--queue", "polcy.ring_seconds=9"), "there was no queue 'polcy' in that hour"),
    ],
)
def test_a_replay_that_cannot_be_is_told_in_one_line(environ, recorded_hour, words, says):
    assert says in in_one_line(run(environ, "replay", *words))
