"""Programs that speak, or that tell how a text is spoken: run, and told apart when they fail."""

from __future__ import annotations

import subprocess

_TIMEOUT_S = 60


class CannotSpeak(Exception):
    """No engine is there, or it failed. The text says what to do."""


def run(command: list[str], text: str) -> str:
    """The output of a program that reads *text*. Raises :class:`CannotSpeak` where it fails or hangs."""
    try:
        done = subprocess.run(
            command, input=text, capture_output=True, text=True, timeout=_TIMEOUT_S, check=True
        )
    except subprocess.CalledProcessError as error:
        raise CannotSpeak(
            f"{command[0]} failed with {error.returncode}: {error.stderr.strip()[:200]}"
        ) from error
    except (OSError, subprocess.TimeoutExpired) as error:
        raise CannotSpeak(f"{command[0]} cannot be used: {error}") from error
    return done.stdout
