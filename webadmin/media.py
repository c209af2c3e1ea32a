"""Sound files over HTTP, in parts where the player asks for parts."""

from __future__ import annotations

from pathlib import Path

from flask import Response, send_file
from werkzeug.exceptions import NotFound

from webadmin.services import services


def recording_file(relative: str) -> Path | None:
    """The file at *relative* below the recordings folder, None when it is not there.

    A path that leads out of the folder is treated like one that does not exist.
    """
    folder = services().settings.recordings.resolve()
    path = (folder / relative).resolve()
    return path if path.is_relative_to(folder) and path.is_file() else None


def send_sound(relative: str, *, download_name: str = "") -> Response:
    """The sound file, whole or the range asked for; as a download when *download_name* is given. Raises
    404.
    """
    path = recording_file(relative)
    if path is None:
        raise NotFound
    response = send_file(
        path,
        mimetype="audio/wav",
        conditional=True,
        as_attachment=bool(download_name),
        download_name=download_name or None,
        max_age=0,
    )
    response.headers["Accept-Ranges"] = "bytes"
    # A recording is nobody else's business: it stays out of shared caches.
    response.headers["Cache-Control"] = "private, no-store"
    return response
