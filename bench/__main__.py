"""``python -m bench calls`` and ``python -m bench digits``: see README.md."""

from gevent import monkey

monkey.patch_all()

import sys

from bench import calls, digits

COMMANDS = {"calls": calls.main, "digits": digits.main}


def main() -> None:
    if len(sys.argv) < 2 or sys.argv[1] not in COMMANDS:
        sys.exit(f"usage: python -m bench {'|'.join(COMMANDS)} [--help]")
    COMMANDS[sys.argv.pop(1)]()


if __name__ == "__main__":
    main()
