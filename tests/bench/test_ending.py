"""A bench that is told to end stops what it has started."""

import os
import signal
import subprocess
import sys
from pathlib import Path

from hotline.config import PROJECT

# A bench that measures for ever; each line of what it prints is something that happened.
BENCH = """
from bench import __main__ as bench
import sys, time

def measure():
    try:
        print("measures", flush=True)
        time.sleep(600)
    finally:
        print("stops", flush=True)
        sys.stdin.readline()
        print("stopped", flush=True)

bench.COMMANDS["endless"] = measure
sys.argv = ["bench", "endless"]
bench.main()
"""


def test_a_bench_that_is_told_to_end_stops_its_parts_and_is_not_cut_short_by_a_second_order(tmp_path: Path):
    bench = subprocess.Popen(
        [sys.executable, "-c", BENCH],
        cwd=PROJECT,
        env={**os.environ, "HOTLINE_HOME": str(tmp_path)},
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        text=True,
    )
    with bench:
        assert bench.stdout.readline() == "measures\n"
        bench.send_signal(signal.SIGTERM)
        assert bench.stdout.readline() == "stops\n"
        bench.send_signal(signal.SIGTERM)
        told, _errors = bench.communicate("go on\n", timeout=20)
    assert (told, bench.returncode) == ("stopped\n", 128 + signal.SIGTERM)
