"""Random histories of the ACD for as long as one likes: ``python -m tools.fuzz --minutes 30``.

Each round prints its seed; ``python -m tools.fuzz --seed N`` repeats that round alone.
"""

from __future__ import annotations

import argparse
import os
import subprocess
import sys
import time
from random import SystemRandom
from typing import Final

TESTS: Final = "tests/domain/acd"
HISTORIES: Final = 4_000


def round_of(seed: int, histories: int) -> bool:
    """Whether all promises held."""
    print(f"seed {seed}: {histories} histories", flush=True)
    command = [sys.executable, "-m", "pytest", "-q", "-p", "no:cacheprovider", f"--hypothesis-seed={seed}"]
    command += [f"{TESTS}/test_invariants.py", f"{TESTS}/test_wire.py"]
    return (
        subprocess.run(command, env=os.environ | {"HISTORIES": str(histories)}, check=False).returncode == 0
    )


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--minutes", type=float, default=10.0)
    parser.add_argument("--histories", type=int, default=HISTORIES, help="in a round")
    parser.add_argument("--seed", type=int, help="repeat this round only")
    options = parser.parse_args()
    if options.seed is not None:
        sys.exit(not round_of(options.seed, options.histories))
    slow = [sys.executable, "-m", "pytest", "-q", "-m", "slow", f"{TESTS}/test_simulation.py"]
    failed = subprocess.run(slow, check=False).returncode != 0
    until = time.monotonic() + 60 * options.minutes
    while not failed and time.monotonic() < until:
        failed = not round_of(SystemRandom().randrange(2**32), options.histories)
    sys.exit(failed)


if __name__ == "__main__":
    main()
