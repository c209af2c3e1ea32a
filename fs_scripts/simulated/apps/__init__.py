"""Dialplan applications. ``table`` is all of them by name; an unknown name ends the call, as in FreeSWITCH."""

from __future__ import annotations

from fs_scripts.simulated.apps import bridging, control, digits, media, recording, variables
from fs_scripts.simulated.engine import Application


def table() -> dict[str, Application]:
    return {**media.APPS, **digits.APPS, **recording.APPS, **variables.APPS, **control.APPS, **bridging.APPS}
