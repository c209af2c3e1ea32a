"""The file of the desk phones' accounts holds what signs in as them."""

import os

from fs_scripts.phones import write_directory
from hotline.store.vault import Vault


class NoSeats:
    """A store without seats."""

    def scalars(self, _statement):
        return []


def test_the_file_is_never_readable_by_others_not_even_while_it_is_written(tmp_path, monkeypatch):
    modes = []
    opened = os.open

    def noting(path, flags, mode=0o777, **more):
        if "desks.xml" in str(path) and flags & os.O_CREAT:
            modes.append(mode)
        return opened(path, flags, mode, **more)

    monkeypatch.setattr(os, "open", noting)
    assert write_directory(NoSeats(), Vault(b"k" * 32), tmp_path)
    assert modes == [0o600]
    assert (tmp_path / "desks.xml").stat().st_mode & 0o777 == 0o600
