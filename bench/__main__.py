"""``python -m bench calls`` and ``python -m bench digits``: see README.md."""

from gevent import monkey

monkey.patch_all()

import signal
import sys
from types import FrameType

from bench import calls, digits, dispatch, scripts, soak, waiting
from hotline import logs

COMMANDS = {
    "calls": calls.main,
    "digits": digits.main,
    "dispatch": dispatch.main,
    "scripts": scripts.main,
    "soak": soak.main,
    "waiting": waiting.main,
}


def end(number: int, _frame: FrameType | None) -> None:
    """An order to end stops the switch, the handler and the peers as Ctrl-C does."""
    # ``timeout`` orders twice, and the second must not cut short what the first has begun.
    signal.signal(number, signal.SIG_IGN)
    sys.exit(128 + number)


def main() -> None:
    if len(sys.argv) < 2 or sys.argv[1] not in COMMANDS:
        sys.exit(f"usage: python -m bench {'|'.join(COMMANDS)} [--help]")
    signal.signal(signal.SIGTERM, end)
    # Findings go to standard output, and nothing else does.
    logs.set_up("text", "warning")
    COMMANDS[sys.argv.pop(1)]()


if __name__ == "__main__":
    main()
