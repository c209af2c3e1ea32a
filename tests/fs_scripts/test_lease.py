"""One call side holds the lease, and its death gives it to the other at once."""

import errno
import signal
import subprocess
import sys
import time
from contextlib import contextmanager

import gevent
import pytest

from fs_scripts.lease import Lease
from hotline.config import PROJECT

HOLDER = """
from gevent import monkey; monkey.patch_all()
import sys, time
from pathlib import Path
from fs_scripts.lease import Lease
lease = Lease(Path(sys.argv[1]))
print("waiting", flush=True)
lease.wait()
print("mine", flush=True)
sys.stdin.read()
"""


@pytest.fixture
def path(tmp_path):
    return tmp_path / "run" / "call-side.lock"


@contextmanager
def holder(path):
    process = subprocess.Popen(
        [sys.executable, "-c", HOLDER, str(path)],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        cwd=PROJECT,
        text=True,
    )
    with process:
        try:
            assert process.stdout.readline() == "waiting\n"
            yield process
        finally:
            process.kill()


def test_one_has_it_and_the_other_waits(path):
    first, second = Lease(path), Lease(path)
    assert first.try_acquire()
    assert first.try_acquire(), "asking again changes nothing"
    assert not second.try_acquire()
    first.release()
    first.release()
    assert second.try_acquire()
    second.release()


def test_waiting_lets_others_run(path):
    first, second = Lease(path), Lease(path)
    first.try_acquire()
    waiter = gevent.spawn(second.wait, 0.001)
    gevent.sleep(0.01)
    assert not waiter.ready()
    first.release()
    waiter.join(1.0)
    assert waiter.ready()
    second.release()


def test_the_file_names_the_process_that_has_it(path):
    with holder(path) as process:
        assert process.stdout.readline() == "mine\n"
        assert path.read_text() == f"{process.pid}\n"
        assert not Lease(path).try_acquire()


def test_the_death_of_the_holder_gives_it_to_the_one_that_waits_within_100_ms(path):
    with holder(path) as first:
        assert first.stdout.readline() == "mine\n"
        with holder(path) as second:
            first.send_signal(signal.SIGKILL)
            killed = time.monotonic()
            assert second.stdout.readline() == "mine\n"
            assert time.monotonic() - killed < 0.1


def test_a_disk_that_is_full_keeps_nobody_from_the_lease(path, monkeypatch):
    def full(*args):
        raise OSError(errno.ENOSPC, "No space left on device")

    monkeypatch.setattr("fs_scripts.lease.os.pwrite", full)
    lease = Lease(path)
    assert lease.try_acquire()
    lease.release()
