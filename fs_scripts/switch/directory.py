"""Write the desk phones' accounts where the configuration tree looks for them."""

from __future__ import annotations

import os
import tempfile
from collections.abc import Iterable
from pathlib import Path

from hotline.domain.directory import DeskUser, include_file

FILE_NAME = "desks.xml"


def write(folder: Path, users: Iterable[DeskUser]) -> bool:
    """Replace the accounts in *folder* by *users*, whole or not at all.

    Returns whether anything changed: then `reloadxml` is due.
    """
    content = include_file(users).encode()
    path = folder / FILE_NAME
    folder.mkdir(parents=True, exist_ok=True)
    if path.is_file() and path.read_bytes() == content:
        return False
    # The hashes in it are as good as passwords: the draft is readable by its owner only from the start. Its
    # name does not end in .xml, so that the switch cannot read it half written.
    handle, draft = tempfile.mkstemp(dir=folder, prefix=FILE_NAME + ".")
    try:
        with os.fdopen(handle, "wb") as file:
            file.write(content)
            file.flush()
            os.fsync(file.fileno())
        Path(draft).replace(path)
    except BaseException:
        Path(draft).unlink(missing_ok=True)
        raise
    return True
